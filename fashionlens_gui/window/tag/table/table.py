"""The table of photos, with keys for correcting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import shown_names, theme
from fashionlens_gui.window.shell.keys import delete_keys, number_key
from fashionlens_gui.window.tag.table.cells import ATTRIBUTE_OF, Column
from fashionlens_gui.window.tag.table.delegates import (
    ROW_HEIGHT,
    AttributeDelegate,
    CategoryDelegate,
    ConfidenceDelegate,
    PhotoDelegate,
    SecondDelegate,
    StatusDelegate,
)
from fashionlens_gui.window.tag.table.painting import status_width
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails

_SHARES = {
    Column.PHOTO: 0.46,
    Column.STATUS: 0.12,
    Column.CATEGORY: 0.16,
    Column.CONFIDENCE: 0.12,
    Column.SECOND: 0.14,
    **dict.fromkeys(map(Column, ATTRIBUTE_OF), 0.08),
}
_NARROWEST = 80
_NARROWEST_OF = {Column.CATEGORY: 144, Column.COLOUR: 112, Column.OCCASION: 104}  # wide values
_NARROWEST_PHOTO = 160
_PHOTO_WHEN_SCROLLING = 216  # where the columns do not fit anyway
_HEADER_HEIGHT = 36


class ResultsTable(QTableView):
    """Shows the rows; emits signals for the keys of a correction."""

    open_requested = Signal()
    """Open the current photo in the viewer (double-click, Space, Enter)."""
    correct_requested = Signal(str)
    """Open the list of categories for the selected rows; the letter that was typed, or empty."""
    choice_requested = Signal(int)
    """A number key: 1 for each photo's most probable category."""
    forget_requested = Signal()
    """Delete was pressed."""
    selection_changed = Signal()

    def __init__(self, model: PhotoTableModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._photos = model
        self._saved_selection: list[int] = []
        self._saved_current = self._saved_top = -1
        self._shares = dict(_SHARES)
        self._resizing = False
        self._rows_below = self._rows_in_view = False
        self.setAccessibleName("Tagged photos")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setModel(model)
        delegates = {
            Column.PHOTO: PhotoDelegate(thumbnails, self),
            Column.STATUS: StatusDelegate(self),
            Column.CATEGORY: CategoryDelegate(self),
            Column.CONFIDENCE: ConfidenceDelegate(self),
            Column.SECOND: SecondDelegate(self),
            **{Column(column): AttributeDelegate(column, self) for column in ATTRIBUTE_OF},
        }
        for column, delegate in delegates.items():
            self.setItemDelegateForColumn(column, delegate)
        self._set_up_headers()
        self.doubleClicked.connect(self.open_requested)
        self.selectionModel().selectionChanged.connect(self.selection_changed)
        self.selectionModel().currentRowChanged.connect(self.viewport().update)  # the focus ring is in all its cells
        model.rowsInserted.connect(self._rows_added)
        for signal in (model.rowsRemoved, model.modelReset):
            signal.connect(self._rows_rearranged)
        model.modelAboutToBeReset.connect(self._save_selection)
        model.modelReset.connect(self._restore_selection)
        model.attributes_changed.connect(self._show_attributes)
        self._show_attributes()
        thumbnails.arrived.connect(self._repaint)
        for notifier in (theme.notifier(), shown_names.notifier()):
            notifier.changed.connect(self.viewport().update)

    def selected_photos(self) -> list[int]:
        """The photos that are selected, in the order shown."""
        photos: list[int] = []
        for top, bottom in self._selected_runs():
            photos.extend(self._photos.ids_between(top, bottom))
        return photos

    def selected_count(self) -> int:
        return sum(bottom - top + 1 for top, bottom in self._selected_runs())

    def _selected_runs(self) -> list[tuple[int, int]]:
        """First and last position of each run of selected rows. Quick also for 100,000 rows, which are one run."""
        parts = cast(Iterable[QItemSelectionRange], self.selectionModel().selection())
        return sorted({(part.top(), part.bottom()) for part in parts})

    def current_photo(self) -> int:
        """The current photo, or -1."""
        index = self.currentIndex()
        return self._photos.id_at(index.row()) if index.isValid() else -1

    def select_photo(self, photo: int) -> None:
        """Select one photo and scroll to it; nothing if it is not in the list."""
        self.select_position(self._photos.position_of(photo))

    def select_position(self, position: int) -> None:
        """Select one row and scroll to it; nothing if there is none."""
        if 0 <= position < self._photos.rowCount():
            flags = QItemSelectionModel.SelectionFlag
            # Qt's own setCurrentIndex and selectRow extend the selection while Shift is held, as for a shortcut.
            self.selectionModel().setCurrentIndex(self._photos.index(position, 0), flags.ClearAndSelect | flags.Rows)
            self.scrollTo(self.currentIndex())

    def keep_current(self, photo: int) -> None:
        """Keep a photo current and in view; where it is not in the list, begin at the first row."""
        index = self._photos.index(max(0, self._photos.position_of(photo)), 0)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.scrollTo(index)

    @Slot()
    def take_focus(self) -> None:
        """Focus the table and, if none is selected, select the current or the first row."""
        self.setFocus()
        if self._photos.rowCount() and not self.selected_count():
            self.select_position(max(0, self.currentIndex().row()))

    def row_rect(self) -> QRect:
        """The current row's category cell in global coordinates."""
        index = self.currentIndex().siblingAtColumn(Column.CATEGORY)
        rect = self.visualRect(index)
        return QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and last row, not to the first and last column."""
        cursor = QAbstractItemView.CursorAction
        if action in (cursor.MoveHome, cursor.MoveEnd):
            position = 0 if action == cursor.MoveHome else self._photos.rowCount() - 1
            return self._photos.index(position, max(0, self.currentIndex().column()))
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):  # with Ctrl, Qt would not select
            rest = event.modifiers() & ~modifiers.ControlModifier
            event = QKeyEvent(event.type(), event.key(), rest, event.text(), event.isAutoRepeat(), event.count())
        shortcut = event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        if shortcut or not self.currentIndex().isValid():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self.open_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.selected_count() > 1:
                self.correct_requested.emit("")
            else:
                self.open_requested.emit()
        elif QKeySequence(event.keyCombination()) in delete_keys():
            self.forget_requested.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.correct_requested.emit("")
        elif number := number_key(event):
            self.choice_requested.emit(number)
        elif event.text() and event.text().isalpha():
            self.correct_requested.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns = self.horizontalHeader()
        # With the table's selection model, the header asks for the flags of all selected cells to paint itself pressed.
        columns.setSelectionModel(QItemSelectionModel(self._photos, columns))
        columns.setAccessibleName("Columns; click to sort")
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(_NARROWEST)
        columns.setSortIndicatorClearable(True)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        columns.setSectionsMovable(False)
        columns.setFixedHeight(theme.scaled(_HEADER_HEIGHT))
        columns.setStretchLastSection(True)
        columns.sectionResized.connect(self._column_resized)
        columns.sortIndicatorChanged.connect(self._distribute_width)
        self.setSortingEnabled(True)

    @Slot()
    def _repaint(self) -> None:
        self.viewport().update()

    @Slot()
    def _show_attributes(self) -> None:
        attributes = self._photos.attributes
        self._resizing = True  # hiding a column emits sectionResized
        for column, name in ATTRIBUTE_OF.items():
            self.setColumnHidden(column, name not in attributes)
        self._resizing = False
        self._distribute_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns keep their share of the width."""
        super().resizeEvent(event)
        self._distribute_width()

    @Slot()
    def _distribute_width(self) -> None:
        """Set each column to its share of the width, at least its narrowest; the photo column gets the rest."""
        room = self.viewport().width()
        shown = self._shown_columns()
        shares = sum(self._shares[column] for column in shown)
        narrowest = self._narrowest(shown)
        widths: dict[Column, int] = {
            column: max(narrowest[column], int(room * self._shares[column] / shares))
            for column in shown
            if column != Column.PHOTO
        }
        rest = room - sum(widths.values())
        widths[Column.PHOTO] = rest if rest >= _NARROWEST_PHOTO else _PHOTO_WHEN_SCROLLING
        self._resizing = True
        for column, width in widths.items():
            self.horizontalHeader().resizeSection(column, width)
        self._resizing = False

    def _narrowest(self, columns: Iterable[Column]) -> dict[Column, int]:
        """The narrowest widths: of the headings, for the sorted column with its arrow."""
        header = self.horizontalHeader()
        header.setSortIndicatorShown(False)  # else each hint includes an arrow
        chip = max(status_width(self.fontMetrics(), status) for status in Status) + 2 * theme.SPACE
        narrowest = _NARROWEST_OF | {Column.STATUS: chip}
        needed = {column: max(header.sectionSizeHint(column), narrowest.get(column, 0)) for column in columns}
        header.setSortIndicatorShown(True)
        sorted_by = header.sortIndicatorSection()
        return {
            column: max(width, header.sectionSizeHint(column)) if column == sorted_by else width
            for column, width in needed.items()
        }

    def _shown_columns(self) -> list[Column]:
        return [column for column in Column if not self.isColumnHidden(column)]

    def doItemsLayout(self) -> None:
        """Only update the scroll bars if rows were added below the visible ones, up to 20 times a second in tagging.

        Painting each time would use a third of a CPU core.
        """
        if self._rows_below and not self._rows_in_view:
            self.updateGeometries()
        else:
            super().doItemsLayout()
        self._rows_below = self._rows_in_view = False

    @Slot()
    def _rows_rearranged(self) -> None:
        self._rows_in_view = True

    @Slot(QModelIndex, int, int)
    def _rows_added(self, _parent: QModelIndex, first: int, _last: int) -> None:
        if self.rowViewportPosition(first - 1) > self.viewport().height() and first > 0:
            self._rows_below = True
        else:
            self._rows_in_view = True

    @Slot()
    def _column_resized(self) -> None:
        if not self._resizing and self.viewport().width() > 0:
            header = self.horizontalHeader()
            total = max(1, header.length())
            self._shares |= {each: header.sectionSize(each) / total for each in self._shown_columns()}

    # A new list resets the model, which clears the selection and may scroll.
    @Slot()
    def _save_selection(self) -> None:
        self._saved_selection = self.selected_photos()
        self._saved_current = self.current_photo()
        self._saved_top = self.verticalScrollBar().value()

    @Slot()
    def _restore_selection(self) -> None:
        """Select what was selected, and keep the current photo in view; else the first row is the current one."""
        positions = self._photos.positions_of(self._saved_selection)
        current = self._photos.position_of(self._saved_current)
        if current < 0 and self._photos.rowCount():
            current = int(positions[0]) if len(positions) else 0
        self.verticalScrollBar().setValue(self._saved_top)
        if current >= 0:
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self._photos.index(current, 0), flags.NoUpdate)
            self.scrollTo(self._photos.index(current, 0))
        if len(positions):
            selection = QItemSelection()
            for run in np.split(positions, np.flatnonzero(np.diff(positions) > 1) + 1):
                last = self._photos.columnCount() - 1
                selection.select(self._photos.index(int(run[0]), 0), self._photos.index(int(run[-1]), last))
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)
