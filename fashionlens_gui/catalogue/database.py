"""The file of a catalogue: opened for reading or writing, one writer at a time, transactions, errors.

The writer holds a lock beside the file, which the system releases when the program ends, however it ends. The file
itself says who holds it, for others to read.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import logging
import os
import platform
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from fashionlens_gui import database_file
from fashionlens_gui.catalogue.schema import FORMAT, CatalogueError
from fashionlens_gui.database_file import DamagedDatabase
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import remove_abandoned
from trainer.control import WorkControl
from trainer.errors import Cancelled, FashionLensError, SaveError, os_reason

_log = logging.getLogger(__name__)

_WRITER = "writer"
_SECONDS_FOR_THE_LOCK = 5.0
_ALWAYS_CHECKED = 64 * 2**20  # bytes; a larger file is checked only after a crash: reading it all takes seconds
_CACHE = "PRAGMA cache_size = -16384"  # 16 MB for each connection
_STEPS_BETWEEN_QUESTIONS = 100_000  # of SQLite's virtual machine: some milliseconds
_MAGIC = b"SQLite format 3\0"
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_ROOM_FOR_SHARED_MEMORY = {
    sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP
}  # fmt: skip
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(frozen=True, slots=True)
class Writer:
    """Who has a catalogue open for writing: user, computer, and since when (ISO 8601, UTC)."""

    user: str
    computer: str
    since: str


class Database:
    """Connections to one file. Usable from any thread.

    Each thread that reads has a connection of its own, so that the window waits neither for a long query nor for a
    transaction that other threads run.

    Args:
        file: The catalogue.
        write: Whether to write, which one program at a time may do; the file is made when missing.

    Raises:
        CatalogueError: ``catalogue_in_use`` (with ``user``, ``computer`` and ``since``), ``catalogue_too_new``,
            ``catalogue_damaged``, ``catalogue_missing``, ``catalogue_foreign``; for reading alone ``catalogue_older``:
            an earlier version wrote it, and nobody has opened it for writing since. The file is not touched.
        SaveError: No permission, no room.
    """

    def __init__(self, file: Path, write: bool) -> None:
        self.file = Path(os.path.abspath(file))
        self.writable = write
        self._lock: BaseFileLock | None = None
        self._writing, self._reading = threading.RLock(), threading.Condition()
        self._writer: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []  # that nobody uses
        self._readers_in_use = 0
        self._closed = False
        with errors_of(self.file):
            refuse_other_files(self.file)
            if write:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._lock = _acquire(self.file)
                remove_abandoned(self.file)  # of a backup that was being restored
            elif not self.file.exists():
                raise CatalogueError("catalogue_missing", file=printable(str(self.file)))
            try:
                if write:
                    self._writer = self._open_writer()
                self._readers.append(self._open_reader())
            except BaseException:
                self.close()
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading, which the caller has alone."""
        with errors_of(self.file):
            with self._reading:
                if self._closed:
                    raise CatalogueError("catalogue_not_open")
                reader = self._readers.pop() if self._readers else None
                self._readers_in_use += 1
            try:
                reader = reader or self._open_reader()
                yield reader
            finally:
                with self._reading:
                    self._readers_in_use -= 1
                    if reader is not None:
                        self._readers.append(reader)
                    self._reading.notify_all()

    @contextlib.contextmanager
    def transaction(self, durable: bool) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; within another one, a part of it.

        Args:
            durable: Wait until it is on the disk itself: for what people say. What can be computed again survives a
                crash of the program, but a power cut may cost the last of it.
        """
        if self._writer is None:
            raise CatalogueError("catalogue_read_only", file=printable(str(self.file)))
        database = self._writer
        with self._writing, errors_of(self.file):
            if database.in_transaction:
                yield database
                return
            database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # on a full disk SQLite has rolled back already
                    database.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file and let others write, after reads that run; closing twice does nothing."""
        with self._reading:
            self._closed = True
            self._reading.wait_for(lambda: not self._readers_in_use)
            while self._readers:
                self._readers.pop().close()
        with self._writing:
            if self._writer is not None:
                with contextlib.suppress(sqlite3.Error):  # the next writer checks the file then
                    self._writer.execute("DELETE FROM settings WHERE name = ?", (_WRITER,))
                self._writer.close()
                self._writer = None
            if self._lock is not None:
                _release(self._lock)
                self._lock = None

    def _open_writer(self) -> sqlite3.Connection:
        found = database_file.connect(
            self.file, FORMAT, timeout=_SECONDS_FOR_THE_LOCK, settings=("PRAGMA temp_store = MEMORY", _CACHE)
        )
        try:
            crashed = found.execute("SELECT count(*) FROM settings WHERE name = ?", (_WRITER,)).fetchone()[0]
            if crashed or self.file.stat().st_size < _ALWAYS_CHECKED:
                check(found)
            writer = Writer(user_name(), printable(platform.node()), now())
            found.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_WRITER, json.dumps(asdict(writer))))
        except BaseException:
            found.close()
            raise
        return found

    def _open_reader(self) -> sqlite3.Connection:
        found = connect_reader(self.file)
        if self._writer is None:
            try:
                _refuse_other_versions(found, self.file)
            except BaseException:
                found.close()
                raise
        return found


@contextlib.contextmanager
def errors_of(file: Path) -> Iterator[None]:
    """Raise errors of SQLite and the system as those of the application."""
    try:
        yield
    except (DamagedDatabase, sqlite3.Error, OSError) as error:
        raise as_error(error, file) from error


@contextlib.contextmanager
def stoppable(database: sqlite3.Connection, control: WorkControl) -> Iterator[None]:
    """Statements in the block end soon after ``control`` was stopped, and raise Cancelled."""
    database.set_progress_handler(lambda: control.stopped, _STEPS_BETWEEN_QUESTIONS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise Cancelled from error
        raise
    finally:
        database.set_progress_handler(None, 0)


def check(database: sqlite3.Connection, thorough: bool = False) -> None:
    """Raise DamagedDatabase when the file is damaged; ``thorough`` also compares the indexes with the tables."""
    (verdict,) = database.execute(f"PRAGMA {'integrity_check' if thorough else 'quick_check'}(1)").fetchone()
    if verdict != "ok":
        raise DamagedDatabase(verdict)


def as_error(error: Exception, file: Path) -> FashionLensError:
    """The error of the application for one of the database or the system."""
    name = printable(str(file))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, DamagedDatabase) or code in _DAMAGED:
        return CatalogueError("catalogue_damaged", repr(error), file=name)
    if code in _BUSY:
        return _in_use(file, repr(error))
    reason = os_reason(error) if isinstance(error, OSError) else database_file.reason(error)
    if getattr(error, "sqlite_errorcode", 0) in _NO_ROOM_FOR_SHARED_MEMORY:
        reason = "disk_full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        reason = "no_permission"
    return SaveError("catalogue_not_saved", repr(error), file=name, reason=reason)


def now() -> str:
    """The time as the catalogue has it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def user_name() -> str:
    """The user's name on the computer."""
    try:
        return printable(getpass.getuser())
    except (OSError, KeyError, ImportError):  # no entry for this user id, as in some containers
        return "unknown"


def _acquire(file: Path) -> BaseFileLock:
    name = file.with_name(f"{file.name}.lock")
    lock: BaseFileLock = FileLock(name, timeout=0, thread_local=False)
    try:
        try:
            lock.acquire()
        except NotImplementedError:  # some network drives have no locks of files
            lock = SoftFileLock(name, timeout=0, thread_local=False)
            lock.acquire()
    except Timeout as error:
        raise _in_use(file, repr(error)) from error
    return lock


def _release(lock: BaseFileLock) -> None:
    # Deleted before the release, so that nobody's lock is deleted. On Windows the release deletes it.
    with contextlib.suppress(OSError):
        os.unlink(lock.lock_file)
    lock.release()


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep others from writing a catalogue. Raises CatalogueError (``catalogue_in_use``)."""
    lock = _acquire(file)
    try:
        yield
    finally:
        _release(lock)


def _in_use(file: Path, detail: str) -> CatalogueError:
    writer = writer_of(file) or Writer("", "", "")
    return CatalogueError("catalogue_in_use", detail, file=printable(str(file)), **asdict(writer))


def writer_of(file: Path) -> Writer | None:
    """Who has opened a catalogue for writing, or had when it crashed; None when the file does not say."""
    try:
        with contextlib.closing(connect_reader(file)) as found:
            (text,) = found.execute("SELECT value FROM settings WHERE name = ?", (_WRITER,)).fetchone() or (None,)
    except sqlite3.Error:
        return None
    return Writer(**json.loads(text)) if text else None


def connect_reader(file: Path) -> sqlite3.Connection:
    """A connection that reads a catalogue as it is when it is asked, while another one may write it."""
    try:
        return _reading_connection(file, "mode=rw")  # mode=ro would leave the files of the write-ahead log behind
    except sqlite3.OperationalError as error:
        # Beside a write-ahead log SQLite keeps a file of its own, for which a folder that can only be read, or a full
        # disk, has no room.
        log = file.with_name(f"{file.name}-wal")
        without_room = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
        if not without_room or (log.exists() and log.stat().st_size):
            raise
        return _reading_connection(file, "immutable=1")


def _reading_connection(file: Path, mode: str) -> sqlite3.Connection:
    found = sqlite3.connect(
        f"{file.as_uri()}?{mode}",
        uri=True,
        timeout=_SECONDS_FOR_THE_LOCK,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        found.execute("PRAGMA query_only = ON")
        found.execute("PRAGMA temp_store = MEMORY")
        found.execute(_CACHE)
        found.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        found.close()
        raise
    return found


def is_older(file: Path) -> bool:
    """Whether an earlier version wrote a file. Raises as :func:`refuse_other_files`."""
    refuse_other_files(file)
    if not file.exists():
        return False
    with contextlib.closing(connect_reader(file)) as found:
        return 0 < version_of(found) < FORMAT.version


def refuse_other_files(file: Path) -> None:
    """Raise for a file that is no catalogue, or of a newer version: SQLite would write to it when it opens it.

    Raises:
        DamagedDatabase, CatalogueError, OSError: It is none, or cannot be read.
    """
    try:
        with file.open("rb") as opened:
            header = opened.read(100)
    except FileNotFoundError:
        return
    if not header:
        return
    if header[:16] != _MAGIC or len(header) < 100:
        raise DamagedDatabase(f"begins with {header[:16]!r}")
    version, application = (int.from_bytes(header[place : place + 4], "big") for place in (60, 68))
    in_log = not application and file.with_name(f"{file.name}-wal").exists()  # the program was killed at its birth
    if application != FORMAT.application_id and not in_log:
        raise CatalogueError("catalogue_foreign", f"application id {application}", file=printable(str(file)))
    if version > FORMAT.version:
        raise FORMAT.too_new(f"user_version {version}")


def _refuse_other_versions(database: sqlite3.Connection, file: Path) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    version = version_of(database)
    if application != FORMAT.application_id:
        raise DamagedDatabase(f"application id {application}")
    if version > FORMAT.version:
        raise FORMAT.too_new(f"user_version {version}")
    if version < FORMAT.version:
        raise CatalogueError("catalogue_older", f"user_version {version}", file=printable(str(file)))


def version_of(database: sqlite3.Connection) -> int:
    """The version of the format; :data:`FORMAT` has the newest."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def setting(database: sqlite3.Connection, name: str) -> Any:
    """A setting of the catalogue, as JSON has it; None when it is not set."""
    found = database.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if found is None else json.loads(found[0])


def set_setting(database: sqlite3.Connection, name: str, value: Any) -> None:
    """Set it, inside the transaction that is open."""
    database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
