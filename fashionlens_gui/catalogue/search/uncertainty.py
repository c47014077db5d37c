"""How sure the model is of the photos of a list, as arrays: what a review and active learning choose from."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.packed_attributes import PackedAttributes
from fashionlens_gui.catalogue.query import Query, condition
from fashionlens_gui.catalogue.visible_values import SET_BY_USER
from fashionlens_gui.tagging.tag import Status
from trainer.control import batches
from trainer.inference.prediction import Ranking
from trainer.taxonomy import CATEGORY

_IDS_AT_ONCE = 500

# Photos that need review whatever the model predicts, such as damaged ones, are reviewed one by one.
_UNSURE_OF_CATEGORY = f"photos.status = '{Status.NEEDS_REVIEW}' AND NOT p.doubtful"
_NOT_SET = "NOT EXISTS (SELECT 1 FROM user_values u WHERE u.photo = photos.id AND u.attribute = ?)"


@dataclass(frozen=True, slots=True, eq=False)
class UnsurePhotos:
    """Photos of a list where the model is unsure of the category or of an attribute.

    Attributes:
        ids_N: int64, ascending.
        paths: Of their files.
        files: Their names for people.
        labels: The K labels.
        probabilities_NK: The model's, float32, [0, 1].
    """

    ids_N: np.ndarray
    paths: Sequence[Path]
    files: Sequence[str]
    labels: tuple[str, ...]
    probabilities_NK: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """All photos of a list.

    Attributes:
        ids_N: int64, ascending.
        margins_N: Probability of the category minus that of the second choice, float32, [0, 1]; NaN where the photo
            could not be read or a person set the category.
        by_user_N: Whether a person set the category.
        needs_review_N: Whether a person needs to look at it.
        categories: The category that people see.
    """

    ids_N: np.ndarray
    margins_N: np.ndarray
    by_user_N: np.ndarray
    needs_review_N: np.ndarray
    categories: Sequence[str]


def unsure_photos(catalogue: Catalogue, query: Query, name: str) -> UnsurePhotos:
    """The photos of a list where the model is unsure of ``category`` or of an attribute and no person has set it."""
    if name == CATEGORY:
        query = replace(query, status=Status.NEEDS_REVIEW)
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        found = list(
            _unsure(catalogue, database, f"photos.id IN (SELECT id FROM photos WHERE {where})", parameters, name)
        )
    labels = tuple(dict.fromkeys(label for _, ranking in found for label in ranking.labels))
    place = {label: index for index, label in enumerate(labels)}
    probabilities_NK = np.zeros((len(found), len(labels)), np.float32)
    for index, (_, ranking) in enumerate(found):
        probabilities_NK[index, [place[label] for label in ranking.labels]] = ranking.probabilities
    return UnsurePhotos(
        np.array([row[0] for row, _ in found], np.int64),
        [Path(os.fsdecode(row[1])) for row, _ in found],
        [row[2] for row, _ in found],
        labels,
        probabilities_NK,
    )


def unsure_among(catalogue: Catalogue, ids: Sequence[int] | np.ndarray, name: str) -> set[int]:
    """Those of these photos that :func:`unsure_photos` finds in a list with all photos."""
    found: set[int] = set()
    for some in batches(len(ids), _IDS_AT_ONCE):
        asked = [int(id_) for id_ in ids[some]]
        with catalogue.database.read() as database:
            where = f"hidden_by IS NULL AND photos.id IN ({', '.join('?' * len(asked))})"
            found.update(row[0] for row, _ in _unsure(catalogue, database, where, asked, name))
    return found


def _unsure(
    catalogue: Catalogue, database: sqlite3.Connection, where: str, parameters: Sequence[Any], name: str
) -> Iterable[tuple[tuple[Any, ...], Ranking]]:
    """Id, path, file, number of the labels and packed rankings of each photo, and its ranking of ``name``."""
    parameters = [*parameters] if name == CATEGORY else [*parameters, name]
    for row in database.execute(
        "SELECT photos.id, path, file, label_set, rankings FROM photos JOIN predictions p ON p.photo = photos.id "
        f"WHERE label_set IS NOT NULL AND {where} AND {_UNSURE_OF_CATEGORY if name == CATEGORY else _NOT_SET} "
        "ORDER BY photos.id",
        parameters,
    ):
        attribute = PackedAttributes(catalogue.columns.labels_of_set(row[3], database), row[4]).named(name)
        if attribute is not None and attribute.ranking is not None and (name == CATEGORY or attribute.unsure):
            yield row, attribute.ranking


def margins(catalogue: Catalogue, query: Query) -> Margins:
    """How far the model hesitates between its first two categories, of all photos of a list."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        rows = database.execute(
            "SELECT photos.id, p.confidence - coalesce(p.second_confidence, 0), photos.confidence, status, "
            "photos.category FROM photos LEFT JOIN predictions p ON p.photo = photos.id "
            f"WHERE photos.id IN (SELECT id FROM photos WHERE {where}) ORDER BY photos.id",
            parameters,
        ).fetchall()
    by_user_N = np.array([row[2] == SET_BY_USER for row in rows], bool)
    margins_N = np.array([row[1] for row in rows], np.float32)
    margins_N[by_user_N] = np.nan
    return Margins(
        np.array([row[0] for row in rows], np.int64),
        margins_N,
        by_user_N,
        np.array([row[3] == Status.NEEDS_REVIEW for row in rows], bool),
        [row[4] for row in rows],
    )
