"""Lists of photos as queries: which photos, in which order. SQL finds and sorts their ids."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.colour_search import NearColour, photos_near
from fashionlens_gui.catalogue.id_sets import IdSet, read_ids
from fashionlens_gui.catalogue.own_columns import column_of
from fashionlens_gui.catalogue.search_index import photos_with
from fashionlens_gui.catalogue.search_words import search_words
from fashionlens_gui.tagging.tag import Status
from trainer.control import batches
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_SORTS = {
    "arrival": "id",
    "name": "name_key",
    "second": "second_category",
    "confidence": "confidence",
    "status": "status",
    "corrected": "corrected",
    **{name: name for name in CATEGORY_AND_ATTRIBUTES},
}
MOST_OF_THE_COLOUR = "near_colour"
SORTS = (*_SORTS, MOST_OF_THE_COLOUR)
"""What a list can be sorted by. ``arrival`` is the order in which photos came; ``near_colour`` puts those first that
have most of :attr:`Query.near_colour`, and is the order of arrival without one."""

_IDS_AT_ONCE = 500
_OF_MODELS = "FROM photos JOIN predictions p ON p.photo = photos.id JOIN models ON models.id = p.model"


@dataclass(frozen=True, slots=True)
class Days:
    """The days from the first to the last one, both included; None: no limit on this side."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which photos are in a list; they match all parts. What is forgotten is in no list.

    Attributes:
        status: Of this status, or one of these; None for all. ``error`` are those that could not be read.
        batch: Of this import; None for all.
        since: Of this import or a later one; None for all.
        below: In or below one of these folders, or one of these files; none for all places.
        text: Words that are all in the name, a text, the category or an attribute's value; see
            :mod:`fashionlens_gui.catalogue.search_words`.
        values: Having this value, or one of these, by attribute or ``category``; an empty one: having none. Of an
            attribute that people defined, its name or its code.
        near_colour: The garment has this colour; None for all.
        added: Added to the catalogue on one of these days, by this computer's clock; None for all.
        taken: Taken on one of these days, by the camera's clock; None for all.
        corrected: A person changed a value (True) or confirmed all that they set (False); None for all.
        gone: The file is no longer there (True) or is (False); None for all.
        photos: One of these, by their ids; None for all.
        within: In this list, too; its order does not matter. None for all.
        sort: One of :data:`SORTS`, or an attribute that people defined. Photos that are equal in it are in the order of
            arrival.
        descending: From the last to the first, those that are equal as well.
    """

    status: Status | Sequence[Status] | None = None
    batch: int | None = None
    since: int | None = None
    below: Sequence[Path] = ()
    text: str = ""
    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    near_colour: NearColour | None = None
    added: Days | None = None
    taken: Days | None = None
    corrected: bool | None = None
    gone: bool | None = None
    photos: Sequence[int] | None = None
    within: Query | None = None
    sort: str = "arrival"
    descending: bool = False


def find(catalogue: Catalogue, query: Query) -> np.ndarray:
    """The ids of the photos, int64 (n,), in the order of the list.

    Raises:
        ValueError: There is no such attribute or sort, or the colour is none.
    """
    way = "DESC" if query.descending else "ASC"
    with catalogue.database.read() as database:
        column = _SORTS.get(query.sort, "id") if query.sort in SORTS else column_of(database, query.sort)
        order = f"{column} {way}, id {way}" if column != "id" else f"id {way}"
        where, parameters = condition(database, query)
        ids_N = read_ids(database, f"SELECT id FROM photos WHERE {where} ORDER BY {order}", parameters)
        if query.sort != MOST_OF_THE_COLOUR or query.near_colour is None or not len(ids_N):
            return ids_N
        _, near_M, amount_M = photos_near(database, query.near_colour)
    amount_N = amount_M[np.searchsorted(near_M, ids_N)]
    order_N: np.ndarray = np.argsort(amount_N if query.descending else -amount_N, kind="stable")
    return ids_N[order_N]


def counts(catalogue: Catalogue, query: Query, name: str = "status") -> dict[str, int]:
    """How many photos of a list have each status, category or value of an attribute, most frequent first.

    Raises:
        ValueError: There is no such attribute.
    """
    with catalogue.database.read() as database:
        column = name if name == "status" else column_of(database, name)
        return counted(database, column, *condition(database, query))


def models(catalogue: Catalogue, query: Query) -> dict[str, int]:
    """How many photos of a list each model tagged, by its name, most frequent first; not those that failed."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        return dict(
            database.execute(
                f"SELECT models.name, count(*) {_OF_MODELS} WHERE photos.id IN (SELECT id FROM photos WHERE {where}) "
                "GROUP BY 1 ORDER BY 2 DESC, 1",
                parameters,
            )
        )


def paths_of_other_models(catalogue: Catalogue, query: Query, model: str) -> list[Path]:
    """The photos of a list that models of other names tagged, in the order of arrival; not those that failed."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        found = database.execute(
            f"SELECT path {_OF_MODELS} WHERE models.name <> ? AND photos.id IN (SELECT id FROM photos WHERE {where}) "
            "ORDER BY photos.id",
            [model, *parameters],
        )
        return [Path(os.fsdecode(path)) for (path,) in found]


def counted(database: sqlite3.Connection, name: str, where: str, parameters: Sequence[Any]) -> dict[str, int]:
    """The photos that match a condition by the values of a column, most frequent first."""
    select = f"SELECT {name}, count(*) FROM photos WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
    return dict(database.execute(select, parameters))


def condition(database: sqlite3.Connection, query: Query) -> tuple[str, list[Any]]:
    """An SQL condition on ``photos`` for all parts of a query but its order, and its parameters.

    Raises:
        ValueError: There is no such attribute, or the colour is none.
    """
    parts: list[str] = ["hidden_by IS NULL"]
    parameters: list[Any] = []
    for name, values in chosen_values(database, query).items():
        parts.append(f"{name} IN ({', '.join('?' * len(values))})")
        parameters += values
    if query.corrected is not None:
        parts.append("corrected = ?")
        parameters.append(query.corrected)
    if query.gone is not None:
        parts.append(f"gone_since IS {'NOT ' if query.gone else ''}NULL")
    if query.below:
        places = []
        for path in query.below:
            name_, (first, last) = os.fsencode(os.path.abspath(path)), folder_range(path)
            places.append("path = ? OR (path >= ? AND path < ?)")
            parameters += [name_, first, last]
        parts.append(f"({' OR '.join(places)})")
    if (found := _found_elsewhere(database, query)) is not None:
        is_found, parameter = found.condition()
        parts.append(is_found)
        parameters.append(parameter)
    return " AND ".join(parts), parameters


def asked_values(asked: str | Sequence[str]) -> list[str]:
    """One value or several, as a list."""
    return [asked] if isinstance(asked, str) else list(asked)


def chosen_values(database: sqlite3.Connection, query: Query) -> dict[str, list[str]]:
    """The values that a query asks for, one or more of each attribute, ``category`` and ``status`` that it names; by
    column.

    Raises:
        ValueError: There is no such attribute.
    """
    chosen: dict[str, list[str]] = {}
    for name, asked in query.values.items():
        column = column_of(database, name)
        if values := asked_values(asked):
            chosen[column] = values
    if query.status:
        chosen["status"] = asked_values(query.status)
    return chosen


def _found_elsewhere(database: sqlite3.Connection, query: Query) -> IdSet | None:
    """The photos that match those parts of a query that an index of their own finds; None without such parts."""
    found: list[IdSet] = []
    if query.batch is not None:
        select = "SELECT photo AS id FROM import_photos WHERE import = ?"
        found.append(IdSet.of(read_ids(database, select, [query.batch])))
    if query.since is not None:
        select = "SELECT DISTINCT photo AS id FROM import_photos WHERE import >= ?"
        found.append(IdSet.of(read_ids(database, select, [query.since])))
    if query.photos is not None:
        found.append(IdSet.of(query.photos))
    if query.within is not None:
        where, parameters = condition(database, query.within)
        found.append(IdSet.of(read_ids(database, f"SELECT id FROM photos WHERE {where}", parameters)))
    if query.added is not None:
        select = "SELECT id FROM photos WHERE hidden_by IS NULL AND added_at >= ? AND added_at < ?"
        found.append(IdSet.of(read_ids(database, select, _times(query.added))))
    if query.taken is not None:
        select = "SELECT id FROM photos WHERE hidden_by IS NULL AND taken_at >= ? AND taken_at < ?"
        first, last = query.taken.first or date.min, query.taken.last or date(9998, 12, 31)
        days = [first.isoformat(), (last + timedelta(days=1)).isoformat()]
        found.append(IdSet.of(read_ids(database, select, days)))
    found += [photos_with(database, word) for word in search_words(query.text)]
    if query.near_colour is not None:
        found.append(photos_near(database, query.near_colour)[0])
    return reduce(IdSet.__and__, found) if found else None


def _times(days: Days) -> tuple[str, str]:
    """When the first day begins and the last one ends by this computer's clock, as the catalogue has times."""
    ends = [days.first or date(1970, 1, 2), (days.last or date(9998, 12, 30)) + timedelta(days=1)]
    begin, end = (datetime.combine(day, time()).astimezone().astimezone(UTC) for day in ends)
    return begin.isoformat(timespec="seconds"), end.isoformat(timespec="seconds")


def folder_range(folder: Path) -> tuple[bytes, bytes]:
    """The paths in and below a folder as the catalogue has them: from the first on, and less than the second."""
    inside = os.path.join(os.fsencode(os.path.abspath(folder)), b"")
    return inside, inside[:-1] + bytes([inside[-1] + 1])


def embeddings(catalogue: Catalogue, query: Query | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings of a list's photos, from the model that tagged most of them.

    Returns:
        Ids, int64 (N,) ascending, and embeddings, float16 (N, D), L2-normalised. Photos of other models, and those that
        could not be read, are left out.
    """
    with catalogue.database.read() as database:
        where, parameters = condition(database, query or Query())
        source = (
            "embeddings e JOIN predictions p ON p.photo = e.photo JOIN models m ON m.id = p.model "
            f"WHERE e.photo IN (SELECT id FROM photos WHERE {where})"
        )
        model = database.execute(
            f"SELECT m.fingerprint, m.name, length(vector) FROM {source} GROUP BY 1, 2, 3 ORDER BY count(*) DESC",
            parameters,
        ).fetchone()
        if model is None:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.float16)
        return _read_vectors(
            database,
            f"SELECT e.photo, vector FROM {source} AND (m.fingerprint, m.name, length(vector)) = (?, ?, ?) "
            "ORDER BY e.photo",
            [*parameters, *model],
            model[2] // 2,
        )


def _read_vectors(
    database: sqlite3.Connection, select: str, parameters: Sequence[Any], numbers: int
) -> tuple[np.ndarray, np.ndarray]:
    ids: list[int] = []
    vectors = bytearray()
    for id_, vector in database.execute(select, parameters):
        ids.append(id_)
        vectors += vector
    return np.array(ids, np.int64), np.frombuffer(vectors, "<f2").reshape(-1, numbers)


def embeddings_of(catalogue: Catalogue, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings of these photos, from the model that tagged most of them.

    Returns:
        As :func:`embeddings`.
    """
    by_model: dict[tuple[str, str, int], list[tuple[int, bytes]]] = {}
    for some in batches(len(ids), _IDS_AT_ONCE):
        asked = [int(id_) for id_ in ids[some]]
        with catalogue.database.read() as database:
            for id_, embedding, *model in database.execute(
                "SELECT e.photo, vector, m.fingerprint, m.name, length(vector) FROM embeddings e "
                "JOIN predictions p ON p.photo = e.photo JOIN models m ON m.id = p.model "
                f"WHERE e.photo IN ({', '.join('?' * len(asked))})",
                asked,
            ):
                by_model.setdefault((*model,), []).append((id_, embedding))
    if not by_model:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float16)
    most: list[tuple[int, bytes]] = max(by_model.values(), key=len)
    most.sort()
    vectors = b"".join(embedding for _, embedding in most)
    return np.array([id_ for id_, _ in most], np.int64), np.frombuffer(vectors, "<f2").reshape(len(most), -1)
