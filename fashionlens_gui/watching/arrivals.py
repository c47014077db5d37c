"""Files that have come into a folder: which of them are complete, and may be tagged.

A file is complete when its size and time of change have stayed the same for a while and it can be decoded. One that
cannot be decoded may still be copied, by a copy that pauses or one that sets the size first: it is tried again, less
and less often, until it has not changed for :attr:`Patience.give_up_after`; only then is it a damaged photo. When it
changes after that, it is tried anew.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.files.watched_folders import FileState

_JUST_CHANGED = 2.0  # seconds: the coarsest time of change, that of FAT; see tagging.pipeline
_LONG_AGO = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long files are waited for, in seconds.

    Attributes:
        settled_after: Size and time of change stay the same for so long.
        give_up_after: A file that cannot be decoded has not changed for so long.
        gone_after: A file is missed for so long; a renamed file may be found under its new name later than it is missed
            under the old one.
    """

    settled_after: float = 2.0
    give_up_after: float = 120.0
    gone_after: float = 5.0


@dataclass(slots=True)
class _Arrival:
    state: FileState
    since: float
    next_try: float
    pause: float = _FIRST_PAUSE


class Arrivals:
    """The files of a folder that wait to be tagged."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._waiting: dict[Path, _Arrival] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def waits(self, path: Path, state: FileState) -> bool:
        """Whether a file waits in this state."""
        found = self._waiting.get(path)
        return found is not None and found.state == state

    def add(self, path: Path, state: FileState, changed_at: float) -> None:
        """A file has come or has changed.

        Args:
            path: The file.
            state: Its size and time of change.
            changed_at: When it changed last by any time that the system has for it, in seconds as ``time.time()``.
        """
        now, age = time.monotonic(), max(0.0, time.time() - changed_at)
        settled_after = 0.0 if age > _LONG_AGO else self._patience.settled_after
        since = now - age if age > _LONG_AGO else now
        self._waiting[path] = _Arrival(state, since, now + settled_after)

    def keep_only(self, found: dict[Path, FileState]) -> None:
        """Drop files that are no longer there."""
        for path in [path for path in self._waiting if path not in found]:
            del self._waiting[path]

    def complete(self) -> Iterator[tuple[Path, FileState]]:
        """The files that can be tried now."""
        now = time.monotonic()
        for path, arrival in list(self._waiting.items()):
            if arrival.next_try <= now and abs(time.time() - arrival.state[1] / 1e9) > _JUST_CHANGED:
                yield path, arrival.state

    def having(self, states: set[FileState]) -> dict[Path, FileState]:
        """The files that are in one of these states."""
        return {path: arrival.state for path, arrival in self._waiting.items() if arrival.state in states}

    def done(self, path: Path) -> None:
        """A file has its row."""
        self._waiting.pop(path, None)

    def could_not_be_read(self, path: Path) -> bool:
        """Whether to give up; else the file is tried again after a pause."""
        arrival, now = self._waiting[path], time.monotonic()
        if now - arrival.since >= self._patience.give_up_after:
            return True
        arrival.next_try = min(now + arrival.pause, arrival.since + self._patience.give_up_after)
        arrival.pause = min(2 * arrival.pause, _LONGEST_PAUSE)
        return False


def state_of(status: os.stat_result) -> tuple[FileState, float]:
    """Size and time of change, and the last change by any time: on Windows st_ctime is when the file was made there."""
    return (status.st_size, status.st_mtime_ns), max(status.st_mtime, status.st_ctime)
