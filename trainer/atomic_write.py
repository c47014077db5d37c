"""Files that are either the old or the new, never something in between.

The way of SQLite and of every careful editor: write a sibling file, flush it to the disk, then rename it over the
target, which POSIX and Windows do as one step. A device or a pipe is never replaced: it is written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from trainer.errors import SaveError, os_reason

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

_SUFFIX = ".part"
_OWNER = re.compile(r"\.([0-9a-f]{8})-(\d+)-[^.]*\.part$")
_ABANDONED_AFTER = 600.0  # seconds; no single file takes that long to write
WAIT = 2.5  # seconds; virus scanners, search and OneDrive on Windows hold a new file for less
_HELD = (5, 32, 33)  # winerror: access denied, in use, locked
_STREAMS = ("/dev", "/dev/fd", "/proc/self/fd")  # folders whose names stand for what the program already has open


@contextlib.contextmanager
def atomic_write(target: Path, wait: float = WAIT, durable: bool = True) -> Iterator[Path]:
    """Give a path to write to; on leaving without an error, what is there takes the place of ``target``.

    Args:
        target: The file to create or replace. Its folder is created when missing. An existing file keeps its mode; of a
            link, the file that it leads to is replaced; a device or a pipe is written to.
        wait: Seconds to wait for a program that holds the file, see :func:`retry_while_held`.
        durable: Wait until the file is on the disk itself.

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
        prefix = _prefix(target)
        remove_abandoned(target)
        handle, name = tempfile.mkstemp(prefix=f"{prefix}{_owner(os.getpid())}-", suffix=_SUFFIX, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if durable:
            _flush_to_disk(temporary)
        # mkstemp makes private files; a file the user asked for follows their umask like any other.
        if os.name != "nt":  # there the only mode is read-only, which would keep the file from being renamed
            temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
        written = temporary
        retry_while_held(lambda: os.replace(written, target), wait)
        if durable:
            with contextlib.suppress(OSError):  # the file is there; some network drives cannot flush a folder
                _flush_to_disk(target.parent)
    except OSError as error:
        raise SaveError(
            "file_not_saved", repr(error), name=named.name, folder=str(named.parent), reason=os_reason(error)
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # the error above says what is wrong; the next write removes the file
                temporary.unlink(missing_ok=True)


def retry_while_held(action: Callable[[], Result], wait: float = WAIT) -> Result:
    """Call ``action``, and again while Windows says that another program holds the file, for up to ``wait`` seconds.

    Returns:
        What ``action`` returns.

    Raises:
        OSError: The last error of ``action``.
    """
    give_up, pause = time.monotonic() + wait, 0.02
    while True:
        try:
            return action()
        except OSError as error:
            if getattr(error, "winerror", None) not in _HELD or time.monotonic() + pause > give_up:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 0.4)


def remove_leftover(file: Path) -> None:
    """Remove a file that nobody needs any more; one that cannot be removed stays, with a line in the log."""
    try:
        retry_while_held(lambda: file.unlink(missing_ok=True))
    except OSError as error:
        _log.warning("%s could not be removed: %r", file, error)


def write_or_rescue(
    target: Path, write: Callable[[Path], object], refuge: Path, wait: float = WAIT
) -> tuple[Path, SaveError | None]:
    """Save the result of long work: where it was asked for, else beside it, else in another folder.

    Args:
        target: The file to create or replace; a device or a pipe has no other place.
        write: Writes the result to the path that it gets; may be called again for another place.
        refuge: A folder that can be written to.

    Returns:
        The file that was written; ``saved_elsewhere``, with the reason, when it is not ``target``.

    Raises:
        SaveError: No place can be written to; the error is that of ``target``.
    """
    failed: SaveError | None = None
    for folder in (None,) if is_stream(target) else (None, target.parent, refuge):
        place = target if folder is None else _free_name(folder / target.name)
        try:
            with atomic_write(place, wait) as temporary:
                write(temporary)
        except SaveError as error:
            failed = failed or error
            continue
        if failed is None:
            return place, None
        reason = failed.parameters["reason"]
        return place, SaveError("saved_elsewhere", failed.detail, name=target.name, reason=reason, file=str(place))
    assert failed is not None
    raise failed


def check_replaceable(target: Path) -> None:
    """Try whether a file can be created or replaced, as far as that can be told without changing anything.
    Raises :class:`OSError`: another program has it open, it is read-only (Windows), or its folder cannot be written to.
    """
    real = Path(os.path.realpath(target))
    folder = real.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    tempfile.TemporaryFile(dir=folder).close()
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.rename(real, real)  # changes nothing; refused for a file that is in use, and for impossible names
        try:
            real.open("r+b").close()
        except OSError as error:
            if os.name == "nt" or getattr(error, "winerror", None):  # elsewhere a read-only file can be replaced
                raise


def _free_name(file: Path) -> Path:
    """``tags (2).csv`` for ``tags.csv``, or the next number that is not in use."""
    names = (file.with_name(f"{file.stem} ({number}){file.suffix}") for number in itertools.count(2))
    return next(name for name in names if not os.path.lexists(name))


def is_stream(target: Path) -> bool:
    """Whether a name stands for a device, a pipe or an open file such as ``/dev/stdout``, not for a file to replace."""
    if not os.path.exists(target) or os.path.isdir(target):
        return False
    return not os.path.isfile(target) or os.path.dirname(os.path.abspath(target)) in _STREAMS


def write_text(target: Path, text: str, wait: float = WAIT, durable: bool = True) -> None:
    """Replace ``target`` by ``text`` in UTF-8, as one step. Raises :class:`SaveError`."""
    with atomic_write(target, wait, durable) as temporary:
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


def remove_abandoned(target: Path) -> None:
    """Remove what killed processes left in the folder of a target: those of this computer, and its own old ones."""
    for left in target.parent.glob(f".*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # somebody else may be removing it, too
            owner = _OWNER.search(left.name)
            if owner is not None and owner[1] == _computer():
                abandoned = not _is_running(int(owner[2]))
            else:
                old = time.time() - left.stat().st_mtime > _ABANDONED_AFTER
                abandoned = old and left.name.startswith(_prefix(target))
            if abandoned:
                left.unlink()


def _prefix(target: Path) -> str:
    return f".{target.name[:80]}."


def _owner(process: int) -> str:
    """Computer and process in the name of a temporary file, since a folder may be shared by computers."""
    return f"{_computer()}-{process}"


def _computer() -> str:
    return hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()


def _is_running(process: int) -> bool:
    if os.name != "nt":
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # of another user
            return True
        return True
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x100000, False, process)  # SYNCHRONIZE
    if not handle:
        return bool(ctypes.get_last_error() == 5)  # type: ignore[attr-defined]  # access denied: of another user
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == 0x102)  # WAIT_TIMEOUT
    finally:
        kernel.CloseHandle(handle)


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
