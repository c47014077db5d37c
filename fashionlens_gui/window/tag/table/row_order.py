"""Which rows are shown, and in which order: Qt's proxy idea, answered by arrays (see ``columns``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractProxyModel, QModelIndex, QPersistentModelIndex, Qt, QTimer

from fashionlens_gui.window.tag.table.columns import Filter, SortKey
from fashionlens_gui.window.tag.table.results_model import SORT_KEYS, TAG_ROLE, ResultsModel

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_MOST_SINGLE_REMOVALS = 64  # more holes than that: telling the view of each one costs more than drawing anew
_RESORT_AFTER_MS = 300


class ReviewOrder(QAbstractProxyModel):
    """Filters and sorts a :class:`ResultsModel`.

    A corrected row keeps its place until the next sort, so that it does not run away from the person who corrects it;
    one that no longer passes the filter leaves at once, so that a review list becomes shorter. Rows that arrive while
    the table is sorted join at the end and find their place a moment later.
    """

    def __init__(self, source: ResultsModel) -> None:
        super().__init__()
        self._rows = np.zeros(0, np.int64)  # place -> row of the source
        self._places = np.zeros(0, np.int64)  # row of the source -> place, -1 where hidden
        self._key: SortKey = "arrival"
        self._descending = False
        self._given: np.ndarray | None = None  # rows in an order that somebody worked out
        self.filter = Filter()
        self._resort_soon = QTimer(self)
        self._resort_soon.setSingleShot(True)
        self._resort_soon.setInterval(_RESORT_AFTER_MS)
        self._resort_soon.timeout.connect(self._resort)
        self._results = source
        self.setSourceModel(source)
        source.rowsInserted.connect(self._source_grew)
        source.dataChanged.connect(self._source_changed)
        source.modelAboutToBeReset.connect(self.beginResetModel)
        source.modelReset.connect(self._source_reset)
        self._place_all()

    # -- Qt's questions -----------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._results.columnCount()

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
        return self._results.index(int(self._rows[index.row()]), index.column())

    def mapFromSource(self, index: Index) -> QModelIndex:
        if not index.isValid():
            return QModelIndex()
        place = self.place_of(index.row())
        return self.index(place, index.column()) if place >= 0 else QModelIndex()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return self._results.headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == TAG_ROLE and index.isValid():  # asked for at each painting: without going round through an index
            return self._results.tag(int(self._rows[index.row()]))
        return self._results.data(self.mapToSource(index), role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 gives back the order of arrival."""
        self._given = None
        self._key = SORT_KEYS.get(column, "arrival")
        self._descending = order == Qt.SortOrder.DescendingOrder and self._key != "arrival"
        self._resort()

    # -- what the panel asks ------------------------------------------------------------------------------------------
    def put_in_order(self, rows: np.ndarray) -> None:
        """Show rows, int64 (n,), in this order until the next :meth:`sort`; others follow as they arrive."""
        self._given = rows
        self._resort()

    def set_filter(self, wanted: Filter) -> None:
        """Show only the rows that pass."""
        if wanted == self.filter:
            return
        self.beginResetModel()
        self.filter = wanted
        self._place_all()
        self.endResetModel()

    def row_at(self, place: int) -> int:
        """The source's row shown at a place."""
        return int(self._rows[place])

    def rows_between(self, first: int, last: int) -> list[int]:
        """The source's rows shown at the places ``first`` to ``last``, both included."""
        return [int(row) for row in self._rows[first : last + 1]]

    def place_of(self, row: int) -> int:
        """Where a row of the source is shown, or -1."""
        return int(self._places[row]) if 0 <= row < len(self._places) else -1

    # -- following the source -----------------------------------------------------------------------------------------
    def _source_grew(self, parent: QModelIndex, first: int, last: int) -> None:
        new = first + np.flatnonzero(self._results.columns.accepted(self.filter, first))
        self._places = np.concatenate([self._places, np.full(last + 1 - first, -1, np.int64)])
        self._append(new)

    def _source_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        passes = self._results.columns.accepted(self.filter)
        shown = self._places >= 0
        leaving = np.sort(self._places[shown & ~passes])
        joining = np.flatnonzero(passes & ~shown)
        if len(leaving):
            self._remove(leaving)
        if len(joining):
            self._append(joining)
            self._resort()
        if len(self._rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.columnCount() - 1))

    def _source_reset(self) -> None:
        self._given = None
        self._place_all()
        self.endResetModel()

    # -- moving rows --------------------------------------------------------------------------------------------------
    def _append(self, rows: np.ndarray) -> None:
        if not len(rows):
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows = np.concatenate([self._rows, rows])
        self._places[rows] = np.arange(first, len(self._rows))
        self.endInsertRows()
        if (self._key != "arrival" or self._given is not None) and not self._resort_soon.isActive():
            self._resort_soon.start()

    def _remove(self, places: np.ndarray) -> None:
        """Take ascending places out, run by run from the end."""
        runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
        if len(runs) > _MOST_SINGLE_REMOVALS:
            self.beginResetModel()
            self._set_rows(np.delete(self._rows, places))
            self.endResetModel()
            return
        for run in reversed(runs):
            self.beginRemoveRows(QModelIndex(), int(run[0]), int(run[-1]))
            self._set_rows(np.delete(self._rows, run))
            self.endRemoveRows()

    def _resort(self) -> None:
        self._resort_soon.stop()
        ordered = self._ordered(self._places >= 0)
        if np.array_equal(ordered, self._rows):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = [self.row_at(index.row()) for index in before]
        self._set_rows(ordered)
        after = [self.index(self.place_of(row), index.column()) for row, index in zip(rows, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _place_all(self) -> None:
        self._set_rows(self._ordered(self._results.columns.accepted(self.filter)))

    def _ordered(self, shown: np.ndarray) -> np.ndarray:
        """The shown rows, bool (N,), in the order of the sort."""
        if self._given is not None:
            given = self._given[self._given < len(shown)]
            later = np.ones(len(shown), bool)
            later[given] = False
            rows = np.concatenate([given, np.flatnonzero(later)])
        else:
            rows = self._results.columns.sorted_rows(self._key, self._descending)
        return rows[shown[rows]]

    def _set_rows(self, rows: np.ndarray) -> None:
        self._rows = rows
        self._places = np.full(len(self._results.columns), -1, np.int64)
        self._places[rows] = np.arange(len(rows))
