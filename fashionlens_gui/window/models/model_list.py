"""The list of models: the user's own, then the bundled ones, then others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fashionlens_gui.model_choice import BUNDLED_MODELS, is_bundled, is_own
from fashionlens_gui.past_evaluations import PastEvaluation
from fashionlens_gui.window.models.model_facts import summary
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import paint_line
from trainer.model_files.library import ModelEntry

_ENTRY = Qt.ItemDataRole.UserRole
_LINES_BELOW = Qt.ItemDataRole.UserRole + 1
_IN_USE = Qt.ItemDataRole.UserRole + 2
_ROW = 7 * theme.SPACE
_HEADING = 5 * theme.SPACE
_SIGN = 16
_NO_OWN = "None yet. Train one in the Train tab, or drop a model file (.zip, .safetensors) on the window."


class ModelList(QListWidget):
    """Models in groups. Headings and the hint of an empty group cannot be selected."""

    chosen = Signal()
    """Another model is selected, or none."""
    use_asked = Signal()
    """Enter or a double click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._past: Sequence[PastEvaluation] = ()
        self.setAccessibleName("Models")
        self.setProperty("role", "models")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setItemDelegate(_Delegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.currentItemChanged.connect(self.chosen)
        self.itemActivated.connect(self._activated)

    @property
    def entry(self) -> ModelEntry | None:
        item = self.currentItem()
        return item.data(_ENTRY) if item is not None else None

    def show_models(
        self,
        entries: Sequence[ModelEntry],
        in_use: Path | None,
        wanted: Path | None,
        past: Sequence[PastEvaluation] = (),
    ) -> None:
        """Show these; select the one at ``wanted``, else the one in use, else the first."""
        self._past = past
        self.blockSignals(True)
        self.clear()
        own = [entry for entry in entries if is_own(entry)]
        bundled = sorted((entry for entry in entries if is_bundled(entry)), key=_better_first)
        elsewhere = [entry for entry in entries if not is_own(entry) and not is_bundled(entry)]
        for heading, group in (("Your own", own), ("Bundled with FashionLens", bundled), ("From elsewhere", elsewhere)):
            if group or group is own:
                self._add_words(heading, heading=True)
            if not group and group is own:
                self._add_words(_NO_OWN, heading=False)
            for entry in group:
                self._add(entry, in_use)
        paths = [entry.path for entry in (*own, *bundled, *elsewhere)]
        selected = next((path for path in (wanted, in_use) if path in paths), paths[0] if paths else None)
        for row in range(self.count()):
            entry = self.item(row).data(_ENTRY)
            if entry is not None and entry.path == selected:
                self.setCurrentRow(row)
        self.blockSignals(False)
        self.chosen.emit()

    def _add(self, entry: ModelEntry, in_use: Path | None) -> None:
        used = entry.path == in_use
        item = QListWidgetItem(entry.path.stem)
        item.setData(_ENTRY, entry)
        known = summary(entry, self._past)
        item.setData(_LINES_BELOW, known)
        item.setData(_IN_USE, used)
        item.setToolTip(f"{entry.path}\n{known}")
        spoken = ", ".join((entry.path.stem, *known.split("\n"), *(("in use",) if used else ())))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        self.addItem(item)

    def _add_words(self, text: str, *, heading: bool) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setData(_LINES_BELOW, "" if heading else text)
        self.addItem(item)

    @Slot(QListWidgetItem)
    def _activated(self, item: QListWidgetItem) -> None:
        if item.data(_ENTRY) is not None:
            self.use_asked.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.scheduleDelayedItemsLayout()


class _Delegate(QStyledItemDelegate):
    """A name above quieter lines, a tick at the model in use; headings and hints as words alone."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        width = option.rect.width()
        if index.data(_ENTRY) is not None:
            return QSize(0, _ROW + index.data(_LINES_BELOW).count("\n") * QFontMetrics(option.font).height())
        if not index.data(_LINES_BELOW):
            return QSize(0, _HEADING)
        view = option.widget
        width = (view.viewport().width() if isinstance(view, QAbstractItemView) else width) - 4 * theme.SPACE
        text_rect = QFontMetrics(option.font).boundingRect(QRect(0, 0, width, 10_000), _WRAPPED, index.data())
        return QSize(0, text_rect.height() + theme.SPACE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.tokens()
        inside = option.rect.adjusted(2 * theme.SPACE, 0, -2 * theme.SPACE, 0)
        painter.save()
        if index.data(_ENTRY) is None:
            painter.setPen(QColor(colours.text_muted))
            heading = not index.data(_LINES_BELOW)
            if heading:
                painter.setFont(_bold(option.font))
            where = int(Qt.AlignmentFlag.AlignBottom) if heading else _WRAPPED
            painter.drawText(inside.adjusted(0, 0, 0, -theme.SPACE // 2), where, index.data())
        else:
            self._paint_model(painter, option, index, inside)
        painter.restore()

    def _paint_model(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        inside: QRect,
    ) -> None:
        colours = theme.tokens()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            focused = selected and bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if selected else colours.hover))
            painter.drawRoundedRect(option.rect.adjusted(theme.SPACE, 2, -theme.SPACE, -2), 8, 8)
        if index.data(_IN_USE):
            sign = QRect(inside.right() - _SIGN, inside.center().y() - _SIGN // 2, _SIGN, _SIGN)
            icons.icon("check", "accent").paint(painter, sign)
            inside = inside.adjusted(0, 0, -_SIGN - theme.SPACE, 0)
        bold = _bold(option.font)
        above, below = QFontMetrics(bold), QFontMetrics(option.font)
        lines = index.data(_LINES_BELOW).split("\n")
        top = inside.top() + (inside.height() - above.height() - len(lines) * below.height()) // 2
        painter.setFont(bold)
        line = QRect(inside.left(), top, inside.width(), above.height())
        paint_line(painter, line, index.data(), colours.text, elide=Qt.TextElideMode.ElideMiddle)
        painter.setFont(option.font)
        line = QRect(inside.left(), top + above.height(), inside.width(), below.height())
        for text in lines:
            paint_line(painter, line, text, colours.text_muted)
            line.translate(0, below.height())


def _better_first(entry: ModelEntry) -> int:
    return BUNDLED_MODELS.index(entry.path.stem) if entry.path.stem in BUNDLED_MODELS else len(BUNDLED_MODELS)


_WRAPPED = int(Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold
