"""The sort keys and searched texts of all rows in arrays, so that 100,000 rows sort and filter in milliseconds.

Qt's QSortFilterProxyModel calls Python for each comparison: about 1.7 million times for 100,000 rows, several seconds
with a frozen window. No Qt in here. N is the number of rows, in the order in which they were tagged.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fashionlens_gui.tagging.tag import Status
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

ARRIVAL = "arrival"
"""The sort key of the order in which rows were tagged. The other keys are ``name``, ``category``, ``second``,
``confidence``, ``status`` and the attributes."""

_STATUSES = tuple(Status)
_NO_CONFIDENCE = -1.0
_CORRECTED = {None: 0, False: 1, True: 2}
"""Of :attr:`Tag.corrected`."""
_SET_BY_USER = 2.0  # sorts above every probability
_DIGITS = re.compile(r"\d+")
_ROW = np.dtype(
    [
        ("status", np.uint8),  # index into _STATUSES
        ("category", np.int32),  # a label's code, 0 for none; likewise second, model and attributes
        ("second", np.int32),
        ("confidence", np.float32),
        ("corrected", np.uint8),  # see _CORRECTED
        ("model", np.int32),
        ("attributes", np.int32, (len(ATTRIBUTES),)),
    ]
)


def natural_key(name: str) -> str:
    """A sort key without case in which ``IMG 2`` comes before ``IMG 10``. natsort's keys take five times as long."""
    return _DIGITS.sub(lambda match: match.group().zfill(12), name.casefold())


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to show; a row must match all parts.

    Attributes:
        status: A status, or None for all.
        category: A label, or None for all.
        corrected: Only rows of which the user changed a label (True) or confirmed all they set (False); None for all.
        text: Each word must be part of the name, the category or an attribute's value, without case.
    """

    status: Status | None = None
    category: str | None = None
    corrected: bool | None = None
    text: str = ""


class Columns:
    """Status, category, confidence, second choice, name and attributes of all rows."""

    def __init__(self) -> None:
        self._size = 0
        self._room = np.zeros(0, _ROW)  # longer than _size, so that appending is amortized
        self._used = np.zeros(len(ATTRIBUTES), bool)  # attributes of which some row has a value
        self._searched = np.ones(len(ATTRIBUTES), bool)
        self._names: list[str] = []  # without case
        self._keys: list[str] = []  # natural
        self._labels: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}
        self._by_name: list[int] = []  # rows sorted by name; later rows are added on demand

    def __len__(self) -> int:
        return self._size

    @property
    def _rows(self) -> np.ndarray:
        return self._room[: self._size]

    def append(self, tags: Sequence[Tag]) -> None:
        first = self._size
        self._size += len(tags)
        if self._size > len(self._room):
            rows = self._room[:first]
            self._room = np.zeros(max(1024, 2 * len(self._room), self._size), _ROW)
            self._room[:first] = rows
        self._names.extend(tag.file.casefold() for tag in tags)
        self._keys.extend(natural_key(tag.file) for tag in tags)
        self._set(slice(first, self._size), tags)

    def update(self, rows: Sequence[int], tags: Sequence[Tag]) -> None:
        """Replace rows; their names stay."""
        self._set(np.asarray(rows, np.int64), tags)

    def counts(self, rows: Sequence[int] | None = None) -> dict[Status, int]:
        """How many of ``rows``, by default of all, have each status."""
        statuses = self._rows["status"] if rows is None else self._rows["status"][np.unique(np.asarray(rows, np.int64))]
        counts = np.bincount(statuses, minlength=len(_STATUSES))
        return dict(zip(_STATUSES, counts.tolist(), strict=True))

    def corrected(self, changed: bool) -> int:
        """Rows of which the user changed a label, or of which they confirmed all they set."""
        return int(np.count_nonzero(self._rows["corrected"] == _CORRECTED[changed]))

    def categories(self) -> Counter[str]:
        """Rows per category, without rows that have none."""
        return self._label_counts("category")

    def models(self) -> Counter[str]:
        """Rows per model that tagged them, without unreadable photos and rows of which the model is not known."""
        return self._label_counts("model")

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes of which some row has or had a value, in the order of ATTRIBUTES."""
        return tuple(name for name, used in zip(ATTRIBUTES, self._used, strict=True) if used)

    def search_in(self, attributes: Sequence[str]) -> None:
        """Set the attributes whose values :attr:`Filter.text` finds, besides names and categories."""
        self._searched = np.array([name in attributes for name in ATTRIBUTES])

    def matches(self, wanted: Filter, first: int = 0) -> np.ndarray:
        """Which rows, from ``first`` on, match a filter. Returns bool (N - first,)."""
        rows = self._rows[first:]
        matching = np.ones(len(rows), bool)
        if wanted.status is not None:
            matching &= rows["status"] == _STATUSES.index(wanted.status)
        if wanted.category is not None:
            matching &= rows["category"] == self._codes.get(wanted.category, -1)
        if wanted.corrected is not None:
            matching &= rows["corrected"] == _CORRECTED[wanted.corrected]
        searched = np.flatnonzero(self._used & self._searched)
        for word in wanted.text.casefold().split():
            in_name = np.fromiter((word in name for name in self._names[first:]), bool, len(rows))
            in_label = np.fromiter((word in label.casefold() for label in self._labels), bool, len(self._labels))
            in_attribute = in_label[rows["attributes"][:, searched]].any(axis=1)
            matching &= in_name | in_label[rows["category"]] | in_attribute
        return matching

    def sorted_rows(self, key: str, descending: bool) -> np.ndarray:
        """All rows sorted by a key, stable. Returns int64 (N,)."""
        if key in (ARRIVAL, "name"):
            rows = np.arange(self._size) if key == ARRIVAL else self._rows_by_name()
            return rows[::-1] if descending else rows
        values = self._sort_values(key)
        return np.argsort(-values if descending else values, kind="stable")

    def _sort_values(self, key: str) -> np.ndarray:
        """float32 or int64 (N,) to sort by."""
        if key == "confidence":
            return self._rows[key]
        if key == "status":
            return self._rows[key].astype(np.int64)
        codes = self._rows["attributes"][:, ATTRIBUTES.index(key)] if key in ATTRIBUTES else self._rows[key]
        alphabetical = sorted(range(len(self._labels)), key=lambda code: self._labels[code].casefold())
        rank = np.empty(len(alphabetical), np.int64)
        rank[alphabetical] = np.arange(len(alphabetical))
        return rank[codes]

    def _rows_by_name(self) -> np.ndarray:
        """int64 (N,). Few new rows are inserted; for many, sorting all is quicker."""
        key = self._keys.__getitem__
        first, new = len(self._by_name), self._size - len(self._by_name)
        if new > max(64, first // 100):
            self._by_name.extend(range(first, self._size))
            self._by_name.sort(key=key)
        else:
            for row in range(first, self._size):
                insort(self._by_name, row, key=key)
        return np.array(self._by_name, np.int64)

    def _label_counts(self, column: str) -> Counter[str]:
        counts = np.bincount(self._rows[column], minlength=len(self._labels))
        return Counter({self._labels[code]: int(count) for code, count in enumerate(counts) if count and code})

    def _set(self, rows: slice | np.ndarray, tags: Sequence[Tag]) -> None:
        self._room["status"][rows] = [_STATUSES.index(tag.status) for tag in tags]
        self._room["category"][rows] = [self._code(tag.category) for tag in tags]
        self._room["second"][rows] = [self._code(tag.second_category) for tag in tags]
        self._room["confidence"][rows] = [_sorted_confidence(tag) for tag in tags]
        self._room["corrected"][rows] = [_corrected(tag) for tag in tags]
        self._room["model"][rows] = [self._code(tag.model if tag.ranking is not None else "") for tag in tags]
        if self._used.any() or any(tag.attributes for tag in tags):
            codes = np.array([[self._code(value) for value in tag.attributes.values()] for tag in tags], np.int32)
            self._room["attributes"][rows] = codes.reshape(-1, len(ATTRIBUTES))
            self._used |= codes.reshape(-1, len(ATTRIBUTES)).any(axis=0)

    def _code(self, label: str) -> int:
        code = self._codes.get(label)
        if code is None:
            code = self._codes[label] = len(self._labels)
            self._labels.append(label)
        return code


def _corrected(tag: Tag) -> int:
    by_user = tag.source == "user" or tag.attributes.has_user_values  # few are; decoding all would take long
    return _CORRECTED[tag.corrected if by_user else None]


def _sorted_confidence(tag: Tag) -> float:
    if tag.confidence is not None:
        return tag.confidence
    return _SET_BY_USER if tag.source == "user" else _NO_CONFIDENCE
