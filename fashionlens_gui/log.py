"""The log file: warnings and errors, for user support. No Qt."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from typing import TextIO

from fashionlens_gui import paths

_MAX_BYTES = 1_000_000
_BACKUPS = 3
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

_crash_file: TextIO | None = None
_crash_handler_set = False


def start(level: int = logging.INFO) -> bool:
    """Log to the user's FashionLens folder; the file is rotated at 1 MB and three backups are kept.

    Crashes inside a library write their Python stacks to ``crash.log`` beside it.

    Returns:
        False when the folder cannot be written to: the log then goes to standard error, and the program continues.
    """
    root = logging.getLogger()
    root.setLevel(level)
    try:
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _rotating_handler()
        _log_crashes()
        written = True
    except OSError as error:
        handler = logging.StreamHandler(sys.stderr) if sys.stderr is not None else logging.NullHandler()
        root.addHandler(handler)
        logging.getLogger(__name__).warning("No log file: %s", error)
        written = False
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    return written


def stop() -> None:
    """Close the files that :func:`start` opened."""
    global _crash_file, _crash_handler_set
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, RotatingFileHandler):
            root.removeHandler(handler)
            handler.close()
    if _crash_file is not None:
        if _crash_handler_set:
            faulthandler.disable()
            _crash_handler_set = False
        with contextlib.suppress(OSError):  # at exit, where errors cannot be shown
            _crash_file.close()
        _crash_file = None


def _rotating_handler() -> RotatingFileHandler:
    handler = RotatingFileHandler(
        paths.log_file(), maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8", errors="backslashreplace"
    )
    handler.rotator = _rename
    return handler


def _rename(source: str, target: str) -> None:
    with contextlib.suppress(OSError):  # Windows: another program has it open; the log continues in the same file
        os.replace(source, target)


def _log_crashes() -> None:
    global _crash_file, _crash_handler_set
    if _crash_file is None:
        # Open until the program ends: faulthandler writes to the bare file descriptor.
        file = paths.home() / "crash.log"
        if file.is_file() and file.stat().st_size > _MAX_BYTES:  # Windows logs exceptions there that a library handles
            _rename(str(file), f"{file}.1")
        _crash_file = file.open("a", encoding="utf-8")
        if not faulthandler.is_enabled():  # else a test runner or "python -X faulthandler" handles crashes
            faulthandler.enable(_crash_file)
            _crash_handler_set = True
