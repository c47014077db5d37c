"""The log file: what went wrong, for whoever helps the user. No Qt."""

from __future__ import annotations

import contextlib
import faulthandler
import itertools
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

from fashionlens_gui import paths

_BYTES_PER_FILE = 1_000_000
_OLD_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


class _TurnedOverFile(logging.FileHandler):
    """A log file that is renamed to ``.1`` (and that to ``.2``, …) when it is full.

    The standard library's one brings sockets and pickle along, a tenth of the time to the first window.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if self.stream is not None and self.stream.tell() > _BYTES_PER_FILE:
            try:
                self._turn_over()
            except OSError:  # another program holds an old file open (Windows): go on in this one
                self.handleError(record)

    def _turn_over(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None
        names = [self.baseFilename, *(f"{self.baseFilename}.{number}" for number in range(1, _OLD_FILES + 1))]
        for newer, older in reversed(list(itertools.pairwise(names))):
            with contextlib.suppress(FileNotFoundError):
                os.replace(newer, older)
        self.stream = self._open()


_crash_file: TextIO | None = None
_watching = False


def start(level: int = logging.INFO) -> bool:
    """Begin to log to the user's FashionLens folder; the file is turned over at 1 MB, three old ones are kept.

    Hard crashes inside a library leave their Python stacks in ``crash.log`` beside it.

    Returns:
        False when the folder cannot be written to: the log then goes to standard error, and the program runs on.
    """
    root = logging.getLogger()
    root.setLevel(level)
    try:
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _TurnedOverFile(file)
        _watch_for_crashes()
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
    """Write out and close what :func:`start` opened."""
    global _crash_file, _watching
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _TurnedOverFile):
            root.removeHandler(handler)
            handler.close()
    if _crash_file is not None:
        if _watching:
            faulthandler.disable()
            _watching = False
        with contextlib.suppress(OSError):  # closing at exit: nobody is left to be told
            _crash_file.close()
        _crash_file = None


def _watch_for_crashes() -> None:
    global _crash_file, _watching
    if _crash_file is None:
        # Open for as long as the program runs: faulthandler writes to the bare file descriptor.
        _crash_file = (paths.home() / "crash.log").open("a", encoding="utf-8")
        # Whoever watches already, such as a test runner or "python -X faulthandler", goes on doing so.
        if not faulthandler.is_enabled():
            faulthandler.enable(_crash_file)
            _watching = True
