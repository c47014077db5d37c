"""How often to draw."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_OFTEN_MS = 100
_LEAST_OFTEN_MS = 2000

Clock = Callable[[], float]


class AdaptiveThrottle:
    """Keeps drawing below a share of what the program works in all.

    The measure is processor time that the program gets, not time that passes: on a computer that is busy with other
    things training is slow, and drawing as often as before would take much of the little there is.

    Args:
        share: Of the program's work, or of one core's where it works on several, (0, 1).
        clock: Seconds that pass.
        work_clock: Seconds of processor time of the whole program.
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
        """Learn what a drawing took, in processor time; a single slow one counts little."""
        self._cost = seconds if not self._cost else 0.8 * self._cost + 0.2 * seconds
        now = (self._clock(), self._work_clock())
        passed, worked = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        if passed > 0:
            self._cores = 0.8 * self._cores + 0.2 * min(max(worked / passed, 0.05), 1.0)

    @property
    def interval_ms(self) -> int:
        """How long to wait before the next drawing."""
        wait = 1000 * self._cost / self._share / self._cores
        return int(min(max(wait, _MOST_OFTEN_MS), _LEAST_OFTEN_MS))
