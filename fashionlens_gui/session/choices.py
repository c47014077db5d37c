"""What the user chose for this list: below which confidence a category needs review."""

from __future__ import annotations

import json
import sqlite3

_NAME = "review_below"


def read_threshold(database: sqlite3.Connection) -> float | None:
    """The threshold, [0, 1]; None for each model's own.

    Raises:
        ValueError: What is kept is no threshold.
    """
    found = database.execute("SELECT value FROM choices WHERE name = ?", (_NAME,)).fetchone()
    kept = None if found is None else json.loads(found[0])
    if kept is not None and not (isinstance(kept, int | float) and 0 <= kept <= 1):
        raise ValueError(f"a threshold of {kept}")
    return None if kept is None else float(kept)


def keep_threshold(database: sqlite3.Connection, threshold: float | None) -> None:
    """Keep it, inside the transaction that is open."""
    database.execute("INSERT OR REPLACE INTO choices VALUES (?, ?)", (_NAME, json.dumps(threshold)))
