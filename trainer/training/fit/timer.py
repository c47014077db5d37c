"""How long work took, without the rests in between."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Stopwatch:
    """Counts the seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning, without rests."""
        return time.monotonic() - self._began

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Meanwhile nothing counts."""
        rested = time.monotonic()
        yield
        self._began += time.monotonic() - rested
