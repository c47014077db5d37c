"""The one walk over folders of photos, and the one rule for folders of systems and network drives.

Tagging, training, evaluation, zip files and the count in the Train form all find the same photos.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from natsort import natsort_keygen, ns

from trainer.control import WorkControl
from trainer.errors import PhotoError
from trainer.preprocessing.photo import PHOTO_SUFFIXES, printable_name

SYSTEM_FOLDERS = frozenset(
    {
        # Windows: recycle bins, restore points, what chkdsk saves
        "$recycle.bin",
        "recycler",
        "system volume information",
        "found.000",
        # Linux and macOS: what fsck saves, resource forks in zip files, waste baskets on network drives
        "lost+found",
        "__macosx",
        "network trash folder",
        "temporary items",
        # Synology, QNAP, Asustor, TerraMaster, Buffalo, NetApp: recycle bins, thumbnails, snapshots
        "#recycle",
        "@recycle",
        "#snapshot",
        "@recently-snapshot",
        "~snapshot",
        "@eadir",
        "@tmp",
        "@trash",
        "trashbox",
    }
)
"""Names of folders that no user made, in lower case. Those that begin with a dot are hidden anyway."""

_natural_key = natsort_keygen(alg=ns.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, or a folder of photos, that was left out, and why."""

    file: str
    error: PhotoError


def is_ignored(name: str) -> bool:
    """Whether files and folders of this name are hidden, or folders belong to a system or network drive."""
    return name.startswith(".") or name.casefold() in SYSTEM_FOLDERS


def has_photo_name(parts: Iterable[str]) -> bool:
    """Whether a path inside a folder or archive, given part by part, is that of a photo that counts."""
    *folders, name = parts
    return (
        os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES
        and not name.startswith(".")
        and not any(map(is_ignored, folders))
    )


def class_folders(root: Path) -> list[Path]:
    """The folders directly below ``root``, one for each category, sorted without regard to case; links are followed.
    Raises :class:`OSError`: ``root`` cannot be listed.
    """
    with os.scandir(root) as listing:
        folders = [
            Path(entry) for entry in listing if not (_is_hidden(entry) or is_ignored(entry.name)) and entry.is_dir()
        ]
    return sorted(folders, key=lambda folder: folder.name.casefold())


class PhotoWalk:
    """Photos in and below folders, in natural order (2 before 10), a folder's files before its sub-folders.

    In folders, files count that end like photos (``PHOTO_SUFFIXES``), also broken links, pipes and whatever else has
    such a name: reading it says what is wrong, so nothing is lost silently. Links to photos come after the other files
    of their folder. Links to folders are not followed. One walk gives no file and enters no folder twice.

    Args:
        control: Looked at between files; when stopped, the walk ends early.
    """

    def __init__(self, control: WorkControl | None = None) -> None:
        self._control = control or WorkControl()
        self._given: set[str] = set()
        self._entered: set[tuple[int, int]] = set()

    def below(self, top: Path) -> Iterator[Path | Unreadable]:
        """The photos below a folder, which itself may be a link or have any name."""
        waiting = [(os.fspath(top), os.path.realpath(top))]  # path and real path; a stack, so that depth is no limit
        while waiting and not self._control.stopped:
            folder, real_folder = waiting.pop()
            try:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in self._entered:
                    continue
                self._entered.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as listing:
                    entries = [entry for entry in listing if not _is_hidden(entry)]
            except OSError as error:
                yield Unreadable(folder, _folder_error(folder, error))
                continue
            entries.sort(key=lambda entry: (_natural_key(entry.name), entry.name))
            waiting.extend(
                (entry.path, os.path.join(real_folder, entry.name))
                for entry in reversed(entries)
                if _is_folder(entry) and not is_ignored(entry.name)
            )
            yield from self._photos(real_folder, entries)

    def file(self, path: Path) -> Iterator[Path]:
        """A file that the user named, with any name, unless it was yielded before."""
        return self._once(os.fspath(path), os.path.realpath(path))

    def _photos(self, real_folder: str, entries: Iterable[os.DirEntry[str]]) -> Iterator[Path]:
        """Links last: of a photo and a link to it, the photo itself is given."""
        for entry in sorted(entries, key=os.DirEntry.is_symlink):
            if self._control.stopped:
                return
            if os.path.splitext(entry.name)[1].lower() not in PHOTO_SUFFIXES or _is_folder(entry):
                continue
            if not entry.is_symlink():
                yield from self._once(entry.path, os.path.join(real_folder, entry.name))
            elif not os.path.isdir(entry.path):
                yield from self._once(entry.path, os.path.realpath(entry.path))

    def _once(self, path: str, real_path: str) -> Iterator[Path]:
        if real_path not in self._given:
            self._given.add(real_path)
            yield Path(path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # some file systems report it only later, or not at all: reading the entry fails then
        return False


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if sys.platform != "win32":
        return False
    try:
        attributes = entry.stat(follow_symlinks=False).st_file_attributes
    except OSError:  # deleted meanwhile: reading it fails then
        return False
    return bool(attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM))


def _folder_error(folder: str, error: OSError) -> PhotoError:
    code = "folder_unreadable"
    if isinstance(error, PermissionError):
        code = "folder_no_permission"
    elif isinstance(error, FileNotFoundError):
        code = "folder_missing"
    return PhotoError(code, repr(error), name=printable_name(Path(folder)))
