"""The sortable and searchable columns of all rows, as arrays: 100,000 photos sort and filter in milliseconds.

Qt's own sorting proxy would ask Python for every comparison (about 1.7 million calls for 100,000 rows, several seconds
with a frozen window); arrays answer in one step.  No Qt in here.

N is the number of rows, in the order in which they were tagged.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from fashionlens_gui.tagging.tag import Status
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

_STATUSES = tuple(Status)
_STATUS_CODES = {status: code for code, status in enumerate(_STATUSES)}
SortKey = Literal[
    "arrival",
    "name",
    "category",
    "confidence",
    "second",
    "status",
    "colour",
    "pattern",
    "fabric",
    "occasion",
    "season",
    "audience",
]

_DIGITS = re.compile(r"\d+")
_NO_CONFIDENCE = -1.0
_BY_A_PERSON = 2.0  # surer than any model


def _sureness(tag: Tag) -> float:
    """What rows are sorted by in the confidence column."""
    if tag.confidence is not None:
        return tag.confidence
    return _BY_A_PERSON if tag.source == "user" else _NO_CONFIDENCE


def _set_by_hand(tag: Tag) -> bool:
    return tag.source == "user" or tag.attributes.has_user_values


def natural_key(name: str) -> str:
    """A text that sorts as people count: ``IMG 2`` before ``IMG 10``, capital or small alike."""
    return _DIGITS.sub(lambda match: match.group().zfill(12), name.casefold())


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to show; the parts narrow each other.

    Attributes:
        status: A status, or None for all.
        category: A label, or None for all.
        corrected: Only rows of which a person set the category or an attribute.
        text: Every word of it must be part of the name, the category or an attribute's value; capital or small alike.
    """

    status: Status | None = None
    category: str | None = None
    corrected: bool = False
    text: str = ""


class Columns:
    """Status, category, confidence, second choice, name and attributes of every row."""

    def __init__(self) -> None:
        self._size = 0
        self._status = np.zeros(0, np.uint8)
        self._category = np.zeros(0, np.int32)
        self._second = np.zeros(0, np.int32)
        self._confidence = np.zeros(0, np.float32)
        self._corrected = np.zeros(0, bool)
        self._model = np.zeros(0, np.int32)
        self._attributes = np.zeros((0, len(ATTRIBUTES)), np.int32)
        self._have = np.zeros(len(ATTRIBUTES), bool)
        self._searched = np.ones(len(ATTRIBUTES), bool)
        self._names: list[str] = []  # casefolded: searched
        self._keys: list[str] = []  # natural: sorted
        self._labels: list[str] = [""]  # code -> label
        self._codes: dict[str, int] = {"": 0}
        self._by_name: list[int] = []  # rows by name as far as they were sorted; grows lazily

    def __len__(self) -> int:
        return self._size

    def clear(self) -> None:
        """Forget all rows."""
        self.__init__()  # type: ignore[misc]

    def append(self, tags: Sequence[Tag]) -> None:
        """Add rows at the end."""
        first = self._size
        self._reserve(first + len(tags))
        self._size += len(tags)
        self._names.extend(tag.file.casefold() for tag in tags)
        self._keys.extend(natural_key(tag.file) for tag in tags)
        self._put(slice(first, self._size), tags)

    def update(self, rows: Sequence[int], tags: Sequence[Tag]) -> None:
        """Take over corrected rows; names never change."""
        self._put(np.asarray(rows, np.int64), tags)

    def counts(self) -> dict[Status, int]:
        """Rows per status; they add up to N."""
        numbers = np.bincount(self._status[: self._size], minlength=len(_STATUSES))
        return {status: int(numbers[code]) for code, status in enumerate(_STATUSES)}

    def corrected(self) -> int:
        """Rows of which a person set the category or an attribute."""
        return int(np.count_nonzero(self._corrected[: self._size]))

    def categories(self) -> Counter[str]:
        """Rows per category, without those that have none."""
        return self._tally(self._category)

    def models(self) -> Counter[str]:
        """Rows per model that was asked, without those that none could be asked about or of which it is not known."""
        return self._tally(self._model)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Those that some row has a value of, or had since :meth:`clear`, in the order of ATTRIBUTES."""
        return tuple(name for name, have in zip(ATTRIBUTES, self._have, strict=True) if have)

    def accepted(self, wanted: Filter, first: int = 0) -> np.ndarray:
        """Which rows, from ``first`` on, pass a filter. Returns bool (N - first,)."""
        rows = slice(first, self._size)
        passes = np.ones(self._size - first, bool)
        if wanted.status is not None:
            passes &= self._status[rows] == _STATUSES.index(wanted.status)
        if wanted.category is not None:
            passes &= self._category[rows] == self._codes.get(wanted.category, -1)
        if wanted.corrected:
            passes &= self._corrected[rows]
        for word in wanted.text.casefold().split():
            in_name = np.fromiter((word in name for name in self._names[rows]), bool, len(passes))
            passes &= in_name | self._with_value(word, rows)
        return passes

    def search_in(self, attributes: Sequence[str]) -> None:
        """From now on :attr:`Filter.text` finds, besides names and categories, the values of these attributes only."""
        self._searched = np.array([name in attributes for name in ATTRIBUTES])

    def _with_value(self, word: str, rows: slice) -> np.ndarray:
        """Which rows have a category or attribute whose value contains a casefolded word. Returns bool (n,)."""
        fits = np.fromiter((word in label.casefold() for label in self._labels), bool, len(self._labels))
        places = np.flatnonzero(self._have & self._searched)
        return np.asarray(fits[self._category[rows]] | fits[self._attributes[rows][:, places]].any(axis=1))

    def sorted_rows(self, key: SortKey, descending: bool) -> np.ndarray:
        """All rows in the order of a column; equal ones stay in the order of arrival. Returns int64 (N,)."""
        if key == "arrival":
            rows = np.arange(self._size)
            return rows[::-1] if descending else rows
        if key == "name":
            order = self._rows_by_name()
            return order[::-1] if descending else order
        values = self._sort_values(key)
        return np.argsort(-values if descending else values, kind="stable")

    def _sort_values(self, key: SortKey) -> np.ndarray:
        """float32 or int64 (N,) whose ascending order is the column's."""
        if key == "confidence":
            return self._confidence[: self._size]
        if key == "status":
            return self._status[: self._size].astype(np.int64)
        if key in ATTRIBUTES:
            codes = self._attributes[:, ATTRIBUTES.index(key)]
        else:
            codes = self._category if key == "category" else self._second
        alphabetical = sorted(range(len(self._labels)), key=lambda code: self._labels[code].casefold())
        rank = np.empty(len(alphabetical), np.int64)
        rank[alphabetical] = np.arange(len(alphabetical))
        return rank[codes[: self._size]]

    def _rows_by_name(self) -> np.ndarray:
        """int64 (N,). A few new rows are put into their places; many are worth sorting all."""
        key = self._keys.__getitem__
        known, new = len(self._by_name), self._size - len(self._by_name)
        if new > max(64, known // 100):
            self._by_name.extend(range(known, self._size))
            self._by_name.sort(key=key)
        else:
            for row in range(known, self._size):
                insort(self._by_name, row, key=key)
        return np.array(self._by_name, np.int64)

    def _tally(self, codes: np.ndarray) -> Counter[str]:
        numbers = np.bincount(codes[: self._size], minlength=len(self._labels))
        return Counter({self._labels[code]: int(n) for code, n in enumerate(numbers) if n and code})

    def _put(self, rows: slice | np.ndarray, tags: Sequence[Tag]) -> None:
        self._status[rows] = [_STATUS_CODES[tag.status] for tag in tags]
        self._category[rows] = [self._code(tag.category) for tag in tags]
        self._second[rows] = [self._code(tag.second_category) for tag in tags]
        self._confidence[rows] = [_sureness(tag) for tag in tags]
        self._corrected[rows] = [_set_by_hand(tag) for tag in tags]
        self._model[rows] = [self._code(tag.model if tag.ranking is not None else "") for tag in tags]
        if self._have.any() or any(tag.attributes for tag in tags):
            codes = np.array([[self._code(text) for text in tag.attributes.values()] for tag in tags], np.int32)
            self._attributes[rows] = codes.reshape(-1, len(ATTRIBUTES))
            self._have |= codes.reshape(-1, len(ATTRIBUTES)).any(axis=0)

    def _code(self, label: str) -> int:
        code = self._codes.get(label)
        if code is None:
            code = self._codes[label] = len(self._labels)
            self._labels.append(label)
        return code

    def _reserve(self, size: int) -> None:
        """Grow the arrays by doubling, so that adding rows costs the same however many there are."""
        if size <= len(self._status):
            return
        room = max(1024, 2 * len(self._status), size)
        for name in ("_status", "_category", "_second", "_confidence", "_corrected", "_model", "_attributes"):
            old = getattr(self, name)
            grown = np.zeros((room, *old.shape[1:]), old.dtype)
            grown[: self._size] = old[: self._size]
            setattr(self, name, grown)
