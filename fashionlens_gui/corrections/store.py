"""The database of all corrections. Lists of photos are cleared; this is not.

A session writes it (see :mod:`fashionlens_gui.corrections.sync`); the command line and “Improve the model” read it, in
several processes at once: SQLite's write-ahead log lets readers read while one writes.
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
from fashionlens_gui.catalogue.corrections import Correction
from fashionlens_gui.catalogue.earlier_files import CORRECTIONS
from fashionlens_gui.database_file import DamagedDatabase, Format
from trainer.errors import DataError, FashionLensError, SaveError

_log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- later ones count more
    session TEXT NOT NULL,                 -- which list of photos, and
    step INTEGER NOT NULL,                 -- which of its steps, so that undo finds it
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,                   -- the person's value
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
_IN_FORCE = """
SELECT path, digest, attribute, value, model_value, model_confidence, model, who, made_at
FROM said JOIN acts ON acts.id = act JOIN photos ON photos.id = photo WHERE NOT undone ORDER BY act, photo
"""
# Loaded first, so that a few statements do the work for any number of photos, without Python's lock.
_INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (path BLOB, digest TEXT, model TEXT, value TEXT, confidence REAL)
"""
_MANY = 500  # photos of one event; a checkpoint after it, so that the next small one does not wait for it
_SECONDS_FOR_THE_LOCK = 5.0


_FORMAT = Format(
    application_id=CORRECTIONS,
    version=1,
    tables=_TABLES,
    too_new=lambda detail: DataError("corrections_too_new", detail),
)


@dataclass(frozen=True, slots=True)
class CorrectionEvent:
    """One value set for some photos, which one undo reverts: ``step`` of ``session``."""

    session: str
    step: int
    attribute: str
    value: str
    who: str
    when: str
    undone: bool


class ModelPrediction(NamedTuple):
    """A photo and what the model predicted; see :class:`Correction`. The path may be given as the system's bytes."""

    path: Path | bytes
    digest: str
    model: str
    value: str
    confidence: float | None


class CorrectionStore:
    """Reads and writes the database. May be used from any thread, by one at a time.

    Args:
        file: The database; made when missing.

    Attributes:
        notices: What the user should know, such as that a damaged file was renamed.

    Raises:
        SaveError: No permission, no room. All changing methods may raise it, too; nothing has changed then.
        DataError: A newer version wrote it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()
        self.notices: list[FashionLensError] = []
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _open(file)
            except DamagedDatabase as error:
                _log.warning("%s is damaged: %r", file, error)
                moved = database_file.move_aside(file)
                self.notices.append(DataError("corrections_restarted", file=moved.name, folder=str(moved.parent)))
                self._database = _open(file)
        except (OSError, sqlite3.Error, DamagedDatabase) as error:
            raise self._save_error(error) from error

    def states(self, session: str) -> dict[int, bool]:
        with self._reading():
            found = self._database.execute("SELECT step, undone FROM acts WHERE session = ?", (session,))
            return {step: bool(undone) for step, undone in found}

    def state(self, session: str, step: int) -> bool | None:
        """Whether this step is undone; None when it is not known."""
        with self._reading():
            found = self._database.execute(
                "SELECT undone FROM acts WHERE session = ? AND step = ?", (session, step)
            ).fetchone()
            return None if found is None else bool(found[0])

    def add(self, event: CorrectionEvent, photos: Iterable[ModelPrediction]) -> None:
        """Store an event; the same event again changes nothing."""
        rows = [(os.fsencode(each.path), each.digest, each.model, each.value, each.confidence) for each in photos]
        with self._writing():
            self._database.execute(
                "INSERT OR IGNORE INTO acts (session, step, attribute, value, who, made_at, undone) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (event.session, event.step, event.attribute, event.value, event.who, event.when, event.undone),
            )
            (number,) = self._database.execute(
                "SELECT id FROM acts WHERE session = ? AND step = ?", (event.session, event.step)
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
            self.checkpoint()

    def set_undone(self, session: str, step: int, undone: bool) -> None:
        with self._writing():
            self._database.execute("UPDATE acts SET undone = ? WHERE session = ? AND step = ?", (undone, session, step))

    def corrections(self) -> list[Correction]:
        """The latest correction of each attribute of each photo, oldest first."""
        last: dict[tuple[bytes, str], tuple[Any, ...]] = {}
        with self._reading():
            for found in self._database.execute(_IN_FORCE):
                key = (found[0], found[2])
                last.pop(key, None)  # to put the newest last
                last[key] = found
        return [Correction(os.fsdecode(path), *rest) for path, *rest in last.values()]

    def checkpoint(self) -> None:
        """Wait until everything is on the disk itself."""
        with self._reading():
            self._database.execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._save_error(error) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._reading():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _save_error(self, error: Exception) -> FashionLensError:
        reason = database_file.reason(error)
        return SaveError("corrections_not_saved", repr(error), file=str(self._file), reason=reason)


def read_corrections(file: Path) -> list[Correction]:
    """The corrections in a file; none when it does not exist, which is not made then. Raises as the store does."""
    if not file.exists():
        return []
    store = CorrectionStore(file)
    try:
        return store.corrections()
    finally:
        store.close()


def _open(file: Path) -> sqlite3.Connection:
    # No FULL synchronization: the session's database has the same until the list is cleared, see checkpoint().
    return database_file.connect(
        file, _FORMAT, timeout=_SECONDS_FOR_THE_LOCK, settings=("PRAGMA temp_store = MEMORY", _INCOMING)
    )
