"""Bringing back the last session off the window's thread: its rows, ready to sort, and what was left untagged."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui import messages, paths
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue
from fashionlens_gui.window.tag.table.columns import Columns
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.session.import_batches import ImportBatch
    from fashionlens_gui.session.session import Session

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSession:
    """The session and its rows as columns."""

    session: Session
    columns: Columns


@dataclass(frozen=True, slots=True)
class UnfinishedImport:
    """A drop that was cut short: ``left`` photos of it have no row."""

    drop: ImportBatch
    left: int


def open_last(file: Path, control: WorkControl) -> Generator[LoadedSession | UnfinishedImport, None, None]:
    """Open the session, then count what is left of drops that were cut short."""
    from fashionlens_gui.session.session import open_session

    session = open_session(file, paths.corrections_file())
    columns = Columns()
    columns.append(session.rows)
    yield LoadedSession(session, columns)
    yield from unfinished(session, control)


def unfinished(session: Session, control: WorkControl) -> Generator[UnfinishedImport, None, None]:
    """Look through the drops that were cut short; those of which nothing is left are done with."""
    from fashionlens_gui.tagging.scan import scan

    drops = session.unfinished_imports()
    known = {str(path) for path in session.paths()} if drops else set()
    for drop in drops:
        left = sum(str(item.path) not in known for item in scan(drop.paths, control))
        if control.stopped:
            return
        if left:
            yield UnfinishedImport(drop, left)
        else:
            try:
                session.finish_import(drop.id)
            except FashionLensError as error:  # the others can still be offered; the next start looks again
                _log.warning("An import could not be marked as finished: %s %s", messages.sentence(error), error.detail)


class SessionLoader(QObject):
    """Opens the session and keeps count of what earlier drops left untagged."""

    opened = Signal(object)
    """:class:`LoadedSession`, once."""
    left_changed = Signal()
    """:attr:`left` is known (again)."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.left: list[UnfinishedImport] = []
        self.session: Session | None = None
        self._slot = WorkerSlot[LoadedSession | UnfinishedImport, None](
            "opening the last list",
            self,
            on_events=self._took,
            on_error=self.failed.emit,
            on_end=self.left_changed.emit,
        )
        self._kept = False

    @property
    def ready(self) -> bool:
        """The session is open, and it is known what was left."""
        return self.session is not None and not self._slot.busy

    @property
    def opening(self) -> bool:
        """A list of last time is being opened."""
        return self._kept and self.session is None and self._slot.busy

    def open(self, file: Path) -> None:
        """Begin to open; :attr:`opened` brings the session."""
        self._kept = os.path.exists(file)  # Path.exists raises where one may not look
        self._start(partial(open_last, file))

    def look_again(self) -> None:
        """Count what is left, such as after a cancel."""
        session = self.session
        if session is not None:
            self._start(partial(unfinished, session))

    def take(self) -> list[UnfinishedImport]:
        """What is left, to go on with; it is not offered again."""
        left, self.left = self.left, []
        return left

    def forget_left(self) -> None:
        """The user does not want the rest of earlier drops. Those that cannot be marked so are offered again."""
        if self.session is None:
            return
        try:
            while self.left:
                self.session.finish_import(self.left[0].drop.id)
                del self.left[0]
        except FashionLensError as error:
            self.left_changed.emit()
            self.failed.emit(error)

    def shutdown(self) -> None:
        """Wait for what runs, then let go of the session."""
        self._slot.shutdown(30_000)
        if self.session is not None:
            self.session.close()

    def _start(
        self, function: Callable[[WorkControl], Generator[LoadedSession | UnfinishedImport, None, None]]
    ) -> None:
        if self._slot.start(function):
            self.left = []

    def _took(self, events: tuple[LoadedSession | UnfinishedImport, ...]) -> None:
        for event in events:
            if isinstance(event, UnfinishedImport):
                self.left.append(event)
            else:
                self.session = event.session
                self.opened.emit(event)


class UnfinishedNotice(Notice):
    """Asks instead of going on by itself: a photo that brought the program down must not do so at every start.

    Args:
        last_list: Knows what is left.
        queue: Goes on.
    """

    def __init__(self, session_loader: SessionLoader, queue: TaggingQueue) -> None:
        super().__init__()
        self._session_loader, self._queue = session_loader, queue
        session_loader.left_changed.connect(self._left_changed)

    @Slot()
    def _left_changed(self) -> None:
        number = sum(each.left for each in self._session_loader.left)
        if not number:
            self.put_away()
            return
        words = f"{photos(number)} of an earlier import {'is' if number == 1 else 'are'} not tagged yet."
        go_on = (f"Continue tagging {photos(number)}", self._go_on)
        self.say("info", words, [go_on, ("Don't tag", self._session_loader.forget_left)], may_close=False)

    def _go_on(self) -> None:
        for each in self._session_loader.take():
            self._queue.go_on(each.drop.id, each.drop.paths, each.left)
