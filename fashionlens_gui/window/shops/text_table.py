"""A table of texts that a worker has prepared; only what is seen is painted, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from fashionlens_gui.window.shell import plain_table, theme

_Index = QModelIndex | QPersistentModelIndex
_SAMPLE = 60
_WIDEST = 36 * theme.SPACE
_NARROWEST = 8 * theme.SPACE


class TextModel(QAbstractTableModel):
    """Rows of texts, some with the colour of a status."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: Sequence[str] = ()
        self.rows: Sequence[Sequence[str]] = ()
        self._tones: Sequence[str] = ()

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[str] = ()) -> None:
        """Replace all.

        Args:
            columns: Headings.
            rows: A text for each column.
            tones: A token of colours for each row, such as ``error``; empty for the usual one.
        """
        self.beginResetModel()
        self.columns, self.rows, self._tones = columns, rows, tones
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self.rows[index.row()][index.column()]
            return text.replace("\n", " ⏎ ") if role == Qt.ItemDataRole.DisplayRole else text
        if role == Qt.ItemDataRole.ForegroundRole and self._tones and self._tones[index.row()]:
            return QColor(getattr(theme.tokens(), self._tones[index.row()]))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return self.columns[section]
        return None


class TextTable(QTableView):
    """Shows a :class:`TextModel`.

    Args:
        name: For screen readers.
        stretched: The column that takes the room that is left; None where all are as wide as their texts.
        model: What is shown; by default plain texts.
    """

    box_width = 0
    """Pixels of a box in the first column."""
    opened = Signal(int)
    """A row was double-clicked, or Enter pressed on it."""

    def __init__(self, name: str, stretched: int | None = None, model: TextModel | None = None) -> None:
        super().__init__()
        self.texts = model or TextModel()
        self._stretched = stretched
        self.setModel(self.texts)
        plain_table.set_up(self)
        self.setSortingEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(name)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(self._open)

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[str] = ()) -> None:
        """See :meth:`TextModel.show_rows`; widths follow from the first rows when the columns are other ones."""
        other = list(columns) != list(self.texts.columns) or not self.texts.rows
        self.texts.show_rows(columns, rows, tones)
        header = self.horizontalHeader()
        for column in range(len(columns)) if other else ():
            stretches = column == self._stretched
            mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
            if not stretches:
                width = plain_table.width_of(self, column, [row[column][:80] for row in rows[:_SAMPLE]])
                width += self.box_width if column == 0 else 0
                self.setColumnWidth(column, max(_NARROWEST, min(width, _WIDEST)))

    @property
    def current(self) -> int:
        """The selected row, or -1."""
        return self.currentIndex().row() if self.selectedIndexes() else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())
