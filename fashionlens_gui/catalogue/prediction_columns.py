"""Tags as columns of the table ``predictions``, without what people set, and back."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.catalogue import stored_notes
from fashionlens_gui.catalogue.packed_attributes import (
    AttributeLabels,
    PackedAttributes,
    PackedColours,
    check,
    colours_as_text,
    labels_of,
    pack,
)
from fashionlens_gui.catalogue.schema import MOST_EMBEDDING_NUMBERS
from fashionlens_gui.tagging.attributes import Attributes, AttributeTag
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule, Status, Tag
from trainer.inference import levels
from trainer.inference.embedding_size import shortened
from trainer.inference.prediction import Ranking
from trainer.preprocessing.photo import REVIEW_NOTES
from trainer.taxonomy import ATTRIBUTES, CATEGORY, CATEGORY_AND_ATTRIBUTES, Level

SELECT = (
    "SELECT photos.id, path, file, p.category, p.confidence, p.second_category, p.second_confidence, failed, doubtful, "
    "low, notes, label_set, rankings, colours, models.name "
    "FROM photos LEFT JOIN predictions p ON p.photo = photos.id LEFT JOIN models ON models.id = model"
)
"""What :meth:`PredictionColumns.tag` reads."""

_COLUMNS = (
    *("photo", "model", "made_at", *CATEGORY_AND_ATTRIBUTES, "confidence", "google_confidence", "group_confidence"),
    *("second_category", "second_confidence"),
    *("failed", "doubtful", "low", "notes", "label_set", "rankings", "colours"),
)
INSERT = f"INSERT OR REPLACE INTO predictions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
"""Takes what :meth:`PredictionColumns.of` returns."""

LOW: dict[Level | None, int] = {Level.CATEGORY: 0, None: 1, Level.GOOGLE: 2, Level.GROUP: 3}
"""The column ``low``: 0 where the model is sure of the category by its own threshold, else by what it is sure of."""


def sure_of_code(low: int) -> Level | None:
    """The finest level that was sure, by the column ``low``."""
    return next((level for level, code in LOW.items() if code == low), None)


class PredictionColumns:
    """Encodes and decodes predictions, with a cache of the label sets of one connection."""

    def __init__(self) -> None:
        self._labels: dict[int, AttributeLabels] = {}

    def of(
        self, photo: int, tag: Tag, model: int | None, made_at: str, database: sqlite3.Connection
    ) -> tuple[Any, ...]:
        """The columns of a tag as the model predicted it, in the transaction that is open."""
        tag = tag.with_review_rule(MODEL_RULE)  # another rule is applied when rows are read
        known = list(tag.attributes)
        if tag.ranking is not None:
            known.insert(0, AttributeTag(CATEGORY, tag.category, tag.confidence, "model", tag.ranking))
        labels = labels_of(known)
        return (
            photo,
            model,
            made_at,
            tag.category,
            *tag.attributes.values(),
            tag.confidence,
            *_confidences_of_levels(tag.ranking),
            tag.second_category,
            tag.second_confidence,
            tag.status == Status.ERROR,
            any(note.code in REVIEW_NOTES for note in tag.notes),
            LOW[tag.model_sure_of],
            stored_notes.encode(tag.notes),
            label_set_number(database, labels) if labels else None,
            pack(known, labels) if labels else None,
            colours_as_text(tag.colours),
        )

    def tag(
        self,
        columns: tuple[Any, ...],
        database: sqlite3.Connection,
        user_values: Mapping[str, str],
        rule: ReviewRule = MODEL_RULE,
    ) -> Tag:
        """The row that people see, from the columns of :data:`SELECT` and what people set, by attribute."""
        (_, path, file, category, confidence, second, second_confidence, failed, doubtful, low) = columns[:10]
        notes, label_set, rankings, colours, model = columns[10:]
        status = Status.ERROR if failed else Status.NEEDS_REVIEW if low or doubtful or failed is None else Status.OK
        sure_of = None if failed or low is None else sure_of_code(low)
        attributes: Attributes = Attributes()
        ranking = None
        if label_set is not None:
            labels = self.labels_of_set(label_set, database)
            check(rankings, labels)
            attributes = PackedAttributes(labels, rankings)
            of_category = attributes.named(CATEGORY)
            ranking = None if of_category is None else of_category.ranking
        tag = Tag(
            Path(os.fsdecode(path)),
            file,
            category or "",
            confidence,
            second or "",
            second_confidence,
            status,
            stored_notes.decode(notes or "", status, second or ""),
            "model",
            ranking,
            attributes,
            () if colours is None else PackedColours(colours),
            sure_of,
            sure_of,
            sys.intern(model or ""),  # the same few names a hundred thousand times
        )
        if rule != MODEL_RULE:
            tag = tag.with_review_rule(rule)
        return with_user_values(tag, user_values)

    def offer_confidences(self, database: sqlite3.Connection) -> None:
        """Give a connection the SQL function ``model_confidence(label_set, rankings, attribute)``."""
        for (label_set,) in database.execute("SELECT id FROM label_sets").fetchall():
            self.labels_of_set(label_set, database)

        def confidence(label_set: int | None, rankings: bytes | None, attribute: str) -> float | None:
            if label_set is None or rankings is None:
                return None
            found = PackedAttributes(self._labels[label_set], rankings).named(attribute)
            return None if found is None else found.confidence

        database.create_function("model_confidence", 3, confidence, deterministic=True)

    def labels_of_set(self, label_set: int, database: sqlite3.Connection) -> AttributeLabels:
        """The labels that a photo's attributes refer to by number, by the column ``label_set``."""
        if label_set not in self._labels:
            (text,) = database.execute("SELECT labels FROM label_sets WHERE id = ?", (label_set,)).fetchone()
            self._labels[label_set] = tuple((name, tuple(known)) for name, known in json.loads(text))
        return self._labels[label_set]


def _confidences_of_levels(ranking: Ranking | None) -> tuple[float | None, float | None]:
    known = bundled_taxonomy()
    if ranking is None or known is None:
        return None, None
    google, group = (levels.confidence(ranking, levels.value_of(each, known)) for each in (Level.GOOGLE, Level.GROUP))
    return google, group


def with_user_values(tag: Tag, values: Mapping[str, str]) -> Tag:
    """A tag with what a person set, by attribute or ``category``."""
    attributes = {name: value for name, value in values.items() if name in ATTRIBUTES}
    if attributes:
        tag = replace(tag, attributes=tag.attributes.with_user_values(attributes))
    return tag.with_user_category(values[CATEGORY]) if CATEGORY in values else tag


def vector(embedding: np.ndarray) -> bytes:
    """An embedding, float (D,), as the table ``embeddings`` has it."""
    return shortened_vector(embedding).tobytes()


def shortened_vector(embedding: np.ndarray) -> np.ndarray:
    """The numbers of :func:`vector`: float16 (D,), little-endian, at most 384."""
    return shortened(embedding, MOST_EMBEDDING_NUMBERS).astype("<f2")


def label_set_number(database: sqlite3.Connection, labels: AttributeLabels) -> int:
    """The id of a set of labels, which is stored when it is new, in the transaction that is open."""
    text = json.dumps(labels)
    database.execute("INSERT OR IGNORE INTO label_sets (labels) VALUES (?)", (text,))
    return int(database.execute("SELECT id FROM label_sets WHERE labels = ?", (text,)).fetchone()[0])
