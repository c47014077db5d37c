"""Imports wait in a queue and are tagged one after the other in a thread, straight into the session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.table.thumbnails import PIXELS, framed
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.job import Finished, Tagged
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from trainer.inference.prediction import PhotoPredictor

_RATE_SECONDS = 5.0


class WaitingFor(Enum):
    """Why nothing is tagged although something is in the queue."""

    SESSION = "session"
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


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import ended.

    Attributes:
        finished: None after an error.
        retagged: Photos of the list were tagged again.
    """

    finished: Finished | None
    retagged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _QueuedImport:
    paths: tuple[Path, ...]
    remaining: int | None = None  # photos to tag, where that is known before: of a continued import, or to tag again
    retag: bool = False  # tag photos of the list again
    id: Future[int] = field(default_factory=Future)  # in the session, once it is stored there; not of a retag


@dataclass(frozen=True, slots=True, eq=False)
class SavedRow:
    """A row that is in the session now, its thumbnail, and the rows that it replaced."""

    item: Tagged
    thumbnail: QImage | None
    replaced: Sequence[int]


class TaggingQueue(QObject):
    """Tags imports as soon as there is a session and a model.

    Args:
        active_model: Provides the predictor.
        writer: Stores the imports in the session.
    """

    rows_saved = Signal(object)
    """A list of :class:`SavedRow`, in order."""
    progressed = Signal(object)
    """A :class:`QueueProgress`."""
    import_ended = Signal(object)
    """An :class:`ImportResult`."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, active_model: ActiveModel, writer: WorkerSlot[None, Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active_model, self._writer = active_model, writer
        self._session: Session | None = None
        self._queue: deque[_QueuedImport] = deque()
        self._current: _QueuedImport | None = None
        self._worker = WorkerSlot[object, None](
            "tagging", self, on_events=self._receive, on_error=self._keep_failure, on_end=self._tagging_ended
        )
        self._finished: Finished | None = None
        self._failure: FashionLensError | None = None
        self._found = self._done = 0
        self._complete = False
        self._recent: deque[tuple[float, int]] = deque()  # time and photos done, over the last _RATE_SECONDS
        self._closed = False
        for signal in (active_model.ready, active_model.failed, active_model.loading):
            signal.connect(self._model_changed)

    @property
    def busy(self) -> bool:
        return self._worker.busy or bool(self._queue)

    def set_session(self, session: Session) -> None:
        self._session = session
        for each in self._queue:
            if not (each.retag or each.id.done()):
                self._store(session, each)
        self._start_next()

    def add(self, paths: Sequence[Path]) -> None:
        """Queue files and folders. They are tagged when the session has stored that."""
        self._queue.append(_QueuedImport(tuple(paths)))
        if self._session is not None:
            self._store(self._session, self._queue[-1])
        self._start_next()

    def _store(self, session: Session, added: _QueuedImport) -> None:
        def store(_control: WorkControl) -> None:
            try:
                added.id.set_result(session.begin_import(added.paths))
            except BaseException as error:
                added.id.set_exception(error)
                raise

        self._writer.start(store, on_error=partial(self._not_stored, added))

    def _not_stored(self, added: _QueuedImport, error: FashionLensError) -> None:
        if added in self._queue:
            self._queue.remove(added)
            self._emit_progress()
        self.failed.emit(error)

    def resume(self, import_id: int, paths: Sequence[Path], remaining: int) -> None:
        """Continue an import that was cut short; ``remaining`` of its photos have no row yet."""
        self._queue.append(_QueuedImport(tuple(paths), remaining))
        self._queue[-1].id.set_result(import_id)
        self._start_next()

    def retag(self, count: int) -> None:
        """Tag the ``count`` photos of the list again that another model tagged.

        Corrections stay, and so do rows of photos that can no longer be read. Not continued after a cancel.
        """
        self._queue.append(_QueuedImport((), count, retag=True))
        self._start_next()

    def cancel(self) -> None:
        """Stop the current import and empty the queue; the session keeps the imports as unfinished."""
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

    @Slot()
    def _model_changed(self, _what: object = None) -> None:
        self._start_next()

    def _start_next(self) -> None:
        """Start the next import if nothing runs and the session and model are ready."""
        predictor, session = self._active_model.predictor, self._session
        if not self._worker.busy and self._queue and predictor is not None and session and not self._closed:
            self._current = self._queue.popleft()
            self._finished = self._failure = None
            self._found = self._done = 0
            self._complete = False
            self._recent.clear()
            self._worker.start(partial(_tag, self._current, predictor, session))
        self._emit_progress()

    def _receive(self, events: tuple[object, ...]) -> None:
        from fashionlens_gui.tagging.job import Finished, ScanProgress

        saved: list[SavedRow] = []
        for event in events:
            if isinstance(event, SavedRow):
                saved.append(event)
            elif isinstance(event, ScanProgress):
                self._found, self._complete = event.found, event.complete
            elif isinstance(event, Finished):
                self._finished = event
        self._done += len(saved)
        if self._current is not None and self._current.remaining is not None:
            self._found, self._complete = max(self._current.remaining, self._done), True
        now = time.monotonic()
        self._recent.append((now, self._done))
        while self._recent[0][0] < now - _RATE_SECONDS:
            self._recent.popleft()
        if saved:
            self.rows_saved.emit(saved)
        self._emit_progress()

    def _keep_failure(self, error: FashionLensError) -> None:
        self._failure = error

    def _tagging_ended(self) -> None:
        ended, finished, failure = self._current, self._finished, self._failure
        self._current = None
        if not self._closed:
            self._start_next()
            self.import_ended.emit(ImportResult(finished, ended is not None and ended.retag))
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
        if self._session is None:
            return WaitingFor.SESSION
        return WaitingFor.ANOTHER_MODEL if self._active_model.state == "failed" else WaitingFor.MODEL

    def _rate(self) -> float:
        if len(self._recent) < 2:
            return 0.0
        (start, before), (now, done) = self._recent[0], self._recent[-1]
        return (done - before) / (now - start) if now - start > 0.2 else 0.0


def _tag(
    current: _QueuedImport, predictor: PhotoPredictor, session: Session, control: WorkControl
) -> Generator[object, None, None]:
    """Tag one import, once it is stored; each row is in the session before its event, and so is the end of the import.

    When the end cannot be written, the rows are saved all the same; the next start looks through the folder again.
    """
    from fashionlens_gui.tagging.job import Finished, Tagged, palette_for, tag_photos
    from fashionlens_gui.tagging.tag import Status

    model = predictor.metadata.name
    retag = current.retag
    if not retag and current.id.exception() is not None:
        return
    events = tag_photos(
        session.paths_of_other_models(model) if retag else current.paths,
        predictor,
        control,
        thumbnail_side=PIXELS,
        skip=session.paths() if current.remaining is not None and not retag else (),
        rule=session.review_rule,  # for the counts; the session applies the rule in force to each row
        palette=palette_for(predictor.metadata),
    )
    for event in events:
        if isinstance(event, Tagged):
            if retag and event.tag.status == Status.ERROR:
                continue  # keep the row of a photo that was moved since
            thumbnail = None if event.thumbnail is None else framed(to_qimage(event.thumbnail))
            yield SavedRow(event, thumbnail, session.add([event], model, control))
        else:
            yield event
            if isinstance(event, Finished) and not event.cancelled and not retag:
                session.finish_import(current.id.result())
