"""All categories of one photo with their probabilities as bars; choosing one corrects the photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from fashionlens_gui.window import icons, theme
from fashionlens_gui.window.tag.painting import paint_bar
from fashionlens_gui.window.tag.wording import percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

_ROW = 4 * theme.SPACE
_PROBABILITY = int(Qt.ItemDataRole.UserRole) + 1
_KEY = _PROBABILITY + 1
_CHOSEN = _KEY + 1
_BAR = 4


class ChoiceBars(QListWidget):
    """A line per category, most probable first: number key, name, probability, bar; a tick at the one that counts."""

    picked = Signal(str)
    """The label that was clicked or chosen with Enter."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Categories and their probabilities")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_BarDelegate(self))
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.viewport().setAutoFillBackground(False)
        self.itemClicked.connect(self._choose)

    def show_tag(self, tag: Tag, classes: Sequence[str]) -> None:
        """Show a photo's ranking; without one, the plain categories."""
        lines = choices_of(tag, classes)
        self.clear()
        for number, (label, probability) in enumerate(lines, 1):
            item = QListWidgetItem(label)
            item.setSizeHint(QSize(0, _ROW))
            item.setData(_PROBABILITY, probability)
            item.setData(_KEY, str(number) if number < 10 else "")
            item.setData(_CHOSEN, label == tag.category)
            chosen = ", chosen" if label == tag.category else ""
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{label} {percent(probability)}{chosen}")
            item.setToolTip(f"Choose {label}" + (f" (key {number})" if number < 10 else ""))
            self.addItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._choose(self.currentItem())
            return
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            super().keyPressEvent(event)
            return
        event.ignore()  # everything else is the viewer's

    def _choose(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.text())


def choices_of(tag: Tag, classes: Sequence[str]) -> list[tuple[str, float | None]]:
    """What a photo can be, most probable first: its ranking, then the model's other categories."""
    ranked: list[tuple[str, float | None]] = []
    if tag.ranking is not None:
        ranked = list(zip(tag.ranking.labels, tag.ranking.probabilities, strict=True))
    known = {label for label, _ in ranked}
    ranked += [(label, None) for label in classes if label not in known]
    known.update(classes)
    if tag.category and tag.category not in known:
        ranked.append((tag.category, None))
    return ranked


class _BarDelegate(QStyledItemDelegate):
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(index.data(_CHOSEN))
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        ground = QRectF(option.rect).adjusted(1, 1, -1, -1)
        if chosen or focused or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if chosen else colours.hover))
            painter.drawRoundedRect(ground, 6, 6)
        inside = option.rect.adjusted(theme.SPACE, 2, -theme.SPACE, -4)
        key = QRect(inside)
        inside.setLeft(inside.left() + 3 * theme.SPACE)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold if chosen else QFont.Weight.Normal)
        below = _BAR + 2 if index.data(_PROBABILITY) is not None else -2
        line = QRect(inside.left(), inside.top(), inside.width(), inside.height() - below)
        key.setHeight(line.height())
        self._paint_key(painter, option, key, index.data(_KEY), chosen)
        painter.setFont(font)
        figure = percent(index.data(_PROBABILITY))
        painter.setPen(QColor(colours.text_muted))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure)
        painter.setPen(QColor(colours.text))
        room = line.width() - painter.fontMetrics().horizontalAdvance(figure) - theme.SPACE
        label = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), label)
        if index.data(_PROBABILITY) is not None:
            bar = QRectF(inside.left(), inside.bottom() - _BAR + 1, inside.width(), _BAR)
            paint_bar(painter, bar, index.data(_PROBABILITY), "accent")
        painter.restore()

    @staticmethod
    def _paint_key(painter: QPainter, option: QStyleOptionViewItem, inside: QRect, key: str, chosen: bool) -> None:
        if chosen:
            sign = QRect(inside.left() - 1, inside.center().y() - 7, 16, 16)
            icons.icon("check", "accent").paint(painter, sign)
        elif key:
            painter.setFont(option.font)
            painter.setPen(QColor(theme.tokens().text_muted))
            box = QRect(inside.left(), inside.top(), 14, inside.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), key)
