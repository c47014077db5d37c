"""The list and the corrections of earlier versions, into a catalogue, once. Their files are read and stay as they are.

Rows, predictions, embeddings, values that people set, undo and redo, the whole history, unfinished imports and the
review threshold come along. Corrections of lists that were cleared come too; they can no longer be undone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import struct
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fashionlens_gui import database_file
from fashionlens_gui.catalogue import stored_notes
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import connect_reader, now, set_setting, setting
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.packed_attributes import PackedAttributes, PackedColours, PackedRanking, check
from fashionlens_gui.catalogue.prediction_columns import INSERT, sure_of_code, vector
from fashionlens_gui.catalogue.query import folder_range
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.upkeep import earlier_files
from fashionlens_gui.catalogue.visible_values import ask, natural_key, refresh, set_review_rule
from fashionlens_gui.database_file import DamagedDatabase, Format
from fashionlens_gui.tagging.attributes import Attributes
from fashionlens_gui.tagging.tag import DOUBTS, ReviewRule, Status, Tag, printable
from trainer.control import ProgressEvent
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES, Level

TAKEN_OVER = "taken_over"
"""The setting that says when the earlier files were taken over, and which import has the photos of the list."""

_MODEL_VALUE = f"CASE :attribute {' '.join(f'WHEN {name!r} THEN p.{name}' for name in CATEGORY_AND_ATTRIBUTES)} END"
_REPORT_EVERY = 500
_NOT_WHAT_WE_WROTE = (struct.error, ValueError, TypeError, LookupError)
_PHOTOS = (
    "SELECT id, path, file, digest, category, confidence, second_category, second_confidence, status, message, "
    "label_set, ranking, model, tagged_at, attribute_set, attributes, colours, doubted FROM photos ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was taken over.

    Attributes:
        photos: Rows of the list.
        corrections: Values that people set, in the list and in those that were cleared before.
        others: Photos that are known from corrections of cleared lists alone.
        batch: The import with the photos of the list.
    """

    photos: int
    corrections: int
    others: int
    batch: int


def remains_to_be_taken_over(catalogue: Catalogue, session: Path, corrections: Path) -> bool:
    """Whether there are files of an earlier version that this catalogue has not taken over."""
    if not session.exists() and not corrections.exists():
        return False
    with catalogue.database.read() as database:
        return setting(database, TAKEN_OVER) is None


def take_over(catalogue: Catalogue, session: Path, corrections: Path) -> Generator[ProgressEvent, None, TakenOver]:
    """Take over a session and a corrections database, whichever is there; all in one transaction.

    Raises:
        CatalogueError: ``already_taken_over``; ``nothing_to_take_over``; ``earlier_file_in_use``: a window has it open;
            ``earlier_file_damaged``; ``catalogue_too_new``: a newer version wrote it. Nothing has changed then.
    """
    if not session.exists() and not corrections.exists():
        raise CatalogueError("nothing_to_take_over", folder=printable(str(session.parent)))
    with contextlib.ExitStack() as opened:
        list_ = _copy(session, opened, earlier_files.SESSION, earlier_files.SESSION_VERSION)
        collected = _copy(corrections, opened, earlier_files.CORRECTIONS, 1)
        database = opened.enter_context(catalogue.database.transaction(durable=True))
        if setting(database, TAKEN_OVER) is not None:
            raise CatalogueError("already_taken_over")
        others = 0
        present: set[tuple[str, int]] = set()
        if list_ is not None:
            own = "SELECT choices.value, steps.id FROM choices, steps WHERE name = 'corrections'"
            present = set(list_.execute(own))
        ids: dict[int, int] = {}
        batch = _import(database, OperationKind.TAKE_OVER, catalogue.who, now(), b"", now())
        if list_ is not None:
            ids = yield from _take_rows(catalogue, database, list_, batch)
        if collected is not None:
            others = _take_acts(database, collected, present)
        if list_ is not None:
            _take_steps(catalogue, database, list_, ids)
        ask(database, (id_ for (id_,) in database.execute("SELECT id FROM photos")))
        refresh(database)
        (count,) = database.execute("SELECT count(*) FROM user_values").fetchone()
        set_setting(database, TAKEN_OVER, {"when": now(), "batch": batch})
    return TakenOver(len(ids), count, others, batch)


def _copy(file: Path, opened: contextlib.ExitStack, application: int, version: int) -> sqlite3.Connection | None:
    """A copy in the newest format of its kind; None when there is no such file."""
    if not file.exists():
        return None
    folder = opened.enter_context(tempfile.TemporaryDirectory())
    name = printable(str(file))
    format = Format(
        application,
        version,
        "",
        lambda detail: CatalogueError("catalogue_too_new", detail),
        earlier_files.SESSION_MIGRATIONS if application == earlier_files.SESSION else {},
        quick_check=True,
    )
    try:
        target = Path(folder) / "copy.sqlite"
        with (
            contextlib.closing(_reader(file)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return opened.enter_context(contextlib.closing(database_file.connect(target, format, timeout=1)))
    except DamagedDatabase as error:
        raise CatalogueError("earlier_file_damaged", repr(error), file=name) from error
    except sqlite3.Error as error:
        busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        code = "earlier_file_in_use" if busy else "earlier_file_damaged"
        raise CatalogueError(code, repr(error), file=name) from error


def _reader(file: Path) -> sqlite3.Connection:
    """Whoever has the file open has a write-ahead log beside it; without one, nothing is written beside it either."""
    if file.with_name(f"{file.name}-wal").exists():
        return connect_reader(file)
    return sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)


def _take_rows(
    catalogue: Catalogue, database: sqlite3.Connection, list_: sqlite3.Connection, batch: int
) -> Generator[ProgressEvent, None, dict[int, int]]:
    """Photos, predictions and embeddings; returns the id of each row of the list. What is known already stays."""
    labels = {id_: tuple(json.loads(text)) for id_, text in list_.execute("SELECT id, labels FROM label_sets")}
    attribute_labels = {
        id_: tuple((name, tuple(known)) for name, known in json.loads(text))
        for id_, text in list_.execute("SELECT id, labels FROM attribute_sets")
    }
    vectors = "SELECT vector FROM embeddings WHERE photo = ?"
    (total,) = list_.execute("SELECT count(*) FROM photos").fetchone()
    ids: dict[int, int] = {}
    for row in list_.execute(_PHOTOS):
        if len(ids) % _REPORT_EVERY == 0:
            yield ProgressEvent("taking_over", len(ids), total)
        path, file, digest, tagged_at = row[1], row[2], row[3], row[13]
        ids[row[0]], added = _photo(database, path, file, digest, tagged_at, batch)
        if added:
            try:
                tag = _tag(row, labels, attribute_labels)
            except _NOT_WHAT_WE_WROTE:
                continue  # the photo and its corrections are kept; the next run tags it again
            model = ModelIdentity(row[12]).add_to(database) if row[12] or tag.ranking is not None else None
            database.execute(INSERT, catalogue.columns.of(ids[row[0]], tag, model, tagged_at, database))
            for (embedding,) in list_.execute(vectors, (row[0],)):
                short = vector(np.frombuffer(embedding, "<f2"))
                database.execute("INSERT INTO embeddings VALUES (?, ?)", (ids[row[0]], short))
    database.executemany("INSERT INTO import_photos VALUES (?, ?)", ((batch, id_) for id_ in ids.values()))
    for paths, begun, finished in list_.execute("SELECT paths, begun, finished FROM drops ORDER BY id"):
        import_ = _import(database, OperationKind.IMPORT, catalogue.who, begun, paths, finished)
        _add_photos(database, import_, paths, batch)
    choices = {name: json.loads(value) for name, value in list_.execute("SELECT name, value FROM choices")}
    level = Level(choices.get("must_be_sure_of", Level.CATEGORY))
    set_review_rule(database, ReviewRule(level, choices.get("review_below")))
    return ids


def _tag(row: tuple[Any, ...], labels: dict[int, Any], attribute_labels: dict[int, Any]) -> Tag:
    """The model's tag in a row of the list."""
    category, confidence, second, second_confidence, status, message, label_set, ranking = row[4:12]
    attribute_set, attributes, colours, doubted = row[14:18]
    notes = stored_notes.decode(message, Status(status), second)
    known = None if attributes is None else attribute_labels[attribute_set]
    if known is not None:
        check(attributes, known)
    in_doubt = ranking is None or any(note.code in DOUBTS for note in notes)
    sure_of = sure_of_code(doubted or 1) if in_doubt else Level.CATEGORY  # the first version wrote 0 for all
    tag = Tag(
        Path(),
        "",
        category,
        confidence,
        second,
        second_confidence,
        Status(status),
        notes,
        ranking=None if ranking is None else PackedRanking(labels[label_set], ranking),
        attributes=Attributes() if known is None else PackedAttributes(known, attributes),
        colours=() if colours is None else PackedColours(colours),
        sure_of=sure_of,
        model_sure_of=sure_of,
    )
    if tag.ranking is not None and len(tag.ranking.labels) != len(labels[label_set]):
        raise ValueError("a ranking of another length")
    return tag


def _take_acts(database: sqlite3.Connection, collected: sqlite3.Connection, present: set[tuple[str, int]]) -> int:
    """Corrections but those of steps that the list has; returns how many photos are known from them alone."""
    others = 0
    for session, step, act, attribute, value, who, made_at, undone in collected.execute(
        "SELECT session, step, id, attribute, value, who, made_at, undone FROM acts ORDER BY id"
    ).fetchall():
        if (session, step) in present:
            continue
        operation = _operation(database, attribute, value, who, made_at, "superseded" if undone else "settled", None)
        for path, digest, model, model_value, confidence in collected.execute(
            "SELECT path, digest, model, model_value, model_confidence FROM said JOIN photos ON photos.id = photo "
            "WHERE act = ?",
            (act,),
        ):
            name = printable(Path(os.fsdecode(path)).name)
            photo, added = _photo(database, path, name, digest, made_at, None)
            others += added
            before = _user_value(database, photo, attribute)
            database.execute(
                "INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (
                    *(operation, photo, attribute, model_value if before is None else before, before, value, digest),
                    *(ModelIdentity(model).add_to(database), model_value, confidence),
                ),
            )
            same = database.execute("SELECT digest = ? FROM photos WHERE id = ?", (digest, photo)).fetchone()[0]
            if same and not undone:  # of other content it is history alone
                database.execute("INSERT OR REPLACE INTO user_values VALUES (?, ?, ?)", (photo, attribute, value))
        _count_photos(database, operation)
    return others


def _take_steps(
    catalogue: Catalogue, database: sqlite3.Connection, list_: sqlite3.Connection, ids: dict[int, int]
) -> None:
    """The history of the list with undo and redo, and the values in force."""
    catalogue.columns.offer_confidences(database)
    for step, attribute, value, *rest in list_.execute(
        "SELECT id, attribute, value, who, made_at, state, changed_at FROM steps ORDER BY id"
    ).fetchall():
        operation = _operation(database, attribute, value, *rest)
        changes = list_.execute("SELECT photo, said_before, user_before FROM corrections WHERE step = ?", (step,))
        database.executemany(
            "INSERT INTO changes SELECT :operation, photos.id, :attribute, :before, :user_before, :value, digest, "
            f"model, coalesce({_MODEL_VALUE}, ''), model_confidence(label_set, rankings, :attribute), NULL, NULL "
            "FROM photos LEFT JOIN predictions p ON p.photo = photos.id WHERE photos.id = :photo",
            (
                {
                    "operation": operation,
                    "photo": ids[photo],
                    "attribute": attribute,
                    "value": value,
                    "before": before,
                    "user_before": user_before,
                }
                for photo, before, user_before in changes
            ),
        )
        _count_photos(database, operation)
    database.executemany("INSERT OR REPLACE INTO user_values VALUES (?, ?, ?)", _values_in_force(list_, ids))


def _values_in_force(list_: sqlite3.Connection, ids: dict[int, int]) -> Iterator[tuple[int, str, str]]:
    yield from (
        (ids[photo], "category", value)
        for photo, value in list_.execute("SELECT id, user_category FROM photos WHERE user_category IS NOT NULL")
    )
    yield from (
        (ids[photo], attribute, value)
        for photo, attribute, value in list_.execute("SELECT photo, attribute, value FROM user_attributes")
    )


def _photo(
    database: sqlite3.Connection, path: bytes, file: str, digest: str, time: str, batch: int | None
) -> tuple[int, bool]:
    """The id of a photo, and whether it is new."""
    found = database.execute("SELECT id FROM photos WHERE path = ?", (path,)).fetchone()
    if found is not None:
        return int(found[0]), False
    added = database.execute(
        "INSERT INTO photos (path, file, name_key, folded, digest, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (path, file, natural_key(file), file.casefold(), digest, time, batch),
    )
    return int(added.lastrowid or 0), True


def _operation(
    database: sqlite3.Connection,
    attribute: str,
    value: str,
    who: str,
    made_at: str,
    state: str,
    changed_at: str | None,
    kind: OperationKind = OperationKind.CORRECT,
) -> int:
    added = database.execute(
        "INSERT INTO operations (kind, attribute, value, who, made_at, state, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (kind, attribute, value, who, made_at, state, changed_at),
    )
    return int(added.lastrowid or 0)


def _import(
    database: sqlite3.Connection, kind: OperationKind, who: str, begun: str, paths: bytes, finished: str | None
) -> int:
    operation = _operation(database, "", "", who, begun, "settled", None, kind)
    database.execute("INSERT INTO imports VALUES (?, ?, ?)", (operation, paths, finished))
    return operation


def _add_photos(database: sqlite3.Connection, import_: int, paths: bytes, list_: int) -> None:
    """The photos of an import are those of the list in and below its paths."""
    for name in paths.split(b"\0"):
        if name:
            database.execute(
                "INSERT OR IGNORE INTO import_photos SELECT ?, id FROM import_photos JOIN photos ON id = photo "
                "WHERE import = ? AND (path = ? OR (path >= ? AND path < ?))",
                (import_, list_, name, *folder_range(Path(os.fsdecode(name)))),
            )


def _count_photos(database: sqlite3.Connection, operation: int) -> None:
    database.execute(
        "UPDATE operations SET (photos, file) = (SELECT count(*), coalesce(min(file), '') FROM changes "
        "JOIN photos ON photos.id = photo WHERE operation = :id) WHERE id = :id",
        {"id": operation},
    )


def _user_value(database: sqlite3.Connection, photo: int, attribute: str) -> str | None:
    found = database.execute(
        "SELECT value FROM user_values WHERE (photo, attribute) = (?, ?)", (photo, attribute)
    ).fetchone()
    return None if found is None else str(found[0])
