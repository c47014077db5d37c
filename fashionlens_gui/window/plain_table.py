"""What tables of figures have in common: whole rows, sorted by a click on a heading, no grid, no frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView

from fashionlens_gui.window import theme

ROW_HEIGHT = 4 * theme.SPACE
"""Pixels."""


def heading(columns: Sequence[tuple[str, str]], section: int, orientation: Qt.Orientation, role: int) -> str | None:
    """What a model's ``headerData`` gives: ``columns`` are headings, each with what it means."""
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
        return columns[section][0]
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
        return columns[section][1]
    return None


def set_up(table: QTableView) -> None:
    """Give a table with its model in it the common look and keys; what its columns need comes after."""
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
    table.setStyleSheet("QTableView::item { padding: 0 5px; }")  # with Qt's own 3 it lies under its heading
