"""Reads items ahead of their use in a few threads. Decoding releases the GIL, so it runs beside a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from trainer.control import WorkControl
from trainer.errors import Cancelled, PhotoError

_THREADS = 2

Item = TypeVar("Item")
Value = TypeVar("Value")


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
    ahead: deque[tuple[Item, Future[Value]]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="read ahead") as pool:
        try:
            while True:
                control.wait_while_paused()
                if control.stopped:
                    raise Cancelled
                ahead.extend((item, pool.submit(read, item)) for item in islice(waiting, in_flight - len(ahead)))
                if not ahead:
                    return
                item, future = ahead.popleft()
                try:
                    value: Value | PhotoError = future.result()
                except PhotoError as error:
                    value = error
                yield item, value
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
