"""Only one training for a file at a time: a lock file beside the checkpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from trainer.errors import CheckpointError

_SUFFIX = ".lock"


@contextlib.contextmanager
def run_lock(checkpoint: Path, output: Path) -> Iterator[None]:
    """Hold the lock of a run; the system releases it when the process dies.

    Where files cannot be locked, as on some network drives, the run is not protected.

    Args:
        checkpoint: Of the run; it is replaced by each save, so it cannot be locked itself.
        output: The model file of the run, for the error.

    Raises:
        CheckpointError: ``training_running``: another run holds it.
    """
    file = checkpoint.with_name(checkpoint.name + _SUFFIX)
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise CheckpointError("training_running", repr(error), output=str(output)) from error
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        # Deleted before the release, so that nobody's lock is deleted. On Windows the release itself deletes it.
        with contextlib.suppress(OSError):
            file.unlink()
        lock.release()
