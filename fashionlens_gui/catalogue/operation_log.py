"""The log of what people did: operations and their changes; undo, redo, history.

Undone operations can be redone until there is a new one; those that are ``settled`` stay as they are. The statements
work on any number of photos without Python code for each, so that others need not wait for Python's lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from fashionlens_gui.catalogue.export_tables import NAMES_AFTER, NAMES_BEFORE
from fashionlens_gui.catalogue.own_columns import attribute_columns
from fashionlens_gui.catalogue.product_tables import (
    PLACE_AFTER,
    PLACE_BEFORE,
    REMOVED_AFTER,
    REMOVED_BEFORE,
    TABLE_AFTER,
    TABLE_BEFORE,
)
from fashionlens_gui.catalogue.visible_values import refresh
from trainer.taxonomy import CATEGORY

_KEPT = timedelta(days=30)

_FORGET_VALUES = (
    "DELETE FROM user_values WHERE (photo, attribute) IN (SELECT photo, attribute FROM changes WHERE operation = :id)"
)
_SET_VALUES = (
    "INSERT INTO user_values SELECT photo, attribute, {0} FROM changes "
    "WHERE operation = :id AND attribute <> '' AND {0} IS NOT NULL"
)
_HIDE = "UPDATE photos SET hidden_by = :id WHERE hidden_by IS NULL AND "
_SHOW = "UPDATE photos SET hidden_by = NULL WHERE hidden_by = :id"
_CHANGED = " UNION ".join(
    f"SELECT photo FROM {table} WHERE operation = :id"
    for table in ("changes", "product_changes", "note_changes", "not_duplicates")
)
_REMOVE_NOTES = "DELETE FROM notes WHERE photo IN (SELECT photo FROM note_changes WHERE operation = :id)"
_SET_NOTES = "INSERT INTO notes SELECT photo, {0} FROM note_changes WHERE operation = :id AND {0} <> ''"
_REMOVE_SEARCH = "DELETE FROM saved_searches WHERE name IN (SELECT name_{} FROM search_changes WHERE operation = :id)"
_SET_SEARCH = (
    "INSERT INTO saved_searches SELECT name_{0}, query_{0} FROM search_changes "
    "WHERE operation = :id AND name_{0} IS NOT NULL"
)
_REMOVE_ATTRIBUTE = "UPDATE own_attributes SET removed_by = :id WHERE removed_by IS NULL AND "
_BRING_ATTRIBUTE_BACK = "UPDATE own_attributes SET removed_by = NULL WHERE removed_by = :id"
_FORGOTTEN = "id IN (SELECT photo FROM changes WHERE operation = :id AND attribute = '')"


class OperationKind(StrEnum):
    """What a person did."""

    CORRECT = "correct"
    CONFIRM = "confirm"
    IMPORT = "import"
    FORGET = "forget"
    ADD_VALUE = "add_value"
    REMOVE_VALUE = "remove_value"
    MERGE = "merge"
    TAKE_OVER = "take_over"
    GROUP = "group"
    MOVE_PHOTOS = "move_photos"
    ORDER_PHOTOS = "order_photos"
    JOIN_TABLE = "join_table"
    REMOVE_TABLE = "remove_table"
    ADD_ATTRIBUTE = "add_attribute"
    REMOVE_ATTRIBUTE = "remove_attribute"
    NOTE = "note"
    SAVE_SEARCH = "save_search"
    RENAME_SEARCH = "rename_search"
    DELETE_SEARCH = "delete_search"
    SET_NAMES = "set_names"
    NOT_DUPLICATES = "not_duplicates"


ARRANGING = frozenset({OperationKind.GROUP, OperationKind.MOVE_PHOTOS, OperationKind.ORDER_PHOTOS})
"""Those that put photos into products, and in order."""
OF_ATTRIBUTES = frozenset({OperationKind.ADD_ATTRIBUTE, OperationKind.REMOVE_ATTRIBUTE})
"""Those that define attributes."""
OF_TABLES = frozenset({OperationKind.JOIN_TABLE, OperationKind.REMOVE_TABLE})
"""Those on tables from the shop."""
_OF_VOCABULARY = (OperationKind.ADD_VALUE, OperationKind.REMOVE_VALUE)
OF_SEARCHES = frozenset({OperationKind.SAVE_SEARCH, OperationKind.RENAME_SEARCH, OperationKind.DELETE_SEARCH})
"""Those on saved searches."""
_NOT_OF_VALUES = {
    *(OperationKind.IMPORT, OperationKind.FORGET, OperationKind.NOTE, OperationKind.SET_NAMES),
    OperationKind.NOT_DUPLICATES,
    *(*_OF_VOCABULARY, *ARRANGING, *OF_TABLES, *OF_ATTRIBUTES, *OF_SEARCHES),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in the log.

    Attributes:
        id: Later ones have higher numbers.
        kind: What was done.
        attribute: ``category`` or one of ATTRIBUTES; empty where it is about several or none.
        value: The value that was set; empty for none, and where there are several.
        photos: Number of photos.
        file: The name of the first photo.
        who: Name on the computer.
        when: ISO 8601, UTC.
    """

    id: int
    kind: OperationKind
    attribute: str
    value: str
    photos: int
    file: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of one value of a photo.

    Attributes:
        who: Name on the computer.
        when: ISO 8601, UTC.
        attribute: ``category`` or one of ATTRIBUTES.
        before: Value before, a person's or the model's; empty for none.
        after: Value that was set; empty for none; None where a person's value was removed.
        undone: Whether it was undone.
    """

    who: str
    when: str
    attribute: str
    before: str
    after: str | None
    undone: bool


def add(
    database: sqlite3.Connection,
    kind: OperationKind,
    who: str,
    now: str,
    attribute: str = "",
    value: str = "",
    state: str = "done",
) -> int:
    """Add an operation, in the transaction that is open; returns its id. What is undone can no longer be redone."""
    database.execute("UPDATE operations SET state = 'superseded' WHERE state = 'undone'")
    added = database.execute(
        "INSERT INTO operations (kind, attribute, value, who, made_at, state) VALUES (?, ?, ?, ?, ?, ?)",
        (kind, attribute, value, who, now, state),
    )
    return int(added.lastrowid or 0)


def add_changes(database: sqlite3.Connection, operation: int, attribute: str, value: str | None) -> int:
    """Add the changes that set an attribute of the photos in ``temp.asked``; returns how many differ from before.

    Args:
        database: The connection that writes.
        operation: Its id.
        attribute: ``category`` or one of ATTRIBUTES.
        value: What a person sets; None confirms what each photo has, where it has something that no person has set.
    """
    new = f"photos.{attribute}" if value is None else ":value"
    differs = f"{new} <> '' AND u.value IS NULL" if value is None else "u.value IS NOT :value"
    # The function is Python, which the most frequent case does without.
    confidence = "p.confidence" if attribute == CATEGORY else "model_confidence(label_set, rankings, :attribute)"
    return database.execute(
        f"INSERT INTO changes SELECT :id, photos.id, :attribute, photos.{attribute}, u.value, {new}, digest, model, "
        f"coalesce(p.{attribute}, ''), {confidence}, NULL, NULL "
        "FROM temp.asked JOIN photos ON photos.id = asked.photo LEFT JOIN predictions p ON p.photo = photos.id "
        "LEFT JOIN user_values u ON u.photo = photos.id AND u.attribute = :attribute "
        f"WHERE hidden_by IS NULL AND {differs}",
        {"id": operation, "attribute": attribute, "value": value},
    ).rowcount


def note_confirmation(database: sqlite3.Connection, operation: int, attribute: str) -> None:
    """An operation whose changes set what people saw before, all of one attribute, is a confirmation."""
    database.execute(
        "UPDATE operations SET kind = :kind, attribute = :attribute, value = '' WHERE id = :id "
        "AND NOT EXISTS (SELECT 1 FROM changes WHERE operation = :id AND user_after <> seen_before)",
        {"id": operation, "kind": OperationKind.CONFIRM, "attribute": attribute},
    )


def begin_incoming(database: sqlite3.Connection) -> None:
    """Empty the table ``temp.incoming`` of this connection, for :func:`add_incoming`."""
    database.execute("CREATE TEMP TABLE IF NOT EXISTS incoming (photo, attribute, value, who, made_at)")
    database.execute("DELETE FROM temp.incoming")


def add_incoming(database: sqlite3.Connection, operation: int) -> None:
    """Add the changes in ``temp.incoming`` (photo, attribute, value, who, made_at); the last two are NULL where they
    are as in the operation.
    """
    for name in attribute_columns(database):
        database.execute(
            f"INSERT INTO changes SELECT ?, photos.id, attribute, photos.{name}, "
            "(SELECT value FROM user_values u WHERE u.photo = i.photo AND u.attribute = i.attribute), i.value, digest, "
            f"model, coalesce(p.{name}, ''), model_confidence(label_set, rankings, attribute), who, i.made_at "
            "FROM temp.incoming i JOIN photos ON photos.id = i.photo LEFT JOIN predictions p ON p.photo = i.photo "
            "WHERE attribute = ?",
            (operation, name),
        )


def change_search(
    database: sqlite3.Connection,
    operation: int,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
) -> None:
    """Put a saved search in the place of another one: name and query of each, None for none."""
    database.execute("INSERT INTO search_changes VALUES (?, ?, ?, ?, ?)", (operation, *before, *after))
    _apply(database, operation, back=False)


def complete(database: sqlite3.Connection, operation: int, attributes: Sequence[str]) -> list[int]:
    """Carry out an operation whose changes were added; deletes one without any. Returns the ids of its photos.

    Args:
        database: The connection that writes.
        operation: Its id.
        attributes: That it may set.
    """
    database.execute(
        "UPDATE operations SET (photos, file) = (SELECT count(DISTINCT photo), coalesce(min(file), '') "
        f"FROM ({_CHANGED}) JOIN photos ON photos.id = photo) WHERE id = :id",
        {"id": operation},
    )
    ids = _ask_changed(database, operation)
    if ids:
        _apply(database, operation, back=False)
        if attributes:
            refresh(database, attributes)
    else:
        database.execute("DELETE FROM operations WHERE id = ?", (operation,))
    return ids


def carry_out(database: sqlite3.Connection, operation: int) -> None:
    """Carry out an operation that is about no photos."""
    _apply(database, operation, back=False)


def next_operation(database: sqlite3.Connection, back: bool) -> Operation | None:
    """The operation that an undo (``back``) or a redo is about; None for none."""
    which = "state = 'done' ORDER BY id DESC" if back else "state = 'undone' ORDER BY id"
    found = database.execute(
        f"SELECT id, kind, attribute, value, photos, file, who, made_at FROM operations WHERE {which} LIMIT 1"
    ).fetchone()
    return None if found is None else Operation(found[0], OperationKind(found[1]), *found[2:])


def step(database: sqlite3.Connection, operation: Operation, back: bool, now: str) -> list[int]:
    """Undo (``back``) or redo an operation, in the transaction that is open; returns the ids of its photos."""
    _apply(database, operation.id, back)
    database.execute(
        "UPDATE operations SET state = ?, changed_at = ? WHERE id = ?",
        ("undone" if back else "done", now, operation.id),
    )
    ids = _ask_changed(database, operation.id)
    if operation.kind not in _NOT_OF_VALUES:
        refresh(database, [operation.attribute] if operation.attribute else None)
    return ids


def history(database: sqlite3.Connection, photo: int) -> list[HistoryEntry]:
    """All changes of a photo's values, oldest first."""
    return [
        HistoryEntry(who, when, attribute, before, after, bool(undone))
        for who, when, attribute, before, after, undone in database.execute(
            "SELECT coalesce(c.who, o.who), coalesce(c.made_at, o.made_at), c.attribute, seen_before, user_after, "
            "state IN ('undone', 'superseded') FROM changes c JOIN operations o ON o.id = operation "
            "WHERE photo = ? AND c.attribute <> '' ORDER BY operation",
            (photo,),
        )
    ]


def delete_forgotten(database: sqlite3.Connection) -> None:
    """Delete for good what was forgotten more than 30 days ago, in the transaction that is open."""
    before = (datetime.now(UTC) - _KEPT).isoformat(timespec="seconds")
    old = (
        "SELECT DISTINCT hidden_by FROM photos JOIN operations ON operations.id = hidden_by "
        "WHERE hidden_by IS NOT NULL AND coalesce(changed_at, made_at) < ?"
    )
    for (operation,) in database.execute(old, (before,)).fetchall():
        database.execute("DELETE FROM photos WHERE hidden_by = ?", (operation,))
        database.execute(
            "UPDATE operations SET state = iif(state = 'done', 'settled', 'superseded') WHERE id = ?", (operation,)
        )


def _apply(database: sqlite3.Connection, operation: int, back: bool) -> None:
    """Carry out the changes of an operation, or revert them."""
    (kind, attribute, value) = database.execute(
        "SELECT kind, attribute, value FROM operations WHERE id = ?", (operation,)
    ).fetchone()
    statements = [_FORGET_VALUES, _SET_VALUES.format("user_before" if back else "user_after")]
    if kind == OperationKind.FORGET:
        statements = [_SHOW if back else _HIDE + _FORGOTTEN]
    elif kind == OperationKind.IMPORT:
        statements = [_HIDE + "added_by = :id" if back else _SHOW]
    elif kind in _OF_VOCABULARY:
        statements = ["DELETE FROM vocabulary WHERE (attribute, value) = (:attribute, :value)"]
        added = back == (kind == OperationKind.REMOVE_VALUE)
        statements += ["INSERT INTO vocabulary VALUES (:attribute, :value, :id)"] if added else []
    elif kind in ARRANGING:
        statements = [PLACE_BEFORE if back else PLACE_AFTER]
    elif kind == OperationKind.JOIN_TABLE:
        statements = list(TABLE_BEFORE if back else TABLE_AFTER)
    elif kind == OperationKind.ADD_ATTRIBUTE:
        statements = [_REMOVE_ATTRIBUTE + "added_by = :id" if back else _BRING_ATTRIBUTE_BACK]
    elif kind == OperationKind.MERGE:
        statements += [_REMOVE_ATTRIBUTE + "added_by = :id" if back else _BRING_ATTRIBUTE_BACK]
    elif kind == OperationKind.REMOVE_ATTRIBUTE:
        statements = [_BRING_ATTRIBUTE_BACK if back else _REMOVE_ATTRIBUTE + "name = :value"]
    elif kind == OperationKind.REMOVE_TABLE:
        statements = list(REMOVED_BEFORE if back else REMOVED_AFTER)
    elif kind == OperationKind.NOTE:
        statements = [_REMOVE_NOTES, _SET_NOTES.format("text_before" if back else "text_after")]
    elif kind in OF_SEARCHES:
        before, after = ("after", "before") if back else ("before", "after")
        statements = [_REMOVE_SEARCH.format(before), _SET_SEARCH.format(after)]
    elif kind == OperationKind.SET_NAMES:
        statements = list(NAMES_BEFORE if back else NAMES_AFTER)
    for statement in statements:
        database.execute(statement, {"id": operation, "attribute": attribute, "value": value})


def _ask_changed(database: sqlite3.Connection, operation: int) -> list[int]:
    """Put the photos of an operation into ``temp.asked``; returns their ids."""
    database.execute("CREATE TEMP TABLE IF NOT EXISTS asked (photo INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM temp.asked")
    database.execute(
        f"INSERT INTO temp.asked {_CHANGED} UNION SELECT id FROM photos WHERE added_by = :id",
        {"id": operation},
    )
    return [id_ for (id_,) in database.execute("SELECT photo FROM temp.asked")]
