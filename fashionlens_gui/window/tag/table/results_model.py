"""The table model: one row per photo, read from the session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor

from fashionlens_gui.messages.photos import group_and_choice, row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.tag.table.columns import Columns
from fashionlens_gui.window.tag.table.painting import STATUS_WORDS
from fashionlens_gui.window.tag.unsure_reason import UnsureReason, unsure_reason
from fashionlens_gui.window.tag.vocabulary import family_and_choice, srgb_of
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from trainer.inference.prediction import Ranking
    from trainer.model_files.metadata import ModelMetadata

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_PART = 500  # rows: some 5 ms
_SECONDS_AT_A_TIME = 0.015


class Column(IntEnum):
    """The table's columns, left to right. Each attribute has the column of its name."""

    PHOTO = 0
    STATUS = auto()
    CATEGORY = auto()
    CONFIDENCE = auto()
    SECOND = auto()
    COLOUR = auto()
    PATTERN = auto()
    FABRIC = auto()
    OCCASION = auto()
    SEASON = auto()
    AUDIENCE = auto()


ATTRIBUTE_OF: dict[int, str] = {Column[name.upper()]: name for name in ATTRIBUTES}
HEADERS = {column: column.name.capitalize() for column in Column} | {Column.SECOND: "Second choice"}
SORT_KEYS = {int(column): "name" if column == Column.PHOTO else column.name.lower() for column in Column}
TAG_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class ResultsModel(QAbstractTableModel):
    """The session's rows, with the session's row numbers.

    Empty until :meth:`set_session`. After a change of the session, call :meth:`grow` or :meth:`refresh`.
    """

    attributes_changed = Signal()
    """:attr:`attributes` changed."""
    refreshed = Signal()
    """All rows of a large :meth:`refresh` are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Tag] = ()
        self._enabled: tuple[str, ...] = ATTRIBUTES
        self._attributes: tuple[str, ...] = ()
        self._metadata: ModelMetadata | None = None
        self.columns = Columns()
        self._stale: deque[Sequence[int]] = deque()  # parts of large refreshes that wait
        self._next_part = QTimer(self)
        self._next_part.setSingleShot(True)
        self._next_part.setInterval(0)
        self._next_part.timeout.connect(self._refresh_parts)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes to show: they are on, and some row has a value."""
        return self._attributes

    def show_attributes(self, names: Sequence[str]) -> None:
        self._enabled = tuple(names)
        self._update_attributes()

    def set_metadata(self, metadata: ModelMetadata | None) -> None:
        self._metadata = metadata

    def _update_attributes(self) -> None:
        self.columns.search_in(self._enabled)
        now = tuple(name for name in self.columns.attributes if name in self._enabled)
        if now != self._attributes:
            self._attributes = now
            self.attributes_changed.emit()

    def set_session(self, session: Session, columns: Columns) -> None:
        """Show a session; ``columns`` are of its first rows."""
        self._reset(session.rows, columns)

    def hide_rows(self) -> Columns:
        """Show no rows until :meth:`set_session`; returns the columns for it."""
        columns = self.columns
        self._reset((), Columns())
        return columns

    def _reset(self, rows: Sequence[Tag], columns: Columns) -> None:
        self.beginResetModel()
        self._stale.clear()
        self._rows, self.columns = rows, columns
        self.endResetModel()
        self._update_attributes()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def tags(self) -> list[Tag]:
        return list(self._rows)

    def tag(self, row: int) -> Tag:
        return self._rows[row]

    def unsure_reason(self, tag: Tag, attribute: AttributeTag) -> UnsureReason | None:
        """Why an attribute of a row is unsure; None if it is sure."""
        return unsure_reason(tag, attribute, self._metadata)

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
        if role == Qt.ItemDataRole.DecorationRole and index.column() == Column.COLOUR:
            return self._colour(self.tag(index.row()))
        return None

    def grow(self) -> None:
        """Add the session's new rows, in one insertion."""
        first, size = len(self.columns), len(self._rows)
        if size <= first:
            return
        self.beginInsertRows(QModelIndex(), first, size - 1)
        self.columns.append([self.tag(row) for row in range(first, size)])
        self.endInsertRows()
        self._update_attributes()

    def refresh(self, rows: Sequence[int]) -> None:
        """Update changed rows: few at once, many in parts, so that the window stays responsive.

        Cells read the session; only the sort keys and counts of later parts are late, by 0.3 s for 20,000 rows.
        """
        if len(rows) <= _PART:
            self._refresh(rows)
        else:
            self._stale.extend(rows[start : start + _PART] for start in range(0, len(rows), _PART))
            self._next_part.start()

    @Slot()
    def _refresh_parts(self) -> None:
        until = time.monotonic() + _SECONDS_AT_A_TIME
        while self._stale and time.monotonic() < until:
            self._refresh(self._stale.popleft())
        if self._stale:
            self._next_part.start()
        else:
            self.refreshed.emit()

    def _refresh(self, rows: Sequence[int]) -> None:
        rows = [row for row in rows if row < len(self.columns)]
        if not rows:
            return
        self.columns.update(rows, [self.tag(row) for row in rows])
        self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(Column) - 1))
        self._update_attributes()

    @staticmethod
    def _text(tag: Tag, column: int) -> str:
        if column == Column.PHOTO:
            return tag.file
        if column == Column.CATEGORY:
            return tag.category if tag.choice is None else "{} ({})".format(*group_and_choice(**tag.choice.parameters))
        if column == Column.CONFIDENCE:
            return whole_percent(tag.confidence)
        if column == Column.SECOND:
            return f"{tag.second_category} {whole_percent(tag.second_confidence)}" if tag.second_category else ""
        if column in ATTRIBUTE_OF:
            attribute = tag.attributes.named(ATTRIBUTE_OF[column])
            if attribute is None or not attribute.unsure:
                return "" if attribute is None else attribute.value
            choice = family_and_choice(attribute)
            return f"{attribute.value}?" if choice is None else "{} ({})".format(*choice)
        return STATUS_WORDS[tag.status]

    def _tooltip(self, tag: Tag, column: int) -> str | None:
        if column == Column.PHOTO:
            return f"{tag.path}\n{row_message(tag.notes)}" if tag.notes else str(tag.path)
        if (column == Column.STATUS and tag.notes) or (column == Column.CATEGORY and tag.choice is not None):
            return row_message(tag.notes)
        if column == Column.CATEGORY and tag.source == "user":
            return _set_by_user(tag.ranking)
        about = self._about_attribute(tag, ATTRIBUTE_OF[column]) if column in ATTRIBUTE_OF else None
        return row_message(tag.notes) if about is None and tag.status == Status.ERROR else about

    def _about_attribute(self, tag: Tag, name: str) -> str | None:
        attribute = tag.attributes.named(name)
        if attribute is None:
            return None
        if attribute.source == "user":
            lines = [_set_by_user(attribute.ranking)]
        elif reason := self.unsure_reason(tag, attribute):
            export = "" if attribute.exported else " Exported files leave it empty until you confirm it."
            lines = [f"{reason.explanation}{export}"]
        else:
            lines = [f"{attribute.value} ({whole_percent(attribute.confidence)})"]
        if name == "colour" and tag.colours:
            shares = ", ".join(f"{each.name.lower()} {whole_percent(each.share)}" for each in tag.colours)
            lines.append(f"Colours in the photo: {shares}")
        return "\n".join(lines)

    @staticmethod
    def _colour(tag: Tag) -> QColor | None:
        """The colour as measured in the photo, else the usual look of the colour's name."""
        attribute = tag.attributes.named("colour")
        if attribute is None or not attribute.value:
            return None
        measured = next((each.srgb for each in tag.colours if each.name == attribute.value), None)
        srgb = measured or srgb_of(attribute.value)
        return QColor(*srgb) if srgb else None


def _set_by_user(ranking: Ranking | None) -> str:
    predicted = f" The model predicted {ranking.label} ({whole_percent(ranking.confidence)})." if ranking else ""
    return f"You chose this.{predicted}"
