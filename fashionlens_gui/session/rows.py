"""Encodes tags as rows of the session's table ``photos``, without the user's labels, and decodes them."""

from __future__ import annotations

import gc
import json
import os
import sqlite3
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.catalogue import stored_notes
from fashionlens_gui.catalogue.packed_attributes import (
    BYTES_PER_LABEL,
    AttributeLabels,
    PackedAttributes,
    PackedColours,
    PackedRanking,
    check,
    colours_as_text,
    labels_of,
    pack,
)
from fashionlens_gui.catalogue.prediction_columns import LOW, sure_of_code
from fashionlens_gui.tagging.attributes import Attributes, AttributeTag
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import DOUBTS, MODEL_RULE, Status, Tag, printable
from trainer.control import batches
from trainer.inference.prediction import Ranking
from trainer.taxonomy import Level

_SELECT = (
    "SELECT id, path, file, category, confidence, second_category, second_confidence, status, message, label_set, "
    "ranking, attribute_set, attributes, colours, model, doubted FROM photos"
)
_INSERT = (
    "INSERT INTO photos (digest, category, confidence, second_category, second_confidence, status, message, label_set, "
    "ranking, model, tagged_at, doubted, attribute_set, attributes, colours, id, path, file) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REPLACE = (
    "UPDATE photos SET digest = ?, category = ?, confidence = ?, second_category = ?, second_confidence = ?, "
    "status = ?, message = ?, label_set = ?, ranking = ?, model = ?, tagged_at = ?, doubted = ?, attribute_set = ?, "
    "attributes = ?, colours = ? WHERE id = ?"
)
_EMBED = "INSERT OR REPLACE INTO embeddings VALUES (?, ?)"
_IDS_AT_ONCE = 500
_EMBEDDINGS_AT_ONCE = 2_000


class RowCodec:
    """Reads and writes tags.

    The K labels of a model are stored once; each photo has their order (K uint16) and probabilities (K float32). For
    attributes and colours see :mod:`fashionlens_gui.catalogue.packed_attributes`.

    Attributes:
        rule: Which of the rows that are read need review.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._labels: dict[int, tuple[str, ...]] = {}
        self._sets: dict[tuple[str, ...], int] = {}
        self._attribute_labels: dict[int, AttributeLabels] = {}
        self._attribute_sets: dict[AttributeLabels, int] = {}
        self.rule = MODEL_RULE

    def insert(self, items: Iterable[tuple[int, Tagged]], model: str, now: str) -> None:
        items = list(items)
        self._database.executemany(
            _INSERT,
            [
                (*self._columns(item, model, now), id_, os.fsencode(item.tag.path), printable(item.tag.file))
                for id_, item in items
            ],
        )
        self._embed(items)

    def replace(self, items: Iterable[tuple[int, Tagged]], model: str, now: str) -> None:
        """Write new predictions over old rows; their names and the user's labels stay."""
        items = list(items)
        self._database.executemany(_REPLACE, [(*self._columns(item, model, now), id_) for id_, item in items])
        self._database.executemany("DELETE FROM embeddings WHERE photo = ?", [(id_,) for id_, _ in items])
        self._embed(items)

    def embeddings(self, first: int, last: int) -> Iterator[tuple[int, str, bytes]]:
        """Id, model and float16 vector of the rows from ``first`` to ``last`` that have one."""
        yield from self._database.execute(
            "SELECT photo, model, vector FROM embeddings JOIN photos ON photos.id = photo WHERE photo BETWEEN ? AND ?",
            (first, last),
        )

    def read(self) -> Iterator[tuple[int, str, Tag]]:
        # The garbage collector would scan a hundred thousand new objects again and again, for a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            for values in self._database.execute(f"{_SELECT} ORDER BY id"):
                path = os.fsdecode(values[1])
                yield values[0], path, self._tag(path, values)
        finally:
            if collects:
                gc.enable()

    def read_these(self, ids: Sequence[int]) -> Iterator[Tag]:
        for rows in batches(len(ids), _IDS_AT_ONCE):
            some = ids[rows]
            marks = ", ".join("?" * len(some))
            found = {}
            for values in self._database.execute(f"{_SELECT} WHERE id IN ({marks})", some):
                found[values[0]] = self._tag(os.fsdecode(values[1]), values)
            yield from (found[id_] for id_ in some)

    def attribute(self, attribute_set: int | None, packed: bytes | None, name: str) -> AttributeTag | None:
        """The model's label of one attribute, from a row's columns of these names; None where it has none."""
        if attribute_set is None or packed is None:
            return None
        return self._attributes(attribute_set, packed).named(name)

    def _embed(self, items: Iterable[tuple[int, Tagged]]) -> None:
        self._database.executemany(
            _EMBED, [(id_, item.embedding.astype("<f2").tobytes()) for id_, item in items if item.embedding is not None]
        )

    def _tag(self, path: str, values: tuple[Any, ...]) -> Tag:
        (_, _, file, category, confidence, second, second_confidence, status, message, labels, ranking) = values[:11]
        attribute_set, attributes, colours, model, doubted = values[11:]
        notes = stored_notes.decode(message, status, second)
        in_doubt = ranking is None or any(note.code in DOUBTS for note in notes)
        sure_of = sure_of_code(doubted or 1) if in_doubt else Level.CATEGORY  # the first version wrote 0 for all
        tag = Tag(
            Path(path),
            file,
            category,
            confidence,
            second,
            second_confidence,
            Status(status),
            notes,
            "model",
            None if ranking is None else self._ranking(labels, ranking),
            Attributes() if attributes is None else self._attributes(attribute_set, attributes),
            () if colours is None else PackedColours(colours),
            sure_of,
            sure_of,  # rows are stored by the model's own thresholds
            sys.intern(model),  # the same few names a hundred thousand times
        )
        return tag if self.rule == MODEL_RULE else tag.with_review_rule(self.rule)

    def _columns(self, item: Tagged, model: str, now: str) -> tuple[Any, ...]:
        tag = item.tag.with_review_rule(MODEL_RULE)  # another rule is applied when rows are read
        label_set, packed = (None, None) if tag.ranking is None else self._pack(tag.ranking)
        return (
            item.digest,
            tag.category,
            tag.confidence,
            tag.second_category,
            tag.second_confidence,
            tag.status.value,
            stored_notes.encode(tag.notes),
            label_set,
            packed,
            model,
            now,
            LOW[tag.model_sure_of],
            *self._pack_attributes(tag),
            colours_as_text(tag.colours),
        )

    def _pack_attributes(self, tag: Tag) -> tuple[int | None, bytes | None]:
        labels = labels_of(tag.attributes)
        if not labels:
            return None, None
        if labels not in self._attribute_sets:
            self._attribute_sets[labels] = self._number_of("attribute_sets", json.dumps(labels))
        return self._attribute_sets[labels], pack(tag.attributes, labels)

    def _pack(self, ranking: Ranking) -> tuple[int, bytes]:
        labels = tuple(sorted(ranking.labels))
        if labels not in self._sets:
            self._sets[labels] = self._number_of("label_sets", json.dumps(labels))
        number = {label: index for index, label in enumerate(labels)}
        count = len(labels)
        order = (number[label] for label in ranking.labels)
        return self._sets[labels], struct.pack(f"<{count}H{count}f", *order, *ranking.probabilities)

    def _number_of(self, table: str, labels: str) -> int:
        """The id of a set of labels, which is stored when it is new."""
        self._database.execute(f"INSERT OR IGNORE INTO {table} (labels) VALUES (?)", (labels,))
        found = self._database.execute(f"SELECT id FROM {table} WHERE labels = ?", (labels,)).fetchone()
        return int(found[0])

    def _ranking(self, label_set: int, packed: bytes) -> Ranking:
        names = self._names(label_set)
        if len(packed) != len(names) * BYTES_PER_LABEL:
            raise ValueError(f"{len(packed)} bytes for {len(names)} labels")
        return PackedRanking(names, packed)

    def _names(self, label_set: int) -> tuple[str, ...]:
        if label_set not in self._labels:
            (text,) = self._database.execute("SELECT labels FROM label_sets WHERE id = ?", (label_set,)).fetchone()
            self._labels[label_set] = tuple(json.loads(text))
        return self._labels[label_set]

    def _attributes(self, attribute_set: int, packed: bytes) -> PackedAttributes:
        labels = self._attribute_labels.get(attribute_set)
        if labels is None:
            (text,) = self._database.execute(
                "SELECT labels FROM attribute_sets WHERE id = ?", (attribute_set,)
            ).fetchone()
            labels = tuple((name, tuple(known)) for name, known in json.loads(text))
            self._attribute_labels[attribute_set] = labels
        check(packed, labels)
        return PackedAttributes(labels, packed)


def read_embeddings(codec: RowCodec, ids: Sequence[int], lock: threading.RLock) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings of a list's photos, from the model that tagged most of them.

    Args:
        codec: Reads the database.
        ids: Of all photos, ascending; a photo's row is its index here.
        lock: Of the database. Released between batches, so that corrections do not wait.

    Returns:
        Rows, int64 (n,) ascending, and their embeddings, float32 n×D, L2-normalised. Rows of other models, of photos
        that could not be read, and of lists from before version 3 of the file are left out.
    """
    found: list[tuple[int, str, bytes]] = []
    for batch in batches(len(ids), _EMBEDDINGS_AT_ONCE):
        with lock:
            some = ids[batch]  # none when the list was cleared meanwhile
            found += codec.embeddings(some[0], some[-1]) if some else ()
    kinds = Counter((model, len(vector)) for _, model, vector in found)
    if not kinds:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    wanted = kinds.most_common(1)[0][0]
    kept = [(id_, vector) for id_, model, vector in found if (model, len(vector)) == wanted]
    rows = np.searchsorted(np.array(ids, np.int64), [id_ for id_, _ in kept])
    vectors = np.frombuffer(b"".join(vector for _, vector in kept), "<f2").reshape(len(kept), -1)
    return rows, vectors.astype(np.float32)
