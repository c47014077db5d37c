"""One training for one file: a lock of the operating system beside its checkpoint, which dies with the process.

The session of the window is a database and has SQLite's own lock; a checkpoint is replaced by each save, so a file of
its own is locked.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from trainer.errors import CheckpointError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_SUFFIX = ".lock"


@contextlib.contextmanager
def locked(checkpoint: Path, output: Path) -> Iterator[None]:
    """Hold the lock of a run. Where nothing can be locked, as on some network drives, it is done without.

    Args:
        checkpoint: Where the run is kept.
        output: What it is to write, for the sentence.

    Raises:
        CheckpointError: Another run holds it.
    """
    file = checkpoint.with_name(checkpoint.name + _SUFFIX)
    handle = _held(file, output)
    try:
        yield
    finally:
        if handle is not None:
            # Removed while it is held, where the system can do that: whoever opened it meanwhile looks again.
            with contextlib.suppress(OSError):
                file.unlink()
            os.close(handle)
            if sys.platform == "win32":
                with contextlib.suppress(OSError):
                    file.unlink()


def _held(file: Path, output: Path) -> int | None:
    while True:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return None
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError) as error:
            os.close(handle)
            raise CheckpointError("training_running", repr(error), output=str(output)) from error
        except OSError:
            os.close(handle)
            return None
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(file)):
                return handle
        os.close(handle)  # it was removed by the run that had it, between our opening and locking it
