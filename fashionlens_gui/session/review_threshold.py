"""The review threshold of a list: the confidence below which a category needs review."""

from __future__ import annotations

import json
import sqlite3

_NAME = "review_below"


def read(database: sqlite3.Connection) -> float | None:
    """The threshold, [0, 1]; None for each model's own.

    Raises:
        ValueError: The stored value is no threshold.
    """
    found = database.execute("SELECT value FROM choices WHERE name = ?", (_NAME,)).fetchone()
    stored = None if found is None else json.loads(found[0])
    if stored is not None and not (isinstance(stored, int | float) and 0 <= stored <= 1):
        raise ValueError(f"a threshold of {stored}")
    return None if stored is None else float(stored)


def write(database: sqlite3.Connection, threshold: float | None) -> None:
    """Store it, inside the transaction that is open."""
    database.execute("INSERT OR REPLACE INTO choices VALUES (?, ?)", (_NAME, json.dumps(threshold)))
