"""Photos and predictions in a catalogue: what is remembered of an unchanged file, storing rows, moved and gone files.

A photo is known by its path and by the digest of its bytes (:attr:`trainer.preprocessing.photo.Photo.digest`). Tagging
reads the whole file anyway, so a digest of all its bytes costs little, and two photos that differ anywhere differ in
it; a second run compares size and time of change alone and reads nothing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind, user_values
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.own_columns import predict
from fashionlens_gui.catalogue.prediction_columns import INSERT, SELECT, vector, with_user_values
from fashionlens_gui.catalogue.query import folder_range
from fashionlens_gui.catalogue.visible_values import ask, natural_key, refresh
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import Status, printable

# An import is an operation that can be undone as soon as it has added a photo.
_COUNT_ADDED = (
    "UPDATE operations SET photos = photos + 1, file = iif(file = '', ?, file), "
    "state = iif(state = 'settled', 'done', state) WHERE id = ?"
)


def remembered(catalogue: Catalogue, model: ModelIdentity) -> Callable[[Path], Tagged | None]:
    """A function that gives the row of a photo as the catalogue has it, for a tagging job.

    It gives None for a photo that is not in it, that could not be read, whose size or time of change is another one, or
    that another model tagged. It may be called from several threads.
    """
    with catalogue.database.read() as database:
        number = model.number(database)

    def look_up(path: Path) -> Tagged | None:
        if number is None:
            return None
        try:
            status = os.stat(path)
        except OSError:
            return None
        with catalogue.database.read() as database:
            found = database.execute(
                f"{SELECT} WHERE path = ? AND size = ? AND mtime_ns = ? AND model = ? AND hidden_by IS NULL",
                (os.fsencode(path), status.st_size, status.st_mtime_ns, number),
            ).fetchone()
            if found is None:
                return None
            set_by_user = user_values(database, "photo = ?", (found[0],)).get(found[0], {})
            return Tagged(catalogue.columns.tag(found, database, set_by_user), photo=found[0])

    return look_up


def store(
    catalogue: Catalogue, batch: int, tagged: Sequence[Tagged], model: ModelIdentity
) -> tuple[Changes, list[Tagged]]:
    """Store rows of a tagging job; of those that were remembered, that they are in this import.

    A photo that is known gets the new prediction; what people set stays. One whose bytes are known from a path where
    there is no file any more has moved: it keeps its id.

    Args:
        catalogue: Open for writing.
        batch: The import, see :func:`fashionlens_gui.catalogue.operations.begin_import`.
        tagged: Rows of the job.
        model: What predicted them.

    Returns:
        What changed, and the rows with their ids and with what people set.
    """
    fresh = {os.fsencode(item.tag.path): item for item in tagged if item.photo is None}
    moved = _photos_that_moved(catalogue, fresh)
    with catalogue.database.transaction(durable=False) as database:
        undone = "SELECT state = 'undone' FROM operations WHERE id = ?"
        if database.execute(undone, (batch,)).fetchone() == (1,):
            return Changes.none(), list(tagged)
        number = model.add_to(database)
        made_at = now()
        ids: dict[bytes, int] = {}
        for path, item in fresh.items():
            ids[path], added = _photo(database, path, item, moved.get(path), batch, made_at)
            if added:
                database.execute(_COUNT_ADDED, (printable(item.tag.file), batch))
            _set_prediction(catalogue, database, ids[path], item, number, made_at)
        known = [item.photo for item in tagged if item.photo is not None]
        database.executemany(
            "INSERT OR IGNORE INTO import_photos VALUES (?, ?)", ((batch, id_) for id_ in (*ids.values(), *known))
        )
        database.executemany(
            "UPDATE photos SET gone_since = NULL WHERE id = ? AND gone_since IS NOT NULL", ((id_,) for id_ in known)
        )
        values = _refresh(database, ids.values())
    rows = []
    for item in tagged:
        id_ = ids[os.fsencode(item.tag.path)] if item.photo is None else item.photo
        rows.append(_stored(item, id_, values))
    return Changes(frozenset({Kind.PHOTOS, Kind.PREDICTIONS}), Changes.of(Kind.PHOTOS, ids.values()).ids), rows


def store_again(catalogue: Catalogue, tagged: Sequence[Tagged], model: ModelIdentity) -> tuple[Changes, list[Tagged]]:
    """Store new predictions of photos that are in the catalogue, in no import; what people set stays.

    Photos that are not in it, and those that could not be read, are left out: they keep the prediction that they have.

    Returns:
        What changed, and the rows that were stored, with their ids and with what people set.
    """
    by_path = {os.fsencode(item.tag.path): item for item in tagged if item.tag.status != Status.ERROR}
    stored: dict[int, Tagged] = {}
    with catalogue.database.transaction(durable=False) as database:
        number = model.add_to(database)
        made_at = now()
        for path, item in by_path.items():
            found = database.execute("SELECT id FROM photos WHERE path = ? AND hidden_by IS NULL", (path,)).fetchone()
            if found is not None:
                size, mtime_ns = item.file_state or (None, None)
                database.execute(
                    "UPDATE photos SET digest = ?, size = ?, mtime_ns = ?, taken_at = ?, gone_since = NULL "
                    "WHERE id = ?",
                    (item.digest, size, mtime_ns, item.taken, found[0]),
                )
                _set_prediction(catalogue, database, found[0], item, number, made_at)
                stored[found[0]] = item
        values = _refresh(database, stored)
    rows = [_stored(item, id_, values) for id_, item in stored.items()]
    return Changes.of(Kind.PREDICTIONS, stored) if stored else Changes.none(), rows


def _set_prediction(
    catalogue: Catalogue, database: sqlite3.Connection, photo: int, item: Tagged, model: int, made_at: str
) -> None:
    with_model = None if item.tag.ranking is None else model
    database.execute(INSERT, catalogue.columns.of(photo, item.tag, with_model, made_at, database))
    database.execute("DELETE FROM embeddings WHERE photo = ?", (photo,))
    if item.embedding is not None:
        database.execute("INSERT INTO embeddings VALUES (?, ?)", (photo, vector(item.embedding)))


def _refresh(database: sqlite3.Connection, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Set what people see of photos with new predictions; returns what people set, by photo and attribute."""
    ids = list(ids)
    predict(database, ids)
    ask(database, ids)
    refresh(database)
    return user_values(database, "photo IN (SELECT photo FROM temp.asked)")


def _stored(item: Tagged, photo: int, values: Mapping[int, Mapping[str, str]]) -> Tagged:
    """A row with its id and with what people set, by photo and attribute."""
    return replace(item, photo=photo, tag=with_user_values(item.tag, values.get(photo, {})))


def _photo(
    database: sqlite3.Connection, path: bytes, item: Tagged, moved: int | None, batch: int, made_at: str
) -> tuple[int, bool]:
    """The id of a photo, which gets the file's present digest, size and time of change, and whether it is new."""
    # One that was forgotten begins anew.
    database.execute("DELETE FROM photos WHERE path = ? AND hidden_by IS NOT NULL", (path,))
    size, mtime_ns = item.file_state or (None, None)
    name = printable(item.tag.file)
    values = (name, natural_key(name), name.casefold(), item.digest, size, mtime_ns, item.taken)
    (known,) = database.execute("SELECT id FROM photos WHERE path = ?", (path,)).fetchone() or (moved,)
    if known is None:
        added = database.execute(
            "INSERT INTO photos (file, name_key, folded, digest, size, mtime_ns, taken_at, path, added_at, added_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, path, made_at, batch),
        )
        return int(added.lastrowid or 0), True
    database.execute(
        "UPDATE photos SET file = ?, name_key = ?, folded = ?, digest = ?, size = ?, mtime_ns = ?, taken_at = ?, "
        "path = ?, gone_since = NULL WHERE id = ?",
        (*values, path, known),
    )
    return int(known), False


def _photos_that_moved(catalogue: Catalogue, fresh: dict[bytes, Tagged]) -> dict[bytes, int]:
    """Ids of the photos that were at another path, by their present path."""
    found: dict[bytes, int] = {}
    taken: set[int] = set()
    with catalogue.database.read() as database:
        candidates = {
            path: database.execute(
                "SELECT id, path FROM photos WHERE digest = ? AND hidden_by IS NULL ORDER BY id", (item.digest,)
            ).fetchall()
            for path, item in fresh.items()
            if item.digest and not database.execute("SELECT 1 FROM photos WHERE path = ?", (path,)).fetchone()
        }
    for path, photos in candidates.items():  # a network drive may take its time: no lock is held
        for id_, old in photos:
            if id_ not in taken and not os.path.lexists(old):
                found[path] = id_
                taken.add(id_)
                break
    return found


def digest_of(catalogue: Catalogue, path: Path) -> str:
    """The digest that a photo's file had when it was tagged; empty for one that is not in the catalogue."""
    with catalogue.database.read() as database:
        found = database.execute("SELECT digest FROM photos WHERE path = ?", (os.fsencode(path),)).fetchone()
    return "" if found is None else str(found[0])


def mark_gone(catalogue: Catalogue, batch: int, folders: Iterable[Path]) -> Changes:
    """Mark the photos in and below folders whose files are not there and that an import, now complete, did not see.

    A folder that is not there itself changes nothing: its drive may be off.
    """
    gone: list[int] = []
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        with catalogue.database.read() as database:
            unseen = database.execute(
                "SELECT id, path FROM photos WHERE path >= ? AND path < ? AND gone_since IS NULL "
                "AND id NOT IN (SELECT photo FROM import_photos WHERE import = ?)",
                (*folder_range(folder), batch),
            ).fetchall()
        gone += [id_ for id_, path in unseen if not os.path.lexists(path)]
    return mark_ids_gone(catalogue, gone)


def mark_ids_gone(catalogue: Catalogue, ids: Sequence[int]) -> Changes:
    """Mark photos whose files are not there."""
    if not ids:
        return Changes.none()
    with catalogue.database.transaction(durable=False) as database:
        time = now()
        database.executemany("UPDATE photos SET gone_since = ? WHERE id = ?", ((time, id_) for id_ in ids))
    return Changes.of(Kind.PHOTOS, ids)


def follow_file(catalogue: Catalogue, photo: int, path: Path, file_state: tuple[int, int]) -> Changes:
    """Store that the file of a photo has been renamed or moved, and its size and time of change there."""
    with catalogue.database.transaction(durable=False) as database:
        set_path(database, photo, path)
        database.execute("UPDATE photos SET (size, mtime_ns) = (?, ?) WHERE id = ?", (*file_state, photo))
    return Changes.of(Kind.PHOTOS, [photo])


def set_content(catalogue: Catalogue, photo: int, digest: str, file_state: tuple[int, int]) -> Changes:
    """Store the digest, size and time of change of a photo's file after the program itself has written to it, so that
    it is not tagged again.
    """
    with catalogue.database.transaction(durable=False) as database:
        database.execute(
            "UPDATE photos SET (digest, size, mtime_ns) = (?, ?, ?) WHERE id = ?", (digest, *file_state, photo)
        )
    return Changes.of(Kind.PHOTOS, [photo])


def set_path(database: sqlite3.Connection, photo: int, path: Path) -> None:
    """Store where a photo's file is now, in the transaction that is open; its id stays."""
    name, place = printable(path.name), os.fsencode(path)
    (old,) = database.execute("SELECT path FROM photos WHERE id = ?", (photo,)).fetchone() or (None,)
    if old is None:  # deleted for good meanwhile
        return
    # A row of a file that was there before and is no longer: it keeps all but its path.
    other = database.execute("SELECT id FROM photos WHERE path = ? AND id <> ?", (place, photo)).fetchone()
    if other is not None:
        database.execute("UPDATE photos SET path = randomblob(16) WHERE id = ?", other)
    database.execute(
        "UPDATE photos SET path = ?, file = ?, name_key = ?, folded = ?, gone_since = NULL WHERE id = ?",
        (place, name, natural_key(name), name.casefold(), photo),
    )
    if other is not None:
        database.execute(
            "UPDATE photos SET path = ?, gone_since = coalesce(gone_since, ?) WHERE id = ?", (old, now(), *other)
        )
