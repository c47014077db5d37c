"""Imports that are not finished, in the session's table ``drops``. The caller opens the transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """Files and folders that were added together and are not all tagged. ``begun`` is ISO 8601, UTC."""

    id: int
    paths: tuple[Path, ...]
    begun: str


class ImportBatches:
    """Reads and writes import batches; times are ISO 8601, UTC."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def begin(self, paths: Sequence[Path], now: str) -> int:
        names = b"\0".join(os.fsencode(os.path.abspath(path)) for path in paths)
        id_ = self._database.execute("INSERT INTO drops (paths, begun) VALUES (?, ?)", (names, now)).lastrowid
        return int(id_ or 0)

    def finish(self, batch: int, now: str) -> None:
        self._database.execute("UPDATE drops SET finished = ? WHERE id = ?", (now, batch))

    def unfinished(self) -> list[ImportBatch]:
        found = self._database.execute("SELECT id, paths, begun FROM drops WHERE finished IS NULL ORDER BY id")
        return [
            ImportBatch(id_, tuple(Path(os.fsdecode(name)) for name in names.split(b"\0")), begun)
            for id_, names, begun in found
        ]
