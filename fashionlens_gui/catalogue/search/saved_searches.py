"""Searches that people keep under a name. Each change is one operation, which undo reverts."""

from __future__ import annotations

import base64
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.visible_values import natural_key
from fashionlens_gui.tagging.tag import printable

_Row = tuple[str, str]  # name and query


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query with the name that a person gave it."""

    name: str
    query: Query


def saved_searches(catalogue: Catalogue) -> list[SavedSearch]:
    """All saved searches in the order of their names, as people order them. One that a newer version saved, and that
    this one cannot read, is left out.
    """
    found = []
    with catalogue.database.read() as database:
        rows = database.execute("SELECT name, query FROM saved_searches").fetchall()
    for name, text in rows:
        try:
            found.append(SavedSearch(name, _decoded(text)))
        except msgspec.DecodeError:
            continue
    return sorted(found, key=lambda each: natural_key(each.name))


def saved_search(catalogue: Catalogue, name: str) -> Query:
    """The query of a name. Raises CatalogueError (``no_saved_search``, ``saved_search_unreadable``)."""
    with catalogue.database.read() as database:
        found = _stored(database, name)
    if found is None:
        raise CatalogueError("no_saved_search", name=printable(name))
    try:
        return _decoded(found[1])
    except msgspec.DecodeError as error:
        raise CatalogueError("saved_search_unreadable", str(error), name=printable(name)) from error


def save_search(catalogue: Catalogue, name: str, query: Query) -> Changes:
    """Save a query; one of the same name, in whatever capitals, is replaced.

    Raises:
        ValueError: The name is empty.
    """
    after = (_checked(name), _encoded(query))
    with catalogue.database.transaction(durable=True) as database:
        return _replace(catalogue, OperationKind.SAVE_SEARCH, after[0], _stored(database, after[0]), after)


def rename_search(catalogue: Catalogue, name: str, new_name: str) -> Changes:
    """Give a saved search another name.

    Raises:
        ValueError: The new name is empty.
        CatalogueError: There is no such search, or another one has the new name (``saved_search_exists``).
    """
    new_name = _checked(new_name)
    with catalogue.database.transaction(durable=True) as database:
        before, taken = _stored(database, name), _stored(database, new_name)
        if before is None:
            raise CatalogueError("no_saved_search", name=printable(name))
        if taken not in (None, before):
            raise CatalogueError("saved_search_exists", name=new_name)
        return _replace(catalogue, OperationKind.RENAME_SEARCH, new_name, before, (new_name, before[1]))


def delete_search(catalogue: Catalogue, name: str) -> Changes:
    """Delete a saved search; no photo. Raises CatalogueError (``no_saved_search``)."""
    with catalogue.database.transaction(durable=True) as database:
        before = _stored(database, name)
        if before is None:
            raise CatalogueError("no_saved_search", name=printable(name))
        return _replace(catalogue, OperationKind.DELETE_SEARCH, before[0], before, None)


def _stored(database: sqlite3.Connection, name: str) -> _Row | None:
    """Name and query as they are stored, whatever the capitals of the name; None when there is none."""
    found: _Row | None = database.execute("SELECT name, query FROM saved_searches WHERE name = ?", (name,)).fetchone()
    return found


def _replace(catalogue: Catalogue, kind: OperationKind, name: str, before: _Row | None, after: _Row | None) -> Changes:
    if before == after:
        return Changes.none()
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, kind, catalogue.who, now(), value=name)
        operation_log.change_search(database, operation, before or (None, None), after or (None, None))
    return Changes.of(Kind.SEARCHES)


def _checked(name: str) -> str:
    name = printable(name.strip())
    if not name:
        raise ValueError("a saved search needs a name")
    return name


def _encoded(query: Query) -> str:
    return msgspec.json.encode(query, enc_hook=_encode_path).decode()


def _decoded(text: str) -> Query:
    return msgspec.json.decode(text, type=Query, dec_hook=_decode_path)


def _encode_path(value: Any) -> str:
    """The system's bytes as base64: a path need not be valid Unicode."""
    assert isinstance(value, Path)
    return base64.b64encode(os.fsencode(os.path.abspath(value))).decode()


def _decode_path(kind: type, value: Any) -> Path:
    assert kind is Path
    try:
        return Path(os.fsdecode(base64.b64decode(value, validate=True)))
    except (TypeError, ValueError) as error:
        raise msgspec.ValidationError(f"no path: {value}") from error
