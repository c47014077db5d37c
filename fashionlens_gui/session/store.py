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
from fashionlens_gui.database_file import DamagedDatabase, Format
from fashionlens_gui.tagging.tag import ReviewRule
from trainer.errors import FashionLensError, SaveError
from trainer.taxonomy import Level

_log = logging.getLogger(__name__)
_REVIEW_THRESHOLD, _MUST_BE_SURE_OF = "review_below", "must_be_sure_of"

# photos: the model's prediction, its status by the model's own threshold; user_category is the user's, NULL for none.
# user_attributes: the user's other labels. No row: the model's stands; an empty value: the photo has none.
# steps and corrections: the history of corrections; one undo reverts a step. Never deleted, only marked.
# choices: settings of this list: which rows need review.
_TABLES = """
CREATE TABLE label_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,                -- order of the rows
    path BLOB NOT NULL UNIQUE,             -- the system's bytes: a name need not be valid Unicode
    file TEXT NOT NULL,                    -- name for people
    digest TEXT NOT NULL,                  -- of the file's bytes, '' when unreadable
    category TEXT NOT NULL,
    confidence REAL,
    second_category TEXT NOT NULL,
    second_confidence REAL,
    status TEXT NOT NULL CHECK (status IN ('ok', 'needs review', 'error')),
    message TEXT NOT NULL,                 -- notes, see stored_notes.py
    label_set INTEGER REFERENCES label_sets,
    ranking BLOB,                          -- K uint16 numbers of labels, then K float32 probabilities, little-endian
    model TEXT NOT NULL,
    tagged_at TEXT NOT NULL,               -- ISO 8601, UTC, as all times here
    user_category TEXT,
    doubted INTEGER NOT NULL DEFAULT 0,    -- what the model was sure of in spite of a doubt, see rows.py
    attribute_set INTEGER REFERENCES attribute_sets,
    attributes BLOB,                       -- see packed_attributes.py
    colours TEXT                           -- JSON list of [name, red, green, blue, share]; NULL: not measured
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    value TEXT NOT NULL,                   -- the value that was set
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded')),
    changed_at TEXT,                       -- when it was last undone or redone
    attribute TEXT NOT NULL DEFAULT 'category'
);
CREATE TABLE corrections (
    step INTEGER NOT NULL REFERENCES steps,
    photo INTEGER NOT NULL REFERENCES photos,
    said_before TEXT NOT NULL,             -- the row's value before, the user's or the model's
    user_before TEXT,                      -- NULL: the model's value stood
    PRIMARY KEY (step, photo)
) WITHOUT ROWID;
CREATE INDEX corrections_by_photo ON corrections (photo);
CREATE TABLE drops (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paths BLOB NOT NULL,                   -- the system's bytes, separated by NUL
    begun TEXT NOT NULL,
    finished TEXT
);
"""

_TABLES_SINCE_2 = """
CREATE TABLE attribute_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list of [attribute, list of its labels]
);
CREATE TABLE user_attributes (
    photo INTEGER NOT NULL REFERENCES photos,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (photo, attribute)
) WITHOUT ROWID;
CREATE TABLE choices (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                    -- JSON
) WITHOUT ROWID;
"""

_TABLES_SINCE_3 = """
CREATE TABLE embeddings (
    photo INTEGER PRIMARY KEY REFERENCES photos,
    vector BLOB NOT NULL                   -- D float16, little-endian, of the model in photos.model
);
"""

# Version 1 had categories alone.
_FROM_1_TO_2 = (
    _TABLES_SINCE_2
    + """
ALTER TABLE photos ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN attribute_set INTEGER REFERENCES attribute_sets;
ALTER TABLE photos ADD COLUMN attributes BLOB;
ALTER TABLE photos ADD COLUMN colours TEXT;
ALTER TABLE steps RENAME COLUMN category TO value;
ALTER TABLE steps ADD COLUMN attribute TEXT NOT NULL DEFAULT 'category';
ALTER TABLE corrections RENAME COLUMN user_category_before TO user_before;
"""
)

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
    application_id=0x464C_5331,  # "FLS1"
    version=3,
    tables=_TABLES + _TABLES_SINCE_2 + _TABLES_SINCE_3,
    too_new=lambda detail: SessionError("session_too_new", detail),
    migrations={1: _FROM_1_TO_2, 2: _TABLES_SINCE_3},
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
