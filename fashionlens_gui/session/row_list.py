"""The session's rows in memory: the model's tags, and the user's labels as arrays of numbers.

A row is put together when it is read, so that setting a label for a hundred thousand photos only fills an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from fashionlens_gui.tagging.tag import ReviewRule, Tag
from trainer.taxonomy import ATTRIBUTES, CATEGORY

_NO_LABEL = 0


class RowList(Sequence[Tag]):
    """Rows as the user sees them, oldest first. Equal to any other sequence of the same rows.

    N is the number of rows. Rows may be read while another thread changes them: each is as before or as after.

    Pending labels are those of corrections that are not written yet. Rows have them when they are read, but not what a
    correction is compared with: :meth:`written`, :meth:`differing` and :meth:`by_value`. One thread sets them all.
    """

    def __init__(self) -> None:
        self._model: list[Tag] = []  # with the status by the rule in force
        self._has_user_label = bytearray()  # 1 where the user ever set a label
        self._user_labels: dict[str, np.ndarray] = {}  # by attribute: int32 (at least N,), indices of _values
        self._values: list[str] = [""]
        self._numbers: dict[str, int] = {}
        self._pending: dict[int, dict[str, tuple[str, int]]] = {}  # by row and attribute: the label and its change

    def __len__(self) -> int:
        return len(self._model)

    @overload
    def __getitem__(self, index: int) -> Tag: ...
    @overload
    def __getitem__(self, index: slice) -> list[Tag]: ...
    def __getitem__(self, index: int | slice) -> Tag | list[Tag]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        pending = self._pending.get(index % len(self._model)) if self._pending else None
        return self.written(index) if pending is None else self._with_user_labels(index, pending)

    def written(self, row: int) -> Tag:
        """The row without pending labels."""
        return self._with_user_labels(row, {}) if self._has_user_label[row] else self._model[row]

    def __iter__(self) -> Iterator[Tag]:
        return (self[row] for row in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def append(self, tag: Tag) -> None:
        for name, labels in self._user_labels.items():
            if len(labels) == len(self._model):
                self._user_labels[name] = np.concatenate([labels, np.zeros(max(1024, len(labels)), np.int32)])
        self._has_user_label.append(0)
        self._model.append(tag)

    def replace(self, row: int, tag: Tag) -> None:
        """Replace the prediction of a row; the user's labels stay."""
        self._model[row] = tag

    def apply_review_rule(self, rule: ReviewRule) -> list[int]:
        """See :meth:`Tag.with_review_rule`. Returns the rows that the user sees change."""
        changed = []
        categories = self._user_labels.get(CATEGORY)
        for row, tag in enumerate(self._model):
            now = tag.with_review_rule(rule)
            if now is not tag:
                self._model[row] = now
                if categories is None or not categories[row]:
                    changed.append(row)
        return changed

    def clear(self) -> None:
        self._model.clear()
        self._has_user_label.clear()
        self._user_labels.clear()
        self._pending.clear()

    def set_pending(self, change: int, rows: Iterable[int], name: str, value: str) -> None:
        """Set the pending label of rows, empty for none. Corrections are written in the order of ``change``."""
        for row in rows:
            self._pending[row] = {**self._pending.get(row, {}), name: (value, change)}  # others may read the old one

    def end_pending(self, change: int, rows: Iterable[int], name: str) -> None:
        """A correction is written, or failed; later ones stay pending."""
        for row in rows:
            labels = dict(self._pending.get(row, {}))
            if labels.get(name, ("", -1))[1] == change:
                del labels[name]
                self._pending[row] = labels
            if not labels:
                self._pending.pop(row, None)

    def set_label(self, rows: np.ndarray, name: str, value: str | None) -> None:
        """Set the user's label of rows, int64 (n,): empty for none; None removes it. Unknown names are ignored."""
        if name != CATEGORY and name not in ATTRIBUTES:
            return
        if name not in self._user_labels:
            self._user_labels[name] = np.zeros(len(self._model), np.int32)
        if value is not None and value not in self._numbers:
            self._values.append(value)
            self._numbers[value] = len(self._values) - 1
        self._user_labels[name][rows] = _NO_LABEL if value is None else self._numbers[value]
        marks = np.frombuffer(self._has_user_label, np.uint8)
        marks[rows] = 1
        del marks  # a bytearray cannot grow while a view of it exists

    def differing(self, rows: Iterable[int], name: str, value: str) -> np.ndarray:
        """Those rows, each once, whose label of the user is another one or none. Returns int64 (n,)."""
        asked = np.fromiter(dict.fromkeys(rows), np.int64)
        if name not in self._user_labels or value not in self._numbers:
            return asked
        return asked[self._user_labels[name][asked] != self._numbers[value]]

    def by_value(self, rows: np.ndarray, name: str) -> dict[str, list[int]]:
        """Rows, int64 (n,), by their label of ``category`` or one of ATTRIBUTES; an empty text for none."""
        labels = self._user_labels.get(name)
        numbers = np.zeros(len(rows), np.int32) if labels is None else labels[rows]
        found: dict[str, list[int]] = {}
        for number in np.unique(numbers[numbers != _NO_LABEL]):
            found[self._values[number]] = rows[numbers == number].tolist()
        place = -1 if name == CATEGORY else ATTRIBUTES.index(name)
        for row in rows[numbers == _NO_LABEL].tolist():
            tag = self._model[row]
            found.setdefault(tag.category if place < 0 else tag.attributes.values()[place], []).append(row)
        return found

    def _with_user_labels(self, row: int, pending: Mapping[str, tuple[str, int]]) -> Tag:
        tag, row = self._model[row], row % len(self._model)
        stored = list(self._user_labels.items())  # another thread may add a name
        labels = {name: self._values[number] for name, numbers in stored if (number := numbers[row])}
        labels.update((name, value) for name, (value, _) in pending.items())
        category = labels.pop(CATEGORY, None)
        if labels:
            tag = replace(tag, attributes=tag.attributes.with_user_values(labels))
        return tag if category is None else tag.with_user_category(category)
