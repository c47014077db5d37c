"""Long work on the whole catalogue, for worker threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue import backups
from fashionlens_gui.catalogue.catalogue import Catalogue, Statistics
from fashionlens_gui.catalogue.upkeep.merge import MergePreview, preview
from fashionlens_gui.window.catalogue.backup_table import CountedBackup
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Facts:
    """What the dialog says about the catalogue; ``imports`` is how many imports there were."""

    statistics: Statistics
    imports: int
    backups: list[CountedBackup]


def facts(catalogue: Catalogue, control: WorkControl) -> Facts:
    """Read the figures of the catalogue and of its backups."""
    with catalogue.database.read() as database:
        (imports,) = database.execute("SELECT count(*) FROM imports").fetchone()
    return Facts(catalogue.statistics(), imports, counted_backups(catalogue.file, control))


def counted_backups(file: Path, _control: WorkControl) -> list[CountedBackup]:
    """The copies of a catalogue with their numbers of photos, newest first."""
    return [CountedBackup(each, backups.photos_in(each.path)) for each in backups.all_copies(file)]


def back_up(catalogue: Catalogue, report: Callable[[ProgressEvent], object], control: WorkControl) -> Path:
    """Back up; ``report`` is called in the worker. Raises Cancelled when stopped; nothing is left then."""

    def copied(done: int, total: int) -> None:
        if control.stopped:
            raise Cancelled
        report(ProgressEvent("backing_up", done, total))

    return backups.back_up(catalogue.file, copied)


def check(catalogue: Catalogue, control: WorkControl) -> None:
    """Read the whole file. Raises CatalogueError (``catalogue_damaged``), and Cancelled when stopped."""
    catalogue.check(control)


def compare(catalogue: Catalogue, other: Path, _control: WorkControl) -> MergePreview:
    """What merging another person's file would do."""
    return preview(catalogue, other)
