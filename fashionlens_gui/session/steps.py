"""What people said, step by step, in the session's tables ``steps`` and ``corrections``: saying, undo, redo, history.

A step is what one undo takes back. However many photos it is about, it takes a few statements, so that a worker that
corrects 100,000 of them holds Python's lock for moments only. Transactions are the caller's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fashionlens_gui.session.row_list import CATEGORY

_OF_STEP = "FROM corrections c JOIN steps s ON s.id = c.step WHERE c.step = ?"

# What a step does and what takes it back, for the category (True) and for the other attributes (False).
_USER_SAYS = {
    True: "user_category",
    False: "(SELECT value FROM user_attributes WHERE photo = photos.id AND attribute = :name)",
}
_SAY: dict[bool, tuple[str, ...]] = {
    True: (f"UPDATE photos SET user_category = s.value {_OF_STEP} AND c.photo = photos.id",),
    False: (f"INSERT OR REPLACE INTO user_attributes SELECT c.photo, s.attribute, s.value {_OF_STEP}",),
}
_TAKE_BACK: dict[bool, tuple[str, ...]] = {
    True: (f"UPDATE photos SET user_category = c.user_before {_OF_STEP} AND c.photo = photos.id",),
    False: (
        f"DELETE FROM user_attributes WHERE (photo, attribute) IN (SELECT c.photo, s.attribute {_OF_STEP})",
        "INSERT INTO user_attributes "
        f"SELECT c.photo, s.attribute, c.user_before {_OF_STEP} AND c.user_before IS NOT NULL",
    ),
}

State = Literal["done", "undone"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing a person said of a photo.

    Attributes:
        who: Name on the computer.
        when: ISO 8601, UTC.
        before: Value before, the user's or the model's; empty for a photo that could not be read.
        after: Value that was set; empty where the user said that there is none.
        undone: Whether it was taken back.
        attribute: What it is the value of: ``category`` or one of ATTRIBUTES.
    """

    who: str
    when: str
    before: str
    after: str
    undone: bool
    attribute: str = CATEGORY


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What people now say of some photos. ``photos`` are ids, int64 (n,); ``value`` is None for the model's word."""

    attribute: str
    value: str | None
    photos: np.ndarray


class Steps:
    """Reads and writes what people said."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def say(self, attribute: str, value: str, before: Mapping[str, list[int]], who: str, now: str) -> None:
        """Take a new step; what was undone can be brought back no more.

        Args:
            attribute: ``category`` or one of ATTRIBUTES.
            value: What it is; empty for none.
            before: Ids of the photos, by the value that they had before.
            who: Name of the person.
            now: ISO 8601, UTC.
        """
        self._database.execute("UPDATE steps SET state = 'superseded' WHERE state = 'undone'")
        step = self._database.execute(
            "INSERT INTO steps (attribute, value, who, made_at, state) VALUES (?, ?, ?, ?, 'done')",
            (attribute, value, who, now),
        ).lastrowid
        for said_before, photos in before.items():
            self._database.execute(
                f"INSERT INTO corrections SELECT :step, id, :before, {_USER_SAYS[attribute == CATEGORY]} "
                "FROM photos WHERE id IN (SELECT value FROM json_each(:photos))",
                {"step": step, "before": said_before, "photos": json.dumps(photos), "name": attribute},
            )
        for statement in _SAY[attribute == CATEGORY]:
            self._database.execute(statement, (step,))

    def next(self, back: bool) -> tuple[int, str] | None:
        """Number and attribute of the step that an undo (``back``) or a redo is about; None for none."""
        which = "state = 'done' ORDER BY id DESC" if back else "state = 'undone' ORDER BY id"
        found = self._database.execute(f"SELECT id, attribute FROM steps WHERE {which} LIMIT 1").fetchone()
        return None if found is None else (int(found[0]), found[1])

    def go(self, step: int, attribute: str, back: bool, now: str) -> list[Said]:
        """Take a step back or bring it back; ``now`` is ISO 8601, UTC. Returns what is said of its photos then."""
        for statement in (_TAKE_BACK if back else _SAY)[attribute == CATEGORY]:
            self._database.execute(statement, (step,))
        state: State = "undone" if back else "done"
        self._database.execute("UPDATE steps SET state = ?, changed_at = ? WHERE id = ?", (state, now, step))
        value = "user_before" if back else "steps.value"
        found = self._database.execute(
            f"SELECT attribute, {value}, group_concat(photo) FROM corrections JOIN steps ON steps.id = step "
            "WHERE step = ? GROUP BY 2",
            (step,),
        )
        return _together(found)

    def said(self) -> list[Said]:
        """All that people say now."""
        categories = self._database.execute(
            f"SELECT '{CATEGORY}', user_category, group_concat(id) FROM photos "
            "WHERE user_category IS NOT NULL GROUP BY 2"
        )
        found = _together(categories)
        attributes = self._database.execute(
            "SELECT attribute, value, group_concat(photo) FROM user_attributes GROUP BY 1, 2"
        )
        return found + _together(attributes)

    def history(self, photo: int) -> list[Correction]:
        """Everything that people said of a photo, oldest first."""
        found = self._database.execute(
            "SELECT who, made_at, said_before, value, state <> 'done', attribute FROM corrections "
            "JOIN steps ON steps.id = step WHERE photo = ? ORDER BY step",
            (photo,),
        )
        return [
            Correction(who, when, before, after, bool(undone), attribute)
            for who, when, before, after, undone, attribute in found
        ]

    def text_of(self, back: bool) -> str:
        """What an undo (``back``) or a redo is about, such as ``3 photos to Dress``; empty for none."""
        step = self.next(back)
        found = self._database.execute(
            "SELECT attribute, value, count(*), min(file) FROM steps JOIN corrections ON step = steps.id "
            "JOIN photos ON photos.id = photo WHERE steps.id = ?",
            (step and step[0],),
        ).fetchone()
        attribute, value, count, file = found
        if not count:
            return ""
        if attribute != CATEGORY:
            value = f"{attribute} {value}" if value else f"no {attribute}"
        return f"{file.rpartition('/')[2]} to {value}" if count == 1 else f"{count:,} photos to {value}"


def _together(found: Iterable[tuple[str, str | None, str]]) -> list[Said]:
    # One text of many numbers instead of many rows: numpy reads it at a stretch.
    return [Said(name, value, np.fromstring(photos, np.int64, sep=",")) for name, value, photos in found]
