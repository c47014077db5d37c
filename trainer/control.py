"""Pausing and stopping long work from another thread, its batches and its progress."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from trainer.errors import Cancelled


class WorkControl:
    """A thread-safe switch with three states: running, paused, stopped.

    The worker calls :meth:`wait_while_paused` at each step and stops when :attr:`stopped` is true. All methods may be
    called from any thread. A function that takes a control pauses with it, and raises :class:`trainer.errors.Cancelled`
    when it was stopped, unless its docstring says otherwise.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def stop(self) -> None:
        """Ask the work to end, also while it is paused."""
        self._stopped.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the work to pause at its next step."""
        if not self._stopped.is_set():
            self._running.clear()

    def resume(self) -> None:
        self._running.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def wait_while_paused(self) -> None:
        """Block the calling (worker) thread until resumed or stopped."""
        self._running.wait()


def batches(count: int, batch_size: int, control: WorkControl | None = None) -> Iterator[slice]:
    """The slices of consecutive batches of ``count`` items; ``control`` pauses and stops between two."""
    for start in range(0, count, batch_size):
        if control is not None:
            control.wait_while_paused()
            if control.stopped:
                raise Cancelled
        yield slice(start, min(start + batch_size, count))


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One step of progress.

    Attributes:
        step: A code such as ``reading_photos``.
        done: How much is done, in the unit of ``total``.
        total: How much there is; 0 when that is not known.
        subject: What the step is about, such as the name of a file; empty for most steps.
    """

    step: str
    done: int
    total: int
    subject: str = ""
