"""What another person set, from their catalogue, into this one. Photos are matched by the digest of their files.

Attributes that people defined are left out: each catalogue has its own.

A value that both set differently is a conflict, unless the history of one of them has the other's value: then the later
one is taken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_STATEMENTS = (
    "SELECT c.photo, p.digest, p.file, c.attribute, c.user_after, coalesce(c.who, o.who), "
    "coalesce(c.made_at, o.made_at) FROM changes c JOIN operations o ON o.id = operation "
    "JOIN photos p ON p.id = c.photo "
    "WHERE state IN ('done', 'settled') AND c.attribute <> '' "
    "AND c.attribute NOT GLOB 'own_*' AND hidden_by IS NULL AND p.digest <> '' "
    "ORDER BY operation"
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that two people set differently: the photo's name, both values, who set them, when (ISO 8601, UTC)."""

    file: str
    attribute: str
    ours: str
    our_name: str
    our_time: str
    theirs: str
    their_name: str
    their_time: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge.

    Attributes:
        changes: What changed.
        conflicts: All of them, also when theirs were taken.
        unknown: Photos of theirs that are not in this catalogue.
    """

    changes: Changes
    conflicts: list[Conflict]
    unknown: int


class _Statement(NamedTuple):
    value: str
    who: str
    when: str


class _UserValues:
    """What people set in one catalogue, by digest and attribute: all of it, oldest first."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.photos: dict[str, dict[int, str]] = {
            digest: {} for (digest,) in database.execute("SELECT DISTINCT digest FROM photos WHERE hidden_by IS NULL")
        }
        self.history: dict[tuple[str, str], list[_Statement]] = {}
        for photo, digest, file, attribute, value, who, when in database.execute(_STATEMENTS):
            self.photos[digest][photo] = file
            if value is not None:
                self.history.setdefault((digest, attribute), []).append(_Statement(value, who, when))


def merge(catalogue: Catalogue, other: Path, theirs: bool = False) -> Merged:
    """Take over what people set in another catalogue; one operation, which undo reverts.

    Args:
        catalogue: Open for writing.
        other: Their file, which is not changed.
        theirs: Take their values also where there is a conflict.

    Raises:
        CatalogueError: ``other`` is missing, damaged or of a newer version.
    """
    with Catalogue(other) as opened, opened.database.read() as database:
        of_them = _UserValues(database)
    conflicts: list[Conflict] = []
    with catalogue.database.transaction(durable=True) as database:
        of_us = _UserValues(database)
        operation_log.begin_incoming(database)
        for (digest, attribute), statement in _newer(of_us, of_them, conflicts, theirs):
            database.execute(
                "INSERT INTO temp.incoming SELECT id, ?, ?, ?, ? FROM photos WHERE digest = ? AND hidden_by IS NULL",
                (attribute, *statement, digest),
            )
        catalogue.columns.offer_confidences(database)
        operation = operation_log.add(database, OperationKind.MERGE, catalogue.who, now())
        operation_log.add_incoming(database, operation)
        changed = operation_log.complete(database, operation, CATEGORY_AND_ATTRIBUTES)
    unknown = {digest for digest, _ in of_them.history if digest not in of_us.photos}
    return Merged(Changes.of(Kind.VALUES, changed) if changed else Changes.none(), conflicts, len(unknown))


def _newer(
    of_us: _UserValues, of_them: _UserValues, conflicts: list[Conflict], theirs: bool
) -> Iterator[tuple[tuple[str, str], _Statement]]:
    """Their statements to take over; appends the conflicts."""
    for key, history in of_them.history.items():
        digest, attribute = key
        their_last, our_history = history[-1], of_us.history.get(key, [])
        if digest not in of_us.photos or their_last in our_history:
            continue  # not ours, or known here: if something else holds now, it is later
        if our_history and our_history[-1] not in history and our_history[-1].value != their_last.value:
            our_last, names = our_history[-1], of_us.photos[digest].values()
            conflicts.append(Conflict(next(iter(names), ""), attribute, *our_last, *their_last))
            if not theirs:
                continue
        elif our_history and our_history[-1].value == their_last.value:
            continue
        yield key, their_last
