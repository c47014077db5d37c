"""Talking to a terminal or a pipe: progress, results, Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any, TypeVar

from trainer.control import WorkControl
from trainer.data.loading import Loading

Result = TypeVar("Result")

_LARGE = 100_000  # from here on 26.4M is easier to read than 26421880, for example bytes of a download


def say(text: str) -> None:
    """One line of result, on standard output."""
    sys.stdout.write(f"{text}\n")


def say_json(value: Any) -> None:
    """A result for programs. Undecodable bytes of file names were made printable before."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def warn(text: str) -> None:
    """Something that went wrong, on standard error, also in a pipe."""
    sys.stderr.write(f"fashionlens: {text}\n")


def note(text: str) -> None:
    """Something nice to know, for somebody who watches; nothing in a pipe."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")


def bar(what: str, total: int | None, unit: str, *, done: int = 0, shown: bool = True) -> Any:
    """A tqdm progress bar on standard error; it draws nothing when that is no terminal, or when not ``shown``."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # else it starts a thread of its own
    return tqdm(
        desc=what,
        total=total,
        initial=done,
        unit=f" {unit}",
        disable=not (shown and sys.stderr.isatty()),
        file=sys.stderr,
        dynamic_ncols=True,
        unit_scale=(total or 0) >= _LARGE,
        leave=False,
    )


class Bars:
    """Draws :class:`Loading` events: one bar for each kind of work, as it comes."""

    def __init__(self) -> None:
        self._what = ""
        self._bar: Any = None

    def show(self, event: Loading) -> None:
        """Move the bar on; a new one where something else is being done now."""
        if event.what != self._what:
            self.close()
            self._what = event.what
            self._bar = bar(event.what, event.total or None, "")
        self._bar.update(event.done - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
        self._what, self._bar = "", None


def watched(steps: Generator[Loading, None, Result]) -> Result:
    """Run such work to its end, drawing how far it is; gives what it returns."""
    bars = Bars()
    try:
        while True:
            try:
                bars.show(next(steps))
            except StopIteration as end:
                result: Result = end.value
                return result
    finally:
        bars.close()


@contextlib.contextmanager
def stopping_on_interrupt(control: WorkControl) -> Iterator[None]:
    """Within this, the first Ctrl-C (or a polite kill) stops the work cleanly, and a second one at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if control.stopped:
            raise KeyboardInterrupt
        note("\nStopping… (again to stop at once)")
        control.stop()

    before: dict[int, Callable[..., Any] | int | None] = {}
    for which in (signal.SIGINT, signal.SIGTERM):
        before[which] = signal.signal(which, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
