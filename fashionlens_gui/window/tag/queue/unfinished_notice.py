"""Offers to continue imports that were cut short."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.imports.unfinished_imports import UnfinishedImport, with_photos_left
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue
from fashionlens_gui.window.tag.queue.tagging_work import ImportResult
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_Found = tuple[UnfinishedImport, int]


class UnfinishedImports(QObject):
    """Finds the unfinished imports of the catalogue: when it is opened, and after one was cut short.

    Args:
        access: The catalogue.
        queue: Continues them; those that are in it are not found.
    """

    changed = Signal()
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, queue: TaggingQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access, self._queue = access, queue
        self.found: list[_Found] = []
        """Each with the number of its photos that are not tagged yet."""
        self._cut_short = False
        self._worker = WorkerSlot[_Found, None](
            "finding unfinished imports",
            self,
            mode="latest",
            on_events=self._receive,
            on_error=self.failed.emit,
            on_end=self.changed.emit,
        )
        access.opened.connect(self.find)
        access.closing.connect(self._closing)
        queue.import_ended.connect(self._import_ended)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    @Slot()
    def find(self) -> None:
        """Look for unfinished imports."""
        if self._access.writable:  # behind the imports that wait to be stored
            self._access.perform(lambda _catalogue: Changes.none(), lambda _changes: self._scan())

    def take(self) -> list[_Found]:
        """The unfinished imports; they are not offered again."""
        self._worker.stop()
        found, self.found = self.found, []
        self.changed.emit()
        return found

    def dismiss(self) -> None:
        """Store that they are finished. After an error the others are offered again."""
        dismissed = self.take()

        def finish(catalogue: Catalogue) -> Changes:
            while dismissed:
                operations.finish_import(catalogue, dismissed[0][0].batch)
                del dismissed[0]
            return Changes.none()

        self._access.perform(finish, on_error=lambda _error: self._offer_again(dismissed))

    def shutdown(self) -> None:
        self._worker.shutdown(30_000)

    def _scan(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self.found = []
            self._worker.start(partial(_find, catalogue))

    def _receive(self, events: tuple[_Found, ...]) -> None:
        if not self._worker.control.stopped:
            self.found += [each for each in events if not self._queue.has(each[0].batch)]

    def _offer_again(self, dismissed: list[_Found]) -> None:
        self.found += dismissed
        self.changed.emit()

    @Slot()
    def _closing(self) -> None:
        self._worker.stop()
        self.found = []
        self.changed.emit()

    @Slot(object)
    def _import_ended(self, result: ImportResult) -> None:
        self._cut_short |= result.finished is None or result.finished.cancelled
        if self._cut_short and not self._queue.busy:
            self._cut_short = False
            self.find()


class UnfinishedNotice(Notice):
    """Offers to continue unfinished imports. It asks, because a photo that crashed the program would do so again.

    Args:
        access: The catalogue.
        queue: Continues them.
    """

    changed = Signal()
    """It has a message now, or none."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, queue: TaggingQueue) -> None:
        super().__init__()
        self._queue = queue
        self._imports = UnfinishedImports(access, queue, self)
        self._imports.changed.connect(self._show)
        self._imports.failed.connect(self.failed)

    @property
    def busy(self) -> bool:
        """Whether unfinished imports are being found."""
        return self._imports.busy

    def shutdown(self) -> None:
        self._imports.shutdown()

    @Slot()
    def _show(self) -> None:
        count = sum(left for _, left in self._imports.found)
        if count:
            text = f"{photos(count)} of an earlier import {'is' if count == 1 else 'are'} not tagged yet."
            resume = (f"Continue tagging {photos(count)}", self._resume)
            self.show_message("info", text, [resume, ("Don't tag", self._imports.dismiss)], closable=False)
        else:
            self.dismiss()
        self.changed.emit()

    def _resume(self) -> None:
        for unfinished, left in self._imports.take():
            self._queue.resume(unfinished, left)


def _find(catalogue: Catalogue, control: WorkControl) -> Generator[_Found, None, None]:
    yield from with_photos_left(catalogue, control)
