"""Lists of photos as queries: which photos, in which order. SQL finds and sorts their ids."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
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
SORTS = tuple(_SORTS)
"""What a list can be sorted by; ``arrival`` is the order in which photos came."""

_IDS_AT_ONCE = 500
_MANY = 10_000  # photos of an import: from here on it is quicker to sort all photos and leave others out


@dataclass(frozen=True, slots=True)
class Query:
    """Which photos are in a list; they match all parts. What is forgotten is in no list.

    Attributes:
        status: Of this status; None for all. ``error`` are those that could not be read.
        batch: Of this import; None for all.
        since: Of this import or a later one; None for all.
        below: In or below one of these folders, or one of these files; none for all places.
        text: Each word is part of the name, the category or an attribute's value, without case.
        values: Having these values, by attribute or ``category``; an empty one: having none.
        corrected: A person changed a value (True) or confirmed all that they set (False); None for all.
        gone: The file is no longer there (True) or is (False); None for all.
        sort: One of :data:`SORTS`. Photos that are equal in it are in the order of arrival.
        descending: From the last to the first, those that are equal as well.
    """

    status: Status | None = None
    batch: int | None = None
    since: int | None = None
    below: Sequence[Path] = ()
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    corrected: bool | None = None
    gone: bool | None = None
    sort: str = "arrival"
    descending: bool = False


def find(catalogue: Catalogue, query: Query) -> np.ndarray:
    """The ids of the photos, int64 (n,), in the order of the list.

    Raises:
        ValueError: There is no such attribute or sort.
    """
    if query.sort not in _SORTS:
        raise ValueError(f"no list is sorted by “{query.sort}”")
    way = "DESC" if query.descending else "ASC"
    order = f"{_SORTS[query.sort]} {way}, id {way}" if query.sort != "arrival" else f"id {way}"
    with catalogue.database.read() as database:
        imported = None
        if (query.batch is None) != (query.since is None):
            imported = _ids(database, *_of_imports(query))
            if len(imported) < _MANY:
                imported = None
            else:
                query = replace(query, batch=None, since=None)
        where, parameters = condition(database, query)
        ids = _ids(database, f"SELECT id FROM photos WHERE {where} ORDER BY {order}", parameters)
    if imported is None or not len(ids):
        return ids
    inside = np.zeros(max(ids.max(), imported.max()) + 1, bool)
    inside[imported] = True
    return ids[inside[ids]]


def _of_imports(query: Query) -> tuple[str, list[int]]:
    """Selects the photos of the imports that a query names."""
    if query.batch is not None:
        return "SELECT photo AS id FROM import_photos WHERE import = ?", [query.batch]
    assert query.since is not None
    return "SELECT photo AS id FROM import_photos WHERE import >= ?", [query.since]


def _ids(database: sqlite3.Connection, select: str, parameters: Sequence[Any]) -> np.ndarray:
    """What a statement selects, int64 (n,). As one text: without Python code for each, other threads need not wait."""
    (text,) = database.execute(f"SELECT group_concat(id) FROM ({select})", parameters).fetchone()
    return np.fromstring(text or "", np.int64, sep=",")


def counts(catalogue: Catalogue, query: Query, name: str = "status") -> dict[str, int]:
    """How many photos of a list have each status, category or value of an attribute, most frequent first.

    Raises:
        ValueError: There is no such attribute.
    """
    if name not in ("status", *CATEGORY_AND_ATTRIBUTES):
        raise ValueError(f"there is no attribute “{name}”")
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        select = f"SELECT {name}, count(*) FROM photos WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(database.execute(select, parameters))


def models(catalogue: Catalogue, query: Query) -> dict[str, int]:
    """How many photos of a list each model tagged, by its name, most frequent first; not those that failed."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        return dict(
            database.execute(
                "SELECT name, count(*) FROM predictions JOIN models ON models.id = model "
                f"WHERE photo IN (SELECT id FROM photos WHERE {where}) GROUP BY 1 ORDER BY 2 DESC, 1",
                parameters,
            )
        )


def paths_of_other_models(catalogue: Catalogue, query: Query, model: str) -> list[Path]:
    """The photos of a list that models of other names tagged, in the order of arrival; not those that failed."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        found = database.execute(
            "SELECT path FROM photos JOIN predictions ON photo = photos.id JOIN models ON models.id = model "
            f"WHERE name <> ? AND photos.id IN (SELECT id FROM photos WHERE {where}) ORDER BY photos.id",
            [model, *parameters],
        )
        return [Path(os.fsdecode(path)) for (path,) in found]


def condition(database: sqlite3.Connection, query: Query) -> tuple[str, list[Any]]:
    """The condition of a query on the table ``photos``, and its parameters."""
    parts: list[str] = ["hidden_by IS NULL"]
    parameters: list[Any] = []
    for name, value in query.values.items():
        if name not in CATEGORY_AND_ATTRIBUTES:
            raise ValueError(f"there is no attribute “{name}”")
        parts.append(f"{name} = ?")
        parameters.append(value)
    for column, wanted in (("status", query.status), ("corrected", query.corrected)):
        if wanted is not None:
            parts.append(f"{column} = ?")
            parameters.append(wanted)
    if query.gone is not None:
        parts.append(f"gone_since IS {'NOT ' if query.gone else ''}NULL")
    for imports in (replace(query, since=None), replace(query, batch=None)):
        if imports.batch is not None or imports.since is not None:
            select, numbers = _of_imports(imports)
            parts.append(f"id IN ({select})")
            parameters += numbers
    if query.below:
        places = []
        for path in query.below:
            name_, (first, last) = os.fsencode(os.path.abspath(path)), folder_range(path)
            places.append("path = ? OR (path >= ? AND path < ?)")
            parameters += [name_, first, last]
        parts.append(f"({' OR '.join(places)})")
    for word in query.text.split():
        found = ["instr(folded, ?)"]
        parameters.append(word.casefold())
        for name in CATEGORY_AND_ATTRIBUTES:
            if having := [value for value in _values(database, name) if word.casefold() in value.casefold()]:
                found.append(f"{name} IN ({', '.join('?' * len(having))})")
                parameters += having
        parts.append(f"({' OR '.join(found)})")
    return " AND ".join(parts), parameters


def _values(database: sqlite3.Connection, name: str) -> list[str]:
    """The values of an attribute that photos have; one step in its index for each, however many photos there are."""
    first = f"SELECT min({name}) FROM photos WHERE hidden_by IS NULL"
    each = f"WITH RECURSIVE each(value) AS ({first} UNION ALL SELECT ({first} AND {name} > value) FROM each "
    return [value for (value,) in database.execute(f"{each} WHERE value IS NOT NULL) SELECT value FROM each") if value]


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
