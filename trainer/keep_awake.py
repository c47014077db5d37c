"""Keeps the computer from going to sleep during long work; the screen may turn off."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from typing import ParamSpec, TypeVar

_log = logging.getLogger(__name__)

_CONTINUOUS, _SYSTEM_REQUIRED = 0x8000_0000, 0x1  # of SetThreadExecutionState


_P = ParamSpec("_P")
_Event = TypeVar("_Event")
_Result = TypeVar("_Result")


def kept_awake(
    work: Callable[_P, Generator[_Event, None, _Result]],
) -> Callable[_P, Generator[_Event, None, _Result]]:
    """Decorates a generator function: the computer does not go to sleep while the generator runs."""

    @functools.wraps(work)
    def awake(*args: _P.args, **options: _P.kwargs) -> Generator[_Event, None, _Result]:
        with keep_awake():
            return (yield from work(*args, **options))

    return awake


@contextlib.contextmanager
def keep_awake() -> Iterator[None]:
    """Within it Windows and macOS do not go to sleep by themselves. Enter and leave it in the same thread."""
    allow_sleep = _prevent_sleep(sys.platform)
    try:
        yield
    finally:
        allow_sleep()


def _prevent_sleep(platform: str) -> Callable[[], object]:
    """Returns what ends it. Linux desktops have no common way; there nothing is done."""
    try:
        if platform == "win32":
            set_state = getattr(ctypes, "windll").kernel32.SetThreadExecutionState  # noqa: B009  # absent elsewhere
            set_state(_CONTINUOUS | _SYSTEM_REQUIRED)
            return lambda: set_state(_CONTINUOUS)
        if platform == "darwin":
            process = subprocess.Popen(["caffeinate", "-i", "-w", str(os.getpid())], stdin=subprocess.DEVNULL)
            return functools.partial(_end, process)
    except OSError as error:
        _log.info("The computer may go to sleep: %s", error)
    return lambda: None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
