"""Dates of photos that were tagged before FashionLens stored them: read from the files when somebody asks for them."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import PhotoError
from trainer.preprocessing.photo import read_date_taken
from trainer.read_ahead import read_ahead

_AT_ONCE = 500
_UNREAD = "SELECT id, path FROM photos WHERE taken_at IS NULL AND gone_since IS NULL AND hidden_by IS NULL"


def unread(catalogue: Catalogue) -> int:
    """How many photos whose files are there have no date because nobody has read it."""
    with catalogue.database.read() as database:
        return int(database.execute(f"SELECT count(*) FROM ({_UNREAD})").fetchone()[0])


def read_dates(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, int]:
    """Read and store the dates of all such photos; returns how many files could not be read, which are tried again.

    Raises:
        Cancelled: ``control`` was stopped; what was read is stored.
    """
    with catalogue.database.read() as database:
        photos = [(id_, Path(os.fsdecode(path))) for id_, path in database.execute(_UNREAD)]
    found: list[tuple[str, int]] = []
    failed = 0
    try:
        for place, answer in read_ahead(range(len(photos)), lambda place: read_date_taken(photos[place][1]), control):
            if isinstance(answer, PhotoError):
                failed += 1
            else:
                found.append((answer, photos[place][0]))
            if len(found) >= _AT_ONCE:
                _store(catalogue, found)
            yield ProgressEvent("reading_dates", place + 1, len(photos))
    finally:
        _store(catalogue, found)
    return failed


def _store(catalogue: Catalogue, found: list[tuple[str, int]]) -> None:
    with catalogue.database.transaction(durable=False) as database:
        database.executemany("UPDATE photos SET taken_at = ? WHERE id = ?", found)
    found.clear()
