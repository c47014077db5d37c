"""What of photos is compared, read from a catalogue: embedding, probabilities by category and by colour."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fashionlens_gui.catalogue.packed_attributes import AttributeLabels, stored_probabilities
from trainer.taxonomy import CATEGORY

COLOUR = "colour"
_FIRST_ROWS = 1024

_ROWS = (
    "SELECT v.version, v.photo, vector, m.name, m.fingerprint, p.label_set, rankings FROM embedding_versions v "
    "JOIN embeddings e ON e.photo = v.photo JOIN predictions p ON p.photo = v.photo JOIN models m ON m.id = p.model "
)


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What is compared of one photo: float32 embedding of length 1, probabilities by category and by colour."""

    embedding_D: np.ndarray
    category_C: np.ndarray
    colour_L: np.ndarray


Key = tuple[str, str, int, int]  # name and fingerprint of the model, numbers of an embedding, label set


class ComparedPhotos:
    """The photos of one model, in arrays that grow."""

    def __init__(self, labels: AttributeLabels, dimensions: int) -> None:
        self.labels = dict(labels)
        self.rows: dict[int, int] = {}
        self.ids_N = np.zeros(0, np.int64)  # 0 where a photo was tagged again
        self.embedding_ND = np.zeros((0, dimensions), np.float16)
        self.category_NC = np.zeros((0, len(self.labels.get(CATEGORY, ()))), np.float32)
        self.colour_NL = np.zeros((0, len(self.labels.get(COLOUR, ()))), np.float32)
        self.used = 0

    def add(self, photo: int, vector: bytes, probabilities: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
        """Add a photo, or replace what is known of it."""
        if photo not in self.rows:
            self.rows[photo] = self.used
            self.used += 1
            if self.used > len(self.ids_N):
                self._grow()
        row = self.rows[photo]
        self.ids_N[row] = photo
        self.embedding_ND[row] = np.frombuffer(vector, "<f2")
        for name, values_NK in ((CATEGORY, self.category_NC), (COLOUR, self.colour_NL)):
            if name in probabilities:
                numbers, values = probabilities[name]
                values_NK[row] = 0
                values_NK[row, numbers] = values

    def remove(self, photo: int) -> None:
        """Leave a photo out from now on."""
        if (row := self.rows.pop(photo, None)) is not None:
            self.ids_N[row] = 0

    def likeness(self, row: int) -> Likeness:
        """Of the photo in a row."""
        return Likeness(self.embedding_ND[row].astype(np.float32), self.category_NC[row], self.colour_NL[row])

    def _grow(self) -> None:
        size = max(_FIRST_ROWS, 2 * len(self.ids_N))
        for name in ("ids_N", "embedding_ND", "category_NC", "colour_NL"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)


class ReadPhotos:
    """Photos read from a catalogue, by model.

    Args:
        version: Only embeddings that were stored after this one are new.

    Attributes:
        version: Of the newest embedding that was read.
        models: The photos of each model.
        key_of: The key of the model of each photo.
    """

    def __init__(self, version: int = 0) -> None:
        self.version = version
        self.models: dict[Key, ComparedPhotos] = {}
        self.key_of: dict[int, Key] = {}
        self._label_sets: dict[int, AttributeLabels] = {}

    def read_new(self, database: sqlite3.Connection, most: int = -1) -> bool:
        """Read what was stored since the last time, at most so many photos, oldest first; whether there were any."""
        before = self.version
        self._add(database, database.execute(f"{_ROWS} WHERE v.version > ? ORDER BY v.version LIMIT ?", (before, most)))
        return self.version > before

    def read(self, database: sqlite3.Connection, ids: Iterable[int]) -> None:
        """Read these photos; those without an embedding are left out."""
        asked = json.dumps(list(ids))
        self._add(database, database.execute(f"{_ROWS} WHERE v.photo IN (SELECT value FROM json_each(?))", (asked,)))

    def of(self, key: Key, database: sqlite3.Connection) -> ComparedPhotos:
        """The photos of a model, none where none were read."""
        if key not in self.models:
            self.models[key] = ComparedPhotos(self._labels(database, key[3] or None), key[2])
        return self.models[key]

    def _add(self, database: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        for version, photo, vector, name, fingerprint, label_set, rankings in rows:
            self.version = max(self.version, version)
            key = (name, fingerprint, len(vector) // 2, label_set or 0)
            before = self.key_of.get(photo)
            if before is not None and before != key:
                self.models[before].remove(photo)
            labels = self._labels(database, label_set)
            self.of(key, database).add(photo, vector, stored_probabilities(rankings, labels) if rankings else {})
            self.key_of[photo] = key

    def _labels(self, database: sqlite3.Connection, label_set: int | None) -> AttributeLabels:
        if label_set is None:
            return ()
        if label_set not in self._label_sets:
            (text,) = database.execute("SELECT labels FROM label_sets WHERE id = ?", (label_set,)).fetchone()
            self._label_sets[label_set] = tuple((name, tuple(known)) for name, known in json.loads(text))
        return self._label_sets[label_set]
