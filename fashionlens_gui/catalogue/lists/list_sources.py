"""The lists that people choose from, as queries, and how many photos each has: all photos, those that need review, the
photos of an import.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.lists.current_list import CurrentList, current_list
from fashionlens_gui.catalogue.query import Query, condition
from fashionlens_gui.tagging.tag import Status, printable


class Source(StrEnum):
    """A list that is always there: photos added since the list was cleared, all, those that need review, that a person
    changed or confirmed, that could not be read, and those whose files are no longer there.
    """

    CURRENT = "current"
    EVERYTHING = "everything"
    NEEDS_REVIEW = "needs_review"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """Photos that a query finds, under a name that people read."""

    name: str
    query: Query


ListSource = Source | NamedQuery
"""Which photos a list is about; filters choose among them."""

_QUERIES = {
    Source.EVERYTHING: Query(),
    Source.NEEDS_REVIEW: Query(status=Status.NEEDS_REVIEW),
    Source.CORRECTED: Query(corrected=True),
    Source.CONFIRMED: Query(corrected=False),
    Source.FAILED: Query(status=Status.ERROR),
    Source.GONE: Query(gone=True),
}


@dataclass(frozen=True, slots=True)
class Import:
    """An import with photos in lists.

    Attributes:
        batch: Its number, see :attr:`Query.batch`.
        begun: When, ISO 8601, UTC.
        paths: Files and folders that were added.
        photos: How many of its photos are in lists.
        unfinished: It was cut short, or is under way.
    """

    batch: int
    begun: str
    paths: tuple[Path, ...]
    photos: int
    unfinished: bool


def query_of(source: ListSource, catalogue: Catalogue) -> Query:
    """The photos of a source."""
    if isinstance(source, NamedQuery):
        return source.query
    if source is Source.CURRENT:
        imports: CurrentList = current_list(catalogue)
        return Query(since=imports.first)
    return _QUERIES[source]


def filtered(source: Query, wanted: Query) -> Query:
    """The photos of a source that match a filter, in the filter's order."""
    if source == Query():
        return wanted
    if source == Query(since=source.since) and wanted.since is None:
        return replace(wanted, since=source.since)
    return replace(wanted, within=source if wanted.within is None else replace(source, within=wanted.within))


def depends_on_values(query: Query) -> bool:
    """Whether photos may come to a list or leave it when their values change."""
    by_value = query.status or query.values or query.text or query.corrected is not None
    return bool(by_value) or (query.within is not None and depends_on_values(query.within))


def query_to_keep(source: ListSource, wanted: Query) -> Query:
    """A filter of a source as a search of all photos; the current list counts as all, since it is another one soon."""
    if source is Source.CURRENT:
        return wanted
    query = source.query if isinstance(source, NamedQuery) else _QUERIES[source]
    parts = {each.name: getattr(query, each.name) for each in fields(Query)}
    parts = {name: value for name, value in parts.items() if value != getattr(Query(), name)}
    if all(getattr(wanted, name) == getattr(Query(), name) for name in parts):
        return replace(wanted, **parts)
    return filtered(query, wanted)


def list_counts(catalogue: Catalogue) -> dict[Source, int]:
    """How many photos each list has."""
    current = query_of(Source.CURRENT, catalogue)
    with catalogue.database.read() as database:
        statuses, corrected = (
            Counter(dict(database.execute(f"SELECT {column}, count(*) FROM photos WHERE hidden_by IS NULL GROUP BY 1")))
            for column in ("status", "corrected")
        )
        return {
            Source.CURRENT: _count(database, current),
            Source.EVERYTHING: sum(statuses.values()),
            Source.NEEDS_REVIEW: statuses[Status.NEEDS_REVIEW],
            Source.CORRECTED: corrected[1],
            Source.CONFIRMED: corrected[0],
            Source.FAILED: statuses[Status.ERROR],
            Source.GONE: _count(database, _QUERIES[Source.GONE]),
        }


def last_imports(catalogue: Catalogue, most: int) -> list[Import]:
    """The imports that have photos in lists, the last one first.

    Args:
        catalogue: Open.
        most: How many at most.
    """
    with catalogue.database.read() as database:
        found = database.execute(
            "SELECT operation, made_at, paths, n, finished_at IS NULL FROM imports JOIN operations ON id = operation "
            "JOIN (SELECT import, count(*) AS n FROM import_photos JOIN photos ON photos.id = photo "
            "WHERE hidden_by IS NULL GROUP BY 1) ON import = operation ORDER BY operation DESC LIMIT ?",
            (most,),
        ).fetchall()
    return [Import(batch, begun, _paths(names), n, bool(unfinished)) for batch, begun, names, n, unfinished in found]


def counts_of(catalogue: Catalogue, queries: Sequence[Query]) -> list[int]:
    """How many photos each query finds; -1 for one that asks for an attribute that is no longer there."""
    counts = []
    for query in queries:
        with catalogue.database.read() as database:
            try:
                counts.append(_count(database, query))
            except ValueError:
                counts.append(-1)
    return counts


def place_name(paths: Sequence[Path]) -> str:
    """What was added, in a few words: the name of its first folder or file, and how many more there are."""
    if not paths:
        return ""
    first = printable(paths[0].name or str(paths[0]))
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1:,} more"


def _count(database: sqlite3.Connection, query: Query) -> int:
    where, parameters = condition(database, query)
    (count,) = database.execute(f"SELECT count(*) FROM photos WHERE {where}", parameters).fetchone()
    return int(count)


def _paths(names: bytes) -> tuple[Path, ...]:
    return tuple(Path(os.fsdecode(name)) for name in names.split(b"\0") if name)
