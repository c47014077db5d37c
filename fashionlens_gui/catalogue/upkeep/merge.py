"""What another person set, from their catalogue, into this one. Photos are matched by the digest of their files.

Attributes that people defined are matched by their names; one that only the other catalogue has is defined here when
it has values of our photos. What trained heads predict stays with its catalogue. Values that they added to lists are
offered here, too.

A value that both set differently is a conflict, unless the history of one of them has the other's value: then the later
one is taken.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fashionlens_gui.catalogue import backups, operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.operations import keep_values
from fashionlens_gui.catalogue.own_attributes import define
from fashionlens_gui.catalogue.own_columns import attribute_columns, own_titles
from fashionlens_gui.catalogue.schema import CatalogueError
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_STATEMENTS = (
    "SELECT c.photo, p.digest, p.file, c.attribute, c.user_after, coalesce(c.who, o.who), "
    "coalesce(c.made_at, o.made_at) FROM changes c JOIN operations o ON o.id = operation "
    "JOIN photos p ON p.id = c.photo "
    "WHERE state IN ('done', 'settled') AND c.attribute <> '' AND hidden_by IS NULL AND p.digest <> '' "
    "ORDER BY operation"
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that two people set differently.

    Attributes:
        digest: Of the photo's file.
        file: Its name.
        attribute: ``category``, one of ATTRIBUTES, or the name of one that people defined, in lower case.
        ours: The value here; empty for none.
        our_name: Who set it.
        our_time: When; ISO 8601, UTC.
        theirs, their_name, their_time: The same of the other catalogue.
    """

    digest: str
    file: str
    attribute: str
    ours: str
    our_name: str
    our_time: str
    theirs: str
    their_name: str
    their_time: str


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would do.

    Attributes:
        values: Values that come in without a conflict.
        photos: Different photos that they are of.
        conflicts: Values that both set differently.
        unknown: Photos of theirs that are not in this catalogue.
    """

    values: int
    photos: int
    conflicts: list[Conflict]
    unknown: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge.

    Attributes:
        changes: What changed.
        conflicts: All of them, also when theirs were taken.
        unknown: Photos of theirs that are not in this catalogue.
        attributes: Names of attributes that they defined and that are new here.
        offered: Number of values that they added and that people can choose here now.
    """

    changes: Changes
    conflicts: list[Conflict]
    unknown: int
    attributes: tuple[str, ...]
    offered: int


class _Statement(NamedTuple):
    value: str
    who: str
    when: str


class _UserValues:
    """What people set in one catalogue, by digest and attribute: all of it, oldest first. Attributes that people
    defined go by their names in lower case, since their codes differ between catalogues.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        titles = own_titles(database)
        self.titles = {title.casefold(): title for title in titles.values()}
        self.columns = {name: name for name in CATEGORY_AND_ATTRIBUTES}
        self.columns |= {title.casefold(): code for code, title in titles.items()}
        names = {column: name for name, column in self.columns.items()}
        self.added: dict[str, list[str]] = {}
        for column, value in database.execute("SELECT attribute, value FROM vocabulary ORDER BY 1, 2"):
            if column in names:
                self.added.setdefault(names[column], []).append(value)
        self.photos: dict[str, dict[int, str]] = {
            digest: {} for (digest,) in database.execute("SELECT DISTINCT digest FROM photos WHERE hidden_by IS NULL")
        }
        self.history: dict[tuple[str, str], list[_Statement]] = {}
        for photo, digest, file, column, value, who, when in database.execute(_STATEMENTS):
            self.photos[digest][photo] = file
            if value is not None and column in names:
                self.history.setdefault((digest, names[column]), []).append(_Statement(value, who, when))


def preview(catalogue: Catalogue, other: Path) -> MergePreview:
    """What :func:`merge` would do. Raises as it does."""
    of_them = _values_of(other)
    with catalogue.database.read() as database:
        of_us = _UserValues(database)
    conflicts: list[Conflict] = []
    keys = [key for key, _ in _newer(of_us, of_them, conflicts, ())]
    return MergePreview(len(keys), len({digest for digest, _ in keys}), conflicts, _unknown(of_us, of_them))


def merge(catalogue: Catalogue, other: Path, theirs: bool | Collection[tuple[str, str]] = False) -> Merged:
    """Take over what people set in another catalogue; one operation, which undo reverts.

    Args:
        catalogue: Open for writing.
        other: Their file, which is not changed.
        theirs: Where there is a conflict, take their value: in all of them, or in those with this digest and attribute.

    Raises:
        CatalogueError: ``other`` is missing, damaged or of a newer version.
    """
    of_them = _values_of(other)
    conflicts: list[Conflict] = []
    new: dict[str, str] = {}
    with catalogue.database.transaction(durable=True) as database:
        of_us = _UserValues(database)
        operation = operation_log.add(database, OperationKind.MERGE, catalogue.who, now())
        operation_log.begin_incoming(database)
        for (digest, attribute), statement in _newer(of_us, of_them, conflicts, theirs):
            if attribute not in of_us.columns:
                new[attribute] = of_them.titles[attribute]
                of_us.columns[attribute] = define(database, operation, new[attribute], of_them.added.get(attribute, ()))
            database.execute(
                "INSERT INTO temp.incoming SELECT id, ?, ?, ?, ? FROM photos WHERE digest = ? AND hidden_by IS NULL",
                (of_us.columns[attribute], *statement, digest),
            )
        catalogue.columns.offer_confidences(database)
        operation_log.add_incoming(database, operation)
        changed = operation_log.complete(database, operation, attribute_columns(database))
    missing = {
        of_us.columns[name]: [value for value in values if value not in of_us.added.get(name, ())]
        for name, values in of_them.added.items()
        if name in of_us.columns and name not in new
    }
    offered = sum(map(len, missing.values()))
    several = [Changes.of(Kind.VALUES, changed)] if changed else []
    several += [Changes.of(Kind.VOCABULARY)] if new else []
    several += [keep_values(catalogue, missing)] if offered else []
    return Merged(Changes.merged(several), conflicts, _unknown(of_us, of_them), tuple(new.values()), offered)


def _values_of(other: Path) -> _UserValues:
    with _readable(other) as opened, opened.database.read() as database:
        return _UserValues(database)


def _unknown(of_us: _UserValues, of_them: _UserValues) -> int:
    return len({digest for digest, _ in of_them.history if digest not in of_us.photos})


@contextlib.contextmanager
def _readable(other: Path) -> Iterator[Catalogue]:
    """Another catalogue; of one of an earlier version a copy, which is migrated."""
    with contextlib.ExitStack() as stack:
        try:
            opened = Catalogue(other)
        except CatalogueError as error:
            if error.code != "catalogue_older":
                raise
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "copy.sqlite"
            backups.copy(other, copy)
            opened = Catalogue(copy, write=True)
        yield stack.enter_context(opened)


def _newer(
    of_us: _UserValues,
    of_them: _UserValues,
    conflicts: list[Conflict],
    theirs: bool | Collection[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], _Statement]]:
    """Their statements to take over; appends the conflicts."""
    for key, history in of_them.history.items():
        digest, attribute = key
        their_last, our_history = history[-1], of_us.history.get(key, [])
        if digest not in of_us.photos or their_last in our_history:
            continue  # not ours, or known here: if something else holds now, it is later
        if our_history and our_history[-1] not in history and our_history[-1].value != their_last.value:
            our_last, names = our_history[-1], of_us.photos[digest].values()
            conflicts.append(Conflict(digest, next(iter(names), ""), attribute, *our_last, *their_last))
            if not (theirs if isinstance(theirs, bool) else key in theirs):
                continue
        elif our_history and our_history[-1].value == their_last.value:
            continue
        yield key, their_last
