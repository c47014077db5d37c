"""A table of texts whose rows have boxes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shops.text_table import TextModel, TextTable

_Index = QModelIndex | QPersistentModelIndex


class TickedModel(TextModel):
    """Rows of texts with a box in the first column."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._on: list[bool] = []

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[str] = ()) -> None:
        self._on = [False] * len(rows)
        super().show_rows(columns, rows, tones)

    @property
    def ticked(self) -> list[int]:
        """Rows with a tick."""
        return [row for row, on in enumerate(self._on) if on]

    def tick(self, rows: Sequence[int], on: bool) -> None:
        for row in rows:
            self._on[row] = on
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), 0))
            self.changed.emit()

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return Qt.CheckState.Checked if self._on[index.row()] else Qt.CheckState.Unchecked
        return super().data(index, role)

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.tick([index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


class TickedTable(TextTable):
    """Shows a :class:`TickedModel`; Space changes the boxes of the selected rows."""

    box_width = 3 * theme.SPACE

    def __init__(self, name: str, stretched: int | None = None) -> None:
        super().__init__(name, stretched, TickedModel())
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    @property
    def boxes(self) -> TickedModel:
        model = self.texts
        assert isinstance(model, TickedModel)
        return model

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = [index.row() for index in self.selectionModel().selectedRows()]
        if event.key() == Qt.Key.Key_Space and rows:
            self.boxes.tick(rows, not set(rows) <= set(self.boxes.ticked))
        else:
            super().keyPressEvent(event)
