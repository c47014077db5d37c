"""Attributes that people define: their tables, their columns, and the predictions of their heads. No torch.

Each has a code, such as ``own_3``, and a column of that name in ``photos`` and in ``predictions``, with an index as the
other attributes have it. So lists are sorted, filtered and counted by it in the same way, and ``user_values`` and the
log of changes take it by its code. An unsure prediction is in ``own_predictions`` alone: the columns are empty then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fashionlens_gui.tagging.attributes import AttributeTag
from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

OWN_TABLES = """
CREATE TABLE own_attributes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE,
    added_by INTEGER NOT NULL REFERENCES operations,
    removed_by INTEGER REFERENCES operations  -- NULL: it is there
);
CREATE UNIQUE INDEX own_attributes_by_name ON own_attributes (name) WHERE removed_by IS NULL;
CREATE TABLE own_heads (
    attribute INTEGER PRIMARY KEY REFERENCES own_attributes,
    model TEXT NOT NULL,                   -- name of the model whose embeddings it takes
    fingerprint TEXT NOT NULL,             -- of its file
    labels TEXT NOT NULL,                  -- JSON list of K values
    categories TEXT NOT NULL,              -- JSON list: of other categories it predicts nothing
    weights BLOB NOT NULL,                 -- K times D weights, then K biases: float32, little-endian
    threshold REAL NOT NULL,               -- probability from which on a value is sure; 1: none is
    promised REAL,                         -- share of sure values that is correct at least; NULL: nothing is sure
    accuracy REAL NOT NULL,                -- out of fold, of all labelled photos
    coverage REAL NOT NULL,
    photos INTEGER NOT NULL,               -- that it was trained on
    trained_at TEXT NOT NULL
);
CREATE TABLE own_predictions (
    attribute INTEGER NOT NULL REFERENCES own_attributes,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    value TEXT NOT NULL,
    confidence REAL NOT NULL,
    sure INTEGER NOT NULL,
    PRIMARY KEY (attribute, photo)
) WITHOUT ROWID;
CREATE INDEX own_predictions_by_photo ON own_predictions (photo);
"""
_AT_ONCE = 5_000  # photos


class NoSuchAttribute(DataError, ValueError):
    """There is no attribute of a name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__("no_such_attribute", name=printable(name), known=tuple(known))


@dataclass(frozen=True, slots=True)
class OwnHead:
    """A trained head.

    Attributes:
        model: Name of the model whose embeddings it takes.
        labels: Its K values.
        categories: Of photos of other categories it predicts nothing.
        threshold: Probability from which on a value is sure, (0, 1]; 1: none is.
        promised: Share of sure values that is correct at least, with a probability of 90 %; None: nothing is sure.
        accuracy: Share of the labelled photos that is correct when they are held out, [0, 1].
        coverage: Share of these that is sure, [0, 1].
        photos: Number of photos that it was trained on.
        trained_at: ISO 8601, UTC.
    """

    model: str
    labels: tuple[str, ...]
    categories: tuple[str, ...]
    threshold: float
    promised: float | None
    accuracy: float
    coverage: float
    photos: int
    trained_at: str


@dataclass(frozen=True, slots=True)
class OwnAttribute:
    """An attribute that people defined.

    Attributes:
        id: Its number.
        name: What people call it.
        values: That people can choose, in alphabetical order.
        labelled: Number of photos by the value that a person set; an empty one: they have none.
        head: None until it is trained.
    """

    id: int
    name: str
    values: tuple[str, ...]
    labelled: dict[str, int]
    head: OwnHead | None

    @property
    def code(self) -> str:
        return code_of(self.id)


def code_of(attribute: int) -> str:
    """The code of an attribute, and the name of its columns."""
    return f"own_{attribute}"


def own_attributes(database: sqlite3.Connection) -> list[OwnAttribute]:
    """The attributes that people defined, in the order in which they came."""
    found = []
    for id_, name in own_names(database):
        code = code_of(id_)
        values = database.execute("SELECT value FROM vocabulary WHERE attribute = ? ORDER BY value", (code,))
        labelled = "SELECT value, count(*) FROM user_values WHERE attribute = ? GROUP BY 1 ORDER BY 1"
        head = database.execute(
            "SELECT model, labels, categories, threshold, promised, accuracy, coverage, photos, trained_at "
            "FROM own_heads WHERE attribute = ?",
            (id_,),
        ).fetchone()
        found.append(
            OwnAttribute(
                id_,
                name,
                tuple(value for (value,) in values.fetchall()),
                dict(database.execute(labelled, (code,))),
                None
                if head is None
                else OwnHead(head[0], tuple(json.loads(head[1])), tuple(json.loads(head[2])), *head[3:]),
            )
        )
    return found


def own_names(database: sqlite3.Connection) -> list[tuple[int, str]]:
    """Numbers and names of the attributes that people defined."""
    return database.execute("SELECT id, name FROM own_attributes WHERE removed_by IS NULL ORDER BY id").fetchall()


def own_titles(database: sqlite3.Connection) -> dict[str, str]:
    """Names of the attributes that people defined, by code."""
    return {code_of(id_): name for id_, name in own_names(database)}


def attribute_columns(database: sqlite3.Connection) -> tuple[str, ...]:
    """The columns of ``photos`` with values: the category, ATTRIBUTES, and those that people defined."""
    return (*CATEGORY_AND_ATTRIBUTES, *(code_of(id_) for id_, _ in own_names(database)))


def column_of(database: sqlite3.Connection, name: str) -> str:
    """The column of an attribute by its code, or by the name that people gave it.

    Raises:
        NoSuchAttribute: There is none of this name; it is a ValueError, too.
    """
    if name in CATEGORY_AND_ATTRIBUTES:
        return name
    names = own_names(database)
    for id_, own in names:
        if name == code_of(id_) or name.strip().casefold() == own.casefold():
            return code_of(id_)
    raise NoSuchAttribute(name, (*CATEGORY_AND_ATTRIBUTES, *(own for _, own in names)))


def own_tags(
    database: sqlite3.Connection, photos: Sequence[int], user_values: Mapping[int, Mapping[str, str]]
) -> dict[int, dict[str, AttributeTag]]:
    """What photos have of the attributes that people defined, by photo and code; names of tags are codes.

    Args:
        database: A connection.
        photos: Ids.
        user_values: What people set, by photo and attribute.
    """
    codes = [code_of(id_) for id_, _ in own_names(database)]
    if not codes:
        return {}
    marks = ", ".join("?" * len(photos))
    predicted = {
        (photo, code_of(attribute)): AttributeTag(code_of(attribute), value, confidence, "model", None, not sure)
        for photo, attribute, value, confidence, sure in database.execute(
            f"SELECT photo, attribute, value, confidence, sure FROM own_predictions WHERE photo IN ({marks})", photos
        )
    }
    found: dict[int, dict[str, AttributeTag]] = {}
    for photo in photos:
        of_user = user_values.get(photo, {})
        for code in codes:
            if code in of_user:
                found.setdefault(photo, {})[code] = AttributeTag(code, of_user[code], None, "user", None)
            elif (photo, code) in predicted:
                found.setdefault(photo, {})[code] = predicted[photo, code]
    return found


def predict(database: sqlite3.Connection, photos: Sequence[int], attribute: int | None = None) -> None:
    """Store what the heads predict of photos, in the transaction that is open; all of it from their embeddings.

    Photos of another model, or of a category that no labelled photo has, get nothing.

    Args:
        database: The connection that writes.
        photos: Ids.
        attribute: Only of this one; None: of all.
    """
    heads = database.execute(
        "SELECT h.attribute, model, fingerprint, labels, categories, weights, threshold FROM own_heads h "
        "JOIN own_attributes a ON a.id = h.attribute WHERE removed_by IS NULL AND ? IN (h.attribute, 0)",
        (attribute or 0,),
    ).fetchall()
    for number, model, fingerprint, labels, categories, weights, threshold in heads:
        known, code = json.loads(labels), code_of(number)
        packed = np.frombuffer(weights, "<f4")
        weight_KD, bias_K = packed[: -len(known)].reshape(len(known), -1), packed[-len(known) :]
        for start in range(0, len(photos), _AT_ONCE):
            asked = json.dumps([int(id_) for id_ in photos[start : start + _AT_ONCE]])
            these = "photo IN (SELECT value FROM json_each(:asked))"
            given = {"asked": asked, "attribute": number}
            database.execute(f"DELETE FROM own_predictions WHERE attribute = :attribute AND {these}", given)
            database.execute(f"UPDATE predictions SET {code} = '' WHERE {these} AND {code} <> ''", given)
            rows = database.execute(
                "SELECT e.photo, vector FROM embeddings e JOIN predictions p ON p.photo = e.photo "
                "JOIN models m ON m.id = p.model LEFT JOIN user_values u ON u.photo = e.photo AND "
                "u.attribute = 'category' WHERE e.photo IN (SELECT value FROM json_each(:asked)) AND m.name = :model "
                "AND m.fingerprint = :fingerprint AND length(vector) = :bytes AND coalesce(u.value, p.category) "
                "IN (SELECT value FROM json_each(:categories))",
                given
                | {
                    "model": model,
                    "fingerprint": fingerprint,
                    "categories": categories,
                    "bytes": 2 * len(weight_KD[0]),
                },
            ).fetchall()
            if not rows:
                continue
            vectors_ND = np.frombuffer(b"".join(vector for _, vector in rows), "<f2").reshape(len(rows), -1)
            probabilities_NK = softmax(vectors_ND.astype(np.float32) @ weight_KD.T + bias_K)
            best_N = probabilities_NK.argmax(axis=1)
            confidence_N = probabilities_NK.max(axis=1)
            database.executemany(
                "INSERT INTO own_predictions VALUES (?, ?, ?, ?, ?)",
                (
                    (number, photo, known[best], float(confidence), bool(confidence >= threshold and threshold < 1))
                    for (photo, _), best, confidence in zip(rows, best_N, confidence_N, strict=True)
                ),
            )
            database.execute(
                f"UPDATE predictions SET {code} = o.value FROM own_predictions o WHERE o.attribute = :attribute "
                f"AND o.photo = predictions.photo AND sure AND o.{these}",
                given,
            )


def softmax(logits_NK: np.ndarray) -> np.ndarray:
    """Probabilities, float32 (N, K)."""
    raised_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    probabilities_NK: np.ndarray = raised_NK / raised_NK.sum(axis=1, keepdims=True)
    return probabilities_NK
