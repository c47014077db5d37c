"""A narrow tree of sections and rows with counts, for the sidebar; a click or Enter chooses a row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_dot, paint_line
from trainer.number_format import photos

_ROW_HEIGHT = 30
_SECTION_HEIGHT = 36
_ICON = 16
_BOX = 16
_DOT = 12
_MARGIN = theme.SPACE + 4
_ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_CURRENT_ROLE = _ROW_ROLE + 1
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class SideRow:
    """One row.

    Attributes:
        key: Names it; no other row of its section has the same.
        text: What it says.
        count: Photos; None for no count.
        icon: See :func:`icons.icon`; empty for none.
        colour: The icon's, a token of the theme.
        srgb: A dot of this colour before the text; None for none.
        checked: Whether its box is checked; None for no box.
        tooltip: Empty for the text.
        is_path: Cut in the middle where it is too long, else at the end.
        muted: A command rather than a choice, such as “5 more”.
    """

    key: Hashable
    text: str
    count: int | None = None
    icon: str = ""
    colour: str = "text_muted"
    srgb: tuple[int, int, int] | None = None
    checked: bool | None = None
    tooltip: str = ""
    is_path: bool = False
    muted: bool = False

    def spoken(self) -> str:
        """For screen readers."""
        parts = [self.text, *([photos(self.count)] if self.count is not None else [])]
        return ", ".join([*parts, *(["chosen"] if self.checked else [])])


class SideTree(QTreeWidget):
    """Sections that open and close, with rows.

    Args:
        name: For screen readers.
    """

    chosen = Signal(str, object)
    """The names of a section and of a row in it: it was clicked, or Enter or Space was pressed."""
    delete_pressed = Signal(str, object)
    rename_pressed = Signal(str, object)
    menu_asked = Signal(str, object, object)
    """Names of a section and a row, and the place of the click."""
    opened = Signal(str)
    """The name of a section that was opened."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections: dict[str, QTreeWidgetItem] = {}
        self._marked: tuple[str, Hashable] | None = None
        self.setAccessibleName(name)
        self.setHeaderHidden(True)
        self.setColumnCount(1)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setStretchLastSection(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setExpandsOnDoubleClick(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setProperty("role", "side")
        self.setItemDelegate(_SideDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.itemClicked.connect(self._activate)
        self.itemExpanded.connect(self._report_opened)
        self.customContextMenuRequested.connect(self._ask_menu)
        theme.notifier().changed.connect(self.viewport().update)

    # -- content ------------------------------------------------------------------------------------------------------
    def add_section(self, key: str, title: str, *, is_open: bool = True, before: str = "") -> None:
        """Add a section, at the end or before another one; without rows it is hidden."""
        item = QTreeWidgetItem([title])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setData(0, _ROW_ROLE, None)
        place = self.indexOfTopLevelItem(self._sections[before]) if before else self.topLevelItemCount()
        self.insertTopLevelItem(place, item)
        item.setExpanded(is_open)
        item.setHidden(True)
        self._sections[key] = item

    def sections(self) -> list[str]:
        return list(self._sections)

    def remove_section(self, key: str) -> None:
        item = self._sections.pop(key)
        self.takeTopLevelItem(self.indexOfTopLevelItem(item))

    def is_open(self, section: str) -> bool:
        return self._sections[section].isExpanded()

    def open_section(self, section: str) -> None:
        self._sections[section].setExpanded(True)

    def set_title(self, section: str, title: str) -> None:
        if self._sections[section].text(0) != title:
            self._sections[section].setText(0, title)

    def set_note(self, section: str, note: str) -> None:
        """A word at the right of a section's title, such as how many of its values are chosen."""
        self._set(self._sections[section], _CURRENT_ROLE, note)

    def rows(self, section: str) -> list[SideRow]:
        found = (item.data(0, _ROW_ROLE) for item in _children(self._sections[section]))
        return [row for row in found if row is not None]

    def set_rows(self, section: str, rows: Sequence[SideRow]) -> None:
        """Show these rows in a section; rows that stay keep their place, the current one its focus."""
        parent = self._sections[section]
        offset = sum(item.data(0, _ROW_ROLE) is None for item in _children(parent))  # a widget is above
        before = [row.key for row in self.rows(section)]
        if before != [row.key for row in rows]:
            current, current_key = self.currentItem(), None
            if current is not None and current.parent() is parent and current.data(0, _ROW_ROLE) is not None:
                current_key = current.data(0, _ROW_ROLE).key
            while parent.childCount() - offset > len(rows):
                parent.takeChild(parent.childCount() - 1)
            while parent.childCount() - offset < len(rows):
                item = QTreeWidgetItem()
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                parent.addChild(item)
            keys = [row.key for row in rows]
            if current_key in keys:
                self.setCurrentItem(_children(parent)[offset + keys.index(current_key)])
        for item, row in zip(_children(parent)[offset:], rows, strict=True):
            self._show(item, row, self._marked == (section, row.key))
        hidden = not rows and not offset
        if parent.isHidden() != hidden:
            parent.setHidden(hidden)

    def set_widget(self, section: str, widget: QWidget) -> None:
        """Put a widget above the rows of a section; call it before there are rows."""
        item = QTreeWidgetItem()
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setData(0, _ROW_ROLE, None)
        self._sections[section].addChild(item)
        item.setSizeHint(0, QSize(0, widget.sizeHint().height()))
        self.setItemWidget(item, 0, widget)

    def mark(self, section: str, key: Hashable) -> None:
        """Paint one row as the one that is shown at present, in place of the one before."""
        self._marked = (section, key)
        for name in self._sections:
            self.set_rows(name, self.rows(name))

    def marked(self) -> tuple[str, Hashable] | None:
        return self._marked

    def choose(self, section: str, key: Hashable) -> None:
        """As a click on a row."""
        if any(row.key == key for row in self.rows(section)):
            self.chosen.emit(section, key)

    def row_rect(self, section: str, key: Hashable) -> QRect:
        """The place of a row in the viewport."""
        for item in _children(self._sections[section]):
            row = item.data(0, _ROW_ROLE)
            if row is not None and row.key == key:
                return self.visualItemRect(item)
        return QRect()

    def _show(self, item: QTreeWidgetItem, row: SideRow, marked: bool) -> None:
        if item.data(0, _ROW_ROLE) != row:
            item.setData(0, _ROW_ROLE, row)
            item.setText(0, row.text)
            item.setToolTip(0, row.tooltip or row.text)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, row.spoken())
        self._set(item, _CURRENT_ROLE, marked)

    @staticmethod
    def _set(item: QTreeWidgetItem, role: int, value: Any) -> None:
        if item.data(0, role) != value:
            item.setData(0, role, value)

    # -- what the user does -------------------------------------------------------------------------------------------
    def focusInEvent(self, event: QFocusEvent) -> None:
        """The row that is shown at present is the first one to have the focus."""
        super().focusInEvent(event)
        if self.currentItem() is None or self.currentItem() is self.topLevelItem(0):
            for name, section in self._sections.items():
                for item, row in zip(_children(section), self.rows(name), strict=False):
                    if (name, row.key) == self._marked:
                        self.setCurrentItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        keys = Qt.Key
        if item is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._activate(item)
        elif event.key() in (keys.Key_Left, keys.Key_Right):
            section = item.parent() or item
            section.setExpanded(event.key() == keys.Key_Right)
            self.setCurrentItem(section if event.key() == keys.Key_Left else item)
        elif event.key() in (keys.Key_Delete, keys.Key_Backspace) and (named := self._named(item)) is not None:
            self.delete_pressed.emit(*named)
        elif event.key() == keys.Key_F2 and (named := self._named(item)) is not None:
            self.rename_pressed.emit(*named)
        else:
            super().keyPressEvent(event)

    def _activate(self, item: QTreeWidgetItem) -> None:
        if item.parent() is None:
            item.setExpanded(not item.isExpanded())
        elif (named := self._named(item)) is not None:
            self.chosen.emit(*named)

    def _named(self, item: QTreeWidgetItem) -> tuple[str, Hashable] | None:
        row: SideRow | None = item.data(0, _ROW_ROLE)
        if row is None:
            return None
        section = next(name for name, each in self._sections.items() if each is item.parent())
        return section, row.key

    def current(self) -> tuple[str, Hashable] | None:
        """The section and the row that have the focus; None for no row."""
        item = self.currentItem()
        return None if item is None else self._named(item)

    def _report_opened(self, item: QTreeWidgetItem) -> None:
        name = next((name for name, each in self._sections.items() if each is item), None)
        if name is not None:
            self.opened.emit(name)

    def _ask_menu(self, where: Any) -> None:
        item = self.itemAt(where)
        if item is not None and (named := self._named(item)) is not None:
            self.setCurrentItem(item)
            self.menu_asked.emit(*named, self.viewport().mapToGlobal(where))


def _children(section: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [item for place in range(section.childCount()) if (item := section.child(place)) is not None]


class _SideDelegate(QStyledItemDelegate):
    """Paints sections and rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = index.data(Qt.ItemDataRole.SizeHintRole)
        if isinstance(hint, QSize):
            return hint
        return QSize(80, theme.scaled(_ROW_HEIGHT if index.parent().isValid() else _SECTION_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: SideRow | None = index.data(_ROW_ROLE)
        if row is None and index.parent().isValid():
            return  # its widget paints itself
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        self._paint_background(painter, option, row is not None and bool(index.data(_CURRENT_ROLE)))
        inside = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        if row is None:
            self._paint_section(painter, inside, option, index)
        else:
            self._paint_row(painter, inside, row, bool(index.data(_CURRENT_ROLE)))
        painter.restore()

    @staticmethod
    def _paint_background(painter: QPainter, option: QStyleOptionViewItem, marked: bool) -> None:
        colours = theme.tokens()
        box = QRectF(option.rect).adjusted(4.5, 1.5, -4.5, -1.5)
        view = option.widget
        focused = (
            isinstance(view, QTreeWidget) and view.hasFocus() and bool(option.state & QStyle.StateFlag.State_HasFocus)
        )
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if not (marked or hovered or focused):
            return
        painter.setPen(QPen(QColor(colours.accent), 2) if focused else Qt.PenStyle.NoPen)
        fill = colours.selection if marked else colours.hover if hovered else ""
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 6, 6)

    @staticmethod
    def _paint_section(painter: QPainter, inside: QRect, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.tokens()
        chevron = "chevron-down" if option.state & QStyle.StateFlag.State_Open else "chevron-right"
        box = QRect(inside.left() - 4, inside.center().y() - 7, 14, 14)
        icons.icon(chevron, "text_muted").paint(painter, box)
        painter.setFont(fonts_like(option.font).strong)
        note = str(index.data(_CURRENT_ROLE) or "")
        text = inside.adjusted(14, 0, 0, 0)
        if note:
            paint_line(painter, text, note, colours.accent, align=Qt.AlignmentFlag.AlignRight)
            text = text.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(note) - theme.SPACE, 0)
        paint_line(painter, text, str(index.data()), colours.text_muted)

    @staticmethod
    def _paint_row(painter: QPainter, inside: QRect, row: SideRow, marked: bool) -> None:
        colours = theme.tokens()
        left = inside.adjusted(2, 0, 0, 0)
        if row.checked is not None:
            _paint_box(painter, QRect(left.left(), left.center().y() - _BOX // 2 + 1, _BOX, _BOX), row.checked)
            left.adjust(_BOX + 8, 0, 0, 0)
        if row.srgb is not None:
            paint_dot(painter, QRect(left.left(), left.center().y() - _DOT // 2 + 1, _DOT, _DOT), row.srgb)
            left.adjust(_DOT + 6, 0, 0, 0)
        elif row.icon:
            shade = "accent" if marked and row.colour == "text_muted" else row.colour
            icons.icon(row.icon, shade).paint(painter, QRect(left.left(), left.center().y() - 7, _ICON, _ICON))
            left.adjust(_ICON + 8, 0, 0, 0)
        if row.count is not None:
            figure = f"{row.count:,}"
            paint_line(painter, left, figure, colours.text_muted, align=Qt.AlignmentFlag.AlignRight)
            left.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(figure) - theme.SPACE, 0)
        elide = Qt.TextElideMode.ElideMiddle if row.is_path else Qt.TextElideMode.ElideRight
        paint_line(painter, left, row.text, colours.accent if row.muted else colours.text, elide=elide)


def _paint_box(painter: QPainter, box: QRect, checked: bool) -> None:
    """A check box as the style sheet has it."""
    colours = theme.tokens()
    painter.setPen(QPen(QColor(colours.accent if checked else colours.text_muted), 1))
    painter.setBrush(QColor(colours.accent if checked else colours.surface))
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    if checked:
        icons.icon("check", "accent_text").paint(painter, box.adjusted(1, 1, -1, -1))
