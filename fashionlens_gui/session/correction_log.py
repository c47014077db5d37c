"""Corrections in the session's tables ``steps`` and ``corrections``: set, undo, redo, history.

One undo reverts one step. A step of any number of photos takes a few SQL statements, so that a worker that corrects
100,000 of them holds Python's lock only briefly. The caller opens the transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from trainer.taxonomy import CATEGORY

_OF_STEP = "FROM corrections c JOIN steps s ON s.id = c.step WHERE c.step = ?"

# The statements that apply and revert a step, for the category (True) and for the other attributes (False).
_USER_VALUE = {
    True: "user_category",
    False: "(SELECT value FROM user_attributes WHERE photo = photos.id AND attribute = :name)",
}
_APPLY: dict[bool, tuple[str, ...]] = {
    True: (f"UPDATE photos SET user_category = s.value {_OF_STEP} AND c.photo = photos.id",),
    False: (f"INSERT OR REPLACE INTO user_attributes SELECT c.photo, s.attribute, s.value {_OF_STEP}",),
}
_REVERT: dict[bool, tuple[str, ...]] = {
    True: (f"UPDATE photos SET user_category = c.user_before {_OF_STEP} AND c.photo = photos.id",),
    False: (
        f"DELETE FROM user_attributes WHERE (photo, attribute) IN (SELECT c.photo, s.attribute {_OF_STEP})",
        "INSERT INTO user_attributes "
        f"SELECT c.photo, s.attribute, c.user_before {_OF_STEP} AND c.user_before IS NOT NULL",
    ),
}

State = Literal["done", "undone"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A correction of a photo in its history.

    Attributes:
        who: Name on the computer.
        when: ISO 8601, UTC.
        before: Value before, the user's or the model's; empty for a photo that could not be read.
        after: Value that was set; empty for none.
        undone: Whether it was undone.
        attribute: ``category`` or one of ATTRIBUTES.
    """

    who: str
    when: str
    before: str
    after: str
    undone: bool
    attribute: str = CATEGORY


@dataclass(frozen=True, slots=True, eq=False)
class UserLabels:
    """The user's value for some photos: ids, int64 (n,). None removes it, so that the model's stands."""

    attribute: str
    value: str | None
    photos: np.ndarray


class StepSummary(NamedTuple):
    """A step for the texts of undo and redo.

    Attributes:
        attribute: ``category`` or one of ATTRIBUTES.
        value: The value that it sets; empty for none.
        photos: Number of photos.
        file: The name of the first photo.
    """

    attribute: str
    value: str
    photos: int
    file: str


class CorrectionLog:
    """Reads and writes the steps."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, attribute: str, value: str, before: Mapping[str, list[int]], who: str, now: str) -> None:
        """Add a step. Steps that are undone can no longer be redone.

        Args:
            attribute: ``category`` or one of ATTRIBUTES.
            value: The value to set; empty for none.
            before: Ids of the photos, by the value that they had before.
            who: User name.
            now: ISO 8601, UTC.
        """
        self._database.execute("UPDATE steps SET state = 'superseded' WHERE state = 'undone'")
        step = self._database.execute(
            "INSERT INTO steps (attribute, value, who, made_at, state) VALUES (?, ?, ?, ?, 'done')",
            (attribute, value, who, now),
        ).lastrowid
        for value_before, photos in before.items():
            self._database.execute(
                f"INSERT INTO corrections SELECT :step, id, :before, {_USER_VALUE[attribute == CATEGORY]} "
                "FROM photos WHERE id IN (SELECT value FROM json_each(:photos))",
                {"step": step, "before": value_before, "photos": json.dumps(photos), "name": attribute},
            )
        for statement in _APPLY[attribute == CATEGORY]:
            self._database.execute(statement, (step,))

    def next_step(self, back: bool) -> tuple[int, str] | None:
        """Number and attribute of the step for the next undo (``back``) or redo; None for none."""
        which = "state = 'done' ORDER BY id DESC" if back else "state = 'undone' ORDER BY id"
        found = self._database.execute(f"SELECT id, attribute FROM steps WHERE {which} LIMIT 1").fetchone()
        return None if found is None else (int(found[0]), found[1])

    def apply(self, step: int, attribute: str, back: bool, now: str) -> list[UserLabels]:
        """Undo (``back``) or redo a step; ``now`` is ISO 8601, UTC. Returns the labels of its photos afterwards."""
        for statement in (_REVERT if back else _APPLY)[attribute == CATEGORY]:
            self._database.execute(statement, (step,))
        state: State = "undone" if back else "done"
        self._database.execute("UPDATE steps SET state = ?, changed_at = ? WHERE id = ?", (state, now, step))
        value = "user_before" if back else "steps.value"
        found = self._database.execute(
            f"SELECT attribute, {value}, group_concat(photo) FROM corrections JOIN steps ON steps.id = step "
            "WHERE step = ? GROUP BY 2",
            (step,),
        )
        return _user_labels(found)

    def current_labels(self) -> list[UserLabels]:
        categories = self._database.execute(
            f"SELECT '{CATEGORY}', user_category, group_concat(id) FROM photos "
            "WHERE user_category IS NOT NULL GROUP BY 2"
        )
        found = _user_labels(categories)
        attributes = self._database.execute(
            "SELECT attribute, value, group_concat(photo) FROM user_attributes GROUP BY 1, 2"
        )
        return found + _user_labels(attributes)

    def history(self, photo: int) -> list[HistoryEntry]:
        found = self._database.execute(
            "SELECT who, made_at, said_before, value, state <> 'done', attribute FROM corrections "
            "JOIN steps ON steps.id = step WHERE photo = ? ORDER BY step",
            (photo,),
        )
        return [
            HistoryEntry(who, when, before, after, bool(undone), attribute)
            for who, when, before, after, undone, attribute in found
        ]

    def summary(self, back: bool) -> StepSummary | None:
        """The step of the next undo (``back``) or redo."""
        step = self.next_step(back)
        attribute, value, count, file = self._database.execute(
            "SELECT attribute, value, count(*), min(file) FROM steps JOIN corrections ON step = steps.id "
            "JOIN photos ON photos.id = photo WHERE steps.id = ?",
            (step and step[0],),
        ).fetchone()
        return StepSummary(attribute, value, count, file) if count else None


def _user_labels(found: Iterable[tuple[str, str | None, str]]) -> list[UserLabels]:
    # Ids come as one text instead of a row each, because numpy parses it quickly.
    return [UserLabels(name, value, np.fromstring(photos, np.int64, sep=",")) for name, value, photos in found]
