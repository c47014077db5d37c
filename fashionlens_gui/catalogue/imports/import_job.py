"""Photos are tagged into a catalogue: rows of a tagging job are stored in pages, while the job goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.tagging.job_events import Finished, JobEvent, ScanProgress, Tagged
from trainer.control import batches

_MOST_IN_A_PAGE = 256
_IDS_AT_ONCE = 500
_SECONDS_OF_A_PAGE = 0.2  # rows wait so long for others: each transaction takes a few milliseconds


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Rows that are in the catalogue now, with their ids and with what people set, and what changed."""

    changes: Changes
    rows: Sequence[Tagged] = ()


class ImportJob:
    """Stores the rows of one tagging job as an import, and gives those of photos that have not changed since another.

    Args:
        catalogue: Open for writing.
        named: Files and folders of the job.
        model: What predicts.
        batch: The import, when it has begun; by default it begins with the first row.

    Attributes:
        unchanged: Rows that came from the catalogue.
        gone: Photos whose files are no longer there.
        undone: A person has undone the import meanwhile: no further row is stored.
    """

    def __init__(self, catalogue: Catalogue, named: Sequence[Path], model: ModelIdentity, batch: int = 0) -> None:
        self._catalogue, self._named, self._model, self._batch = catalogue, named, model, batch
        self.unchanged = self.gone = 0
        self.undone = False

    @property
    def remembered(self) -> Callable[[Path], Tagged | None]:
        """For the tagging job."""
        return photos.remembered(self._catalogue, self._model)

    def stored(self, events: Iterable[JobEvent]) -> Iterator[Stored | ScanProgress | Finished]:
        """The events of the job, rows in pages once they are stored.

        After the last one the import is finished, unless the job was cancelled, and photos that are gone are marked.
        """
        for event in _in_pages(events):
            if isinstance(event, list):
                yield self._store(event)
                continue
            yield event
            if isinstance(event, Finished) and not (event.cancelled or self.undone):
                if self._batch:
                    operations.finish_import(self._catalogue, self._batch)
                changes = photos.mark_gone(self._catalogue, self._batch, self._named)
                self.gone = len(changes.ids)
                if changes:
                    yield Stored(changes)

    def _store(self, page: list[Tagged]) -> Stored:
        self._batch = self._batch or operations.begin_import(self._catalogue, self._named)
        changes, rows = photos.store(self._catalogue, self._batch, page, self._model)
        if any(row.photo is None for row in rows):
            self.undone = True
            return Stored(changes)
        self.unchanged += sum(item.photo is not None for item in page)
        return Stored(changes, rows)


def tag_again(
    catalogue: Catalogue, events: Iterable[JobEvent], model: ModelIdentity
) -> Iterator[Stored | ScanProgress | Finished]:
    """The events of a tagging job about photos that are in the catalogue; rows in pages once they are stored.

    What people set stays, and so do the predictions of photos that can no longer be read.
    """
    for event in _in_pages(events):
        if isinstance(event, list):
            yield Stored(*photos.store_again(catalogue, event, model))
        else:
            yield event


def statuses(catalogue: Catalogue, ids: Sequence[int] | np.ndarray) -> dict[str, int]:
    """How many of these photos have each status; those that are forgotten have none."""
    counts: Counter[str] = Counter()
    for some in batches(len(ids), _IDS_AT_ONCE):
        asked = [int(id_) for id_ in ids[some]]
        marks = ", ".join("?" * len(asked))
        select = f"SELECT status, count(*) FROM photos WHERE hidden_by IS NULL AND id IN ({marks}) GROUP BY 1"
        with catalogue.database.read() as database:
            counts.update(dict(database.execute(select, asked).fetchall()))
    return dict(counts)


def _in_pages(events: Iterable[JobEvent]) -> Iterator[list[Tagged] | ScanProgress | Finished]:
    """The events of a job, rows that come soon after each other together."""
    page: list[Tagged] = []
    begun = 0.0
    for event in events:
        if isinstance(event, Tagged):
            begun = begun if page else time.monotonic()
            page.append(event)
            if len(page) < _MOST_IN_A_PAGE:
                continue
        # A job reports its progress after each batch: the next one may take its time.
        waited = time.monotonic() - begun >= _SECONDS_OF_A_PAGE
        if page and (not isinstance(event, ScanProgress) or waited):
            yield page
            page = []
        if not isinstance(event, Tagged):
            yield event
