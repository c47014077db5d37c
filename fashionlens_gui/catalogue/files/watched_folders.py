"""Watched folders in a catalogue: their rules, the photos that were tagged by them, and files that cannot be read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fashionlens_gui.catalogue import photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import folder_range
from fashionlens_gui.catalogue.visible_values import natural_key
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import Status, printable

FileState = tuple[int, int]
"""Size in bytes and time of change in ns."""


@dataclass(frozen=True, slots=True)
class FolderRule:
    """What is done with the photos of a folder.

    Attributes:
        folder: Absolute.
        model: Name or file; empty: the default model.
        csv: The table that is kept current; None for none. Several folders may share one.
        move_into: The folder that photos are moved into after tagging; None: they stay.
        pattern: Folders below ``move_into``, see :mod:`fashionlens_gui.file_sorting.plan`.
        id: Number in the catalogue; 0 before it is stored.
    """

    folder: Path
    model: str = ""
    csv: Path | None = None
    move_into: Path | None = None
    pattern: str = "{category}/{colour}"
    id: int = 0


def set_rule(catalogue: Catalogue, rule: FolderRule) -> FolderRule:
    """Store the rule of a folder, in place of an earlier one of that folder; returns it with its number."""
    columns = (
        os.fsencode(rule.folder),
        rule.model,
        None if rule.csv is None else os.fsencode(rule.csv),
        None if rule.move_into is None else os.fsencode(rule.move_into),
        rule.pattern,
    )
    with catalogue.database.transaction(durable=True) as database:
        database.execute(
            "INSERT INTO watched_folders (path, model, csv, move_into, pattern) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET (model, csv, move_into, pattern) = "
            "(excluded.model, excluded.csv, excluded.move_into, excluded.pattern)",
            columns,
        )
        (found,) = _rules(database, "WHERE path = ?", columns[:1])
    return found


def rules(catalogue: Catalogue) -> list[FolderRule]:
    """All rules, oldest first."""
    with catalogue.database.read() as database:
        return _rules(database, "", ())


def remove_rule(catalogue: Catalogue, folder: Path) -> bool:
    """Watch a folder no longer; its photos stay in the catalogue. False when it was not watched."""
    with catalogue.database.transaction(durable=True) as database:
        return database.execute("DELETE FROM watched_folders WHERE path = ?", (os.fsencode(folder),)).rowcount > 0


def _rules(database: sqlite3.Connection, where: str, parameters: Sequence[object]) -> list[FolderRule]:
    select = f"SELECT path, model, csv, move_into, pattern, id FROM watched_folders {where} ORDER BY id"
    return [
        FolderRule(_path(path), model, csv and _path(csv), into and _path(into), pattern, id_)
        for path, model, csv, into, pattern, id_ in database.execute(select, parameters)
    ]


def _path(name: bytes) -> Path:
    return Path(os.fsdecode(name))


def begin_watching(catalogue: Catalogue, folders: Sequence[Path]) -> int:
    """The number of an import for :func:`store_watched`. It cannot be undone, since no person asked for it."""
    names = b"\0".join(os.fsencode(folder) for folder in folders)
    with catalogue.database.transaction(durable=False) as database:
        time = now()
        added = database.execute(
            "INSERT INTO operations (kind, who, made_at, state) VALUES ('import', ?, ?, 'settled')",
            (catalogue.who, time),
        )
        database.execute("INSERT INTO imports VALUES (?, ?, ?)", (added.lastrowid, names, time))
    return int(added.lastrowid or 0)


def known_photo(catalogue: Catalogue, path: Path, state: FileState, model: ModelIdentity | None) -> int | None:
    """The id of a photo that this model, None for any, has tagged in this state; 0 for a file that is known as
    unreadable, or whose photo a person has forgotten; None for one to be tagged.
    """
    key = (os.fsencode(path), *state)
    with catalogue.database.read() as database:
        found = database.execute(
            "SELECT id, hidden_by, model FROM photos LEFT JOIN predictions ON photo = id "
            "WHERE (path, size, mtime_ns) = (?, ?, ?)",
            key,
        ).fetchone()
        if found is not None and found[1] is not None:
            return 0
        if found is not None and found[2] is not None and (model is None or found[2] == model.number(database)):
            return int(found[0])
        unreadable = "SELECT 1 FROM watched_files WHERE (path, size, mtime_ns, state) = (?, ?, ?, 'unreadable')"
        return 0 if database.execute(unreadable, key).fetchone() else None


def mark_as_reading(catalogue: Catalogue, files: Mapping[Path, FileState]) -> None:
    """Store that files are about to be decoded: what kills the program is found among them."""
    with catalogue.database.transaction(durable=False) as database:
        database.executemany(
            "INSERT OR REPLACE INTO watched_files VALUES (?, ?, ?, 'reading')",
            ((os.fsencode(path), *state) for path, state in files.items()),
        )


def unmark_as_reading(catalogue: Catalogue, paths: Iterable[Path]) -> None:
    """Store that files have been decoded."""
    with catalogue.database.transaction(durable=False) as database:
        database.executemany(
            "DELETE FROM watched_files WHERE (path, state) = (?, 'reading')", ((os.fsencode(path),) for path in paths)
        )


def interrupted_files(catalogue: Catalogue) -> dict[Path, FileState]:
    """The files that were being decoded when the program ended."""
    select = "SELECT path, size, mtime_ns FROM watched_files WHERE state = 'reading'"
    with catalogue.database.read() as database:
        return {_path(path): (size, mtime_ns) for path, size, mtime_ns in database.execute(select)}


def store_watched(
    catalogue: Catalogue,
    rule: FolderRule,
    batch: int,
    tagged: Sequence[Tagged],
    states: Mapping[Path, FileState],
    model: ModelIdentity,
) -> list[Tagged]:
    """Store rows that were tagged by a rule, in one transaction; returns them with their ids.

    Args:
        catalogue: Open for writing.
        rule: With its number.
        batch: See :func:`begin_watching`.
        tagged: Rows of photos and of files that cannot be read.
        states: Of the files, by path.
        model: What predicted them.
    """
    with catalogue.database.transaction(durable=False) as database:
        _, rows = photos.store(catalogue, batch, tagged, model)
        # An import with photos becomes one that can be undone; this one no person has asked for.
        database.execute("UPDATE operations SET state = 'settled' WHERE id = ?", (batch,))
        add_to_rule(catalogue, rule, [row.photo for row in rows if row.photo is not None and row.tag.ranking])
        _join(database, rule, [row.photo for row in rows if row.photo is not None and not row.tag.ranking], False)
        for row in rows:
            key = os.fsencode(row.tag.path)
            database.execute("DELETE FROM watched_files WHERE path = ?", (key,))
            if row.tag.ranking is None and row.tag.path in states:
                unreadable = (key, *states[row.tag.path])
                database.execute("INSERT INTO watched_files VALUES (?, ?, ?, 'unreadable')", unreadable)
    return rows


def add_to_rule(catalogue: Catalogue, rule: FolderRule, ids: Iterable[int]) -> None:
    """Store that photos belong to a rule and are there; those that are new to it are moved where it says."""
    ids = list(ids)
    with catalogue.database.transaction(durable=False) as database:
        database.executemany(
            "UPDATE photos SET gone_since = NULL WHERE id = ? AND gone_since IS NOT NULL", ((id_,) for id_ in ids)
        )
        _join(database, rule, ids, rule.move_into is not None)


def _join(database: sqlite3.Connection, rule: FolderRule, ids: Iterable[int], to_move: bool) -> None:
    database.executemany(
        "INSERT OR IGNORE INTO watched_photos VALUES (?, ?, ?)", ((rule.id, id_, to_move) for id_ in ids)
    )


@dataclass(frozen=True, slots=True)
class FolderFigures:
    """What a folder has had.

    Attributes:
        photos: Photos of the rule.
        tagged_today: Those that were tagged since midnight, local time.
        needs_review: Those that need review.
        last: The photo that was tagged last; None for none.
        last_at: When that was.
    """

    photos: int = 0
    tagged_today: int = 0
    needs_review: int = 0
    last: Path | None = None
    last_at: datetime | None = None


def folder_figures(catalogue: Catalogue, rule: FolderRule) -> FolderFigures:
    """The figures of a folder as they are now."""
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    select = (
        "SELECT count(*), coalesce(sum(made_at >= :since), 0), coalesce(sum(status = :review), 0), path, max(made_at) "
        "FROM watched_photos JOIN photos p ON p.id = photo JOIN predictions USING (photo) "
        "WHERE folder = :rule AND hidden_by IS NULL"
    )
    wanted = {
        "rule": rule.id,
        "since": midnight.astimezone(UTC).isoformat(timespec="seconds"),
        "review": Status.NEEDS_REVIEW.value,
    }
    with catalogue.database.read() as database:
        count, today, review, path, last = database.execute(select, wanted).fetchone()
    last_at = None if last is None else datetime.fromisoformat(last)
    return FolderFigures(count, today, review, path and _path(path), last_at)


def photos_to_move(catalogue: Catalogue, rule: FolderRule) -> list[int]:
    """Ids of the photos that are tagged and not yet moved."""
    select = "SELECT photo FROM watched_photos WHERE folder = ? AND to_move = 1 ORDER BY photo"
    with catalogue.database.read() as database:
        return [photo for (photo,) in database.execute(select, (rule.id,))]


def mark_as_moved(catalogue: Catalogue, rule: FolderRule, ids: Iterable[int]) -> None:
    """Store that nothing more is to be done with photos."""
    with catalogue.database.transaction(durable=False) as database:
        database.executemany(
            "UPDATE watched_photos SET to_move = 0 WHERE (folder, photo) = (?, ?)", ((rule.id, id_) for id_ in ids)
        )


def photos_of_csv(catalogue: Catalogue, csv: Path) -> list[int]:
    """Ids of the photos in the table of a rule, or of several that share it, in the natural order of their paths."""
    select = (
        "SELECT DISTINCT p.path, p.id FROM photos p JOIN watched_photos ON photo = p.id "
        "JOIN watched_folders f ON f.id = folder WHERE csv = ? AND hidden_by IS NULL AND gone_since IS NULL"
    )
    with catalogue.database.read() as database:
        found = database.execute(select, (os.fsencode(csv),)).fetchall()
    return [id_ for _, id_ in sorted((natural_key(printable(os.fsdecode(path))), id_) for path, id_ in found)]


def photos_below(catalogue: Catalogue, rule: FolderRule) -> list[tuple[Path, int, int | None, bool]]:
    """The photos of a rule that are, or were, in its folder: path, id, size, and whether the file is known as gone."""
    select = (
        "SELECT path, p.id, size, gone_since IS NOT NULL FROM photos p JOIN watched_photos ON photo = p.id "
        "WHERE folder = ? AND path >= ? AND path < ? AND hidden_by IS NULL"
    )
    with catalogue.database.read() as database:
        found = database.execute(select, (rule.id, *folder_range(rule.folder)))
        return [(_path(path), id_, size, bool(gone)) for path, id_, size, gone in found]
