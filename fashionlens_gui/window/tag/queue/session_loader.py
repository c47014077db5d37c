"""Opens the session of the last start and offers to continue its unfinished imports."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.session.store import ImportBatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSession:
    """The session and its rows as columns."""

    session: Session
    columns: Columns


@dataclass(frozen=True, slots=True)
class UnfinishedImport:
    """An import that was cut short; ``remaining`` of its photos have no row."""

    batch: ImportBatch
    remaining: int


def _open(file: Path, control: WorkControl) -> Generator[LoadedSession | UnfinishedImport, None, None]:
    from fashionlens_gui.session.session import open_session

    session = open_session(file, paths.corrections_file())
    columns = Columns()
    columns.append(session.rows)
    yield LoadedSession(session, columns)
    yield from _scan_unfinished(session, session.unfinished_imports(), control)


def _scan_unfinished(
    session: Session, batches: Sequence[ImportBatch], control: WorkControl
) -> Generator[UnfinishedImport, None, None]:
    """Count the photos without a row; imports without any are marked as finished."""
    from fashionlens_gui.tagging.scan import scan

    known = {str(path) for path in session.paths()} if batches else set()
    for batch in batches:
        remaining = sum(str(item.path) not in known for item in scan(batch.paths, control))
        if control.stopped:
            return
        if remaining:
            yield UnfinishedImport(batch, remaining)
            continue
        try:
            session.finish_import(batch.id)
        except FashionLensError as error:  # the others can still be offered; the next start tries again
            _log.warning("An import could not be marked as finished: %s %s", messages.sentence(error), error.detail)


class SessionLoader(QObject):
    """Opens the session in a thread and finds unfinished imports.

    Args:
        writer: Writes to the session.
    """

    opened = Signal(object)
    """A :class:`LoadedSession`, once."""
    unfinished_changed = Signal()
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, writer: WorkerSlot[None, Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._writer = writer
        self.unfinished: list[UnfinishedImport] = []
        self.session: Session | None = None
        self._worker = WorkerSlot[LoadedSession | UnfinishedImport, None](
            "opening the last list",
            self,
            on_events=self._receive,
            on_error=self.failed.emit,
            on_end=self.unfinished_changed.emit,
        )
        self._file_exists = False

    @property
    def ready(self) -> bool:
        """Whether the session is open and the unfinished imports are known."""
        return self.session is not None and not self._worker.busy

    @property
    def opening(self) -> bool:
        """Whether an existing list is being opened."""
        return self._file_exists and self.session is None and self._worker.busy

    def open(self, file: Path) -> None:
        """Start to open a session; :attr:`opened` delivers it."""
        self._file_exists = os.path.exists(file)  # Path.exists raises without permission
        self._worker.start(partial(_open, file))

    def find_unfinished(self) -> None:
        """Look for unfinished imports again, such as after a cancel."""
        session = self.session
        if session is not None:  # behind the imports that wait to be stored
            self._writer.start(lambda _control: session.unfinished_imports(), partial(self._scan, session))

    def _scan(self, session: Session, batches: list[ImportBatch]) -> None:
        if self._worker.start(partial(_scan_unfinished, session, batches)):
            self.unfinished = []

    def take_unfinished(self) -> list[UnfinishedImport]:
        """The unfinished imports; they are not offered again."""
        self._worker.stop()
        unfinished, self.unfinished = self.unfinished, []
        return unfinished

    def dismiss_unfinished(self) -> None:
        """Mark the unfinished imports as finished. After an error the others are offered again."""
        session, dismissed = self.session, self.take_unfinished()

        def finish(_control: WorkControl) -> None:
            assert session is not None
            while dismissed:
                session.finish_import(dismissed[0].batch.id)
                del dismissed[0]

        self._writer.start(finish, on_error=partial(self._offer_again, dismissed))

    def _offer_again(self, dismissed: list[UnfinishedImport], error: FashionLensError) -> None:
        self.unfinished += dismissed
        self.unfinished_changed.emit()
        self.failed.emit(error)

    def shutdown(self) -> None:
        """Wait for the thread, then close the session."""
        self._worker.shutdown(30_000)
        if self.session is not None:
            self.session.close()

    def _receive(self, events: tuple[LoadedSession | UnfinishedImport, ...]) -> None:
        for event in events:
            if isinstance(event, LoadedSession):
                self.session = event.session
                self.opened.emit(event)
            elif not self._worker.control.stopped:
                self.unfinished.append(event)


class UnfinishedNotice(Notice):
    """Offers to continue unfinished imports. It asks, because a photo that crashed the program would do so again.

    Args:
        session_loader: Knows the unfinished imports.
        queue: Continues them.
    """

    def __init__(self, session_loader: SessionLoader, queue: TaggingQueue) -> None:
        super().__init__()
        self._session_loader, self._queue = session_loader, queue
        session_loader.unfinished_changed.connect(self._unfinished_changed)

    @Slot()
    def _unfinished_changed(self) -> None:
        count = sum(each.remaining for each in self._session_loader.unfinished)
        if not count:
            self.dismiss()
            return
        text = f"{photos(count)} of an earlier import {'is' if count == 1 else 'are'} not tagged yet."
        resume = (f"Continue tagging {photos(count)}", self._resume)
        self.show_message(
            "info", text, [resume, ("Don't tag", self._session_loader.dismiss_unfinished)], closable=False
        )

    def _resume(self) -> None:
        for each in self._session_loader.take_unfinished():
            self._queue.resume(each.batch.id, each.batch.paths, each.remaining)
