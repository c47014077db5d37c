"""What people do with attributes of their own: define, remove, train. Labels are set with ``operations.correct``.

Defining and removing are operations with one undo each. A head can be computed again from the labels, so training has
none; a photo that is tagged later is predicted by it, too. Labels of photos that another model tagged wait until that
model's photos are the most.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.own_columns import (
    NoSuchAttribute,
    OwnAttribute,
    code_of,
    own_attributes,
    own_names,
    predict,
)
from fashionlens_gui.catalogue.visible_values import ask, refresh
from fashionlens_gui.tagging.csv_export import COLUMNS, CONFIDENCE_COLUMNS, PATH_COLUMNS
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.errors import DataError

FEWEST_PHOTOS = 3
"""Photos of a value that it takes to train it."""
_TAKEN = {*COLUMNS, *CONFIDENCE_COLUMNS, *PATH_COLUMNS, "sku", "product"}
_LONGEST_NAME = 60


def add_attribute(catalogue: Catalogue, name: str, values: Iterable[str]) -> Changes:
    """Define an attribute with its values; one undo removes it.

    Raises:
        DataError: ``attribute_name_taken``, ``attribute_name_invalid`` or ``attribute_without_values``.
    """
    name = printable(" ".join(name.split()))
    found = list(dict.fromkeys(printable(value.strip()) for value in values if value.strip()))
    if not name or len(name) > _LONGEST_NAME or name.startswith("own_"):
        raise DataError("attribute_name_invalid", name=name, most=_LONGEST_NAME)
    if len({value.casefold() for value in found}) < 2 or len({value.casefold() for value in found}) < len(found):
        raise DataError("attribute_without_values", name=name)
    with catalogue.database.transaction(durable=True) as database:
        if name.casefold().replace(" ", "_") in _TAKEN or any(
            each.name.casefold() == name.casefold() for each in own_attributes(database)
        ):
            raise DataError("attribute_name_taken", name=name)
        operation = operation_log.add(database, OperationKind.ADD_ATTRIBUTE, catalogue.who, now(), value=name)
        define(database, operation, name, found)
    return Changes.of(Kind.VOCABULARY)


def define(database: sqlite3.Connection, operation: int, name: str, values: Iterable[str]) -> str:
    """Add an attribute with its values as a part of an operation, in the transaction that is open; returns its code."""
    added = database.execute("INSERT INTO own_attributes (name, added_by) VALUES (?, ?)", (name, operation))
    code = code_of(int(added.lastrowid or 0))
    database.execute(f"ALTER TABLE photos ADD COLUMN {code} TEXT NOT NULL DEFAULT '' COLLATE NOCASE")
    database.execute(f"ALTER TABLE predictions ADD COLUMN {code} TEXT NOT NULL DEFAULT ''")
    database.execute(f"CREATE INDEX photos_by_{code} ON photos ({code}) WHERE hidden_by IS NULL")
    database.executemany("INSERT INTO vocabulary VALUES (?, ?, ?)", ((code, value, operation) for value in values))
    return code


def remove_attribute(catalogue: Catalogue, name: str) -> Changes:
    """Remove an attribute that people defined, with its labels and predictions; an undo brings all of it back.

    Raises:
        NoSuchAttribute: There is none of this name.
    """
    with catalogue.database.transaction(durable=True) as database:
        attribute = named(database, name)
        operation = operation_log.add(
            database, OperationKind.REMOVE_ATTRIBUTE, catalogue.who, now(), attribute.code, attribute.name
        )
        operation_log.carry_out(database, operation)
    return Changes.of(Kind.VOCABULARY)


def own_columns(catalogue: Catalogue) -> dict[str, str]:
    """The names of the attributes that people defined, by code: the columns of tables, see
    :class:`fashionlens_gui.tagging.csv_export.Options`.
    """
    with catalogue.database.read() as database:
        return {code_of(id_): name for id_, name in own_names(database)}


def named(database: sqlite3.Connection, name: str) -> OwnAttribute:
    """The attribute of a name or code that people defined. Raises NoSuchAttribute."""
    attributes = own_attributes(database)
    for each in attributes:
        if name == each.code or name.strip().casefold() == each.name.casefold():
            return each
    raise NoSuchAttribute(name, [each.name for each in attributes])


def train(catalogue: Catalogue, name: str, control: WorkControl | None = None) -> tuple[Changes, OwnAttribute]:
    """Train the head of an attribute on the photos that people labelled, and predict all photos; takes seconds.

    The embeddings are those of the model that tagged most of the labelled photos. Values with fewer than three photos
    take no part, and are not predicted. Photos of one product share a fold when the doubt is measured.

    Raises:
        NoSuchAttribute: There is none of this name.
        DataError: ``attribute_few_labels``: fewer than two values have three labelled photos
            with an embedding.
        Cancelled: It was stopped.
    """
    with catalogue.database.read() as database:
        attribute = named(database, name)
        model, rows = _labelled(database, attribute.code)
    counts = Counter(value for value, *_ in rows)
    labels = sorted(value for value, count in counts.items() if count >= FEWEST_PHOTOS)
    if len(labels) < 2:
        raise DataError("attribute_few_labels", name=attribute.name, counts=dict(counts), fewest=FEWEST_PHOTOS)
    from trainer.training.improve.attribute_head import fit_attribute_head

    used = [row for row in rows if row[0] in labels]
    vectors_ND = np.frombuffer(b"".join(vector for *_, vector in used), "<f2").reshape(len(used), -1)
    labels_N = np.array([labels.index(value) for value, *_ in used], np.int64)
    groups_N = np.array([-photo if product is None else product for _, photo, product, *_ in used], np.int64)
    head = fit_attribute_head(vectors_ND.astype(np.float32), labels_N, len(labels), groups_N, control=control)
    with catalogue.database.transaction(durable=False) as database:
        weights = np.concatenate([head.weight_KD.ravel(), head.bias_K]).astype("<f4").tobytes()
        database.execute(
            "INSERT OR REPLACE INTO own_heads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(attribute.id, *model, json.dumps(labels), json.dumps(sorted({row[3] for row in used})), weights),
                *(head.threshold, head.promised, head.accuracy, head.coverage, len(used), now()),
            ),
        )
        ids = [id_ for (id_,) in database.execute("SELECT photo FROM predictions ORDER BY photo")]
        predict(database, ids, attribute.id)
        ask(database, ids)
        refresh(database, [attribute.code])
        database.execute("UPDATE products SET stale = 1")
        trained = named(database, attribute.code)
    return Changes.of(Kind.PREDICTIONS, ids), trained


def _labelled(
    database: sqlite3.Connection, code: str
) -> tuple[tuple[str, str], Sequence[tuple[str, int, int | None, str, bytes]]]:
    """The model, by name and fingerprint, that tagged most of the labelled photos, and these: value, photo, product,
    category, embedding.
    """
    rows = database.execute(
        "SELECT m.name, m.fingerprint, length(vector), u.value, f.id, f.product, f.category, vector "
        "FROM user_values u JOIN photos f ON f.id = u.photo JOIN embeddings e ON e.photo = f.id "
        "JOIN predictions p ON p.photo = f.id JOIN models m ON m.id = p.model "
        "WHERE u.attribute = ? AND hidden_by IS NULL ORDER BY f.id",
        (code,),
    ).fetchall()
    models = Counter(row[:3] for row in rows)
    if not models:
        return ("", ""), []
    most = models.most_common(1)[0][0]
    return (most[0], most[1]), [row[3:] for row in rows if row[:3] == most]
