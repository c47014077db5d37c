"""The database of everything that people ever said of photos. Lists of photos are cleared; this is not.

It is fed by the tagging session (see :mod:`fashionlens_gui.corrections.feed`) and read by the command line and by
“Improve the model”, in several processes at once: SQLite's write-ahead log lets readers read while one writes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fashionlens_gui import database_file
from fashionlens_gui.corrections.label import Label
from fashionlens_gui.database_file import DamagedDatabase, Format
from trainer.errors import DataError, FashionLensError, SaveError

_log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- later ones count more
    session TEXT NOT NULL,                 -- which list of photos, and
    step INTEGER NOT NULL,                 -- which of its steps, so that undo finds it
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,                   -- what was said
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,                 -- ISO 8601, UTC
    undone INTEGER NOT NULL,
    UNIQUE (session, step)
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL,                    -- the system's bytes: a name need not be valid Unicode
    digest TEXT NOT NULL,                  -- of the file's bytes, '' when unreadable
    UNIQUE (path, digest)
);
CREATE TABLE said (
    act INTEGER NOT NULL REFERENCES acts,
    photo INTEGER NOT NULL REFERENCES photos,
    model TEXT NOT NULL,
    model_value TEXT NOT NULL,
    model_confidence REAL,
    PRIMARY KEY (act, photo)
) WITHOUT ROWID;
"""
_STANDING = """
SELECT path, digest, attribute, value, model_value, model_confidence, model, who, made_at
FROM said JOIN acts ON acts.id = act JOIN photos ON photos.id = photo WHERE NOT undone ORDER BY act, photo
"""
# Loaded first, so that however many photos there are, a few statements do the work, with Python's lock free.
_INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (path BLOB, digest TEXT, model TEXT, value TEXT, confidence REAL)
"""
_MANY = 500  # photos of one act; what such a large one leaves to tidy up must not fall to the next small one
_SECONDS_FOR_THE_LOCK = 5.0


def _newer(detail: str) -> DataError:
    return DataError(
        "Your corrections were last kept by a newer version of FashionLens. Install the newer version to go on "
        "with them; nothing was changed.",
        detail,
    )


_FORMAT = Format(application_id=0x464C_4331, version=1, tables=_TABLES, newer=_newer)  # "FLC1"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing said of some photos, which one undo takes back: ``step`` of ``session``."""

    session: str
    step: int
    attribute: str
    value: str
    who: str
    when: str
    undone: bool


class ModelSaid(NamedTuple):
    """A photo and what the model had said of it; see :class:`Label`. A path may also be given as the system's bytes."""

    path: Path | bytes
    digest: str
    model: str
    value: str
    confidence: float | None


class CorrectionStore:
    """Keeps labels. May be used from any thread, by one at a time.

    Args:
        file: The database; made when missing.

    Attributes:
        notice: A sentence for the user, such as that a damaged file was put aside, or "".

    Raises:
        SaveError: The place may not be written to. All changing methods may raise it, too; nothing has changed then.
        DataError: A newer version wrote it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()
        self.notice = ""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _open(file)
            except DamagedDatabase as error:
                self.notice = _put_aside(file, error)
                self._database = _open(file)
        except (OSError, sqlite3.Error, DamagedDatabase) as error:
            raise self._trouble(error) from error

    def states(self, session: str) -> dict[int, bool]:
        """Whether each known step of a session was taken back."""
        with self._asking():
            found = self._database.execute("SELECT step, undone FROM acts WHERE session = ?", (session,))
            return {step: bool(undone) for step, undone in found}

    def state(self, session: str, step: int) -> bool | None:
        """Whether this step was taken back; None when it is not known."""
        with self._asking():
            found = self._database.execute(
                "SELECT undone FROM acts WHERE session = ? AND step = ?", (session, step)
            ).fetchone()
            return None if found is None else bool(found[0])

    def add(self, act: Act, photos: Iterable[ModelSaid]) -> None:
        """Keep what was said; the same act twice is as good as once."""
        rows = [(os.fsencode(each.path), each.digest, each.model, each.value, each.confidence) for each in photos]
        with self._changing():
            self._database.execute(
                "INSERT OR IGNORE INTO acts (session, step, attribute, value, who, made_at, undone) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (act.session, act.step, act.attribute, act.value, act.who, act.when, act.undone),
            )
            (number,) = self._database.execute(
                "SELECT id FROM acts WHERE session = ? AND step = ?", (act.session, act.step)
            ).fetchone()
            self._database.execute("DELETE FROM incoming")
            self._database.executemany("INSERT INTO incoming VALUES (?, ?, ?, ?, ?)", rows)
            self._database.execute("INSERT OR IGNORE INTO photos (path, digest) SELECT path, digest FROM incoming")
            self._database.execute(
                "INSERT OR IGNORE INTO said SELECT ?, photos.id, model, value, confidence "
                "FROM incoming JOIN photos USING (path, digest)",
                (number,),
            )
            self._database.execute("DELETE FROM incoming")
        if len(rows) > _MANY:
            self.settle()

    def mark(self, session: str, step: int, undone: bool) -> None:
        """A step was taken back, or brought back."""
        with self._changing():
            self._database.execute("UPDATE acts SET undone = ? WHERE session = ? AND step = ?", (undone, session, step))

    def labels(self) -> list[Label]:
        """The last word on each attribute of each photo, what was said first coming first."""
        last: dict[tuple[bytes, str], tuple[Any, ...]] = {}
        with self._asking():
            for found in self._database.execute(_STANDING):
                key = (found[0], found[2])
                last.pop(key, None)  # so that the newest word also stands last
                last[key] = found
        return [Label(os.fsdecode(path), *rest) for path, *rest in last.values()]

    def settle(self) -> None:
        """Wait until everything kept is on the disk itself."""
        with self._asking():
            self._database.execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Let go of the file; closing twice does nothing."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._trouble(error) from error

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """All of it or nothing."""
        with self._asking():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _trouble(self, error: Exception) -> FashionLensError:
        return SaveError(
            f"Your corrections could not be kept in {self._file}: {database_file.reason(error)}. What was kept before "
            "is unchanged. Check that the folder may be written to and has room.",
            repr(error),
        )


def read_labels(file: Path) -> list[Label]:
    """The labels kept in a file; none when it does not exist, which is not made then. Raises as the store does."""
    if not file.exists():
        return []
    store = CorrectionStore(file)
    try:
        return store.labels()
    finally:
        store.close()


def _open(file: Path) -> sqlite3.Connection:
    # The session waits for the disk and holds the same until the list is cleared, see settle().
    return database_file.connect(
        file, _FORMAT, patience=_SECONDS_FOR_THE_LOCK, settings=("PRAGMA temp_store = MEMORY", _INCOMING)
    )


def _put_aside(file: Path, error: Exception) -> str:
    """Rename a damaged database to a free ``.bad`` name, so that somebody may still rescue what is in it."""
    _log.warning("%s is damaged: %r", file, error)
    target = database_file.move_aside(file)
    return (
        f"The corrections of earlier lists could not be read, so a new collection was started. The old file was kept "
        f"as “{target.name}” in {target.parent}."
    )
