"""A photo's most probable categories as numbered buttons with their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_key_cap
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.table.painting import paint_bar
from fashionlens_gui.window.tag.vocabulary import category_choices
from trainer.number_format import whole_percent
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

MOST = 9
"""One for each number key."""

_LOWEST_ROW, _HIGHEST_ROW = 26, 5 * theme.SPACE + 4  # the lower in a window of 600 pixels
_CAP = 20
_PROBABILITY = int(Qt.ItemDataRole.UserRole) + 1
_KEY = _PROBABILITY + 1
_CHOSEN = _KEY + 1
_VALUE = _CHOSEN + 1
_BAR, _GAP = 4, 2
_CHECK_MARK = 14


class ChoiceBars(QListWidget):
    """A button per category, most probable first: number key, name, probability, bar, and a check mark at the photo's.

    At most nine, and the photo's own category if it is none of them. The rows share the height.
    """

    picked = Signal(str)
    """The category that was clicked or chosen with Enter."""

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
        """Show a photo's ranking; without one, the categories alone."""
        self.show_choices(category_choices(tag, classes), tag.category)

    def show_choices(self, choices: Sequence[tuple[str, float | None]], chosen: str, attribute: str = CATEGORY) -> None:
        """Show values of an attribute with their probabilities, of which one is ``chosen``; empty for none."""
        top = list(choices[:MOST])
        if chosen not in (label for label, _ in top):
            top += [line for line in choices if line[0] == chosen]
        self.clear()
        for number, (label, probability) in enumerate(top, 1):
            name = shown(attribute, label)
            item = QListWidgetItem(name)
            item.setData(_VALUE, label)
            item.setSizeHint(QSize(0, self._row_height(len(top))))
            item.setData(_PROBABILITY, probability)
            item.setData(_KEY, str(number) if number <= MOST else "")
            item.setData(_CHOSEN, label == chosen)
            suffix = ", chosen" if label == chosen else ""
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name} {whole_percent(probability)}{suffix}")
            item.setToolTip(f"Choose {name}" + (f" (key {number})" if number <= MOST else ""))
            self.addItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._choose(self.currentItem())
            return
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            super().keyPressEvent(event)
            return
        event.ignore()  # the viewer handles all other keys

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in range(self.count()):
            self.item(row).setSizeHint(QSize(0, self._row_height(self.count())))

    def _row_height(self, count: int) -> int:
        return min(_HIGHEST_ROW, max(_LOWEST_ROW, self.viewport().height() // max(1, count)))

    def _choose(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.data(_VALUE))


class _BarDelegate(QStyledItemDelegate):
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(index.data(_CHOSEN))
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        background = QRectF(option.rect).adjusted(1, 1, -1, -1)
        if chosen or focused or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if chosen else colours.hover))
            painter.drawRoundedRect(background, 6, 6)
        inside = option.rect.adjusted(theme.SPACE, 0, -theme.SPACE, 0)
        key = QRect(inside.left(), inside.top() + (inside.height() - _CAP) // 2, _CAP, _CAP)
        inside.setLeft(key.right() + theme.SPACE + 2)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold if chosen else QFont.Weight.Normal)
        has_bar = index.data(_PROBABILITY) is not None
        painter.setFont(font)
        height = painter.fontMetrics().height() + (_GAP + _BAR if has_bar else 0)
        line = QRect(inside.left(), inside.top() + (inside.height() - height) // 2, inside.width(), 0)
        line.setHeight(painter.fontMetrics().height())
        if index.data(_KEY):
            painter.setFont(fonts_like(option.font).small)
            paint_key_cap(painter, key, index.data(_KEY), strong=chosen)
        percentage = whole_percent(index.data(_PROBABILITY))
        right = line.right()
        painter.setFont(option.font)
        painter.setPen(QColor(colours.text_muted))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), percentage)
        room = line.width() - painter.fontMetrics().horizontalAdvance(percentage) - theme.SPACE
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        room -= _CHECK_MARK + 4 if chosen else 0
        label = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), label)
        if chosen:
            after = line.left() + painter.fontMetrics().horizontalAdvance(label) + 6
            icon_rect = QRect(after, line.center().y() - _CHECK_MARK // 2 + 1, _CHECK_MARK, _CHECK_MARK)
            icons.icon("check", "accent").paint(painter, icon_rect)
        if has_bar:
            bar = QRectF(line.left(), line.bottom() + 1 + _GAP, right - line.left(), _BAR)
            paint_bar(painter, bar, index.data(_PROBABILITY), "accent")
        painter.restore()
