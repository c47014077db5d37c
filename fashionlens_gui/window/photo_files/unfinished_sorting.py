"""Offers to continue a sorting of files that was interrupted, or to bring the files back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from fashionlens_gui.messages.files import unfinished_text
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.catalogue.files.file_journal import Run


class UnfinishedSorting(Notice):
    """Looks for one when the catalogue is opened, and when :meth:`look` is called.

    Args:
        access: The catalogue.
    """

    resume = Signal()
    bring_back = Signal()
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess) -> None:
        super().__init__()
        self.setAccessibleName("Sorting that was interrupted")
        self._access = access
        self._slot = WorkerSlot[None, "Run | None"](
            "finding an interrupted sorting", self, mode="latest", on_result=self._show, on_error=self.failed.emit
        )
        access.opened.connect(self.look)
        access.closing.connect(self._closing)

    @property
    def busy(self) -> bool:
        return self._slot.busy

    @Slot()
    def look(self, *_: object) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None and self._access.writable:
            self._slot.start(partial(_find, catalogue))

    @Slot()
    def _closing(self) -> None:
        self._slot.stop()
        self.dismiss()

    def shutdown(self) -> None:
        self._slot.shutdown(30_000)

    def _show(self, run: Run | None) -> None:
        from fashionlens_gui.catalogue.files.file_journal import RunState

        if run is None or not self._access.writable:
            self.dismiss()
            return
        photos = [step for step in run.steps if step.photo is not None]
        done = sum(step.state == "done" for step in photos)
        undoing = run.state == RunState.UNDOING
        actions = [] if undoing else [("Continue", self.resume.emit)]
        actions.append(("Bring the files back", self.bring_back.emit))
        text = unfinished_text(done, len(photos), run.moves, undoing)
        self.show_message("warning", text, actions, closable=False)


def _find(catalogue: Catalogue, _control: WorkControl) -> Run | None:
    from fashionlens_gui.catalogue.files.watched_folders import rules
    from fashionlens_gui.file_sorting.sort import unfinished_run

    run = unfinished_run(catalogue)
    # What a rule of a watched folder was moving, the watching finishes itself.
    return None if run is not None and not run.undoable and rules(catalogue) else run
