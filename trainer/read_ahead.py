"""Reads items ahead of their use in a few threads. Decoding releases the GIL, so it runs beside a network."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar, cast

from trainer.control import WorkControl
from trainer.errors import Cancelled, PhotoError

_THREADS = 2
_POLL = 0.1  # seconds between checks of the stop switch while waiting
_JOIN_TIMEOUT = 0.8  # seconds to wait for the threads at the end; a decoder cannot be interrupted

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class _Reading(Generic[Item, Value]):
    item: Item
    value: Value | PhotoError | None = None
    error: BaseException | None = None
    done: bool = False


class ReadAhead(Generic[Item, Value]):
    """Two threads that read items; one thread puts items in, another takes them in the same order.

    ``len()`` is the number of items that were put in and not taken. Close it after use.

    Args:
        read: Called in the threads.
        control: Pauses and stops the threads.
        in_flight: At most so many items are being read or wait to be taken; the others wait to be read.
    """

    def __init__(self, read: Callable[[Item], Value], control: WorkControl, in_flight: int) -> None:
        self._read = read
        self._control = control
        self._in_flight = in_flight
        self._closed = False
        self._changed = threading.Condition()
        self._ahead: deque[_Reading[Item, Value]] = deque()
        self._begun = 0  # so many of `_ahead` are being read or were read
        # Daemons: the program does not wait for a drive that does not respond.
        self._threads = [
            threading.Thread(target=self._work, name=f"read ahead {n + 1}", daemon=True) for n in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return len(self._ahead)

    def put(self, item: Item) -> None:
        """Have ``item`` read after those before it."""
        with self._changed:
            self._ahead.append(_Reading(item))
            if len(self._ahead) <= self._in_flight:  # else no thread may begin with it yet
                self._changed.notify_all()

    def take(self, timeout: float) -> tuple[Item, Value | PhotoError] | None:
        """The next item with what ``read`` returned, or the PhotoError that it raised; any other error is raised.

        Args:
            timeout: Seconds to wait for it; then None is returned.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._ahead and self._ahead[0].done, timeout):
                return None
            reading = self._ahead.popleft()
            self._begun -= 1
            self._changed.notify_all()
        if reading.error is not None:
            raise reading.error
        return reading.item, cast(Value | PhotoError, reading.value)

    def close(self) -> None:
        """Ask the threads to end and wait for them briefly."""
        self._closed = True
        with self._changed:
            self._changed.notify_all()
        until = time.monotonic() + _JOIN_TIMEOUT
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def _over(self) -> bool:
        return self._closed or self._control.stopped

    def _work(self) -> None:
        while (reading := self._begin()) is not None:
            try:
                reading.value = self._read(reading.item)
            except PhotoError as error:
                reading.value = error
            except BaseException as error:  # raised again by take
                reading.error = error
            with self._changed:
                reading.done = True
                self._changed.notify_all()
            del reading  # what was read is the taker's alone

    def _begin(self) -> _Reading[Item, Value] | None:
        """The next item to be read; None at the end."""
        while not self._over:
            self._control.wait_while_paused()
            with self._changed:
                if self._changed.wait_for(self._has_work, _POLL) and not self._over:
                    self._begun += 1
                    return self._ahead[self._begun - 1]
        return None

    def _has_work(self) -> bool:
        return self._over or self._begun < min(self._in_flight, len(self._ahead))


def read_ahead(
    items: Iterable[Item], read: Callable[[Item], Value], control: WorkControl, in_flight: int = 32
) -> Generator[tuple[Item, Value | PhotoError], None, None]:
    """Apply ``read`` to items in two threads; results come in the order of the items.

    Args:
        items: Taken when needed, in the caller's thread.
        read: Called in the threads.
        in_flight: At most so many items are being read or wait to be taken.

    Yields:
        Each item with what ``read`` returned, or the ``PhotoError`` that it raised.

    Raises:
        Cancelled: ``control`` was stopped. Any other error of ``read`` is raised as it is.
    """
    waiting = iter(items)
    with closing(ReadAhead(read, control, in_flight)) as ahead:
        while True:
            control.wait_while_paused()
            if control.stopped:
                raise Cancelled
            for item in islice(waiting, in_flight - len(ahead)):
                ahead.put(item)
            if not len(ahead):
                return
            taken = ahead.take(_POLL)
            if taken is not None:
                yield taken
