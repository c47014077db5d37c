"""Python's cycle collector, kept to the window's thread and to moments that nobody notices.

Left alone it runs in whatever thread happens to allocate. In a worker's thread it may then destroy Qt objects of the
window, which Qt forbids; and a full round over all of torch's objects stops every thread for a quarter of a second.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Slot

_MILLISECONDS_BETWEEN_LOOKS = 250
_SECONDS_BETWEEN_FULL_ROUNDS = 60.0

_resting = 0


@contextlib.contextmanager
def resting() -> Iterator[None]:
    """Nothing is collected meanwhile; what exists at the end (imported modules) is never looked at again."""
    global _resting
    _resting += 1
    try:
        yield
    finally:
        gc.freeze()
        _resting -= 1


class Collector(QObject):
    """Collects from a timer in the thread it lives in, until :meth:`stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._last_full_round = time.monotonic()
        self._settled = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        gc.disable()
        self._timer.start(_MILLISECONDS_BETWEEN_LOOKS)

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def look(self) -> None:
        """Collect what Python itself would have collected by now."""
        if _resting:
            return
        if not self._settled:
            gc.freeze()  # what is there by now is the program itself
            self._settled = True
            return
        young, middle, old = gc.get_count()
        overdue = time.monotonic() - self._last_full_round > _SECONDS_BETWEEN_FULL_ROUNDS
        if old > self._thresholds[2] and overdue:
            gc.collect(2)
            self._last_full_round = time.monotonic()
        elif middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)
