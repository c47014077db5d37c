"""The table of what FashionLens cannot know, such as price and brand: how many products have it, and one for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from fashionlens_gui.window.shell import plain_table, theme
from fashionlens_gui.window.shops.export_work import AskedFact
from trainer.number_format import number

_COLUMNS = ("Value", "Columns", "From your tables", "For all other products")
_FOR_ALL = 3


class _FieldDelegate(QStyledItemDelegate):
    """Says in empty cells that one can type there."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if not index.data():
            option.text = "Type a value…"
            option.palette.setColor(QPalette.ColorRole.Text, QColor(theme.tokens().text_muted))


class AskedValues(QTableWidget):
    """A row for each fact; the last cell is edited."""

    edited = Signal(str, str)
    """A fact, and the text for all products; empty for none."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self._facts: list[AskedFact] = []
        self.setHorizontalHeaderLabels(_COLUMNS)
        plain_table.set_up(self)
        self.setSortingEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.setAccessibleName("Values that FashionLens cannot know")
        self.setItemDelegateForColumn(_FOR_ALL, _FieldDelegate(self))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_FOR_ALL, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((22, 26, 20)):
            self.setColumnWidth(column, width * theme.SPACE)
        self.itemChanged.connect(self._changed)

    def show_facts(self, facts: Sequence[AskedFact], constants: Mapping[str, str], products: int) -> None:
        """Show facts with their constants; what is being typed stays."""
        same = [each.name for each in facts] == [each.name for each in self._facts]
        self._facts = list(facts)
        self.blockSignals(True)
        self.setRowCount(len(facts))
        for row, fact in enumerate(facts):
            joined = f"{number(fact.joined)} of {number(products)}" if fact.joined else "none"
            for column, text in enumerate((fact.name, ", ".join(fact.columns), joined)):
                self.setItem(row, column, _fixed(text))
            if not same or self.item(row, _FOR_ALL) is None:
                item = QTableWidgetItem(constants.get(fact.name, ""))
                item.setToolTip("Double-click or press F2 to edit")
                self.setItem(row, _FOR_ALL, item)
        self.blockSignals(False)

    @Slot(QTableWidgetItem)
    def _changed(self, item: QTableWidgetItem) -> None:
        if item.column() == _FOR_ALL:
            self.edited.emit(self._facts[item.row()].name, item.text().strip())


def _fixed(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item
