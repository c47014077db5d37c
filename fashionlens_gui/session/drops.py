"""Drops whose tagging has not ended, in the session's table ``drops``. Transactions are the caller's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Drop:
    """Files and folders that were dropped and whose tagging has not ended. ``begun`` is ISO 8601, UTC."""

    id: int
    paths: tuple[Path, ...]
    begun: str


class Drops:
    """Reads and writes them; times are ISO 8601, UTC."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def begin(self, paths: Sequence[Path], now: str) -> int:
        """Remember a drop; returns its number."""
        names = b"\0".join(os.fsencode(os.path.abspath(path)) for path in paths)
        id_ = self._database.execute("INSERT INTO drops (paths, begun) VALUES (?, ?)", (names, now)).lastrowid
        return int(id_ or 0)

    def finish(self, drop: int, now: str) -> None:
        """A drop has ended."""
        self._database.execute("UPDATE drops SET finished = ? WHERE id = ?", (now, drop))

    def unfinished(self) -> list[Drop]:
        """Those that have not ended, oldest first."""
        found = self._database.execute("SELECT id, paths, begun FROM drops WHERE finished IS NULL ORDER BY id")
        return [
            Drop(id_, tuple(Path(os.fsdecode(name)) for name in names.split(b"\0")), begun)
            for id_, names, begun in found
        ]
