"""PySide's classes, all created in the window's thread.

Since 6.8 PySide creates a class at its first use, and two threads that do so at once crash the program: seen when a
worker's thread imported pyqtgraph, which uses every class, while the window handled events. So all are created here, a
few at a time after the first paint, before any worker imports pyqtgraph.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets

_SECONDS_AT_A_TIME = 0.01


def _created() -> Iterator[None]:
    for module in (QtCore, QtGui, QtWidgets, QtSvg):
        for name in dir(module):
            getattr(module, name)
            yield


_creating = _created()


def make_all() -> None:
    """Create all classes, in a tenth of a second at most; call it before a worker imports pyqtgraph."""
    for _ in _creating:
        pass


class Maker(QtCore.QObject):
    """Creates the classes while the window is idle."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._make_some)

    def start(self) -> None:
        """Start; it ends by itself."""
        self._timer.start()

    @QtCore.Slot()
    def _make_some(self) -> None:
        until = time.monotonic() + _SECONDS_AT_A_TIME
        for _ in _creating:
            if time.monotonic() >= until:
                return
        self._timer.stop()
