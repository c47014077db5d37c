"""The session's rows in memory: what the model said, and beside it, as numbers, what people said.

Put together when somebody looks at a row: to say the same of a hundred thousand photos is to fill an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np

from fashionlens_gui.session.attributes import KeptAttributes
from fashionlens_gui.tagging.tag import Tag
from trainer.taxonomy import ATTRIBUTES

CATEGORY = "category"
_NOTHING = 0  # the number of: nobody said anything


class RowList(Sequence[Tag]):
    """Rows as the user sees them, oldest first. Equal to any other sequence of the same rows.

    N is the number of rows. Rows may be read while another thread changes them: each is as before or as after.
    """

    def __init__(self) -> None:
        self._model: list[Tag] = []  # with the status by the threshold in force
        self._by_hand = bytearray()  # 1 where a person ever said something
        self._said: dict[str, np.ndarray] = {}  # by attribute: int32 (at least N,), numbers of values
        self._values: list[str] = [""]
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._model)

    @overload
    def __getitem__(self, index: int) -> Tag: ...
    @overload
    def __getitem__(self, index: slice) -> list[Tag]: ...
    def __getitem__(self, index: int | slice) -> Tag | list[Tag]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        tag = self._model[index]
        return self._with_word(tag, index % len(self._model)) if self._by_hand[index] else tag

    def __iter__(self) -> Iterator[Tag]:
        return (self[row] for row in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    # What the model said

    def append(self, tag: Tag) -> None:
        """Add a row at the end."""
        for name, said in self._said.items():
            if len(said) == len(self._model):
                self._said[name] = np.concatenate([said, np.zeros(max(1024, len(said)), np.int32)])
        self._by_hand.append(0)
        self._model.append(tag)

    def replace(self, row: int, tag: Tag) -> None:
        """Another prediction; what people said stays."""
        self._model[row] = tag

    def apply_review_threshold(self, threshold: float | None) -> list[int]:
        """See :meth:`Tag.with_review_threshold`. Returns the rows that the user sees change."""
        changed = []
        categories = self._said.get(CATEGORY)
        for row, tag in enumerate(self._model):
            now = tag.with_review_threshold(threshold)
            if now is not tag:
                self._model[row] = now
                if categories is None or not categories[row]:
                    changed.append(row)
        return changed

    def clear(self) -> None:
        """Forget all."""
        self._model.clear()
        self._by_hand.clear()
        self._said.clear()

    # What people said

    def say(self, rows: np.ndarray, name: str, value: str | None) -> None:
        """From now on this is a person's word.

        Args:
            rows: int64 (n,).
            name: ``category`` or one of ATTRIBUTES; others are passed over.
            value: What it is, empty for none; None gives the model the word.
        """
        if name != CATEGORY and name not in ATTRIBUTES:
            return
        if name not in self._said:
            self._said[name] = np.zeros(len(self._model), np.int32)
        if value is not None and value not in self._numbers:
            self._values.append(value)
            self._numbers[value] = len(self._values) - 1
        self._said[name][rows] = _NOTHING if value is None else self._numbers[value]
        marks = np.frombuffer(self._by_hand, np.uint8)
        marks[rows] = 1
        del marks  # a bytearray that is looked at from elsewhere cannot grow

    def unlike(self, rows: Iterable[int], name: str, value: str) -> np.ndarray:
        """Those rows, each once, of which a person has not said this before. Returns int64 (n,)."""
        asked = np.fromiter(dict.fromkeys(rows), np.int64)
        if name not in self._said or value not in self._numbers:
            return asked
        return asked[self._said[name][asked] != self._numbers[value]]

    def by_value(self, rows: np.ndarray, name: str) -> dict[str, list[int]]:
        """Rows, int64 (n,), by what is said of them now: ``category`` or one of ATTRIBUTES; empty for nothing."""
        said = self._said.get(name)
        numbers = np.zeros(len(rows), np.int32) if said is None else said[rows]
        found: dict[str, list[int]] = {}
        for number in np.unique(numbers[numbers != _NOTHING]):
            found[self._values[number]] = rows[numbers == number].tolist()
        place = -1 if name == CATEGORY else ATTRIBUTES.index(name)
        for row in rows[numbers == _NOTHING].tolist():
            tag = self._model[row]
            found.setdefault(tag.category if place < 0 else tag.texts()[place], []).append(row)
        return found

    def _with_word(self, tag: Tag, row: int) -> Tag:
        said = {name: self._values[number] for name, numbers in self._said.items() if (number := numbers[row])}
        category = said.pop(CATEGORY, None)
        if said:
            tag = replace(tag, attributes=_attributes(tag, said))
        return tag if category is None else tag.corrected(category)


def _attributes(tag: Tag, said: Mapping[str, str]) -> Sequence[Any]:
    if isinstance(tag.attributes, KeptAttributes):
        return tag.attributes.with_word(said)
    for name, value in said.items():
        tag = tag.with_attribute(name, value)
    return tag.attributes
