"""Finding the photos below what the user dropped: each once, in the order a person expects, nothing lost silently."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.errors import PhotoError
from trainer.preprocessing.photo import PHOTO_SUFFIXES

# Folders that systems keep for themselves: thumbnails, waste baskets, resource forks.
_SYSTEM_FOLDERS = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"})
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read as a photo. ``file`` is its name for people, see :class:`fashionlens_gui.tagging.tag.Tag`."""

    path: Path
    file: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A folder that cannot be looked into; it becomes an error row, since photos may be missing because of it."""

    path: Path
    file: str
    error: PhotoError


def scan(paths: Iterable[Path], control: WorkControl) -> Iterator[Found | Refused]:
    """Every photo in and below ``paths``, sorted naturally (2 before 10), a folder's files before its sub-folders.

    Links to photos come after the other files of their folder.

    In folders, files count that end like photos (``PHOTO_SUFFIXES``), also broken links, pipes and whatever else has
    such a name: reading it says what is wrong, so nothing is lost silently. Hidden files and system folders are passed
    over. Links to folders are not followed and no folder is entered twice, so that loops end. A file that the user
    named is given whatever its name. The same file reached twice is given once.

    Names are relative to the folder dropped; when several things are dropped, to the folder that holds them all, so
    that ``a/1.jpg`` and ``b/1.jpg`` stay apart.

    Args:
        paths: Files and folders, absolute or relative to the working folder.
        control: Looked at between files; when stopped, the scan ends early.
    """
    roots = [os.path.abspath(os.fspath(path)) for path in paths]
    walk = _Walk(_common_folder(roots), control)
    for root in roots:
        if control.stopped:
            return
        yield from walk.below(root) if os.path.isdir(root) else walk.file(root, os.path.realpath(root))


class _Walk:
    """What one scan remembers: which files were given and which folders entered."""

    def __init__(self, base: str, control: WorkControl) -> None:
        self._base = base
        self._control = control
        self._given: set[str] = set()
        self._entered: set[tuple[int, int]] = set()

    def below(self, top: str) -> Iterator[Found | Refused]:
        """A folder and all below it; a stack instead of recursion, so that depth is no limit."""
        waiting = [(top, os.path.realpath(top))]  # where it was found, and where it really lies
        while waiting:
            folder, true_folder = waiting.pop()
            try:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in self._entered:
                    continue
                self._entered.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as listing:
                    entries = sorted((entry for entry in listing if not _is_hidden(entry)), key=_natural)
            except OSError as error:
                yield Refused(Path(folder), f"{self._name(folder)}/", _closed(folder, error))
                continue
            waiting.extend(
                (entry.path, os.path.join(true_folder, entry.name))
                for entry in reversed(entries)
                if _is_folder(entry) and entry.name.casefold() not in _SYSTEM_FOLDERS
            )
            yield from self._photos(true_folder, entries)

    def _photos(self, true_folder: str, entries: list[os.DirEntry[str]]) -> Iterator[Found]:
        """Links last: of a photo and a link to it, the photo itself gets the row."""
        for entry in sorted(entries, key=os.DirEntry.is_symlink):
            if self._control.stopped:
                return
            if os.path.splitext(entry.name)[1].lower() not in PHOTO_SUFFIXES or _is_folder(entry):
                continue
            if not entry.is_symlink():
                yield from self.file(entry.path, os.path.join(true_folder, entry.name))
            elif not os.path.isdir(entry.path):
                yield from self.file(entry.path, os.path.realpath(entry.path))

    def file(self, path: str, true_path: str) -> Iterator[Found]:
        """A file, unless it was given before; ``true_path`` is where it really lies, links resolved."""
        if true_path not in self._given:
            self._given.add(true_path)
            yield Found(Path(path), self._name(path))

    def _name(self, path: str) -> str:
        below = path[len(self._base) :] if path.startswith(self._base) else path
        relative = below.lstrip(os.sep) or os.path.basename(path)
        return printable(relative.replace(os.sep, "/"))


def _common_folder(roots: list[str]) -> str:
    """The folder that names are relative to; empty when there is none (several Windows drives)."""
    if len(roots) == 1 and os.path.isdir(roots[0]):
        return roots[0]
    try:
        return os.path.commonpath([os.path.dirname(root) for root in roots]) if roots else ""
    except ValueError:
        return ""


def _natural(entry: os.DirEntry[str]) -> tuple[list[str | int], str]:
    """Sort key by which ``2.jpg`` comes before ``10.jpg`` and case does not matter; the exact name breaks ties."""
    parts: list[str | int] = list(_DIGITS.split(entry.name.casefold()))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return parts, entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder itself, not a link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # a file system that does not say at once, and then not at all: reading it will tell why
        return False


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if sys.platform != "win32":
        return False
    try:
        attributes = entry.stat(follow_symlinks=False).st_file_attributes
    except OSError:  # vanished meanwhile: the reader of the file will say so
        return False
    return bool(attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM))


def _closed(folder: str, error: OSError) -> PhotoError:
    """Why a folder cannot be read."""
    code = "folder_unreadable"
    if isinstance(error, PermissionError):
        code = "folder_no_permission"
    elif isinstance(error, FileNotFoundError):
        code = "folder_missing"
    return PhotoError(code, repr(error), name=printable(os.path.basename(folder) or folder))
