"""One file is moved or copied; a file that is there already is never overwritten.

Within a file system, a hard link and the removal of the old name make a move that is never half done. Where there are
no hard links, such as on exFAT, an empty file reserves the name and is replaced. Across file systems, the bytes are
copied to a temporary file beside the target, compared and flushed to the disk before the target gets its name and the
source is removed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from trainer.atomic_write import atomic_write, retry_while_held

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
_AT_ONCE = 2**20  # bytes


def move_file(source: Path, target: Path) -> None:
    """Move a file, or a link as it is. Its folder exists.

    Raises:
        FileExistsError: There is something at the target; nothing has changed.
        OSError, SaveError: It cannot be moved; the source is as it was.
    """
    if os.name == "nt":
        try:
            retry_while_held(lambda: os.rename(source, target))  # refuses an existing target
            return
        except OSError as error:
            if getattr(error, "winerror", None) != 17:  # another drive
                raise
    else:
        try:
            os.link(source, target, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _NO_LINKS:
                _reserve(target)
                with _removed_on_error(target):
                    os.replace(source, target)
                return
            if error.errno != errno.EXDEV:
                raise
        else:
            with _removed_on_error(target):
                os.unlink(source)
            return
    copy_file(source, target)
    with _removed_on_error(target):
        retry_while_held(lambda: os.unlink(source))


def copy_file(source: Path, target: Path) -> None:
    """Copy a file with its times and permissions. Its folder exists.

    Raises:
        FileExistsError: There is something at the target; nothing has changed.
        OSError, SaveError: It cannot be read or written; there is no target then.
    """
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    reserved = False
    try:
        with atomic_write(target) as temporary:
            shutil.copyfile(source, temporary)
            if file_digest(source) != file_digest(temporary):
                raise OSError(errno.EIO, "the copy differs from the file", str(source))
            _reserve(target)
            reserved = True
    except BaseException:
        if reserved and os.path.getsize(target) == 0 != os.path.getsize(source):
            os.unlink(target)
        raise
    shutil.copystat(source, target)


def file_digest(path: Path) -> str:
    """BLAKE2b of a file's bytes, as :attr:`trainer.preprocessing.photo.Photo.digest`. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


@contextlib.contextmanager
def _removed_on_error(target: Path) -> Iterator[None]:
    """Remove what was made at the target when the source cannot be removed, such as from a folder that is read-only."""
    try:
        yield
    except OSError:
        os.unlink(target)
        raise


def _reserve(target: Path) -> None:
    """Make an empty file, which nobody else can make then. Raises FileExistsError."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
