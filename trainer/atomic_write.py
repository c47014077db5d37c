"""Files that are either the old or the new, never something in between.

The way of SQLite and of every careful editor: write a sibling file, flush it to the disk, then rename it over the
target, which POSIX and Windows do as one step. A device or a pipe is never replaced: it is written to.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from trainer.errors import SaveError

_SUFFIX = ".part"
_ABANDONED_AFTER = 600.0  # seconds; no single file takes that long to write
_STREAMS = ("/dev", "/dev/fd", "/proc/self/fd")  # folders whose names stand for what the program already has open


@contextlib.contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Give a path to write to; on leaving without an error, what is there takes the place of ``target``.

    Args:
        target: The file to create or replace. Its folder is created when missing. An existing file keeps its mode; of a
            link, the file that it leads to is replaced; a device or a pipe is written to.

    Yields:
        An empty temporary file, in the same folder, so that the final rename never crosses a file system.

    Raises:
        SaveError: The folder is not writable or the disk is full; ``target`` is as it was before.
    """
    named = Path(target)
    temporary: Path | None = None
    try:
        if is_stream(named):
            with tempfile.TemporaryDirectory() as folder:
                (written := Path(folder, "written")).touch()
                yield written
                _copy_to_stream(written, named)
            return
        target = Path(os.path.realpath(named)) if named.is_symlink() else named
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name[:80]}."
        _clear_abandoned(target.parent, prefix)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _flush_to_disk(temporary)
        # mkstemp makes private files; a file the user asked for follows their umask like any other.
        temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
        _flush_to_disk(target.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SaveError(
            "file_not_saved", repr(error), name=named.name, folder=str(named.parent), reason=reason
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def is_stream(target: Path) -> bool:
    """Whether a name stands for a device, a pipe or an open file such as ``/dev/stdout``, not for a file to replace."""
    if not os.path.exists(target) or os.path.isdir(target):
        return False
    return not os.path.isfile(target) or os.path.dirname(os.path.abspath(target)) in _STREAMS


def write_text(target: Path, text: str) -> None:
    """Replace ``target`` by ``text`` in UTF-8, as one step. Raises :class:`SaveError`."""
    with atomic_write(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _copy_to_stream(written: Path, into: Path) -> None:
    """Write a file's bytes to a device, a pipe or the target of a standard stream."""
    with written.open("rb") as source, os.fdopen(_open_stream(into), "wb") as sink:
        shutil.copyfileobj(source, sink)


def _open_stream(into: Path) -> int:
    there = os.stat(into)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # a stream of no file, or none at all
            if os.path.samestat(there, os.fstat(stream.fileno())):
                stream.flush()
                return os.dup(stream.fileno())  # opened anew, it would begin at the start of a file again
    return os.open(into, os.O_WRONLY | getattr(os, "O_BINARY", 0))


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
    if path.is_dir() and os.name == "nt":  # Windows has no handle to a folder's entries
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
