"""The common style of tables of figures: whole rows, sortable, without grid and frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QTableView

from fashionlens_gui.window.shell import theme

ROW_HEIGHT = 4 * theme.SPACE
"""Pixels."""
_ARROW = 16
_LEAST_NAME = 11 * theme.SPACE
_SLACK = 3


def heading(columns: Sequence[tuple[str, str]], section: int, orientation: Qt.Orientation, role: int) -> str | None:
    """For a model's ``headerData``: ``columns`` are pairs of heading and tooltip."""
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
        return columns[section][0]
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
        return columns[section][1]
    return None


def width_of(table: QTableView, column: int, texts: Iterable[str]) -> int:
    """Pixels that a column needs for its heading and ``texts``.

    Qt's own way keeps room for an arrow in every heading; here only the one that is sorted by has it, so ask again on
    the header's ``sortIndicatorChanged``.
    """
    header = table.horizontalHeader()
    bold = QFont(table.font())
    bold.setWeight(QFont.Weight.DemiBold)  # as the style sheet says
    lines = str(table.model().headerData(column, Qt.Orientation.Horizontal)).split("\n")
    heading = max(map(QFontMetrics(bold).horizontalAdvance, lines))
    arrow = _ARROW if column == header.sortIndicatorSection() else 0
    widest = max(map(QFontMetrics(table.font()).horizontalAdvance, texts), default=0)
    return max(heading + arrow, widest) + 2 * theme.SPACE + _SLACK


def set_up(table: QTableView) -> None:
    """Set the common style and keys of a table that has its model."""
    table.setSortingEnabled(True)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.setFrameShape(QTableView.Shape.NoFrame)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setStyleSheet("QTableView::item { padding: 0 5px; }")  # aligned with the headings
    table.installEventFilter(_FocusRow(table))


def keep_names_readable(table: QTableView, names: Sequence[int], optional: Sequence[int]) -> None:
    """Hide columns of a narrow table, in the order ``optional``, until the stretching ``names`` have room."""
    table.viewport().installEventFilter(_ColumnFit(table, names, optional))


class _ColumnFit(QObject):
    def __init__(self, table: QTableView, names: Sequence[int], optional: Sequence[int]) -> None:
        super().__init__(table)
        self._table, self._names, self._optional = table, names, optional

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            table, columns = self._table, range(self._table.model().columnCount())
            for column in self._optional:
                table.setColumnHidden(column, False)
            for column in self._optional:
                others = sum(table.columnWidth(each) for each in columns if each not in self._names)
                if table.viewport().width() - others >= len(self._names) * _LEAST_NAME:
                    break
                table.setColumnHidden(column, True)
        return super().eventFilter(watched, event)


class _FocusRow(QObject):
    """Selects a row when a table without a selection gets the focus: the selected row shows where that is."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        table = watched
        if event.type() == QEvent.Type.FocusIn and isinstance(table, QTableView) and not table.selectedIndexes():
            table.selectRow(max(table.currentIndex().row(), 0))
        return super().eventFilter(watched, event)
