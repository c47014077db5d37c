"""What the user calls categories and values, where shops and Google put them, and what own values mean."""

from __future__ import annotations

from collections.abc import Mapping

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.tagging.tag import printable

LANGUAGES = ("de", "fr", "es")
"""Those that translations come with; names in them may be given, too."""
FIELDS = ("name", "plural", *LANGUAGES, "google", "shop", "meaning")
"""``name`` is the user's name in every language, ``google`` the id of a Google product category, ``shop`` the path of
the shop's own category, ``meaning`` the value of the taxonomy that an own value stands for.
"""

Key = tuple[str, str, str]
"""Attribute or ``category``, value, field."""


def own_names(catalogue: Catalogue) -> dict[Key, str]:
    """All that the user has given."""
    with catalogue.database.read() as database:
        rows = database.execute("SELECT attribute, value, field, text FROM own_names")
        return {(attribute, value, field): text for attribute, value, field, text in rows}


def set_names(catalogue: Catalogue, names: Mapping[Key, str]) -> Changes:
    """Set names, one operation, which undo reverts; an empty one removes it. Those that are so already do not count.

    Raises:
        ValueError: There is no such field.
    """
    if unknown := {field for _, _, field in names} - set(FIELDS):
        raise ValueError(f"own names have no field {sorted(unknown)}")
    before = own_names(catalogue)
    texts = {key: printable(text.strip()) for key, text in names.items()}
    changed = {key: text for key, text in texts.items() if text != before.get(key, "")}
    if not changed:
        return Changes.none()
    attributes = {attribute for attribute, _, _ in changed}
    values = {value for _, value, _ in changed}
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(
            database,
            OperationKind.SET_NAMES,
            catalogue.who,
            now(),
            attributes.pop() if len(attributes) == 1 else "",
            values.pop() if len(values) == 1 else "",
        )
        database.executemany(
            "INSERT INTO own_name_changes VALUES (?, ?, ?, ?, ?, ?)",
            ((operation, *key, before.get(key, ""), text) for key, text in changed.items()),
        )
        operation_log.carry_out(database, operation)
    return Changes.of(Kind.VOCABULARY)
