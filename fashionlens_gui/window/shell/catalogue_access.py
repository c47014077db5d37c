"""The window's access to the user's catalogue: opened in a thread, changed one operation after the other.

Every view hears of a change through :attr:`CatalogueAccess.changed`, whoever made it, and asks the catalogue again.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fashionlens_gui import messages, paths
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.catalogue.database import Writer
    from fashionlens_gui.catalogue.operation_log import Operation
    from fashionlens_gui.catalogue.upkeep.take_over import TakenOver

_log = logging.getLogger(__name__)

_MILLISECONDS_TO_WRITE = 60_000


@dataclass(frozen=True, slots=True)
class _Opened:
    """An open catalogue; the error that keeps it from being written; what was taken over, or why nothing was."""

    catalogue: Catalogue
    folder: tempfile.TemporaryDirectory[str] | None = None
    problem: FashionLensError | None = None
    taken_over: TakenOver | None = None
    not_taken_over: FashionLensError | None = None


@dataclass(frozen=True, slots=True)
class _Performed:
    """What an operation changed, and what can be undone and redone after it."""

    changes: Changes
    undo: Operation | None
    redo: Operation | None


class CatalogueAccess(QObject):
    """Opens the user's catalogue and changes it; reading is up to the views, in workers of their own.

    Where the catalogue cannot be written, it is open for reading alone. Where it cannot be read either, there is an
    empty one in a temporary folder, which is deleted at the end. A damaged one is not replaced until the user says how:
    :attr:`catalogue` stays None.

    Attributes:
        catalogue: None until it is open, while a backup is restored, and when it is damaged.
        read_only: It can be read but not changed; :attr:`problem` says why.
        temporary: It is not the user's own and is not kept; :attr:`problem` says why.
        problem: Why the catalogue is read-only, temporary or not open; None when nothing is wrong.
        writer: Who has it open for writing elsewhere; None when nobody has, or the file does not say.
        taken_over: What this start has taken over from an earlier version; None for nothing.
        undo_operation: What an undo is about; None for nothing.
        redo_operation: What a redo is about; None for nothing.
    """

    opened = Signal(object)
    """The catalogue: at the start, after :meth:`open`, :meth:`restore` and :meth:`start_empty`."""
    closing = Signal()
    """The catalogue is about to be closed; another one follows, or an error."""
    failed = Signal(object)
    """A FashionLensError of opening or changing. After one of opening, :attr:`problem` is the same."""
    changed = Signal(object)
    """The Changes of one operation, never empty, once for each."""
    undo_changed = Signal()
    """:attr:`undo_operation` or :attr:`redo_operation` may be another one."""
    progressed = Signal(object)
    """A ProgressEvent of taking over the files of an earlier version."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue: Catalogue | None = None
        self.temporary = False
        self.problem: FashionLensError | None = None
        self.taken_over: TakenOver | None = None
        self.undo_operation: Operation | None = None
        self.redo_operation: Operation | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False
        self._slot = WorkerSlot[ProgressEvent, Any](
            "changing the catalogue", self, mode="queued", on_events=self._report_progress, on_error=self.failed.emit
        )
        self._backup_slot = WorkerSlot[None, Any]("backing up the catalogue", self, on_error=self._not_backed_up)

    @property
    def read_only(self) -> bool:
        return self.catalogue is not None and not self.catalogue.database.writable

    @property
    def writable(self) -> bool:
        """The catalogue is open and can be changed."""
        return self.catalogue is not None and not self.read_only

    @property
    def writer(self) -> Writer | None:
        from fashionlens_gui.catalogue.database import Writer

        if self.problem is None or self.problem.code != "catalogue_in_use" or not self.problem.parameters["user"]:
            return None
        return Writer(*(str(self.problem.parameters[name]) for name in ("user", "computer", "since")))

    @property
    def busy(self) -> bool:
        """It is being opened, or changes wait to be written."""
        return self._slot.busy

    def open(self) -> None:
        """Open the catalogue; called again, try again to open it for writing. Until that works, the open one stays."""
        self._slot.start(_open if self.catalogue is None else _open_to_write, self._show_opened, self._not_opened)

    def restore(self, backup: Path) -> None:
        """Close the catalogue, put a backup in its place, and open it; the replaced file is kept beside the backups."""
        self._replace(partial(_restore, backup))

    def start_empty(self) -> None:
        """Close the catalogue, put it aside, and open an empty one."""
        self._replace(_put_aside)

    def go_on_without(self) -> None:
        """Open an empty catalogue that is not kept, and leave a damaged one as it is."""
        problem = self.problem
        if problem is not None and self.catalogue is None:
            self._slot.start(lambda _control: _open_temporary(problem), self._show_opened, self._not_opened)

    def perform(
        self,
        operation: Callable[[Catalogue], Changes],
        on_result: Callable[[Changes], object] | None = None,
        on_error: Callable[[FashionLensError], object] | None = None,
    ) -> None:
        """Change the catalogue, after all changes before; :attr:`changed` tells all views.

        Args:
            operation: Called in the worker, such as a partial of a function of
                :mod:`fashionlens_gui.catalogue.operations`.
            on_result: Called after :attr:`changed`, also when nothing has changed.
            on_error: Called after :attr:`failed`.
        """

        def run(_control: WorkControl) -> _Performed:
            from fashionlens_gui.catalogue.schema import CatalogueError

            catalogue = self.catalogue  # as the change before has left it
            if catalogue is None:
                raise CatalogueError("catalogue_not_open")
            with responsive_import.frequent_switches():
                changes = operation(catalogue)
                return _Performed(changes, *_next_operations(catalogue))

        def report(performed: _Performed) -> None:
            self._set_operations(performed)
            if performed.changes:
                self.changed.emit(performed.changes)
            if on_result is not None:
                on_result(performed.changes)

        def report_error(error: FashionLensError) -> None:
            self.failed.emit(error)
            if on_error is not None:
                on_error(error)

        self._slot.start(run, report, report_error)

    def announce(self, changes: Changes) -> None:
        """Tell all views of changes that another worker has written, such as rows of a tagging job."""
        if not changes:
            return
        self.changed.emit(changes)
        catalogue = self.catalogue
        if catalogue is not None:
            self._slot.start(lambda _control: _Performed(changes, *_next_operations(catalogue)), self._set_operations)

    def shutdown(self) -> None:
        """Wait until all changes are written, then close the catalogue; once."""
        self._closed = True
        self._backup_slot.stop()
        self._slot.wait(_MILLISECONDS_TO_WRITE)
        self._slot.shutdown()
        self._backup_slot.shutdown(_MILLISECONDS_TO_WRITE)
        self._close()

    # -- in the window's thread ---------------------------------------------------------------------------------------
    def _replace(self, replace: Callable[[], object]) -> None:
        def run(control: WorkControl) -> Generator[ProgressEvent, None, _Opened]:
            if before is not None:
                before.close()
            replace()
            return (yield from _open(control))

        before, self.catalogue = self.catalogue, None
        self.closing.emit()
        self._slot.start(run, self._show_opened, self._not_opened)

    def _show_opened(self, opened: _Opened) -> None:
        before, folder = self.catalogue, self._folder
        self.catalogue, self._folder = opened.catalogue, opened.folder
        self.temporary, self.problem = opened.folder is not None, opened.problem
        self.taken_over = opened.taken_over or self.taken_over
        self.opened.emit(opened.catalogue)
        for error in (opened.problem, opened.not_taken_over):
            if error is not None:
                self.failed.emit(error)
        self._slot.start(
            lambda _control: _Performed(_nothing(), *_next_operations(opened.catalogue)), self._set_operations
        )
        if before is not None:  # the views ask the new one from here on
            self._slot.start(lambda _control: _close(before, folder))
        if self.writable and not self.temporary and not self._closed:
            self._backup_slot.start(partial(_back_up_daily, opened.catalogue))

    def _not_opened(self, error: FashionLensError) -> None:
        self.problem = error
        self.failed.emit(error)

    def _set_operations(self, performed: _Performed) -> None:
        self.undo_operation, self.redo_operation = performed.undo, performed.redo
        self.undo_changed.emit()

    def _report_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        self.progressed.emit(events[-1])

    def _not_backed_up(self, error: FashionLensError) -> None:
        if not self._closed:
            self.failed.emit(error)

    def _close(self) -> None:
        if self.catalogue is not None:
            _close(self.catalogue, self._folder)
        self.catalogue = self._folder = None


# -- in the worker ----------------------------------------------------------------------------------------------------
def _open(control: WorkControl) -> Generator[ProgressEvent, None, _Opened]:
    try:
        return (yield from _open_to_write(control))
    except FashionLensError as error:
        if isinstance(error, Cancelled) or error.code == "catalogue_damaged":
            raise
        return _open_otherwise(paths.catalogue_file(), error)


def _open_to_write(control: WorkControl) -> Generator[ProgressEvent, None, _Opened]:
    with responsive_import.frequent_switches():
        from fashionlens_gui.catalogue.catalogue import Catalogue

    catalogue = Catalogue(paths.catalogue_file(), write=True)
    try:
        return _Opened(catalogue, taken_over=(yield from _take_over(catalogue, control)))
    except Cancelled:
        catalogue.close()
        raise
    except FashionLensError as error:
        return _Opened(catalogue, not_taken_over=error)  # the next start tries again
    except BaseException:
        catalogue.close()
        raise


def _open_otherwise(file: Path, error: FashionLensError) -> _Opened:
    """The catalogue for reading, else an empty one in a temporary folder; ``error`` keeps it from being written."""
    from fashionlens_gui.catalogue.catalogue import Catalogue

    if error.code in ("catalogue_in_use", "catalogue_not_saved"):
        try:
            return _Opened(Catalogue(file), problem=error)
        except FashionLensError as reading:
            _log.warning("The catalogue cannot be read either: %s %s", messages.sentence(reading), reading.detail)
            if reading.code == "catalogue_damaged":
                raise
    return _open_temporary(error)


def _open_temporary(error: FashionLensError) -> _Opened:
    from fashionlens_gui.catalogue.catalogue import Catalogue

    folder = tempfile.TemporaryDirectory(prefix="fashionlens-", ignore_cleanup_errors=True)
    try:
        return _Opened(Catalogue(Path(folder.name) / "catalogue.sqlite", write=True), folder, error)
    except BaseException:
        folder.cleanup()
        raise


def _take_over(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, TakenOver | None]:
    """Take over the list and the corrections of an earlier version, unless that was done or there are none."""
    from fashionlens_gui.catalogue.upkeep.take_over import remains_to_be_taken_over, take_over

    session, corrections = paths.session_file(), paths.corrections_file()
    if not remains_to_be_taken_over(catalogue, session, corrections):
        return None
    steps = take_over(catalogue, session, corrections)
    with contextlib.closing(steps):  # an unfinished one is rolled back
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                found: TakenOver = end.value
                return found
            if control.stopped:
                raise Cancelled
            yield event


def _restore(backup: Path) -> None:
    from fashionlens_gui.catalogue import backups

    backups.restore(paths.catalogue_file(), backup)


def _put_aside() -> None:
    from fashionlens_gui.catalogue import backups

    backups.put_aside(paths.catalogue_file())


def _back_up_daily(catalogue: Catalogue, _control: WorkControl) -> None:
    from fashionlens_gui.catalogue import backups

    with catalogue.database.read() as database:
        empty = database.execute("SELECT 1 FROM photos LIMIT 1").fetchone() is None
    if not empty:
        backups.back_up_daily(catalogue.file)


def _next_operations(catalogue: Catalogue) -> tuple[Operation | None, Operation | None]:
    return catalogue.next_operation(back=True), catalogue.next_operation(back=False)


def _nothing() -> Changes:
    from fashionlens_gui.catalogue.catalogue import Changes

    return Changes.none()


def _close(catalogue: Catalogue, folder: tempfile.TemporaryDirectory[str] | None) -> None:
    catalogue.close()
    if folder is not None:
        folder.cleanup()
