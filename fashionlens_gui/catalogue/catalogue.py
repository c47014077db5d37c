"""The catalogue as the window and the command line open it: rows and figures. Changes are in ``operations``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui.catalogue import backups, operation_log
from fashionlens_gui.catalogue import database as files
from fashionlens_gui.catalogue.database import Database, user_name
from fashionlens_gui.catalogue.operation_log import HistoryEntry, Operation
from fashionlens_gui.catalogue.own_columns import own_tags, own_titles
from fashionlens_gui.catalogue.prediction_columns import SELECT, PredictionColumns
from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.database_file import DamagedDatabase
from fashionlens_gui.tagging.tag import ReviewRule, Status, Tag
from trainer.control import WorkControl, batches

_IDS_AT_ONCE = 500


class Kind(StrEnum):
    """What a change is about: photos that came or went, what a model predicted, what people set, new values, which
    photos are of one product, tables from the shop, saved searches, photos that are not duplicates.
    """

    PHOTOS = "photos"
    PREDICTIONS = "predictions"
    VALUES = "values"
    VOCABULARY = "vocabulary"
    PRODUCTS = "products"
    TABLES = "tables"
    SEARCHES = "searches"
    DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What a change did: its kinds, and ids of the photos, int64 (n,), ascending."""

    kinds: frozenset[Kind]
    ids: np.ndarray

    @staticmethod
    def of(kind: Kind, ids: Iterable[int] = ()) -> Changes:
        """A change of one kind."""
        return Changes(frozenset({kind}), np.unique(np.fromiter(ids, np.int64)))

    @staticmethod
    def none() -> Changes:
        """Nothing changed."""
        return Changes(frozenset(), np.zeros(0, np.int64))

    @staticmethod
    def merged(several: Iterable[Changes]) -> Changes:
        """Several changes as one."""
        several = list(several)
        ids = np.concatenate([np.zeros(0, np.int64), *(each.ids for each in several)])
        return Changes(frozenset(kind for each in several for kind in each.kinds), np.unique(ids))

    def __bool__(self) -> bool:
        return bool(self.kinds)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a catalogue.

    Attributes:
        statuses: Photos by status; those that are forgotten count nowhere.
        gone: Photos whose files are no longer there.
        corrected: Photos of which a person changed a value.
        confirmed: Photos of which a person confirmed all that they set.
        models: Photos by the name of the model that tagged them.
        categories: Photos by category, most frequent first.
        operations: What people did, also what was undone.
        unfinished: Imports that were cancelled or interrupted.
        bytes: Size of the file.
    """

    statuses: dict[str, int]
    gone: int
    corrected: int
    confirmed: int
    models: dict[str, int]
    categories: dict[str, int]
    operations: int
    unfinished: int
    bytes: int

    @property
    def photos(self) -> int:
        return sum(self.statuses.values())


class Catalogue:
    """One open catalogue. May be used from any thread.

    Args:
        file: The database; made when missing and ``write``.
        write: Whether to change it, which one program at a time may do. One of an earlier version is backed up and
            migrated.
        who: User name of what people say; by default the name on the computer.

    Raises:
        CatalogueError, SaveError: See :class:`fashionlens_gui.catalogue.database.Database`; all methods may raise them,
            too, and nothing has changed then.
    """

    def __init__(self, file: Path, write: bool = False, who: str = "") -> None:
        if write:
            backups.back_up_older(file)
        self.database = Database(file, write)
        self.who = who or user_name()
        self.columns = PredictionColumns()
        if write:
            with self.database.transaction(durable=False) as database:
                operation_log.delete_forgotten(database)

    @property
    def file(self) -> Path:
        return self.database.file

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    def tags(self, ids: Sequence[int] | np.ndarray) -> dict[int, Tag]:
        """The rows of these photos, as people see them, by id; photos that are no longer there are left out."""
        found: dict[int, Tag] = {}
        with self.database.read() as database:
            rule = review_rule(database)
            for some in batches(len(ids), _IDS_AT_ONCE):
                asked = [int(id_) for id_ in ids[some]]
                found.update(self._some_tags(database, asked, rule))
        return found

    def _some_tags(self, database: sqlite3.Connection, ids: list[int], rule: ReviewRule) -> Iterable[tuple[int, Tag]]:
        marks = ", ".join("?" * len(ids))
        values = user_values(database, f"photo IN ({marks})", ids)
        own = own_tags(database, ids, values)
        rows = {row[0]: row for row in database.execute(f"{SELECT} WHERE photos.id IN ({marks})", ids)}
        for id_ in ids:
            if id_ in rows:
                tag = self.columns.tag(rows[id_], database, values.get(id_, {}), rule)
                yield id_, replace(tag, own=tuple(own[id_].values())) if id_ in own else tag

    def history(self, photo: int) -> list[HistoryEntry]:
        """All changes of a photo's values, oldest first."""
        with self.database.read() as database:
            return operation_log.history(database, photo)

    def next_operation(self, back: bool) -> Operation | None:
        """The operation that an undo (``back``) or a redo is about, with the name of an attribute that people defined;
        None for none.
        """
        with self.database.read() as database:
            operation = operation_log.next_operation(database, back)
            if operation is None:
                return None
            names = own_titles(database)
        return replace(operation, attribute=names.get(operation.attribute, operation.attribute))

    def vocabulary(self) -> dict[str, list[str]]:
        """The values that people added or set, by attribute or ``category``, each list in alphabetical order. Those of
        attributes that people defined are in :func:`fashionlens_gui.catalogue.own_columns.own_attributes`.
        """
        found: dict[str, list[str]] = {}
        values = "SELECT attribute, value FROM vocabulary UNION SELECT attribute, value FROM user_values"
        known = "value <> '' AND attribute NOT GLOB 'own_*'"
        with self.database.read() as database:
            for attribute, value in database.execute(f"SELECT * FROM ({values}) WHERE {known} ORDER BY 1, 2"):
                found.setdefault(attribute, []).append(value)
        return found

    def unused_values(self) -> dict[str, frozenset[str]]:
        """The values that people added and that no photo has, by attribute or ``category``."""
        with self.database.read() as database:
            added = database.execute("SELECT attribute, value FROM vocabulary").fetchall()
            unused: dict[str, list[str]] = {}
            for attribute, value in added:
                photos = f"SELECT 1 FROM photos WHERE {attribute} = ? AND hidden_by IS NULL LIMIT 1"
                if database.execute(photos, (value,)).fetchone() is None:
                    unused.setdefault(attribute, []).append(value)
        return {attribute: frozenset(values) for attribute, values in unused.items()}

    def statistics(self) -> Statistics:
        """Figures of the whole catalogue."""
        with self.database.read() as database:

            def counts(column: str, source: str = "photos") -> dict[Any, int]:
                return dict(
                    database.execute(
                        f"SELECT {column}, count(*) FROM {source} WHERE hidden_by IS NULL "
                        f"AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
                    )
                )

            statuses, corrected = counts("status"), counts("corrected")
            categories = counts("category")
            categories.pop("", None)
            models = "photos JOIN predictions ON photo = photos.id JOIN models ON models.id = model"
            return Statistics(
                {status.value: statuses.get(status.value, 0) for status in Status},
                sum(counts("gone_since").values()),
                corrected.get(1, 0),
                corrected.get(0, 0),
                counts("models.name", models),
                categories,
                database.execute("SELECT count(*) FROM operations").fetchone()[0],
                database.execute("SELECT count(*) FROM imports WHERE finished_at IS NULL").fetchone()[0],
                self.file.stat().st_size,
            )

    def check(self, control: WorkControl | None = None) -> None:
        """Read the whole file. Raises CatalogueError (``catalogue_damaged``), and Cancelled when it is stopped."""
        with self.database.read() as database, files.stoppable(database, control or WorkControl()):
            files.check(database, thorough=True)
            if (wrong := database.execute("PRAGMA foreign_key_check").fetchone()) is not None:
                raise DamagedDatabase(f"foreign key {wrong}")


def user_values(database: sqlite3.Connection, where: str, parameters: Sequence[Any] = ()) -> dict[int, dict[str, str]]:
    """What people set, by photo and attribute; ``where`` is a condition on the table ``user_values``."""
    found: dict[int, dict[str, str]] = {}
    for photo, name, value in database.execute(
        f"SELECT photo, attribute, value FROM user_values WHERE {where}", parameters
    ):
        found.setdefault(photo, {})[name] = value
    return found
