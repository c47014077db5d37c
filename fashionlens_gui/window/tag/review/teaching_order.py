"""“Show what teaches most”: works the order out beside the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl

if TYPE_CHECKING:
    import numpy as np

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
        self._slot = WorkerSlot[None, "np.ndarray"](
            "looking for what teaches most",
            self,
            on_result=self.found.emit,
            on_error=self.failed.emit,
            on_end=self.busy_changed.emit,
        )

    @property
    def busy(self) -> bool:
        """It is being worked out."""
        return self._slot.busy

    def begin(self, session: Session) -> None:
        """Work the order out; :attr:`found` brings it."""
        if self._slot.start(partial(_order, session)):
            self.busy_changed.emit()

    def shutdown(self) -> None:
        """Wait for what runs; it takes a second at most."""
        self._slot.shutdown(30_000)


def _order(session: Session, _control: WorkControl) -> np.ndarray:
    from fashionlens_gui.session.labelling_order import labelling_order

    with responsive_import.frequent_switches():
        return labelling_order(session)
