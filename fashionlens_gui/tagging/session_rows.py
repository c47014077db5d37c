"""Rows of the session's table ``photos`` to tags and back."""

from __future__ import annotations

import gc
import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.inference.prediction import Ranking

_SELECT = (
    "SELECT id, path, file, category, confidence, second_category, second_confidence, status, message, label_set, "
    "ranking, user_category FROM photos"
)
_INSERT = (
    "INSERT INTO photos (digest, category, confidence, second_category, second_confidence, status, message, label_set, "
    "ranking, model, tagged_at, id, path, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REPLACE = (
    "UPDATE photos SET digest = ?, category = ?, confidence = ?, second_category = ?, second_confidence = ?, "
    "status = ?, message = ?, label_set = ?, ranking = ?, model = ?, tagged_at = ? WHERE id = ?"
)


_BYTES_PER_LABEL = 2 + 4  # its number as uint16, its probability as float32


class KeptRanking(Ranking):
    """A ranking as it lies in the database, taken apart only when somebody looks at it.

    Few rows are ever looked at that closely; to make a hundred thousand lists of floats would take half of the time and
    most of the memory of opening a session.
    """

    __slots__ = ("_names", "_packed")
    _names: tuple[str, ...]
    _packed: bytes

    def __init__(self, names: tuple[str, ...], packed: bytes) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_packed", packed)

    @property
    def labels(self) -> tuple[str, ...]:
        """See :class:`Ranking`."""
        return tuple(self._names[index] for index in struct.unpack_from(f"<{self._count}H", self._packed))

    @property
    def probabilities(self) -> tuple[float, ...]:
        """See :class:`Ranking`."""
        return struct.unpack_from(f"<{self._count}f", self._packed, 2 * self._count)

    @property
    def _count(self) -> int:
        return len(self._packed) // _BYTES_PER_LABEL

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranking):
            return NotImplemented
        return (self.labels, self.probabilities) == (other.labels, other.probabilities)

    def __hash__(self) -> int:
        return hash((self.labels, self.probabilities))


class RowCodec:
    """Reads and writes tags.

    The K labels of a model are stored once; each photo has their order (K uint16) and probabilities (K float32).
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._labels: dict[int, tuple[str, ...]] = {}
        self._sets: dict[tuple[str, ...], int] = {}

    def insert(self, items: Iterable[tuple[int, Tagged]], model: str, now: str) -> None:
        """Write new rows under the ids given."""
        self._database.executemany(
            _INSERT,
            [
                (*self._said(item, model, now), id_, os.fsencode(item.tag.path), printable(item.tag.file))
                for id_, item in items
            ],
        )

    def replace(self, items: Iterable[tuple[int, Tagged]], model: str, now: str) -> None:
        """Write new predictions over old rows; their names and what the user said stay."""
        self._database.executemany(_REPLACE, [(*self._said(item, model, now), id_) for id_, item in items])

    def read(self) -> Iterator[tuple[int, str, Tag]]:
        """All ids, paths and tags in order."""
        # A hundred thousand new objects and nothing that could be garbage: the collector would look at all of them
        # again and again, for a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            for values in self._database.execute(f"{_SELECT} ORDER BY id"):
                path = os.fsdecode(values[1])
                yield values[0], path, self._tag(path, values)
        finally:
            if collects:
                gc.enable()

    def read_one(self, id_: int) -> Tag:
        """One tag."""
        values = self._database.execute(f"{_SELECT} WHERE id = ?", (id_,)).fetchone()
        return self._tag(os.fsdecode(values[1]), values)

    def _tag(self, path: str, values: tuple[Any, ...]) -> Tag:
        _, _, file, category, confidence, second, second_confidence, status, message, labels, ranking, user = values
        tag = Tag(
            Path(path),
            file,
            category,
            confidence,
            second,
            second_confidence,
            status,
            message,
            "model",
            None if ranking is None else self._ranking(labels, ranking),
        )
        return tag if user is None else tag.corrected(user)

    def _said(self, item: Tagged, model: str, now: str) -> tuple[Any, ...]:
        tag = item.tag
        label_set, packed = (None, None) if tag.ranking is None else self._pack(tag.ranking)
        return (
            item.digest,
            tag.category,
            tag.confidence,
            tag.second_category,
            tag.second_confidence,
            tag.status,
            printable(tag.message),
            label_set,
            packed,
            model,
            now,
        )

    def _pack(self, ranking: Ranking) -> tuple[int, bytes]:
        labels = tuple(sorted(ranking.labels))
        if labels not in self._sets:
            text = json.dumps(labels)
            self._database.execute("INSERT OR IGNORE INTO label_sets (labels) VALUES (?)", (text,))
            found = self._database.execute("SELECT id FROM label_sets WHERE labels = ?", (text,)).fetchone()
            self._sets[labels] = found[0]
        number = {label: index for index, label in enumerate(labels)}
        count = len(labels)
        order = (number[label] for label in ranking.labels)
        return self._sets[labels], struct.pack(f"<{count}H{count}f", *order, *ranking.probabilities)

    def _ranking(self, label_set: int, packed: bytes) -> Ranking:
        names = self._names(label_set)
        if len(packed) != len(names) * _BYTES_PER_LABEL:
            raise ValueError(f"{len(packed)} bytes for {len(names)} labels")
        return KeptRanking(names, packed)

    def _names(self, label_set: int) -> tuple[str, ...]:
        if label_set not in self._labels:
            (text,) = self._database.execute("SELECT labels FROM label_sets WHERE id = ?", (label_set,)).fetchone()
            self._labels[label_set] = tuple(json.loads(text))
        return self._labels[label_set]
