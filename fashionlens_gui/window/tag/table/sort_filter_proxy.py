"""A sorting and filtering proxy model that uses the arrays of ``columns``."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractProxyModel, QModelIndex, QPersistentModelIndex, Qt, QTimer

from fashionlens_gui.window.tag.table.columns import ARRIVAL, Filter
from fashionlens_gui.window.tag.table.results_model import SORT_KEYS, TAG_ROLE, ResultsModel

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_MOST_REMOVED_RUNS = 64  # for more, resetting the view is quicker
_RESORT_AFTER_MS = 300


class SortFilterProxy(QAbstractProxyModel):
    """Filters and sorts a :class:`ResultsModel`.

    A corrected row keeps its position until the next sort; if it no longer matches the filter, it leaves at once. New
    rows are added at the end and sorted in a moment later.
    """

    def __init__(self, source: ResultsModel) -> None:
        super().__init__()
        self._rows = np.zeros(0, np.int64)  # position -> row of the model
        self._positions = np.zeros(0, np.int64)  # row of the model -> position, -1 if hidden
        self._key: str = ARRIVAL
        self._descending = False
        self._custom_order: np.ndarray | None = None  # see set_order
        self.filter = Filter()
        self._resort_timer = QTimer(self)
        self._resort_timer.setSingleShot(True)
        self._resort_timer.setInterval(_RESORT_AFTER_MS)
        self._resort_timer.timeout.connect(self._resort)
        self._model = source
        self.setSourceModel(source)
        source.rowsInserted.connect(self._rows_added)
        source.dataChanged.connect(self._rows_changed)
        source.modelAboutToBeReset.connect(self.beginResetModel)
        source.modelReset.connect(self._source_was_reset)
        self._reset_rows()

    # -- QAbstractProxyModel ------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._model.columnCount()

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        if parent.isValid() or not (0 <= row < len(self._rows) and 0 <= column < self.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column)

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt overloads it
        return QModelIndex()

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        return not parent.isValid() and len(self._rows) > 0

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag
        if not index.isValid():
            return flags.NoItemFlags
        return flags.ItemIsSelectable | flags.ItemIsEnabled | flags.ItemNeverHasChildren

    def mapToSource(self, index: Index) -> QModelIndex:
        if not index.isValid() or index.row() >= len(self._rows):
            return QModelIndex()
        return self._model.index(int(self._rows[index.row()]), index.column())

    def mapFromSource(self, index: Index) -> QModelIndex:
        if not index.isValid():
            return QModelIndex()
        position = self.position_of(index.row())
        return self.index(position, index.column()) if position >= 0 else QModelIndex()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return self._model.headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == TAG_ROLE and index.isValid():  # at each painting: without an index of the model
            return self._model.tag(int(self._rows[index.row()]))
        return self._model.data(self.mapToSource(index), role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 for the order of arrival."""
        self._custom_order = None
        self._key = SORT_KEYS.get(column, ARRIVAL)
        self._descending = order == Qt.SortOrder.DescendingOrder and self._key != ARRIVAL
        self._resort()

    def set_order(self, rows: np.ndarray) -> None:
        """Show rows, int64 (n,), in this order until the next :meth:`sort`; other rows follow."""
        self._custom_order = rows
        self._resort()

    @property
    def is_sorted(self) -> bool:
        """Whether the rows are in another order than that of their arrival."""
        return self._key != ARRIVAL or self._custom_order is not None

    def set_filter(self, wanted: Filter) -> None:
        if wanted == self.filter:
            return
        self.beginResetModel()
        self.filter = wanted
        self._reset_rows()
        self.endResetModel()

    def row_at(self, position: int) -> int:
        return int(self._rows[position])

    def rows_between(self, first: int, last: int) -> list[int]:
        """The model's rows at the positions ``first`` to ``last``, inclusive."""
        return [int(row) for row in self._rows[first : last + 1]]

    def position_of(self, row: int) -> int:
        """The position of a row of the model, or -1 if it is hidden."""
        return int(self._positions[row]) if 0 <= row < len(self._positions) else -1

    # -- changes of the model -----------------------------------------------------------------------------------------
    def _rows_added(self, parent: QModelIndex, first: int, last: int) -> None:
        new = first + np.flatnonzero(self._model.columns.matches(self.filter, first))
        self._positions = np.concatenate([self._positions, np.full(last + 1 - first, -1, np.int64)])
        self._append(new)

    def _rows_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        matching = self._model.columns.matches(self.filter)
        shown = self._positions >= 0
        leaving = np.sort(self._positions[shown & ~matching])
        joining = np.flatnonzero(matching & ~shown)
        if len(leaving):
            self._remove(leaving)
        if len(joining):
            self._append(joining)
            self._resort()
        if len(self._rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.columnCount() - 1))

    def _source_was_reset(self) -> None:
        self._custom_order = None
        self._reset_rows()
        self.endResetModel()

    def _append(self, rows: np.ndarray) -> None:
        if not len(rows):
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows = np.concatenate([self._rows, rows])
        self._positions[rows] = np.arange(first, len(self._rows))
        self.endInsertRows()
        if (self._key != ARRIVAL or self._custom_order is not None) and not self._resort_timer.isActive():
            self._resort_timer.start()

    def _remove(self, positions: np.ndarray) -> None:
        """Remove ascending positions, run by run from the end."""
        runs = np.split(positions, np.flatnonzero(np.diff(positions) > 1) + 1)
        if len(runs) > _MOST_REMOVED_RUNS:
            self.beginResetModel()
            self._set_rows(np.delete(self._rows, positions))
            self.endResetModel()
            return
        for run in reversed(runs):
            self.beginRemoveRows(QModelIndex(), int(run[0]), int(run[-1]))
            self._set_rows(np.delete(self._rows, run))
            self.endRemoveRows()

    def _resort(self) -> None:
        self._resort_timer.stop()
        ordered = self._ordered(self._positions >= 0)
        if np.array_equal(ordered, self._rows):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = [self.row_at(index.row()) for index in before]
        self._set_rows(ordered)
        after = [self.index(self.position_of(row), index.column()) for row, index in zip(rows, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _reset_rows(self) -> None:
        self._set_rows(self._ordered(self._model.columns.matches(self.filter)))

    def _ordered(self, shown: np.ndarray) -> np.ndarray:
        """The shown rows, bool (N,), sorted."""
        if self._custom_order is not None:
            custom = self._custom_order[self._custom_order < len(shown)]
            later = np.ones(len(shown), bool)
            later[custom] = False
            rows = np.concatenate([custom, np.flatnonzero(later)])
        else:
            rows = self._model.columns.sorted_rows(self._key, self._descending)
        return rows[shown[rows]]

    def _set_rows(self, rows: np.ndarray) -> None:
        self._rows = rows
        self._positions = np.full(len(self._model.columns), -1, np.int64)
        self._positions[rows] = np.arange(len(rows))
