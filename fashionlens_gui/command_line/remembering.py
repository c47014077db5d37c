"""Rows of ``fashionlens tag`` in a catalogue: ``--remember`` and ``--catalogue``."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fashionlens_gui import messages, paths
from fashionlens_gui.catalogue import backups
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.imports.import_job import ImportJob, Stored
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.upkeep.take_over import remains_to_be_taken_over, take_over
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import file_path
from fashionlens_gui.tagging.job_events import Finished, JobEvent, Tagged
from fashionlens_gui.tagging.tag import printable
from trainer.errors import FashionLensError

AddAction = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
"""Adds an action of ``fashionlens catalogue``, from its name, what runs it, and its help."""


def add_catalogue(command: argparse._ActionsContainer, default: str | None = None) -> None:
    """``--catalogue``."""
    command.add_argument(
        "--catalogue",
        type=file_path,
        default=default,
        metavar="FILE",
        help="use the catalogue in this file instead of your own",
    )


def catalogue_file(arguments: argparse.Namespace) -> Path:
    """The catalogue that was named, else the user's own."""
    named: Path | None = arguments.catalogue
    return named or paths.catalogue_file()


def read_catalogue(arguments: argparse.Namespace) -> Catalogue:
    """Open it for reading; one of an earlier version is backed up and migrated first.

    Raises:
        CatalogueError, SaveError: See :class:`fashionlens_gui.catalogue.catalogue.Catalogue`.
    """
    file = catalogue_file(arguments)
    try:
        return Catalogue(file)
    except CatalogueError as error:
        if error.code != "catalogue_older":
            raise
    Catalogue(file, write=True).close()
    return Catalogue(file)


def open_catalogue(arguments: argparse.Namespace, write: bool) -> Catalogue:
    """Open it for writing, or as :func:`read_catalogue` does; raises as that."""
    return Catalogue(catalogue_file(arguments), write=True) if write else read_catalogue(arguments)


def catalogue_with_corrections(arguments: argparse.Namespace) -> Catalogue | None:
    """The catalogue, open for reading; the user's own has taken over the corrections of earlier versions.

    None when the user has none yet. What cannot be taken over is told, and the next command tries again.
    """
    file = catalogue_file(arguments)
    earlier = paths.session_file(), paths.corrections_file()
    if arguments.catalogue is None and any(each.exists() for each in earlier):
        try:
            _take_over_once(file, *earlier)
        except FashionLensError as error:
            if error.code != "catalogue_in_use":  # whoever has it open has taken them over
                terminal.warn(messages.sentence(error))
    return read_catalogue(arguments) if arguments.catalogue is not None or file.exists() else None


def _take_over_once(file: Path, session: Path, corrections: Path) -> None:
    if file.exists():
        with contextlib.suppress(CatalogueError), Catalogue(file) as found:
            if not remains_to_be_taken_over(found, session, corrections):
                return
    with Catalogue(file, write=True) as found:
        if remains_to_be_taken_over(found, session, corrections):
            terminal.run_with_progress(take_over(found, session, corrections))


class Remembering:
    """Stores the rows of one tagging job, and gives those of photos that have not changed since an earlier one.

    Args:
        catalogue: Open for writing.
        named: Files and folders of the job.
        model: What predicts.
    """

    def __init__(self, catalogue: Catalogue, named: Sequence[Path], model: ModelIdentity) -> None:
        self._file, self._job = catalogue.file, ImportJob(catalogue, named, model)

    @property
    def unchanged(self) -> int:
        """Number of rows that the catalogue had already."""
        return self._job.unchanged

    @property
    def remembered(self) -> Callable[[Path], Tagged | None]:
        """For the tagging job."""
        return self._job.remembered

    def stored(self, events: Iterable[JobEvent]) -> Iterator[JobEvent]:
        """The events of the job. Rows come once they are stored, with what a person has set."""
        for event in self._job.stored(events):
            if isinstance(event, Stored):
                yield from event.rows
                continue
            yield event
            if isinstance(event, Finished) and not event.cancelled:
                backups.back_up_daily(self._file)

    def to_json(self) -> dict[str, Any]:
        """The file, how many rows it had already, and how many photos are gone."""
        return {"file": printable(str(self._file)), "unchanged": self._job.unchanged, "gone": self._job.gone}
