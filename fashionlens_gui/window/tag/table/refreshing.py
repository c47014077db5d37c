"""Showing many changed rows piece by piece, so that the window answers in between: 20,000 at once would take 0.3 s."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fashionlens_gui.window.tag.table.results_model import ResultsModel

_PIECE = 500  # rows: some 5 ms
_SECONDS_AT_A_TIME = 0.015


class Refreshing(QObject):
    """Tells a model which rows changed. What cells show is read from the session anyway; sorting and counts follow."""

    refreshed = Signal()
    """All that was asked for is shown; sent only where it took more than one piece."""

    def __init__(self, model: ResultsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._waiting: deque[Sequence[int]] = deque()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._go_on)
        model.modelReset.connect(self.forget)  # everything is read anew then

    def refresh(self, rows: Sequence[int]) -> None:
        """Show what the session now says of these rows: few at once, many in pieces."""
        if len(rows) <= _PIECE:
            self._model.refresh(rows)
            return
        self._waiting.extend(rows[start : start + _PIECE] for start in range(0, len(rows), _PIECE))
        self._next.start()

    @Slot()
    def forget(self) -> None:
        """What waits need not be shown any more."""
        self._waiting.clear()
        self._next.stop()

    @Slot()
    def _go_on(self) -> None:
        until = time.monotonic() + _SECONDS_AT_A_TIME
        while self._waiting and time.monotonic() < until:
            self._model.refresh(self._waiting.popleft())
        if self._waiting:
            self._next.start()
        else:
            self.refreshed.emit()
