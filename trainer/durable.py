"""Files that are either the old or the new, never something in between.

The way of SQLite and of every careful editor: write a sibling file, flush it to the disk, then rename it over the
target, which POSIX and Windows do as one step.
"""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trainer.errors import SaveError

_SUFFIX = ".part"
_ABANDONED_AFTER = 600.0  # seconds; no single file takes that long to write


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a sibling path to write to; on leaving without an error it takes the place of ``target``.

    Args:
        target: The file to create or replace. Its folder is created when missing.

    Yields:
        An empty temporary file in the same folder, so that the final rename never crosses a file system.

    Raises:
        SaveError: The folder is not writable or the disk is full; ``target`` is as it was before.
    """
    target = Path(target)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name[:80]}."
        _clear_abandoned(target.parent, prefix)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _flush_to_disk(temporary)
        # mkstemp makes private files; a file the user asked for follows their umask like any other.
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, target)
        _flush_to_disk(target.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SaveError(
            f"“{target.name}” could not be saved in {target.parent}: {reason}. What was there before is unchanged. "
            "Check that the folder exists, may be written to and has room, or choose another one.",
            detail=repr(error),
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Replace ``target`` by ``text`` in UTF-8, as one step. Raises :class:`SaveError`."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_with(target: Path, write: Callable[[Path], None]) -> None:
    """Replace ``target`` by what ``write`` puts into the path it is given, as one step. Raises :class:`SaveError`."""
    with replacing(target) as temporary:
        write(temporary)


def _clear_abandoned(folder: Path, prefix: str) -> None:
    """Remove what earlier writes of the same file left behind when they were killed."""
    for left in folder.glob(f"{glob.escape(prefix)}*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # somebody else may be removing it, too
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                left.unlink()


def _umask() -> int:
    """The process's umask; reading it means setting it for an instant."""
    current = os.umask(0o022)
    os.umask(current)
    return current


def _flush_to_disk(path: Path) -> None:
    """Ask the system to put a file, or a folder's list of names, on the disk itself."""
    if path.is_dir() and os.name == "nt":  # Windows has no handle to a folder's entries
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
