"""Exit codes, results and progress on a terminal or a pipe, Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any, TypeVar

from fashionlens_gui.messages.progress import progress_text
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError, os_reason

DONE, SOME_FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all done; done, but some files could not be read; not possible as asked; stopped by Ctrl-C."""

Result = TypeVar("Result")

# Control characters but ends of lines and tabs: names of files and models may contain any of them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LARGE = 100_000  # from here on 26.4M is easier to read than 26421880, for example bytes of a download


class OutputLost(FashionLensError):
    """Standard output cannot be written to."""

    def __init__(self, error: OSError) -> None:
        super().__init__("output_lost", repr(error), reason=os_reason(error))


_lost: list[OSError] = []
"""Errors of standard output, until :func:`finish` raises the first: files are saved before that."""


def open_missing_streams() -> None:
    """Open streams that the caller has closed (``>&-``), so that no file gets their numbers and their output."""
    if os.name == "posix":
        for number in range(3):
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR)  # the lowest that is free; 1 refuses all
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False) if os.name == "posix" else _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def _nowhere() -> Any:
    return open(os.devnull, "w", encoding="utf-8")


def echo(text: str) -> None:
    """Print a line of the result to standard output."""
    _write(f"{shown(text)}\n")


def echo_json(value: Any) -> None:
    """Print a result for programs, in UTF-8 whatever the console has. The caller has made file names printable."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    _write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def finish() -> None:
    """Flush standard output.

    Raises:
        BrokenPipeError: The reader, such as “head”, has ended.
        OutputLost: It could not be written, now or before.
    """
    try:
        with contextlib.suppress(ValueError):  # closed or detached
            sys.stdout.flush()
    except OSError as error:
        _lost.append(error)
    if _lost:
        first = _lost[0]
        _lost.clear()
        silence()
        if is_closed_pipe(first, os.name):
            raise BrokenPipeError(*first.args) from first
        raise OutputLost(first)


def is_closed_pipe(error: OSError, system: str) -> bool:
    """Whether the reader of a pipe has ended; ``system`` is ``os.name``. Windows says EINVAL then."""
    return error.errno == errno.EPIPE or (system == "nt" and error.errno == errno.EINVAL)


def silence() -> None:
    """Redirect standard output to the null device; else Python reports unwritten output at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(text: str) -> None:
    if not _lost:
        try:
            sys.stdout.write(text)
        except OSError as error:
            _lost.append(error)


def warn(text: str) -> None:
    """Print an error or warning to standard error, also in a pipe."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"fashionlens: {shown(text)}\n")


def note(text: str) -> None:
    """Print an information to standard error when it is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{shown(text)}\n")


def agreed(question: str, yes: bool) -> bool:
    """Whether to go on: ``yes`` was given, or is typed on a terminal; else says that nothing was changed."""
    if yes:
        return True
    if not sys.stdin.isatty():
        warn(f"{question} Add --yes if that is what you want; nothing was changed.")
        return False
    sys.stderr.write(f"{shown(question)} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    warn("Nothing was changed.")
    return False


def shown(text: str) -> str:
    r"""Text with control characters escaped: ``\x1b`` in place of an escape."""
    return _CONTROL.sub(lambda sign: f"\\x{ord(sign.group()):02x}", text)


def share(value: float | None, form: str = ".1%") -> str:
    """A share in [0, 1] in a table; a dash where there is none."""
    return "–" if value is None else format(value, form)


def bar(what: str, total: int | None, unit: str, *, done: int = 0, shown: bool = True) -> Any:
    """A tqdm progress bar on standard error; it draws nothing when that is no terminal, or when not ``shown``."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no monitor thread
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
    """Shows :class:`ProgressEvent` events: one bar for each kind of work."""

    def __init__(self) -> None:
        self._text = ""
        self._bar: Any = None

    def show(self, event: ProgressEvent) -> None:
        """Update the bar, or start a new one for another kind of work."""
        text = progress_text(event)
        if text != self._text:
            self.close()
            self._text = text
            self._bar = bar(text, event.total or None, "")
        self._bar.update(event.done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._text, self._bar = "", None


def run_with_progress(steps: Generator[ProgressEvent, None, Result]) -> Result:
    """Run a generator of progress to its end with a progress bar; returns its result."""
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
def stop_on_interrupt(control: WorkControl) -> Iterator[None]:
    """In this context, the first Ctrl-C or SIGTERM stops the work cleanly, a second one at once."""

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
