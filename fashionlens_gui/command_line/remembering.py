"""Rows of ``fashionlens tag`` in a catalogue: ``--remember`` and ``--catalogue``."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import messages, paths
from fashionlens_gui.catalogue import backups, operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.prediction_columns import ModelIdentity
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.take_over import remains_to_be_taken_over, take_over
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import file_path
from fashionlens_gui.tagging.job_events import Finished, JobEvent, Tagged
from fashionlens_gui.tagging.tag import printable
from trainer.errors import FashionLensError
from trainer.model_files.metadata import program_version

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor

AddAction = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
"""Adds an action of ``fashionlens catalogue``, from its name, what runs it, and its help."""

_ROWS_AT_ONCE = 256
_LONGEST_WAIT = 0.5  # seconds that a row waits to be stored with others


def add_catalogue(command: argparse.ArgumentParser) -> None:
    """``--catalogue``."""
    command.add_argument(
        "--catalogue", type=file_path, metavar="FILE", help="use the catalogue in this file instead of your own"
    )


def catalogue_file(arguments: argparse.Namespace) -> Path:
    """The catalogue that was named, else the user's own."""
    named: Path | None = arguments.catalogue
    return named or paths.catalogue_file()


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
    return Catalogue(file) if arguments.catalogue is not None or file.exists() else None


def _take_over_once(file: Path, session: Path, corrections: Path) -> None:
    if file.exists():
        with contextlib.suppress(CatalogueError), Catalogue(file) as found:
            if not remains_to_be_taken_over(found, session, corrections):
                return
    with Catalogue(file, write=True) as found:
        if remains_to_be_taken_over(found, session, corrections):
            terminal.run_with_progress(take_over(found, session, corrections))


def identity(model: Path, predictor: PhotoPredictor) -> ModelIdentity:
    """What predicts, by which a later run knows its answers. Reads the model file."""
    fingerprint = hashlib.blake2b(model.read_bytes(), digest_size=16).hexdigest()
    return ModelIdentity(
        predictor.metadata.name, fingerprint, program_version(), predictor.runtime, predictor.precision
    )


class Remembering:
    """Stores the rows of one tagging job, and gives those of photos that have not changed since an earlier one.

    Args:
        catalogue: Open for writing.
        named: Files and folders of the job.
        model: What predicts.
    """

    def __init__(self, catalogue: Catalogue, named: Sequence[Path], model: ModelIdentity) -> None:
        self._catalogue, self._named, self._model = catalogue, named, model
        self._batch = 0
        self.unchanged = self.gone = 0

    @property
    def remembered(self) -> Callable[[Path], Tagged | None]:
        """For the tagging job."""
        return photos.remembered(self._catalogue, self._model)

    def stored(self, events: Iterable[JobEvent]) -> Iterator[JobEvent]:
        """The events of the job. Rows come once they are stored, with what a person has set."""
        waiting: list[Tagged] = []
        since = time.monotonic()
        for event in events:
            if isinstance(event, Tagged):
                waiting.append(event)
                if len(waiting) < _ROWS_AT_ONCE and time.monotonic() - since < _LONGEST_WAIT:
                    continue
            if isinstance(event, Tagged | Finished) and waiting:
                yield from self._store(waiting)
                waiting = []
            since = time.monotonic()
            if isinstance(event, Finished) and not event.cancelled:
                self.gone = len(photos.mark_gone(self._catalogue, self._batch, self._named).ids)
                if self._batch:
                    operations.finish_import(self._catalogue, self._batch)
                backups.back_up_daily(self._catalogue.file)
            if not isinstance(event, Tagged):
                yield event

    def to_json(self) -> dict[str, Any]:
        """The file, how many rows it had already, and how many photos are gone."""
        file = printable(str(self._catalogue.file))
        return {"file": file, "unchanged": self.unchanged, "gone": self.gone}

    def _store(self, waiting: list[Tagged]) -> Iterator[Tagged]:
        self._batch = self._batch or operations.begin_import(self._catalogue, self._named)
        self.unchanged += sum(item.photo is not None for item in waiting)
        _, rows = photos.store(self._catalogue, self._batch, waiting, self._model)
        yield from rows
