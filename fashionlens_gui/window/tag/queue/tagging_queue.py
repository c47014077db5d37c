"""Imports wait in a queue and are tagged one after the other in a thread, straight into the catalogue."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.tagging.job_events import ScanProgress
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.queue.tagging_work import ImportResult, Page, QueuedImport, StoredPhotos, joined, tag
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.imports.unfinished_imports import UnfinishedImport
    from fashionlens_gui.catalogue.query import Query
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_RATE_SECONDS = 5.0


class WaitingFor(Enum):
    """Why nothing is tagged although something is in the queue."""

    CATALOGUE = "catalogue"
    MODEL = "model"
    ANOTHER_MODEL = "another_model"
    """The model could not be loaded; the user has to choose another one."""


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """Progress of the queue.

    Attributes:
        busy: Something is tagged or waits.
        found: Photos of the current import, so far.
        complete: ``found`` is final.
        done: Photos of the current import that have a row.
        rate: Photos per second over the last few seconds; 0 while unknown.
        seconds_left: For the current import; None while unknown.
        waiting_imports: Number of imports behind the current one.
        waiting_for: What the current import waits for; None while it is tagged.
        stopping: It was cancelled and ends soon.
    """

    busy: bool
    found: int
    complete: bool
    done: int
    rate: float
    seconds_left: float | None
    waiting_imports: int
    waiting_for: WaitingFor | None
    stopping: bool


class TaggingQueue(QObject):
    """Tags imports as soon as there is a catalogue and a model.

    Args:
        active_model: Provides the predictor.
        access: Stores the imports; tells all views of rows that are stored.
    """

    begun = Signal(int)
    """The number of an import that begins, once it is stored, or that is continued."""
    stored = Signal(object)
    """:class:`StoredPhotos`, after all views have heard of the changes."""
    progressed = Signal(object)
    """A :class:`QueueProgress`."""
    import_ended = Signal(object)
    """An :class:`ImportResult`."""
    failed = Signal(object)
    """A FashionLensError of tagging; those of storing that an import begins are the catalogue's."""

    def __init__(self, active_model: ActiveModel, access: CatalogueAccess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active_model, self._access = active_model, access
        self._queue: deque[QueuedImport] = deque()
        self._current: QueuedImport | None = None
        self._abandoned: QueuedImport | None = None  # its catalogue was closed
        self._worker = WorkerSlot[object, None](
            "tagging", self, on_events=self._receive, on_error=self._keep_failure, on_end=self._tagging_ended
        )
        self._result = ImportResult(None)
        self._failure: FashionLensError | None = None
        self._found = self._done = 0
        self._complete = False
        self._recent: deque[tuple[float, int]] = deque()  # time and photos done, over the last _RATE_SECONDS
        self._closed = False
        for signal in (active_model.ready, active_model.failed, active_model.loading):
            signal.connect(self._model_changed)
        access.opened.connect(self._catalogue_opened)
        access.closing.connect(self._catalogue_closing)

    @property
    def busy(self) -> bool:
        return self._worker.busy or bool(self._queue)

    def has(self, batch: int) -> bool:
        """Whether an import is being tagged or waits for it."""
        current = [self._current] if self._current is not None else []
        return any(each.number == batch for each in (*current, *self._queue))

    def add(self, paths: Sequence[Path]) -> None:
        """Queue files and folders. They are tagged when the catalogue has stored that."""
        self._queue.append(QueuedImport(tuple(paths)))
        if self._access.catalogue is not None:
            self._begin(self._queue[-1])
        self._start_next()

    def resume(self, unfinished: UnfinishedImport, remaining: int) -> None:
        """Continue an import that was cut short; ``remaining`` of its photos are not tagged yet."""
        self._queue.append(QueuedImport(unfinished.paths, remaining))
        self._queue[-1].batch.set_result(unfinished.batch)
        self.begun.emit(unfinished.batch)
        self._start_next()

    def retag(self, query: Callable[[Catalogue], Query]) -> None:
        """Tag the photos of a list again that another model tagged; ``query`` gives the list, in a worker.

        Corrections stay, and so do rows of photos that can no longer be read. Not continued after a cancel.
        """
        self._queue.append(QueuedImport(retagged=query))
        self._start_next()

    def cancel(self) -> None:
        """Stop the current import and empty the queue; the catalogue has the imports as unfinished."""
        self._queue.clear()
        self._worker.stop()
        self._emit_progress()
        if not self._worker.busy:
            self.import_ended.emit(ImportResult(None))

    def shutdown(self) -> None:
        """The window closes: stop everything and block until no thread runs."""
        self._closed = True
        self._queue.clear()
        self._worker.shutdown()

    # -- the catalogue ------------------------------------------------------------------------------------------------
    def _begin(self, added: QueuedImport) -> None:
        def begin(catalogue: Catalogue) -> Changes:
            try:
                added.batch.set_result(operations.begin_import(catalogue, added.paths))
            except BaseException as error:
                added.batch.set_exception(error)
                raise
            return Changes.none()

        self._access.perform(
            begin, lambda _changes: self.begun.emit(added.batch.result()), partial(self._not_begun, added)
        )

    def _not_begun(self, added: QueuedImport, _error: FashionLensError) -> None:
        if added in self._queue:
            self._queue.remove(added)
            self._emit_progress()

    @Slot(object)
    def _catalogue_opened(self, _catalogue: object) -> None:
        for each in self._queue:
            if each.retagged is None and not each.batch.done():
                self._begin(each)
        self._start_next()

    @Slot()
    def _catalogue_closing(self) -> None:
        """Another catalogue follows, which knows nothing of these imports: they begin anew."""
        current = [self._current] if self._current is not None else []
        kept = [each for each in (*current, *self._queue) if each.retagged is None]
        self._queue = deque(QueuedImport(each.paths) for each in kept)
        self._abandoned = self._current
        self._worker.stop()
        self._emit_progress()

    # -- tagging ------------------------------------------------------------------------------------------------------
    @Slot()
    def _model_changed(self, _what: object = None) -> None:
        self._start_next()

    def _start_next(self) -> None:
        """Start the next import if nothing runs and the catalogue and the model are ready."""
        predictor, entry, catalogue = self._active_model.predictor, self._active_model.entry, self._access.catalogue
        if self._queue and not (self._worker.busy or self._closed) and predictor and entry and catalogue:
            self._current = self._queue.popleft()
            self._result, self._failure = ImportResult(None), None
            self._found = self._done = 0
            self._complete = False
            self._recent.clear()
            self._worker.start(partial(tag, self._current, predictor, entry.path, catalogue))
        self._emit_progress()

    def _receive(self, events: tuple[object, ...]) -> None:
        pages: list[Page] = []
        for event in events:
            if isinstance(event, Page):
                pages.append(event)
            elif isinstance(event, ScanProgress):
                self._found, self._complete = event.found, event.complete
            elif isinstance(event, ImportResult):
                self._result = event
        ids = joined([page.stored.ids for page in pages])
        self._done += len(ids)
        if self._current is not None and self._current.remaining is not None:
            self._found, self._complete = max(self._current.remaining, self._done), True
        now = time.monotonic()
        self._recent.append((now, self._done))
        while self._recent[0][0] < now - _RATE_SECONDS:
            self._recent.popleft()
        if self._access.catalogue is not None:
            self._access.announce(Changes.merged(page.changes for page in pages))
        if len(ids):
            self.stored.emit(StoredPhotos(ids, [each for page in pages for each in page.stored.thumbnails]))
        self._emit_progress()

    def _keep_failure(self, error: FashionLensError) -> None:
        if self._current is not self._abandoned:
            self._failure = error

    def _tagging_ended(self) -> None:
        result, failure = self._result, self._failure
        self._current = None
        if self._closed:
            return
        if self._access.catalogue is not None:
            self._access.perform(lambda _catalogue: Changes.none())  # what can be undone may have changed
        self._start_next()
        self.import_ended.emit(result)
        if failure is not None:  # last, because the dialog blocks
            self.failed.emit(failure)

    def _emit_progress(self) -> None:
        tagging = self._worker.busy
        rate = self._rate() if tagging else 0.0
        self.progressed.emit(
            QueueProgress(
                busy=self.busy,
                found=self._found,
                complete=self._complete,
                done=self._done,
                rate=rate,
                seconds_left=(self._found - self._done) / rate if rate else None,
                waiting_imports=len(self._queue) - (not tagging and self.busy),
                waiting_for=self._waiting_for() if self.busy and not tagging else None,
                stopping=tagging and self._worker.control.stopped,
            )
        )

    def _waiting_for(self) -> WaitingFor:
        if self._access.catalogue is None:
            return WaitingFor.CATALOGUE
        return WaitingFor.ANOTHER_MODEL if self._active_model.state == "failed" else WaitingFor.MODEL

    def _rate(self) -> float:
        if len(self._recent) < 2:
            return 0.0
        (start, before), (now, done) = self._recent[0], self._recent[-1]
        return (done - before) / (now - start) if now - start > 0.2 else 0.0
