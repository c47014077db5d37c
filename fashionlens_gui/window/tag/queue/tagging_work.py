"""The work of the tagging queue in its thread: one import from its files to rows in the catalogue."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.imports.import_job import ImportJob, Stored, statuses, tag_again
from fashionlens_gui.catalogue.imports.unfinished_imports import paths_done
from fashionlens_gui.catalogue.model_identity import identity_of
from fashionlens_gui.catalogue.query import Query, paths_of_other_models
from fashionlens_gui.tagging.job_events import Finished, ScanProgress, Tagged
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.tag.table.thumbnails import PIXELS, framed
from trainer.control import WorkControl

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor

_POLL = 0.05  # seconds between checks of the stop switch while the beginning of an import is being stored


@dataclass(frozen=True, slots=True, eq=False)
class ImportResult:
    """How an import ended.

    Attributes:
        finished: With the counts as the catalogue has them; None after an error.
        ids: Its photos that were tagged or remembered in this run, int64 (n,).
        remembered: How many of them were in the catalogue already, unchanged.
        retagged: Photos of the list were tagged again.
    """

    finished: Finished | None
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    remembered: int = 0
    retagged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class StoredPhotos:
    """Photos whose rows are in the catalogue now, int64 (n,), and thumbnails of those that were read, by path."""

    ids: np.ndarray
    thumbnails: Sequence[tuple[Path, QImage]]


@dataclass(frozen=True, slots=True, eq=False)
class QueuedImport:
    """An import that waits or is tagged, or the photos of a list that are tagged again.

    Attributes:
        paths: Files and folders of an import.
        remaining: Photos to tag, where that is known before: of a continued import.
        retagged: Gives the list whose photos are tagged again; None for an import.
        batch: The number of an import, once the catalogue has stored that it begins.
    """

    paths: tuple[Path, ...] = ()
    remaining: int | None = None
    retagged: Callable[[Catalogue], Query] | None = None
    batch: Future[int] = field(default_factory=Future)

    @property
    def number(self) -> int | None:
        """Of an import; None until it is stored, and when it could not be."""
        known = self.batch.done() and self.batch.exception() is None
        return self.batch.result() if known else None


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Photos that were stored in one transaction, and what it changed."""

    changes: Changes
    stored: StoredPhotos


def tag(
    current: QueuedImport, predictor: PhotoPredictor, model: Path, catalogue: Catalogue, control: WorkControl
) -> Generator[Page | ScanProgress | ImportResult, None, None]:
    """Tag one import, once the catalogue has it; photos are in the catalogue before their events.

    When its end cannot be stored, the photos are there all the same; it is offered to be continued then.

    Args:
        current: The import.
        predictor: The model in use.
        model: Its file.
        catalogue: Open for writing.
        control: Stops it.
    """
    from fashionlens_gui.tagging.job import palette_for, tag_photos  # decoders take their time to be imported

    while current.retagged is None and not current.batch.done():
        if control.stopped:
            return
        time.sleep(_POLL)
    if current.retagged is None and current.number is None:
        return
    identity = identity_of(model, predictor)
    tag_some = partial(
        tag_photos,
        predictor=predictor,
        control=control,
        thumbnail_side=PIXELS,
        palette=palette_for(predictor.metadata),
    )
    job: ImportJob | None = None
    if current.retagged is not None:
        tagging = tag_some(paths_of_other_models(catalogue, current.retagged(catalogue), identity.name))
        events = tag_again(catalogue, tagging, identity)
    else:
        batch = current.batch.result()
        job = ImportJob(catalogue, current.paths, identity, batch)
        done = paths_done(catalogue, batch) if current.remaining is not None else ()
        tagging = tag_some(current.paths, skip=done, remembered=job.remembered)
        events = job.stored(tagging)
    found: list[np.ndarray] = []
    with contextlib.closing(tagging):
        for event in events:
            if isinstance(event, Stored):
                page = Page(event.changes, _stored_photos(event.rows))
                found.append(page.stored.ids)
                yield page
                if job is not None and job.undone:
                    control.stop()
            elif isinstance(event, Finished):
                yield _result(catalogue, event, joined(found), job)
            else:
                yield event


def _stored_photos(rows: Sequence[Tagged]) -> StoredPhotos:
    thumbnails = [(row.tag.path, framed(to_qimage(row.thumbnail))) for row in rows if row.thumbnail is not None]
    return StoredPhotos(np.array([row.photo for row in rows], np.int64), thumbnails)


def _result(catalogue: Catalogue, finished: Finished, ids: np.ndarray, job: ImportJob | None) -> ImportResult:
    """How an import ended, with the counts as people see the photos now; ``job`` is None for photos tagged again."""
    now = statuses(catalogue, ids)
    unread = finished.counts.errors if job is None else 0  # photos tagged again keep the rows that they had
    counts = replace(
        finished.counts,
        ok=now.get(Status.OK, 0),
        needs_review=now.get(Status.NEEDS_REVIEW, 0),
        errors=now.get(Status.ERROR, 0) + unread,
    )
    return ImportResult(replace(finished, counts=counts), ids, 0 if job is None else job.unchanged, job is None)


def joined(ids: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of ids as one, int64."""
    return np.concatenate([np.zeros(0, np.int64), *ids])
