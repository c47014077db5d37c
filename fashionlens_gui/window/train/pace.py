"""How often to draw."""

from __future__ import annotations

_MOST_OFTEN_MS = 100
_LEAST_OFTEN_MS = 1000


class DrawingPace:
    """Keeps drawing below a share of the time, however slow the computer or large the screen.

    Args:
        share: Of one core's time, (0, 1).
    """

    def __init__(self, share: float = 0.02) -> None:
        self._share = share
        self._cost = 0.0

    def drawn(self, seconds: float) -> None:
        """Learn what a drawing took; a single slow one counts little."""
        self._cost = seconds if not self._cost else 0.8 * self._cost + 0.2 * seconds

    @property
    def milliseconds(self) -> int:
        """How long to wait before the next drawing."""
        return int(min(max(1000 * self._cost / self._share, _MOST_OFTEN_MS), _LEAST_OFTEN_MS))
