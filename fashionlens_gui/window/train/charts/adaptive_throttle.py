"""Limits how often something is drawn by what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_OFTEN_MS = 100
_LEAST_OFTEN_MS = 2000

Clock = Callable[[], float]


class AdaptiveThrottle:
    """Keeps the cost of drawing below a share of the processor time of the program.

    Processor time, not wall time: on a busy computer training slows down, and drawing must slow down with it.

    Args:
        share: Of the processor time of the program, at most of one core, (0, 1).
        clock: Wall time, s.
        work_clock: Processor time of the program, s.
    """

    def __init__(
        self, share: float = 0.01, clock: Clock = time.monotonic, work_clock: Clock = time.process_time
    ) -> None:
        self._share = share
        self._clock = clock
        self._work_clock = work_clock
        self._before = (clock(), work_clock())
        self._cost = 0.0
        self._cores = 1.0

    def record(self, seconds: float) -> None:
        """Add the processor time of a drawing to the moving average."""
        self._cost = seconds if not self._cost else 0.8 * self._cost + 0.2 * seconds
        now = (self._clock(), self._work_clock())
        passed, worked = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        if passed > 0:
            self._cores = 0.8 * self._cores + 0.2 * min(max(worked / passed, 0.05), 1.0)

    @property
    def interval_ms(self) -> int:
        """Milliseconds until the next drawing."""
        wait = 1000 * self._cost / self._share / self._cores
        return int(min(max(wait, _MOST_OFTEN_MS), _LEAST_OFTEN_MS))
