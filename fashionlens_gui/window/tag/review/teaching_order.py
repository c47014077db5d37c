"""“Show what teaches most”: works the order out beside the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import Work
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session


class LabellingOrder(QObject):
    """Asks for the order."""

    found = Signal(object)
    """All rows, int64 (N,), in that order."""
    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Work | None = None

    @property
    def busy(self) -> bool:
        """It is being worked out."""
        return self._work is not None

    def begin(self, session: Session) -> None:
        """Work the order out; :attr:`found` brings it."""
        if self._work is None:
            self._work = Work(_ordering(session), "looking for what teaches most", self)
            self._work.failed.connect(self.failed)
            self._work.ended.connect(self._ended)
            self._work.start()
            self.busy_changed.emit()

    def shutdown(self) -> None:
        """Wait for what runs; it takes a second at most."""
        if self._work is not None:
            self._work.stop_and_wait(30_000)

    @Slot(object)
    def _ended(self, rows: object) -> None:
        if self._work is not None:
            self._work.deleteLater()
        self._work = None
        if isinstance(rows, np.ndarray):
            self.found.emit(rows)
        self.busy_changed.emit()


def _ordering(session: Session) -> Callable[[WorkControl], Iterator[object]]:
    def run(_control: WorkControl) -> Iterator[object]:
        yield from ()
        from fashionlens_gui.session.teaching_order import teaching_order

        with responsive_import.quietly():  # much Python at a stretch: the window gets its turns oftener
            return teaching_order(session)  # type: ignore[return-value]

    return run
