"""Python's garbage collector, run from a timer in the window's thread only.

Left alone it runs in whatever thread happens to allocate. In a worker's thread it may then destroy Qt objects of the
window, which Qt forbids; and a full collection of all objects of torch stops every thread for a quarter of a second.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Slot

_INTERVAL_MS = 250
_SECONDS_BETWEEN_FULL_COLLECTIONS = 60.0

_pauses = 0
_pauses_lock = threading.Lock()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """No :class:`Collector` collects meanwhile. For any thread; uses may overlap."""
    global _pauses
    with _pauses_lock:
        _pauses += 1
    try:
        yield
    finally:
        with _pauses_lock:
            _pauses -= 1


class Collector(QObject):
    """Collects from a timer in the thread it lives in, until :meth:`stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._last_full_collection = time.monotonic()
        self._frozen = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        gc.disable()
        self._timer.start(_INTERVAL_MS)

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def freeze(self) -> None:
        """Never look again at what exists now. For the end of the start, when the modules are imported; once only.

        Whatever is frozen is never collected, so a second call does nothing.
        """
        if not self._frozen:
            self._frozen = True
            gc.freeze()

    @Slot()
    def collect(self) -> None:
        """Collect what Python itself would have collected by now."""
        if _pauses:
            return
        young, middle, old = gc.get_count()
        overdue = time.monotonic() - self._last_full_collection > _SECONDS_BETWEEN_FULL_COLLECTIONS
        if old > self._thresholds[2] and overdue:
            gc.collect(2)
            self._last_full_collection = time.monotonic()
        elif middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)
