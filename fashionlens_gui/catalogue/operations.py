"""What a person can do with a catalogue: a function for each, which is one transaction and one undo.

Each returns what changed. What people say is on the disk itself when the function returns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fashionlens_gui.catalogue import operation_log, visible_values
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import ARRANGING, OF_ATTRIBUTES, OF_SEARCHES, OF_TABLES, OperationKind
from fashionlens_gui.catalogue.own_columns import column_of
from fashionlens_gui.catalogue.visible_values import ask, refresh
from fashionlens_gui.tagging.tag import ReviewRule, printable
from trainer.taxonomy import CATEGORY

_KIND = {
    OperationKind.IMPORT: Kind.PHOTOS,
    OperationKind.FORGET: Kind.PHOTOS,
    OperationKind.ADD_VALUE: Kind.VOCABULARY,
    OperationKind.REMOVE_VALUE: Kind.VOCABULARY,
    **dict.fromkeys(ARRANGING, Kind.PRODUCTS),
    **dict.fromkeys(OF_TABLES, Kind.TABLES),
    **dict.fromkeys(OF_ATTRIBUTES, Kind.VOCABULARY),
    **dict.fromkeys(OF_SEARCHES, Kind.SEARCHES),
    OperationKind.SET_NAMES: Kind.VOCABULARY,
    OperationKind.NOT_DUPLICATES: Kind.DUPLICATES,
}


def correct(catalogue: Catalogue, ids: Iterable[int], values: Mapping[str, str]) -> Changes:
    """Set values of photos, by attribute or ``category``; an empty one says that a photo has none.

    Returns the photos for which a person had not set the same before.

    Raises:
        ValueError: There is no such attribute, or the category is empty.
    """
    values = {_attribute(catalogue, name): printable(value.strip()) for name, value in values.items()}
    if values.get(CATEGORY) == "":
        raise ValueError("a category needs a name")
    asked = list(ids)
    return _set(catalogue, OperationKind.CORRECT, [(name, value, asked) for name, value in values.items()])


def correct_each(catalogue: Catalogue, attribute: str, ids_of: Mapping[str, Iterable[int]]) -> Changes:
    """Set ``category`` or an attribute of the photos of each value, as when a group of photos gets several values.

    Where each photo gets the value that it has, that is a confirmation. Returns the photos for which a person had not
    set the same before.

    Raises:
        ValueError: There is no such attribute, or a category is empty.
    """
    values = {printable(value.strip()): ids for value, ids in ids_of.items()}
    attribute = _attribute(catalogue, attribute)
    if attribute == CATEGORY and "" in values:
        raise ValueError("a category needs a name")
    return _set(catalogue, OperationKind.CORRECT, [(attribute, value, ids) for value, ids in values.items()])


def correct_photos(catalogue: Catalogue, values_of: Mapping[int, Mapping[str, str]]) -> Changes:
    """As :func:`correct`, each photo with values of its own, by its id; one operation.

    Raises:
        ValueError: There is no such attribute, or a category is empty.
    """
    names = {name for values in values_of.values() for name in values}
    column_of_name = {name: _attribute(catalogue, name) for name in names}
    rows = [
        (photo, column_of_name[name], printable(value.strip()))
        for photo, values in values_of.items()
        for name, value in values.items()
    ]
    if any(name == CATEGORY and not value for _, name, value in rows):
        raise ValueError("a category needs a name")
    with catalogue.database.transaction(durable=True) as database:
        catalogue.columns.offer_confidences(database)
        operation = operation_log.add(database, OperationKind.CORRECT, catalogue.who, now())
        operation_log.begin_incoming(database)
        database.executemany(
            "INSERT INTO temp.incoming SELECT id, :name, :value, NULL, NULL FROM photos WHERE id = :id AND hidden_by "
            "IS NULL AND :value IS NOT (SELECT value FROM user_values WHERE photo = :id AND attribute = :name)",
            ({"id": photo, "name": name, "value": value} for photo, name, value in rows),
        )
        operation_log.add_incoming(database, operation)
        changed = operation_log.complete(database, operation, sorted({name for _, name, _ in rows}))
    return Changes.of(Kind.VALUES, changed) if changed else Changes.none()


def confirm(catalogue: Catalogue, ids: Iterable[int], attributes: Sequence[str] = (CATEGORY,)) -> Changes:
    """Say that what photos have is correct; returns those of which a person had not set it before."""
    asked = list(ids)
    return _set(catalogue, OperationKind.CONFIRM, [(_attribute(catalogue, name), None, asked) for name in attributes])


def begin_import(catalogue: Catalogue, paths: Sequence[Path]) -> int:
    """Store that files and folders are being tagged; returns the number of the import, for
    :func:`fashionlens_gui.catalogue.photos.store`. Its undo forgets the photos that came with it, once there are any.
    """
    names = b"\0".join(os.fsencode(os.path.abspath(path)) for path in paths)
    with catalogue.database.transaction(durable=False) as database:
        batch = operation_log.add(database, OperationKind.IMPORT, catalogue.who, now(), state="settled")
        database.execute("INSERT INTO imports (operation, paths) VALUES (?, ?)", (batch, names))
    return batch


def set_note(catalogue: Catalogue, ids: Iterable[int], text: str) -> Changes:
    """Set a person's own words about photos, which a search finds; an empty text removes them."""
    text = printable(text.strip())
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.NOTE, catalogue.who, now(), value=text)
        ask(database, ids)
        database.execute(
            "INSERT INTO note_changes SELECT ?, photos.id, coalesce(n.text, ''), ? FROM temp.asked "
            "JOIN photos ON photos.id = asked.photo LEFT JOIN notes n ON n.photo = photos.id "
            "WHERE hidden_by IS NULL AND coalesce(n.text, '') <> ?",
            (operation, text, text),
        )
        changed = operation_log.complete(database, operation, ())
    return Changes.of(Kind.VALUES, changed) if changed else Changes.none()


def finish_import(catalogue: Catalogue, batch: int) -> None:
    """Store that all photos of an import are tagged. Until then it is unfinished."""
    with catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE imports SET finished_at = ? WHERE operation = ?", (now(), batch))
        database.execute(
            "UPDATE operations SET (photos, file) = (SELECT count(*), coalesce(min(file), '') FROM photos "
            "WHERE added_by = :id) WHERE id = :id",
            {"id": batch},
        )


def forget(catalogue: Catalogue, ids: Iterable[int]) -> Changes:
    """Remove photos from the catalogue, with their predictions and corrections; their files stay.

    An undo brings them back; after 30 days they are deleted for good.
    """
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.FORGET, catalogue.who, now())
        ask(database, ids)
        database.execute(
            "INSERT INTO changes SELECT ?, photos.id, '', '', NULL, NULL, digest, NULL, '', NULL, NULL, NULL "
            "FROM temp.asked JOIN photos ON photos.id = asked.photo WHERE hidden_by IS NULL",
            (operation,),
        )
        changed = operation_log.complete(database, operation, ())
    return Changes.of(Kind.PHOTOS, changed) if changed else Changes.none()


def add_value(catalogue: Catalogue, attribute: str, value: str) -> Changes:
    """Add a value that people can choose; nothing for one that was added before.

    Raises:
        ValueError: There is no such attribute, or the value is empty.
    """
    value = printable(value.strip())
    if not value:
        raise ValueError("a value needs a name")
    attribute = _attribute(catalogue, attribute)
    with catalogue.database.transaction(durable=True) as database:
        found = database.execute("SELECT 1 FROM vocabulary WHERE (attribute, value) = (?, ?)", (attribute, value))
        if found.fetchone():
            return Changes.none()
        operation = operation_log.add(database, OperationKind.ADD_VALUE, catalogue.who, now(), attribute, value)
        database.execute("INSERT INTO vocabulary VALUES (?, ?, ?)", (attribute, value, operation))
    return Changes.of(Kind.VOCABULARY)


def remove_value(catalogue: Catalogue, attribute: str, value: str) -> Changes:
    """Remove a value that people added; photos that have it keep it."""
    attribute = _attribute(catalogue, attribute)
    with catalogue.database.transaction(durable=True) as database:
        found = database.execute("SELECT 1 FROM vocabulary WHERE (attribute, value) = (?, ?)", (attribute, value))
        if not found.fetchone():
            return Changes.none()
        operation_log.add(database, OperationKind.REMOVE_VALUE, catalogue.who, now(), attribute, value)
        database.execute("DELETE FROM vocabulary WHERE (attribute, value) = (?, ?)", (attribute, value))
    return Changes.of(Kind.VOCABULARY)


def keep_values(catalogue: Catalogue, values: Mapping[str, Sequence[str]]) -> Changes:
    """Offer values from now on, by attribute, as a part of setting them: no undo of its own."""
    with catalogue.database.transaction(durable=True) as database:
        for name, value in [(name, value) for name, some in values.items() for value in some if value]:
            attribute = _attribute(catalogue, name)
            found = database.execute("SELECT 1 FROM vocabulary WHERE (attribute, value) = (?, ?)", (attribute, value))
            if found.fetchone():
                continue
            operation = operation_log.add(
                database, OperationKind.ADD_VALUE, catalogue.who, now(), attribute, value, state="settled"
            )
            database.execute("INSERT INTO vocabulary VALUES (?, ?, ?)", (attribute, value, operation))
    return Changes.of(Kind.VOCABULARY)


def set_review_rule(catalogue: Catalogue, rule: ReviewRule) -> Changes:
    """Set which photos need review. No undo: setting it back gives what was before.

    Raises:
        ValueError: The threshold is not in [0, 1].
    """
    with catalogue.database.transaction(durable=False) as database:
        before = dict(database.execute("SELECT id, status FROM photos"))
        visible_values.set_review_rule(database, rule)
        ask(database, before)
        refresh(database, (CATEGORY,))
        after = database.execute("SELECT id, status FROM photos").fetchall()
    changed = [id_ for id_, status in after if before[id_] != status]
    return Changes.of(Kind.VALUES, changed) if changed else Changes.none()


def undo(catalogue: Catalogue) -> Changes:
    """Undo the last operation, also one from before a restart; nothing when there is none."""
    return _step(catalogue, back=True)


def redo(catalogue: Catalogue) -> Changes:
    """Do again what was undone last; nothing when there is none, or something else was done since."""
    return _step(catalogue, back=False)


def _set(
    catalogue: Catalogue, kind: OperationKind, changes: Sequence[tuple[str, str | None, Iterable[int]]]
) -> Changes:
    """Set attributes of photos; None confirms what they have. No photo twice for one attribute."""
    if not changes:
        return Changes.none()
    attribute, value = changes[0][:2] if len(changes) == 1 else ("", "")
    with catalogue.database.transaction(durable=True) as database:
        catalogue.columns.offer_confidences(database)
        operation = operation_log.add(database, kind, catalogue.who, now(), attribute, value or "")
        for name, each, ids in changes:
            ask(database, ids)
            operation_log.add_changes(database, operation, name, each)
        names = list(dict.fromkeys(name for name, _, _ in changes))
        if len(names) == 1 and len(changes) > 1:
            operation_log.note_confirmation(database, operation, names[0])
        changed = operation_log.complete(database, operation, names)
    return Changes.of(Kind.VALUES, changed) if changed else Changes.none()


def _step(catalogue: Catalogue, back: bool) -> Changes:
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.next_operation(database, back)
        if operation is None:
            return Changes.none()
        changed = operation_log.step(database, operation, back, now())
    changes = Changes.of(_KIND.get(operation.kind, Kind.VALUES), changed)
    if operation.kind == OperationKind.MERGE:  # it may have brought in attributes
        return Changes.merged([changes, Changes.of(Kind.VOCABULARY)])
    return changes


def _attribute(catalogue: Catalogue, name: str) -> str:
    with catalogue.database.read() as database:
        return column_of(database, name)
