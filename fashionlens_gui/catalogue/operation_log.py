"""The log of what people did. Undone operations can be redone until there is a new one.

Kinds: ``correct``, ``confirm``, ``import``, ``forget``, ``add_value``, ``merge``, ``take_over``.
"""

from __future__ import annotations

import sqlite3


def add(database: sqlite3.Connection, kind: str, who: str, made_at: str, attribute: str = "", value: str = "") -> int:
    """Add an operation, in the transaction that is open; returns its id. What is undone can no longer be redone."""
    database.execute("UPDATE operations SET state = 'superseded' WHERE state = 'undone'")
    added = database.execute(
        "INSERT INTO operations (kind, attribute, value, who, made_at, state) VALUES (?, ?, ?, ?, ?, 'done')",
        (kind, attribute, value, who, made_at),
    )
    return int(added.lastrowid or 0)
