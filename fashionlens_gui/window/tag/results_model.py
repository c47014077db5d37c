"""What the table shows: one row per tagged photo, read from the session, which holds the truth."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fashionlens_gui.window.tag.columns import Columns, SortKey
from fashionlens_gui.window.tag.wording import STATUS_WORDS, percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.session import Session
    from fashionlens_gui.tagging.tag import Tag

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Column(IntEnum):
    """The table's columns, left to right."""

    PHOTO = 0
    CATEGORY = 1
    CONFIDENCE = 2
    SECOND = 3
    STATUS = 4


HEADERS = {
    Column.PHOTO: "Photo",
    Column.CATEGORY: "Category",
    Column.CONFIDENCE: "Confidence",
    Column.SECOND: "Second choice",
    Column.STATUS: "Status",
}
SORT_KEYS: dict[int, SortKey] = {
    Column.PHOTO: "name",
    Column.CATEGORY: "category",
    Column.CONFIDENCE: "confidence",
    Column.SECOND: "second",
    Column.STATUS: "status",
}
TAG_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class ResultsModel(QAbstractTableModel):
    """The session's rows for Qt's views; a row's number is its number in the session.

    Empty until :meth:`use` gives it the session. Whoever changes the session calls :meth:`grow`, :meth:`refresh` or
    :meth:`start_over` afterwards.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Tag] = ()
        self.columns = Columns()

    def use(self, session: Session, columns: Columns) -> None:
        """Show a session; ``columns`` are of its rows."""
        self.beginResetModel()
        self._rows = session.rows
        self.columns = columns
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def tag(self, row: int) -> Tag:
        """What the session says of a row."""
        return self._rows[row]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == TAG_ROLE:
            return self.tag(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self.tag(index.row()), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(self.tag(index.row()), index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._text(self.tag(index.row()), index.column())
            return f"{HEADERS[Column(index.column())]}: {text or 'none'}"
        return None

    def grow(self) -> None:
        """Show the rows that the session has gained since; one insertion however many they are."""
        first, size = len(self.columns), len(self._rows)
        if size <= first:
            return
        self.beginInsertRows(QModelIndex(), first, size - 1)
        self.columns.append([self.tag(row) for row in range(first, size)])
        self.endInsertRows()

    def refresh(self, rows: Sequence[int]) -> None:
        """Show what the session now says of these rows."""
        rows = [row for row in rows if row < len(self.columns)]
        if not rows:
            return
        self.columns.update(rows, [self.tag(row) for row in rows])
        self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(Column) - 1))

    def start_over(self) -> None:
        """The session was cleared or holds other rows now."""
        self.beginResetModel()
        self.columns.clear()
        self.columns.append([self.tag(row) for row in range(len(self._rows))])
        self.endResetModel()

    @staticmethod
    def _text(tag: Tag, column: int) -> str:
        if column == Column.PHOTO:
            return tag.file
        if column == Column.CATEGORY:
            return tag.category or ""
        if column == Column.CONFIDENCE:
            return percent(tag.confidence)
        if column == Column.SECOND:
            return f"{tag.second_category} {percent(tag.second_confidence)}" if tag.second_category else ""
        return STATUS_WORDS[tag.status]

    @staticmethod
    def _tooltip(tag: Tag, column: int) -> str | None:
        if column == Column.PHOTO:
            return f"{tag.path}\n{tag.message}" if tag.message else str(tag.path)
        if column == Column.STATUS and tag.message:
            return tag.message
        if column == Column.CATEGORY and tag.source == "user":
            said = tag.ranking
            return f"You chose this. The model said {said.label} ({percent(said.confidence)})." if said else None
        return None
