"""The one walk over folders of photos: for tagging, training, evaluation and the count in the Train form.

Content decides what is a photo, not the name; see :mod:`trainer.data.skipped_files` for all else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from natsort import natsort_keygen, ns

from trainer.control import WorkControl
from trainer.data.skipped_files import (
    HEAD_BYTES,
    Kind,
    SkippedFile,
    skipped_by_attributes,
    skipped_content,
    skipped_file,
    skipped_folder,
)
from trainer.errors import PhotoError
from trainer.preprocessing.photo import PHOTO_SUFFIXES, printable_name

_natural_key = natsort_keygen(alg=ns.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, or a folder of photos, that was left out, and why."""

    file: str
    error: PhotoError


def has_photo_suffix(name: str) -> bool:
    """Whether a name ends as photos do; a file with another ending is a photo when its content is."""
    return os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES


def class_folders(root: Path) -> list[Path]:
    """The folders directly below ``root``, one for each category, sorted without regard to case; links are followed.
    Raises :class:`OSError`: ``root`` cannot be listed.
    """
    with os.scandir(root) as listing:
        folders = [
            Path(entry)
            for entry in listing
            if not (skipped_folder(entry.name) or skipped_by_attributes(entry)) and entry.is_dir()
        ]
    return sorted(folders, key=lambda folder: folder.name.casefold())


class PhotoWalk:
    """Photos in and below folders, in natural order (2 before 10), a folder's files before its sub-folders.

    A file in a folder is a photo when it ends like one (``PHOTO_SUFFIXES``), also a broken link, a pipe and whatever
    else has such a name: reading it says what is wrong. A file with another ending is a photo when its first bytes are
    those of a picture. Links to photos come after the other files of their folder; links to folders are not followed.
    One walk gives no file and enters no folder twice.

    Args:
        control: Looked at between files; when stopped, the walk ends early.
        skipped: Gets everything else in the folders; of a skipped folder the folder alone.
    """

    def __init__(self, control: WorkControl | None = None, skipped: list[SkippedFile] | None = None) -> None:
        self._control = control or WorkControl()
        self._skipped = skipped
        self._given: set[str] = set()
        self._entered: set[tuple[int, int] | str] = set()

    def below(self, top: Path) -> Iterator[Path | Unreadable]:
        """The photos below a folder, which itself may be a link or have any name."""
        waiting = [(os.fspath(top), os.path.realpath(top))]  # path and real path; a stack, so that depth is no limit
        while waiting and not self._control.stopped:
            folder, real_folder = waiting.pop()
            try:
                identity = file_identity(folder)
                if identity in self._entered:
                    continue
                self._entered.add(identity)
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: (_natural_key(entry.name), entry.name))
            except OSError as error:
                yield Unreadable(folder, _folder_error(folder, error))
                continue
            folders = [entry for entry in entries if _is_folder(entry)]
            files = [entry for entry in entries if not _is_folder(entry)]
            entered = [
                (entry.path, os.path.join(real_folder, entry.name))
                for entry in folders
                if not self._skip(entry, skipped_folder(entry.name) or skipped_by_attributes(entry))
            ]
            waiting.extend(reversed(entered))
            yield from self._photos(real_folder, files)

    def file(self, path: Path) -> Iterator[Path]:
        """A file that the user named, with any name, unless it was yielded before."""
        return self._once(os.fspath(path), os.path.realpath(path))

    def _photos(self, real_folder: str, files: Iterable[os.DirEntry[str]]) -> Iterator[Path]:
        """Links last: of a photo and a link to it, the photo itself is given."""
        for entry in sorted(files, key=os.DirEntry.is_symlink):
            if self._control.stopped:
                return
            if self._skip(entry, skipped_file(entry.name) or skipped_by_attributes(entry)):
                continue
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                is_photo = not os.path.isdir(target) and (has_photo_suffix(entry.name) or not _content_kind(entry))
                if not self._skip(entry, None if is_photo and target not in self._given else "link"):
                    yield from self._once(entry.path, target)
            elif has_photo_suffix(entry.name) or not self._skip(entry, _content_kind(entry)):
                yield from self._once(entry.path, os.path.join(real_folder, entry.name))

    def _once(self, path: str, real_path: str) -> Iterator[Path]:
        if real_path not in self._given:
            self._given.add(real_path)
            yield Path(path)

    def _skip(self, entry: os.DirEntry[str], kind: Kind | None) -> bool:
        if kind is not None and self._skipped is not None:
            self._skipped.append(SkippedFile(entry.path, kind))
        return kind is not None


def file_identity(path: str | Path) -> tuple[int, int] | str:
    """What tells a file or folder from all others. File systems without inodes, such as WebDAV, say 0 for all of them.
    Raises :class:`OSError`: it is not there.
    """
    status = os.stat(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.normcase(os.path.realpath(path))


def _content_kind(entry: os.DirEntry[str]) -> Kind | None:
    """What a file is instead of a picture, by its first bytes; None for a picture."""
    try:
        if not entry.is_file():
            return "other"  # a device or pipe: opening one may block
        with open(entry.path, "rb", buffering=0) as file:
            return skipped_content(file.read(HEAD_BYTES) or b"", os.path.splitext(entry.name)[1])
    except OSError:
        return "unreadable"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # some file systems report it only later, or not at all: reading the entry fails then
        return False


def _folder_error(folder: str, error: OSError) -> PhotoError:
    code = "folder_unreadable"
    if isinstance(error, PermissionError):
        code = "folder_no_permission"
    elif isinstance(error, FileNotFoundError):
        code = "folder_missing"
    return PhotoError(code, repr(error), name=printable_name(Path(folder)))
