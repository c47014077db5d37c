"""The current list: the photos of all imports since the list was cleared; before that, of the last import."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import set_setting, setting

_FIRST_IMPORT = "first_import_of_list"


@dataclass(frozen=True, slots=True)
class CurrentList:
    """Numbers of the imports: the first one of the current list, which may be still to come, and the last one."""

    first: int
    last: int


def current_list(catalogue: Catalogue) -> CurrentList:
    """The imports of the current list; 0 where there was no import yet."""
    with catalogue.database.read() as database:
        last = _last_import(database)
        stored = setting(database, _FIRST_IMPORT)
    return CurrentList(last if stored is None else int(stored), last)


def begin_list(catalogue: Catalogue) -> Changes:
    """Of a new catalogue: begin the current list with the last import, so that later ones are added to it."""
    with catalogue.database.transaction(durable=False) as database:
        if setting(database, _FIRST_IMPORT) is None:
            set_setting(database, _FIRST_IMPORT, _last_import(database))
    return Changes.none()


def clear_list(catalogue: Catalogue) -> Changes:
    """Begin the current list with the next import. All photos stay in the catalogue."""
    with catalogue.database.transaction(durable=False) as database:
        (last,) = database.execute("SELECT coalesce(max(id), 0) FROM operations").fetchone()
        set_setting(database, _FIRST_IMPORT, last + 1)
    return Changes.of(Kind.PHOTOS)


def add_to_list(catalogue: Catalogue, batch: int) -> Changes:
    """See to it that an import that is continued is in the current list."""
    with catalogue.database.transaction(durable=False) as database:
        stored = setting(database, _FIRST_IMPORT)
        if stored is not None and stored <= batch:
            return Changes.none()
        set_setting(database, _FIRST_IMPORT, batch)
    return Changes.of(Kind.PHOTOS)


def _last_import(database: sqlite3.Connection) -> int:
    (last,) = database.execute("SELECT coalesce(max(operation), 0) FROM imports").fetchone()
    return int(last)
