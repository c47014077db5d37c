"""The table model: the ids of a list's photos in the order shown. Rows are read from the catalogue when needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cachetools import LRUCache
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from fashionlens_gui.catalogue.prediction_columns import with_user_values
from fashionlens_gui.catalogue.query import Query, asked_values
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.tag.table.cells import (
    HEADERS,
    SIMILARITY_ROLE,
    SORT_OF,
    TAG_ROLE,
    Column,
    cell_colour,
    cell_text,
    cell_tooltip,
)
from fashionlens_gui.window.tag.unsure_reason import UnsureReason, unsure_reason
from trainer.errors import FashionLensError
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES, CATEGORY, CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.catalogue.operation_log import HistoryEntry
    from fashionlens_gui.tagging.attributes import AttributeTag
    from trainer.model_files.metadata import ModelMetadata

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
PAGE = 64
"""Rows that are read together: 2 ms."""
_CACHED = 4096  # rows, some 2 KB each
_MOST_REMOVED_RUNS = 64  # for more, resetting the view is quicker
_UNKNOWN = Tag(Path(), "")
"""Shown for a photo that is no longer in the catalogue, until the list was asked for again."""


class PhotoTableModel(QAbstractTableModel):
    """A row for each photo of a list. Photos are named by their ids in the catalogue.

    Attributes:
        query: What the list was asked for; a photo whose pending value does not match it leaves at once.
    """

    attributes_changed = Signal()
    """:attr:`attributes` changed."""
    sort_asked = Signal(str, bool)
    """Sort by this (see :attr:`Query.sort`), descending."""
    failed = Signal(object)
    """A FashionLensError: rows could not be read."""

    def __init__(self) -> None:
        super().__init__()
        self.query = Query()
        self._catalogue: Catalogue | None = None
        self._ids = np.zeros(0, np.int64)
        self._tags: LRUCache[int, Tag] = LRUCache(_CACHED)
        self._pending: dict[int, dict[str, tuple[str, int]]] = {}  # by photo and attribute: value, number of the change
        self._similarity: dict[int, float] = {}
        self._unreadable = False
        self._enabled: tuple[str, ...] = ATTRIBUTES
        self._with_values: tuple[str, ...] = ()
        self._attributes: tuple[str, ...] = ()
        self._metadata: ModelMetadata | None = None

    # -- the list -----------------------------------------------------------------------------------------------------
    @property
    def ids(self) -> np.ndarray:
        """The photos, int64 (n,), in the order shown. Never changed in place."""
        return self._ids

    def id_at(self, position: int) -> int:
        return int(self._ids[position])

    def ids_between(self, first: int, last: int) -> list[int]:
        """The photos at the positions ``first`` to ``last``, inclusive."""
        found: list[int] = self._ids[first : last + 1].tolist()
        return found

    def position_of(self, photo: int) -> int:
        """The position of a photo, or -1 if it is not in the list."""
        found = np.flatnonzero(self._ids == photo)
        return int(found[0]) if len(found) else -1

    def positions_of(self, photos: Sequence[int]) -> np.ndarray:
        """The positions of the photos that are in the list, int64 (n,), ascending."""
        return np.flatnonzero(np.isin(self._ids, np.fromiter(photos, np.int64)))

    def set_catalogue(self, catalogue: Catalogue | None) -> None:
        """Read rows from a catalogue; the list is empty until :meth:`set_ids`."""
        self.beginResetModel()
        self._catalogue, self._unreadable = catalogue, False
        self._ids = np.zeros(0, np.int64)
        self._tags.clear()
        self._pending.clear()
        self.endResetModel()

    def set_ids(self, ids: np.ndarray, tags: Mapping[int, Tag], keep_places: bool) -> None:
        """Show the answer to a query.

        Args:
            ids: int64 (n,), as :func:`fashionlens_gui.catalogue.query.find` returns them.
            tags: Some of the rows, so that they need not be read.
            keep_places: Photos stay where they are unless others come.
        """
        for id_, tag in tags.items():
            self._tags.setdefault(id_, tag)
        leaving = [photo for photo in self._pending if not self._matches(photo)]
        if leaving:
            ids = ids[~np.isin(ids, leaving)]
        before = self._ids
        if len(ids) > len(before) and np.array_equal(ids[: len(before)], before):
            self.beginInsertRows(QModelIndex(), len(before), len(ids) - 1)
            self._ids = ids
            self.endInsertRows()
        elif not np.array_equal(ids, before):
            stay = np.isin(before, ids)
            same_order = keep_places or np.array_equal(before[stay], ids)
            if same_order and len(ids) == np.count_nonzero(stay):
                self._remove(np.flatnonzero(~stay))
            else:
                self._reset(ids)

    def _reset(self, ids: np.ndarray) -> None:
        self.beginResetModel()
        self._ids = ids
        self.endResetModel()

    def _remove(self, positions: np.ndarray) -> None:
        """Remove ascending positions, run by run from the end."""
        if not len(positions):
            return
        breaks = np.flatnonzero(np.diff(positions) > 1) + 1
        if len(breaks) >= _MOST_REMOVED_RUNS:
            self._reset(np.delete(self._ids, positions))
            return
        for run in reversed(np.split(positions, breaks)):
            self.beginRemoveRows(QModelIndex(), int(run[0]), int(run[-1]))
            self._ids = np.delete(self._ids, run)
            self.endRemoveRows()

    # -- rows ---------------------------------------------------------------------------------------------------------
    def tag(self, photo: int) -> Tag:
        """A photo's row as the user sees it."""
        if photo not in self._tags:
            position = self.position_of(photo)
            first = max(0, position - PAGE // 2)
            self._read([photo] if position < 0 else self._ids[first : first + PAGE].tolist())
        return self._with_pending(photo)

    def tag_at(self, position: int) -> Tag:
        """The row at a position."""
        photo = self.id_at(position)
        if photo not in self._tags:
            first = position // PAGE * PAGE
            self._read(self._ids[first : first + PAGE].tolist())
        return self._with_pending(photo)

    def tags(self, photos: Sequence[int]) -> list[Tag]:
        """Rows of at most a few hundred photos, which are read together."""
        self._read([photo for photo in photos if photo not in self._tags])
        return [self._with_pending(photo) for photo in photos]

    def history(self, photo: int) -> list[HistoryEntry]:
        """What people set for a photo, oldest first; nothing where it cannot be read."""
        if self._catalogue is None:
            return []
        try:
            return self._catalogue.history(photo)
        except FashionLensError as error:
            self._report(error)
            return []

    def refresh(self, photos: Iterable[int]) -> None:
        """These photos changed in the catalogue: read them again when they are shown."""
        for photo in photos:
            self._tags.pop(photo, None)
        self._repaint()

    def _read(self, photos: list[int]) -> None:
        missing = [photo for photo in photos if photo not in self._tags]
        if self._catalogue is None or not missing:
            return
        try:
            found = self._catalogue.tags(missing)
        except FashionLensError as error:
            self._report(error)
            return
        self._unreadable = False
        for photo in missing:
            self._tags[photo] = found.get(photo, _UNKNOWN)

    def _report(self, error: FashionLensError) -> None:
        if not self._unreadable:  # once, not at each repaint
            self._unreadable = True
            self.failed.emit(error)

    # -- values that are being written --------------------------------------------------------------------------------
    def set_pending(self, change: int, photos: Iterable[int], name: str, value: str) -> None:
        """Show a value that is being written, an attribute's or the ``category``; ``change`` is a growing number."""
        photos = list(photos)
        for photo in photos:
            self._pending.setdefault(photo, {})[name] = value, change
        leaving = [photo for photo in photos if not self._matches(photo)]
        if leaving:
            self._remove(self.positions_of(leaving))
        self._repaint()

    def end_pending(self, change: int) -> list[int]:
        """A change was written, or failed; later ones stay pending. Returns its photos."""
        ended = []
        for photo, values in list(self._pending.items()):
            left = {name: each for name, each in values.items() if each[1] != change}
            if len(left) < len(values):
                ended.append(photo)
                self._pending[photo] = left
                if not left:
                    del self._pending[photo]
        if ended:
            self._repaint()
        return ended

    def _with_pending(self, photo: int) -> Tag:
        tag = self._tags.get(photo, _UNKNOWN)
        values = {name: value for name, (value, _) in self._pending.get(photo, {}).items()}
        return with_user_values(tag, values) if values else tag

    def _matches(self, photo: int) -> bool:
        """Whether a photo with pending values is still in the list, as far as a row tells."""
        tag = self.tag(photo)
        for name, wanted in self.query.values.items():
            if name not in CATEGORY_AND_ATTRIBUTES:
                continue  # one that people defined: the list is asked again after the change
            attribute = None if name == CATEGORY else tag.attributes.named(name)
            value = tag.category if name == CATEGORY else "" if attribute is None else attribute.value
            if value not in asked_values(wanted):
                return False
        statuses = asked_values(self.query.status or ())
        return (not statuses or tag.status in statuses) and self.query.corrected in (None, tag.corrected)

    def set_similarities(self, similarity: Mapping[int, float]) -> None:
        """How similar photos are to another one, [0, 1]; shown beside their names. Empty for none."""
        self._similarity = dict(similarity)
        self._repaint()

    # -- QAbstractTableModel ------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag
        if not index.isValid():
            return flags.NoItemFlags
        return flags.ItemIsSelectable | flags.ItemIsEnabled | flags.ItemNeverHasChildren

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        column = index.column()
        if role == TAG_ROLE:
            return self.tag_at(index.row())
        if role == SIMILARITY_ROLE:
            return self._similarity.get(self.id_at(index.row()))
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(self.tag_at(index.row()), column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell_tooltip(self.tag_at(index.row()), column, self.unsure_reason)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = f"{HEADERS[Column(column)]}: {cell_text(self.tag_at(index.row()), column) or 'none'}"
            similarity = self._similarity.get(self.id_at(index.row())) if column == Column.PHOTO else None
            return text if similarity is None else f"{text}, {whole_percent(similarity)} similar"
        if role == Qt.ItemDataRole.DecorationRole and column == Column.COLOUR:
            return cell_colour(self.tag_at(index.row()))
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 for the order of arrival. The catalogue sorts; the rows follow."""
        key = SORT_OF.get(column, "arrival")
        self.sort_asked.emit(key, order == Qt.SortOrder.DescendingOrder and key != "arrival")

    def _repaint(self) -> None:
        if len(self._ids):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(Column) - 1))

    # -- attributes ---------------------------------------------------------------------------------------------------
    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes to show: they are on, and some photo of the list has a value."""
        return self._attributes

    def show_attributes(self, names: Sequence[str]) -> None:
        """Set the attributes that are on."""
        self._enabled = tuple(names)
        self._update_attributes()

    def set_attributes_with_values(self, names: Sequence[str]) -> None:
        """Set the attributes of which some photo of the list has a value."""
        self._with_values = tuple(names)
        self._update_attributes()

    def set_metadata(self, metadata: ModelMetadata | None) -> None:
        """Set the metadata of the model in use."""
        self._metadata = metadata

    def unsure_reason(self, tag: Tag, attribute: AttributeTag) -> UnsureReason | None:
        """Why an attribute of a row is unsure; None if it is sure."""
        return unsure_reason(tag, attribute, self._metadata)

    def _update_attributes(self) -> None:
        now = tuple(name for name in self._with_values if name in self._enabled)
        if now != self._attributes:
            self._attributes = now
            self.attributes_changed.emit()
