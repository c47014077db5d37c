"""Wall time without pauses."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Timer:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start, without pauses."""
        return time.monotonic() - self._started

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The time inside the context does not count."""
        since = time.monotonic()
        yield
        self._started += time.monotonic() - since
