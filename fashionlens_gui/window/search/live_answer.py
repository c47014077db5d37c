"""One question to the catalogue, asked in a thread and again after each change, such as for counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_SHORTEST_PAUSE_MS = 100
_SHARE_OF_A_CORE = 0.1  # at most, for asking again while photos are tagged
Answer = TypeVar("Answer")


class LiveAnswer(QObject, Generic[Answer]):
    """Asks while it is active; the newest question counts.

    Args:
        name: What is done, for the log.
        access: The catalogue and its changes.
        question: Returns what to ask the catalogue, called in the thread.
        show: Gets the answer.
    """

    failed = Signal(object)
    """A FashionLensError."""

    def __init__(
        self,
        name: str,
        access: CatalogueAccess,
        question: Callable[[], Callable[[Catalogue], Answer]],
        show: Callable[[Answer], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._access, self._question, self._show = access, question, show
        self._active, self._due, self._asked_again = False, True, False
        self._seconds = 0.0
        self._slot = WorkerSlot[None, tuple[Answer, float]](
            name, self, mode="latest", on_result=self._answered, on_error=self.failed.emit, on_end=self._ended
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.ask)
        access.opened.connect(self.ask)
        access.closing.connect(self._stop)
        access.changed.connect(self._changed)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._slot.busy or self._pause.isActive()

    def set_active(self, active: bool) -> None:
        """Ask only while somebody looks at the answer."""
        self._active = active
        if active and self._due:
            self.ask()

    @Slot()
    def ask(self) -> None:
        """Ask now, in place of what was asked before."""
        catalogue = self._access.catalogue
        self._pause.stop()
        self._due = not self._active or catalogue is None
        if self._due or catalogue is None:
            return
        question = self._question()

        def run(_control: WorkControl) -> tuple[Answer, float]:
            began = time.monotonic()
            with responsive_import.frequent_switches():
                return question(catalogue), time.monotonic() - began

        self._slot.start(run)

    def shutdown(self) -> None:
        self._pause.stop()
        self._slot.shutdown(30_000)

    @Slot()
    def _changed(self) -> None:
        """Ask again: at once when that is quick, else after a pause, so that the window and the tagging have time."""
        if self._slot.busy:
            self._asked_again = True
        elif not self._pause.isActive():
            self._pause.start(max(_SHORTEST_PAUSE_MS, int(self._seconds * 1000 / _SHARE_OF_A_CORE)))

    def _ended(self) -> None:
        if self._asked_again and not self._slot.busy:
            self._asked_again = False
            self._changed()

    def _answered(self, answer: tuple[Answer, float]) -> None:
        self._seconds = answer[1]
        self._show(answer[0])

    @Slot()
    def _stop(self) -> None:
        self._pause.stop()
        self._slot.stop()
