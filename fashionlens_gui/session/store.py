"""The session's database: its tables, its lock, its transactions, and what is said when it cannot be used."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from fashionlens_gui import database_file
from fashionlens_gui.database_file import DamagedDatabase, Format
from trainer.errors import FashionLensError, SaveError

_log = logging.getLogger(__name__)

# photos: what the model said, judged by its own threshold; user_category is what the user says now, NULL when nothing.
# user_attributes: what the user says now of the rest. No row: nothing; an empty value: that it has none.
# steps and corrections: what the user said when; a step is what one undo takes back. Never deleted, only marked.
# choices: what the user chose for this list, such as the threshold of the review.
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
    doubted INTEGER NOT NULL DEFAULT 0,    -- 1: below the model's own threshold; not read, the notes say so
    attribute_set INTEGER REFERENCES attribute_sets,
    attributes BLOB,                       -- see session_attributes.py
    colours TEXT                           -- JSON list of [name, red, green, blue, share]; NULL: nobody looked
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    value TEXT NOT NULL,                   -- what was said
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded')),
    changed_at TEXT,                       -- when it was last undone or redone
    attribute TEXT NOT NULL DEFAULT 'category'
);
CREATE TABLE corrections (
    step INTEGER NOT NULL REFERENCES steps,
    photo INTEGER NOT NULL REFERENCES photos,
    said_before TEXT NOT NULL,             -- the row's value before, whoever said it
    user_before TEXT,                      -- NULL: the model's word stood
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

# From the format of version 1, which knew categories alone. Nothing that it holds is changed, only named more widely.
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
_OF_THE_LIST = (
    *("corrections", "steps", "user_attributes", "embeddings"),
    *("photos", "label_sets", "attribute_sets", "drops"),
)

_SECONDS_FOR_THE_LOCK = 0.5
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SessionError(FashionLensError):
    """The session file cannot be used: another window has it, or a newer version wrote it."""


def _newer(detail: str) -> SessionError:
    return SessionError(
        "Your list of photos was last opened by a newer version of FashionLens, which keeps more than this one "
        "understands. Install the newer version to go on with it; nothing was changed.",
        detail,
    )


_FORMAT = Format(
    application_id=0x464C_5331,  # "FLS1"
    version=3,
    tables=_TABLES + _TABLES_SINCE_2 + _TABLES_SINCE_3,
    newer=_newer,
    steps_up={1: _FROM_1_TO_2, 2: _TABLES_SINCE_3},
    checked=True,
)


def connect(file: Path | None) -> tuple[sqlite3.Connection, str]:
    """Open or create a session database; None keeps it in memory only.

    Returns:
        The connection (autocommit; usable from any thread, by one at a time), and a sentence for the user or "". A
        damaged file is moved aside as ``….bad`` and an empty one started; the sentence says so.

    Raises:
        SessionError: In use by another window, or of a newer version; the file is not touched.
        SaveError: The folder or file may not be written to.
    """
    if file is None:
        return _open(":memory:"), ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _open(str(file)), ""
    except DamagedDatabase as error:
        _log.warning("%s is damaged: %s", file, error)
    except (OSError, sqlite3.Error) as error:
        raise as_error(error, file) from error
    return start_over(file)


def start_over(file: Path) -> tuple[sqlite3.Connection, str]:
    """Move a damaged file aside and open an empty one in its place; returns and raises as :func:`connect`."""
    try:
        moved = database_file.move_aside(file)
        connection = _open(str(file))
    except (OSError, sqlite3.Error, DamagedDatabase) as error:
        raise as_error(error, file) from error
    return connection, (
        f"The list of photos from last time could not be read, so a new one was started. The old file was kept as "
        f"“{moved.name}” in {moved.parent}; your photos themselves are untouched."
    )


@contextlib.contextmanager
def transaction(database: sqlite3.Connection, file: Path | None, durable: bool) -> Iterator[None]:
    """All of it or nothing.

    Args:
        database: The session's.
        file: Where it lies, for sentences; None in memory.
        durable: Wait until it is on the disk.

    Raises:
        SessionError, SaveError: See :func:`as_error`.
    """
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
    """Forget the list, but not what was chosen for it; inside the transaction that is open."""
    for table in _OF_THE_LIST:
        database.execute(f"DELETE FROM {table}")


def as_error(error: Exception, file: Path | None) -> FashionLensError:
    """A database's or system's complaint in plain words."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return SessionError(
            "FashionLens is already open in another window, which holds your list of photos. Use that window, or close "
            "it and start again.",
            repr(error),
        )
    place = f"in {file.parent}" if file else "in memory"
    return SaveError(
        f"Your list of photos could not be saved {place}: {database_file.reason(error)}. What was saved before "
        "is unchanged. Check that the folder may be written to and has room.",
        repr(error),
    )


def _open(name: str) -> sqlite3.Connection:
    return database_file.connect(
        name, _FORMAT, patience=_SECONDS_FOR_THE_LOCK, settings=("PRAGMA locking_mode = EXCLUSIVE",)
    )
