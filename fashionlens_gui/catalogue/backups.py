"""Dated copies of a catalogue in the folder ``backups`` beside it: made while it is in use, pruned, restored."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from fashionlens_gui.catalogue import database as files
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import atomic_write, retry_while_held

_FOLDER = "backups"
_DAYS, _WEEKS = 7, 4
_DATED = re.compile(r" (\d{4}-\d\d-\d\d) \d\d\.\d\d\.\d\d\.sqlite$")
_PAGES_AT_ONCE = 4096  # of 4 kB: a tenth of a second or less
_JOURNAL_VERSIONS = 18  # place of two bytes in the header of an SQLite file: 1 means that it has no write-ahead log
_TIME = "%Y-%m-%d %H.%M.%S"


class BackupKind(StrEnum):
    """Why a copy was made; the word is in the file's name."""

    BACKUP = ""
    REPLACED = "replaced"
    BEFORE_UPDATE = "before update"


_COPY = re.compile(
    rf" ({'|'.join(f'{kind} ' for kind in BackupKind if kind)}|)(\d{{4}}-\d\d-\d\d \d\d\.\d\d\.\d\d)\.sqlite"
)


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a catalogue: its file, why and when it was made, and its size in bytes."""

    path: Path
    kind: BackupKind
    time: datetime
    bytes: int


def backups(file: Path) -> list[Path]:
    """The backups of a catalogue, newest first."""
    found = [each for each in file.parent.glob(f"{_FOLDER}/*.sqlite") if _date(each, file) is not None]
    return sorted(found, key=lambda each: each.name, reverse=True)


def all_copies(file: Path) -> list[Backup]:
    """The backups of a catalogue, and what restores and updates have kept, newest first."""
    found = []
    for path in file.parent.glob(f"{_FOLDER}/{glob.escape(file.stem)} *.sqlite"):
        match = _COPY.fullmatch(path.name.removeprefix(file.stem))
        if match is not None:
            time = datetime.strptime(match[2], _TIME).replace(tzinfo=UTC)
            found.append(Backup(path, BackupKind(match[1].strip()), time, path.stat().st_size))
    return sorted(found, key=lambda each: each.time, reverse=True)


def photos_in(backup: Path) -> int | None:
    """How many photos a backup has; None when it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"{backup.absolute().as_uri()}?immutable=1", uri=True)) as found:
            (count,) = found.execute("SELECT count(*) FROM photos WHERE hidden_by IS NULL").fetchone()
            return int(count)
    except sqlite3.Error:
        return None


def copy(file: Path, target: Path, on_progress: Callable[[int, int], object] | None = None) -> None:
    """Copy a catalogue as it is at this moment, while others may write it.

    Args:
        file: The catalogue.
        target: An empty file or none. It has no second file beside it, whatever happens.
        on_progress: Gets how many bytes are copied, and of how many. What it raises ends the copying.
    """

    def report(_status: int, remaining: int, total: int) -> None:
        if on_progress is not None:
            on_progress((total - remaining) * page, total * page)

    with (
        contextlib.closing(files.connect_reader(file)) as source,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as made,
    ):
        made.execute("PRAGMA journal_mode = OFF")
        (page,) = source.execute("PRAGMA page_size").fetchone()
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on it sees no change
        source.backup(made, pages=_PAGES_AT_ONCE, progress=report)
    with target.open("r+b") as opened:
        opened.seek(_JOURNAL_VERSIONS)
        opened.write(b"\1\1")


def back_up(file: Path, on_progress: Callable[[int, int], object] | None = None) -> Path:
    """Copy a catalogue, also while somebody writes it; returns the copy, which was checked. Old ones are pruned.

    Of the seven newest days and of the four newest weeks that have backups, the last one is kept.

    Args:
        file: The catalogue.
        on_progress: Gets how many bytes are copied, and of how many. What it raises ends the backup; nothing is left.

    Raises:
        CatalogueError: The catalogue is damaged; older backups are still there.
        SaveError: No permission, no room.
    """
    file = Path(os.path.abspath(file))
    target = _copy(file, "", on_progress)
    for old in _superfluous(file, target):
        with contextlib.suppress(OSError):  # the next backup tries again
            old.unlink()
    return target


def back_up_older(file: Path) -> Path | None:
    """Copy a catalogue of an earlier version, before it is migrated; None for any other file. The copy is not pruned.

    Raises:
        CatalogueError: Somebody has it open, it is damaged, none, or of a newer version.
        SaveError: No permission, no room.
    """
    file = Path(os.path.abspath(file))
    with files.errors_of(file):
        if not files.is_older(file):
            return None
        with files.locked(file):
            return _copy(file, f"{BackupKind.BEFORE_UPDATE} ")


def _copy(file: Path, word: str, on_progress: Callable[[int, int], object] | None = None) -> Path:
    target = _free_name(file, word)
    with files.errors_of(file), atomic_write(target) as temporary:
        copy(file, temporary, on_progress)
        _check(temporary)
    return target


def back_up_daily(file: Path) -> Path | None:
    """:func:`back_up`, unless there is a backup of today."""
    today = datetime.now(UTC).date()
    return None if any(_date(each, file) == today for each in backups(file)) else back_up(file)


def restore(file: Path, backup: Path) -> Path | None:
    """Put a backup in the place of a catalogue, in one step; returns where the replaced file is, None for none.

    Raises:
        CatalogueError: The backup is damaged, none, or of a newer version; or somebody has the catalogue open.
        SaveError: No permission, no room; the catalogue is as it was.
    """
    file = Path(os.path.abspath(file))
    if not backup.exists():
        raise CatalogueError("catalogue_missing", file=printable(str(backup)))
    with files.errors_of(backup):
        files.refuse_other_files(backup)
        _check(backup)
    with files.errors_of(file), files.locked(file):
        kept = _set_aside(file) if file.exists() else None
        with atomic_write(file) as temporary:
            shutil.copyfile(backup, temporary)
    return kept


def put_aside(file: Path) -> Path | None:
    """Rename a catalogue, so that an empty one can be made; returns where it is, None when there was none.

    Raises:
        CatalogueError: Somebody has it open.
        SaveError: No permission.
    """
    file = Path(os.path.abspath(file))
    with files.errors_of(file), files.locked(file):
        if not file.exists():
            return None
        kept = _free_name(file, f"{BackupKind.REPLACED} ")
        kept.parent.mkdir(exist_ok=True)
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                os.replace(file.with_name(file.name + suffix), kept.with_name(kept.name + suffix))
    return kept


def _set_aside(file: Path) -> Path:
    """Copy the catalogue with all that is in its write-ahead log, which is gone afterwards."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(files.connect_reader(file)) as found:
        found.execute("PRAGMA query_only = OFF")
        found.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = _free_name(file, f"{BackupKind.REPLACED} ")
    with atomic_write(kept) as temporary:
        shutil.copyfile(file, temporary)
    for suffix in ("-wal", "-shm"):  # left by a damaged file
        beside = file.with_name(file.name + suffix)
        if beside.exists():
            shutil.copyfile(beside, kept.with_name(kept.name + suffix))
            retry_while_held(beside.unlink)
    return kept


def _check(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as found:
        files.check(found)


def _superfluous(file: Path, newest: Path) -> Iterable[Path]:
    days: dict[date, Path] = {}
    weeks: dict[tuple[int, int], Path] = {}
    for each in backups(file):
        day = _date(each, file)
        assert day is not None
        days.setdefault(day, each)
        weeks.setdefault(day.isocalendar()[:2], each)
    # The newest one has an older name than others once the clock was set back.
    kept = {newest, *list(days.values())[:_DAYS], *list(weeks.values())[:_WEEKS]}
    return [each for each in backups(file) if each not in kept]


def _date(backup: Path, file: Path) -> date | None:
    """The day of a backup of this catalogue; None for any other file."""
    found = _DATED.fullmatch(backup.name.removeprefix(file.stem))
    return date.fromisoformat(found[1]) if found else None


def _free_name(file: Path, word: str) -> Path:
    """A name with the time, or with a later one where there is a file of this second."""
    time = datetime.now(UTC)
    while (target := file.parent / _FOLDER / f"{file.stem} {word}{time:{_TIME}}.sqlite").exists():
        time += timedelta(seconds=1)
    return target
