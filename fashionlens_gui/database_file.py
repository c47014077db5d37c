"""SQLite files of the application: checked and migrated when opened, renamed when damaged. No Qt.

The header has the application and the version of the format (``application_id``, ``user_version``), so that a database
of another program or of a newer FashionLens is never written to.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import ntpath
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trainer.atomic_write import retry_while_held
from trainer.errors import FashionLensError, os_reason

_log = logging.getLogger(__name__)

_DRIVE_REMOTE = 4  # of GetDriveTypeW
_NETWORK_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "fuse.sshfs", "fuse.rclone",
}  # fmt: skip
# "server:/photos /mnt/photos nfs4 rw 0 0" on Linux, "//me@server/photos on /Volumes/photos (smbfs, nodev)" on macOS.
_MOUNT = re.compile(r".+? on (?P<mac>/.*) \((?P<mac_type>\w+)[,)].*|\S+ (?P<point>/\S*) (?P<type>\S+) .*")

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


class DamagedDatabase(Exception):
    """No database, damaged, or of another program."""


@dataclass(frozen=True, slots=True)
class Format:
    """The format of one kind of database.

    Attributes:
        application_id: In the file's header.
        version: Of the format; the first is 1.
        tables: SQL for the tables of a new file. Statements end in a semicolon and a new line, here and below.
        too_new: Makes the error for a file of a newer version, from a detail for the log.
        migrations: SQL that migrates a file from the version in the key to the next one.
        quick_check: Check the whole file for damage each time it is opened; reads all of it.
    """

    application_id: int
    version: int
    tables: str
    too_new: Callable[[str], FashionLensError]
    migrations: Mapping[int, str] = field(default_factory=dict)
    quick_check: bool = False


def connect(name: str | Path, format: Format, *, timeout: float, settings: Sequence[str] = ()) -> sqlite3.Connection:
    """Open a database with a write-ahead log, or create it when it is missing.

    Args:
        name: The file; its folder exists. ``:memory:`` for none.
        format: Its format.
        timeout: Seconds to wait for another process that is writing.
        settings: Statements for the connection, such as ``PRAGMA locking_mode = EXCLUSIVE``; executed first.

    Returns:
        A connection in autocommit, usable from any thread, by one at a time.

    Raises:
        DamagedDatabase: See :func:`move_aside`.
        FashionLensError: What ``format.too_new`` makes; the file is not touched.
        sqlite3.Error: It is locked, may not be written to, or the disk is full.
    """
    connection = sqlite3.connect(name, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        for statement in settings:
            connection.execute(statement)
        # A write-ahead log needs memory that all programs share, which a network drive does not give.
        on_network = name != ":memory:" and on_network_drive(os.path.dirname(os.path.abspath(name)), sys.platform)
        connection.execute(f"PRAGMA journal_mode = {'TRUNCATE' if on_network else 'WAL'}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")  # with locking_mode = EXCLUSIVE the lock is kept
        _prepare(connection, format)
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in _DAMAGED:
            raise DamagedDatabase(repr(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def on_network_drive(folder: str, platform: str) -> bool:
    """Whether a folder is on a drive of another computer; False when that is not known."""
    if platform == "win32":
        drive = ntpath.splitdrive(folder)[0]
        if drive.startswith("\\\\"):
            return True
        return bool(ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == _DRIVE_REMOTE)  # type: ignore[attr-defined]
    try:
        if platform == "darwin":
            table = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, errors="replace").stdout
        else:
            table = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except (OSError, subprocess.SubprocessError):
        return False
    return file_system(os.path.realpath(folder), table) in _NETWORK_FILE_SYSTEMS


def file_system(folder: str, table: str) -> str:
    """The type of the file system of a folder, by the table of mounts of Linux or macOS; empty when it is not there."""
    found = {
        (match["point"] or match["mac"]).replace("\\040", " "): match["type"] or match["mac_type"]
        for match in map(_MOUNT.match, table.splitlines())
        if match
    }
    inside = [point for point in found if (folder + "/").startswith(point.rstrip("/") + "/")]
    return found[max(inside, key=len)] if inside else ""


def move_aside(file: Path) -> Path:
    """Rename a database with its log to a free ``.bad`` name, so that its content can still be rescued."""
    number = 1
    while (target := file.with_name(f"{file.name}.bad{number if number > 1 else ''}")).exists():
        number += 1
    retry_while_held(lambda: os.replace(file, target))
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(file.with_name(file.name + suffix), target.with_name(target.name + suffix))
    return target


def reason(error: Exception) -> str:
    """Why a database could not be written to, as :func:`trainer.errors.os_reason` gives it."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return "disk_full"
    return os_reason(error) if isinstance(error, OSError) else str(error)


def _prepare(connection: sqlite3.Connection, format: Format) -> None:
    """Check and migrate an existing database, or create the tables of a new one; inside a transaction."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        connection.execute(f"PRAGMA application_id = {format.application_id}")
        connection.execute(f"PRAGMA user_version = {format.version}")
        _execute(connection, format.tables)
        return
    if application != format.application_id:
        raise DamagedDatabase(f"application id {application}")
    if version > format.version:
        raise format.too_new(f"user_version {version}")
    if format.quick_check:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise DamagedDatabase(verdict)
    for step in range(version, format.version):
        if step not in format.migrations:
            raise DamagedDatabase(f"user_version {version}")
        _log.info("a database is migrated from version %d to %d", step, step + 1)
        _execute(connection, format.migrations[step])
        connection.execute(f"PRAGMA user_version = {step + 1}")


def _execute(connection: sqlite3.Connection, statements: str) -> None:
    """Several statements inside the transaction that is open; ``executescript`` would end it."""
    for statement in statements.split(";\n"):
        connection.execute(statement)
