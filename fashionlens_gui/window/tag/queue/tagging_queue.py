"""Drops wait in line and are tagged one after the other, off the window's thread, straight into the session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from fashionlens_gui.window.photos.qimage import to_image
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.table.thumbnails import PIXELS, framed
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.job import Finished, Tagged
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from trainer.inference.predictor import Predictor

_RATE_OVER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """How far the queue is.

    Attributes:
        busy: There is something to do.
        found: Photos of the drop in hand, so far.
        complete: ``found`` is final.
        done: Of those, how many have a row.
        rate: Photos per second over the last few seconds; 0 while unknown.
        seconds_left: For the drop in hand; None while unknown.
        waiting_drops: Drops in line behind it.
        waiting_for_model: Nothing runs because no model is ready; ``model_note`` says so in plain words.
        stuck: No model will be ready unless the user chooses another one.
        stopping: Cancel was asked for.
    """

    busy: bool = False
    found: int = 0
    complete: bool = False
    done: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    waiting_drops: int = 0
    waiting_for_model: bool = False
    model_note: str = ""
    stuck: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a drop.

    Attributes:
        finished: None when tagging broke off with an error.
        waiting_drops: Drops in line behind it.
        again: Nothing was dropped: photos of the list were tagged again.
    """

    finished: Finished | None
    waiting_drops: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class _QueuedImport:
    id: int | None  # None where nothing was dropped: photos of the list are tagged again
    paths: tuple[Path, ...]
    left: int | None  # photos without a row where tagging goes on with an earlier drop; those to be tagged again


@dataclass(frozen=True, slots=True, eq=False)
class SavedRow:
    """A row that is in the session now, its framed picture, and the rows that it replaced."""

    item: Tagged
    picture: QImage | None
    replaced: Sequence[int]


class TaggingQueue(QObject):
    """Tags drops as soon as there is a session and a model.

    Args:
        active_model: Gives the predictor; drops wait until it is ready.
        parent: Qt parent.
    """

    saved = Signal(object)
    """A list of :class:`SavedRow`, in order."""
    progressed = Signal(object)
    """:class:`QueueProgress`."""
    ended = Signal(object)
    """:class:`ImportResult`, after each drop."""
    failed = Signal(object)
    """A FashionLensError that ended a drop."""

    def __init__(self, active_model: ActiveModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active_model = active_model
        self._session: Session | None = None
        self._waiting: deque[_QueuedImport] = deque()
        self._early: list[tuple[Path, ...]] = []  # dropped before the session was open
        self._drop: _QueuedImport | None = None
        self._tagger = WorkerSlot[object, None](
            "tagging", self, on_events=self._took, on_error=self.failed.emit, on_end=self._tagging_ended
        )
        self._finished: Finished | None = None
        self._found = self._done = 0
        self._complete = False
        self._past: deque[tuple[float, int]] = deque()
        self._closed = False
        active_model.ready.connect(self._model_changed)
        active_model.failed.connect(self._model_changed)
        active_model.loading.connect(self._model_changed)

    @property
    def busy(self) -> bool:
        """Whether something is tagged or waits."""
        return bool(self._tagger.busy or self._waiting or self._early)

    def use(self, session: Session) -> None:
        """The session is open: what was dropped meanwhile can begin."""
        self._session = session
        early, self._early = self._early, []
        for paths in early:
            try:
                self.add(paths)
            except FashionLensError as error:
                self.failed.emit(error)

    def add(self, paths: Sequence[Path]) -> None:
        """Put files and folders in line. May raise SaveError when the session cannot be written."""
        if self._session is None:
            self._early.append(tuple(paths))
            self._tell()
            return
        drop = self._session.begin_import(paths)
        self._waiting.append(_QueuedImport(drop, tuple(paths), None))
        self._next()

    def go_on(self, drop: int, paths: Sequence[Path], left: int) -> None:
        """Continue a drop that was cut short; ``left`` photos of it have no row yet."""
        self._waiting.append(_QueuedImport(drop, tuple(paths), left))
        self._next()

    def tag_again(self, number: int) -> None:
        """Tag those photos of the list anew, in their places, that another model tagged: ``number`` of them.

        What people said of them stays, and so do rows whose photos cannot be read any more. What a cancel leaves out
        stays as it was.
        """
        self._waiting.append(_QueuedImport(None, (), number))
        self._next()

    def cancel(self) -> None:
        """Stop what runs and take everything out of the line; it stays in the session as unfinished."""
        self._waiting.clear()
        self._early.clear()
        if self._tagger.busy:
            self._tagger.stop()
            self._tell()
        else:
            self._tell()
            self.ended.emit(ImportResult(None, 0))

    def stop_and_wait(self) -> None:
        """Stop everything and block until no thread runs."""
        self._waiting.clear()
        self._early.clear()
        self._tagger.stop()
        self._tagger.wait()

    def shutdown(self) -> None:
        """The window closes."""
        self._closed = True
        self.stop_and_wait()

    @Slot()
    def _model_changed(self, _what: object = None) -> None:
        self._next()

    def _next(self) -> None:
        """Begin the next drop when nothing runs and everything is there."""
        predictor = self._active_model.predictor
        session = self._session
        if not self._tagger.busy and self._waiting and predictor is not None and session and not self._closed:
            self._drop = self._waiting.popleft()
            self._finished = None
            self._found = self._done = 0
            self._complete = False
            self._past.clear()
            self._tagger.start(partial(_tag, self._drop, predictor, session))
        self._tell()

    def _took(self, events: tuple[object, ...]) -> None:
        from fashionlens_gui.tagging.job import Finished, Scanned

        saved: list[SavedRow] = []
        for event in events:
            if isinstance(event, SavedRow):
                saved.append(event)
            elif isinstance(event, Scanned):
                self._found, self._complete = event.found, event.complete
            elif isinstance(event, Finished):
                self._finished = event
        if self._drop is not None and self._drop.left is not None:
            self._found, self._complete = max(self._drop.left, self._done + len(saved)), True
        self._done += len(saved)
        now = time.monotonic()
        self._past.append((now, self._done))
        while self._past[0][0] < now - _RATE_OVER_SECONDS:
            self._past.popleft()
        if saved:
            self.saved.emit(saved)
        self._tell()

    def _tagging_ended(self) -> None:
        drop, finished = self._drop, self._finished
        self._drop = None
        failure: FashionLensError | None = None
        if drop and drop.id is not None and self._session and finished is not None and not finished.cancelled:
            try:
                self._session.finish_import(drop.id)
            except FashionLensError as error:
                failure = error  # the rows are saved; only the next start will look through the folder again
        if not self._closed:
            self._next()
            self.ended.emit(ImportResult(finished, len(self._waiting), drop is not None and drop.id is None))
            if failure is not None:  # last, because a dialog may stay open for long
                self.failed.emit(failure)

    def _tell(self) -> None:
        self.progressed.emit(self.progress())

    def progress(self) -> QueueProgress:
        """How far it is now."""
        rate = self._rate()
        left = (self._found - self._done) / rate if rate else None
        idle = not self._tagger.busy
        return QueueProgress(
            busy=self.busy,
            found=self._found,
            complete=self._complete,
            done=self._done,
            rate=0.0 if idle else rate,
            seconds_left=left,
            waiting_drops=len(self._waiting) + len(self._early) - (1 if idle and self.busy else 0),
            waiting_for_model=idle and self.busy,
            model_note=self._note() if idle else "",
            stuck=idle and self.busy and self._session is not None and self._active_model.state == "failed",
            stopping=self._tagger.busy and self._tagger.control.stopped,
        )

    def _note(self) -> str:
        if self._session is None:
            return "Opening your list… Tagging starts after that."
        if self._active_model.state == "failed":
            return "No model could be opened. Choose another one below to start tagging."
        return "Loading the model… Tagging starts automatically."

    def _rate(self) -> float:
        if len(self._past) < 2:
            return 0.0
        (since, before), (now, done) = self._past[0], self._past[-1]
        return (done - before) / (now - since) if now - since > 0.2 else 0.0


def _tag(
    drop: _QueuedImport, predictor: Predictor, session: Session, control: WorkControl
) -> Generator[object, None, None]:
    """Tag one drop: each row is in the session before the window hears of it."""
    from fashionlens_gui.tagging.job import Tagged, tag_photos
    from fashionlens_gui.tagging.palette import palette_for
    from fashionlens_gui.tagging.tag import Status

    model = predictor.metadata.name
    again = drop.id is None
    paths = session.paths_of_other_models(model) if again else drop.paths
    known = session.paths() if drop.left is not None and not again else ()
    # Only the counts need the threshold here: the session judges each row by the one in force when it comes.
    review_below = session.review_below
    events = tag_photos(
        paths,
        predictor,
        control,
        thumbnail_side=PIXELS,
        skip=known,
        review_below=review_below,
        palette=palette_for(predictor.metadata),
    )
    for event in events:
        if isinstance(event, Tagged):
            if again and event.tag.status == Status.ERROR:
                continue  # what is known of a photo that was moved since is better than nothing
            picture = None if event.thumbnail is None else framed(to_image(event.thumbnail))
            yield SavedRow(event, picture, session.add([event], model))
        else:
            yield event
