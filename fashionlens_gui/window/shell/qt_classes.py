"""PySide's classes, all made in the window's thread.

PySide makes a class when somebody first asks for it (since 6.8), and two threads that do so at once crash the program:
seen where a worker's thread imported pyqtgraph, which asks for every class there is, while the window handled events.
So each is asked for here, a few at a time after the first picture, before any worker imports what draws.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets

_SECONDS_AT_A_TIME = 0.01


def _asked() -> Iterator[None]:
    for module in (QtCore, QtGui, QtWidgets, QtSvg):
        for name in dir(module):
            getattr(module, name)
            yield


_asking = _asked()


def make_all() -> None:
    """Make what is not there yet, in a tenth of a second at most; to be called before a worker imports what draws."""
    for _ in _asking:
        pass


class Maker(QtCore.QObject):
    """Makes them while the window waits for events."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._make_some)

    def start(self) -> None:
        """Begin; it ends by itself."""
        self._timer.start()

    @QtCore.Slot()
    def _make_some(self) -> None:
        until = time.monotonic() + _SECONDS_AT_A_TIME
        for _ in _asking:
            if time.monotonic() >= until:
                return
        self._timer.stop()
