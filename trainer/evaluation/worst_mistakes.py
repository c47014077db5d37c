"""The most confident mistakes of any number of photos, in the memory of a few."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

MOST = 24


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo with a wrong prediction.

    Attributes:
        file: Its name in its store or list.
        actual: What it is.
        predicted: The prediction.
        confidence: How sure the model was, [0, 1].
    """

    file: str
    actual: str
    predicted: str
    confidence: float


class WorstMistakes:
    """Keeps the most confident ones that are added.

    Args:
        most: How many.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._count = 0
        self._heap: list[tuple[float, int, Mistake]] = []  # the least confident one first; the later of equals

    def add(self, mistake: Mistake) -> None:
        """Keep it if it is among the worst so far; of equally confident ones the first are kept."""
        self._count += 1
        heapq.heappush(self._heap, (mistake.confidence, -self._count, mistake))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def in_order(self) -> list[Mistake]:
        """Most confident first."""
        return [mistake for _, _, mistake in sorted(self._heap, reverse=True)]
