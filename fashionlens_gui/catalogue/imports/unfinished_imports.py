"""Imports that a crash, a cancel or the end of the program has cut short."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.tagging.scan import scan
from trainer.control import WorkControl
from trainer.errors import FashionLensError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnfinishedImport:
    """An import that can be continued.

    Attributes:
        batch: Its number.
        paths: Files and folders that were being tagged.
        begun: When, ISO 8601, UTC.
    """

    batch: int
    paths: tuple[Path, ...]
    begun: str


def unfinished_imports(catalogue: Catalogue) -> list[UnfinishedImport]:
    """The imports that are not finished, oldest first; those that were undone are left out."""
    with catalogue.database.read() as database:
        found = database.execute(
            "SELECT operation, paths, made_at FROM imports JOIN operations ON id = operation "
            "WHERE finished_at IS NULL AND state IN ('done', 'settled') ORDER BY operation"
        ).fetchall()
    return [UnfinishedImport(batch, _paths(names), begun) for batch, names, begun in found]


def paths_done(catalogue: Catalogue, batch: int) -> set[Path]:
    """The photos that an import has tagged, also those that were forgotten since."""
    with catalogue.database.read() as database:
        select = "SELECT path FROM import_photos JOIN photos ON id = photo WHERE import = ?"
        return {Path(os.fsdecode(path)) for (path,) in database.execute(select, (batch,))}


def with_photos_left(catalogue: Catalogue, control: WorkControl) -> Iterator[tuple[UnfinishedImport, int]]:
    """Unfinished imports with the number of photos that are left. Looks through their folders.

    Imports without any are stored as finished.

    Args:
        catalogue: Open for writing.
        control: Checked between files.
    """
    for each in unfinished_imports(catalogue):
        done = paths_done(catalogue, each.batch)
        left = sum(item.path not in done for item in scan(each.paths, control))
        if control.stopped:
            return
        if left:
            yield each, left
            continue
        try:
            operations.finish_import(catalogue, each.batch)
        except FashionLensError as error:  # the others can still be continued; this is tried again later
            _log.warning("An import could not be stored as finished: %s %s", error.code, error.detail)


def _paths(names: bytes) -> tuple[Path, ...]:
    return tuple(Path(os.fsdecode(name)) for name in names.split(b"\0") if name)
