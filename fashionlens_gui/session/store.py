"""The session's database: its tables, lock and transactions, the errors when it cannot be used, unfinished imports."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui import database_file
from fashionlens_gui.catalogue import earlier_files
from fashionlens_gui.database_file import DamagedDatabase, Format
from fashionlens_gui.tagging.tag import ReviewRule
from trainer.errors import FashionLensError, SaveError
from trainer.taxonomy import Level

_log = logging.getLogger(__name__)
_REVIEW_THRESHOLD, _MUST_BE_SURE_OF = "review_below", "must_be_sure_of"

# Each before those that it refers to.
_TABLES_OF_THE_LIST = (
    *("corrections", "steps", "user_attributes", "embeddings"),
    *("photos", "label_sets", "attribute_sets", "drops"),
)

_SECONDS_FOR_THE_LOCK = 0.5
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SessionError(FashionLensError):
    """The session file cannot be used: another window has it, or a newer version wrote it."""


_FORMAT = Format(
    application_id=earlier_files.SESSION,
    version=earlier_files.SESSION_VERSION,
    tables=earlier_files.SESSION_TABLES,
    too_new=lambda detail: SessionError("session_too_new", detail),
    migrations=earlier_files.SESSION_MIGRATIONS,
    quick_check=True,
)


def connect(file: Path | None) -> tuple[sqlite3.Connection, list[FashionLensError]]:
    """Open or create a session database; None keeps it in memory only.

    Returns:
        The connection (autocommit; usable from any thread, by one at a time), and notices for the user. A damaged file
        is renamed to ``….bad`` and an empty one started; the notice says so.

    Raises:
        SessionError: In use by another window, or of a newer version; the file is not touched.
        SaveError: The folder or file may not be written to.
    """
    if file is None:
        return _open(":memory:"), []
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _open(str(file)), []
    except DamagedDatabase as error:
        _log.warning("%s is damaged: %s", file, error)
    except (OSError, sqlite3.Error) as error:
        raise as_error(error, file) from error
    return start_over(file)


def start_over(file: Path) -> tuple[sqlite3.Connection, list[FashionLensError]]:
    """Move a damaged file aside and open an empty one in its place; returns and raises as :func:`connect`."""
    try:
        moved = database_file.move_aside(file)
        connection = _open(str(file))
    except (OSError, sqlite3.Error, DamagedDatabase) as error:
        raise as_error(error, file) from error
    return connection, [SessionError("session_restarted", file=moved.name, folder=str(moved.parent))]


@contextlib.contextmanager
def transaction(database: sqlite3.Connection, file: Path | None, durable: bool) -> Iterator[None]:
    """All of it or nothing; ``durable`` waits until it is on the disk. Raises what :func:`as_error` makes."""
    try:
        database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:  # on a full disk SQLite has rolled back already
                database.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise as_error(error, file) from error


def empty(database: sqlite3.Connection) -> None:
    """Delete the list, but not its settings; inside the transaction that is open."""
    for table in _TABLES_OF_THE_LIST:
        database.execute(f"DELETE FROM {table}")


def as_error(error: Exception, file: Path | None) -> FashionLensError:
    """The error of the application for one of the database or the system."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return SessionError("session_in_use", repr(error))
    place = f"in {file.parent}" if file else "in memory"
    return SaveError("session_not_saved", repr(error), place=place, reason=database_file.reason(error))


def read_review_rule(database: sqlite3.Connection) -> ReviewRule:
    """The review rule of the list. Raises ValueError for anything else."""
    names = (_REVIEW_THRESHOLD, _MUST_BE_SURE_OF)
    found = dict(database.execute("SELECT name, value FROM choices WHERE name IN (?, ?)", names))
    below = json.loads(found.get(_REVIEW_THRESHOLD, "null"))
    if below is not None and not (isinstance(below, int | float) and 0 <= below <= 1):
        raise ValueError(f"a threshold of {below}")
    level = Level(json.loads(found.get(_MUST_BE_SURE_OF, f'"{Level.CATEGORY}"')))
    return ReviewRule(level, None if below is None else float(below))


def write_review_rule(database: sqlite3.Connection, rule: ReviewRule) -> None:
    """Store it, inside the transaction that is open."""
    values = {_REVIEW_THRESHOLD: rule.below, _MUST_BE_SURE_OF: rule.sure_of}
    database.executemany(
        "INSERT OR REPLACE INTO choices VALUES (?, ?)", [(name, json.dumps(value)) for name, value in values.items()]
    )


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """Files and folders that were added together and are not all tagged. ``begun`` is ISO 8601, UTC."""

    id: int
    paths: tuple[Path, ...]
    begun: str


class ImportBatches:
    """The imports in the table ``drops``; times are ISO 8601, UTC. The caller opens the transaction."""

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


def _open(name: str) -> sqlite3.Connection:
    return database_file.connect(
        name, _FORMAT, timeout=_SECONDS_FOR_THE_LOCK, settings=("PRAGMA locking_mode = EXCLUSIVE",)
    )
