"""Recall and F1 of each category before and after, as a sortable table."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from fashionlens_gui.window.shell import plain_table, theme
from trainer.evaluation.comparison import ClassComparison
from trainer.number_format import number, percent

_SORT = Qt.ItemDataRole.UserRole
_CHANGE = 4
_LONGEST = 16  # letters of a name
UNCHANGED = "–"


class ClassChanges(QTableView):
    """The categories that got worse come first. ``names`` are what the old and the new model are called."""

    def __init__(self, names: tuple[str, str] = ("Before", "Now"), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        old, new = (name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names)
        headings = ["", "Photos", f"Found\n{old}", f"Found\n{new}", "Change", f"F1\n{old}", f"F1\n{new}"]
        self._rows = QStandardItemModel(0, len(headings), self)
        self._rows.setHorizontalHeaderLabels(headings)
        ordered = QSortFilterProxyModel(self)
        ordered.setSourceModel(self._rows)
        ordered.setSortRole(_SORT)
        self.setModel(ordered)
        self.setAccessibleName("Both models, by category")
        plain_table.set_up(self)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(headings)):
            widest = "−100.0\u00a0points" if column == _CHANGE else "100.0\u00a0%"
            self.setColumnWidth(column, plain_table.width_of(self, column, (widest,)))
        plain_table.keep_names_readable(self, (0,), (6, 5))
        theme.notifier().changed.connect(self._colour)

    def show_classes(self, classes: Iterable[ClassComparison], what: str) -> None:
        """Replace the rows; classes without photos are left out. ``what`` is the heading of their names."""
        self._rows.setHeaderData(0, Qt.Orientation.Horizontal, what)
        self._rows.removeRows(0, self._rows.rowCount())
        for each in classes:
            if each.old_recall is None or each.new_recall is None:
                continue
            change = each.new_recall - each.old_recall
            self._rows.appendRow(
                [
                    _item(each.name, each.name.casefold()),
                    _item(number(each.support), each.support),
                    _item(percent(each.old_recall), each.old_recall),
                    _item(percent(each.new_recall), each.new_recall),
                    _item(points(each.old_recall, each.new_recall), round(change, 9)),
                    _item(percent(each.old_f1 or 0.0), each.old_f1 or 0.0),
                    _item(percent(each.new_f1 or 0.0), each.new_f1 or 0.0),
                ]
            )
        self.sortByColumn(_CHANGE, Qt.SortOrder.AscendingOrder)
        self._colour()

    def _colour(self) -> None:
        tokens = theme.tokens()
        for row in range(self._rows.rowCount()):
            item = self._rows.item(row, _CHANGE)
            change = 0 if item.text() == UNCHANGED else item.data(_SORT)
            item.setForeground(QColor(tokens.ok if change > 0 else tokens.error if change < 0 else tokens.text_muted))


def points(old: float, new: float) -> str:
    """The difference of two shares in percentage points with its sign; ``–`` where it is 0.

    It is computed from the rounded figures, as they are shown, so that the sum is right.
    """
    change = round(100 * new, 1) - round(100 * old, 1)
    text = f"{abs(change):.1f}"
    return UNCHANGED if float(text) == 0 else f"{'+' if change > 0 else '−'}{text} points"


def _item(text: str, sort: str | float) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(sort, _SORT)
    return item
