"""The table beside the chart: each value in one period, and which of them are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from fashionlens_gui.catalogue.search.trend_table import whole_or_rounded
from fashionlens_gui.catalogue.search.trends import Trend
from fashionlens_gui.window.shell import plain_table, theme
from trainer.number_format import whole_percent

Index = QModelIndex | QPersistentModelIndex
_COLUMNS = (
    ("Value", "Checked ones are drawn, at most six"),
    ("Amount", "In this period"),
    ("Share", "Of all in this period"),
    ("Change", "Of the amount against the period before"),
)
CHANGE = 3
"""The column of the change."""
_SORT = Qt.ItemDataRole.UserRole
_DRAWN_AT_FIRST = 6


class _Values(QAbstractTableModel):
    drawn_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.found: Trend | None = None
        self.period = -1
        self.drawn: list[str] = []

    def show(self, found: Trend, period: int) -> None:
        self.beginResetModel()
        other = self.found is None or self.found.values != found.values
        kept = [value for value in self.drawn if value in found.values]
        self.found, self.period = found, period
        self.drawn = list(found.values[:_DRAWN_AT_FIRST]) if other or not kept else kept
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.found is None or self.period < 0 else len(self.found.values)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> str | None:
        return plain_table.heading(_COLUMNS, section, orientation, role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        checkable = Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | checkable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.found is None or not index.isValid():
            return None
        value, column = self.found.values[index.row()], index.column()
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            return Qt.CheckState.Checked if value in self.drawn else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return value
        if role not in (Qt.ItemDataRole.DisplayRole, _SORT):
            return None
        if column == 0:
            return value.casefold() if role == _SORT else value or "none"
        figures_PV = (self.found.amounts_PV, self.found.shares_PV, self.found.changes_PV)[column - 1]
        figure = float(figures_PV[self.period, index.row()])
        if role == _SORT:
            return -1e300 if np.isnan(figure) else figure
        if np.isnan(figure):
            return "–"
        return (f"{whole_or_rounded(figure):,}", whole_percent(figure), _change(figure))[column - 1]

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or self.found is None:
            return False
        name = self.found.values[index.row()]
        if name in self.drawn:
            self.drawn.remove(name)
        elif len(self.drawn) < _DRAWN_AT_FIRST:
            self.drawn.append(name)
        else:
            return False
        self.dataChanged.emit(index, index)
        self.drawn_changed.emit()
        return True


class ValueTable(QTableView):
    """Values with amount, share and change; Enter or a double click opens the photos."""

    drawn_changed = Signal()
    """Other values are drawn."""
    value_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._values = _Values(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._values)
        self._sorted.setSortRole(_SORT)
        self.setModel(self._sorted)
        plain_table.set_up(self)
        self.setAccessibleName("Values in the period")
        self.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            self.setColumnWidth(column, theme.scaled((10 if column == CHANGE else 9) * theme.SPACE))
        self._values.drawn_changed.connect(self.drawn_changed)
        self.doubleClicked.connect(self._open)

    @property
    def drawn(self) -> list[str]:
        """The values that are drawn."""
        return list(self._values.drawn)

    def show_period(self, found: Trend, period: int) -> None:
        """Show the values in one period, by its place."""
        self._values.show(found, period)

    def texts(self) -> list[tuple[str, ...]]:
        """The rows as they are shown."""
        return [
            tuple(str(self._sorted.index(row, column).data()) for column in range(len(_COLUMNS)))
            for row in range(self._sorted.rowCount())
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        found = self._values.found
        if index.isValid() and found is not None:
            self.value_chosen.emit(found.values[self._sorted.mapToSource(index).row()])


def _change(share: float) -> str:
    """Such as ``+50 %``."""
    percent = round(100 * share)
    sign = "+" if percent > 0 else "−" if percent < 0 else ""
    return f"{sign}{abs(percent):,} %"
