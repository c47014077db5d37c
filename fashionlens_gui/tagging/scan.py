"""The photos in and below the files and folders to tag: each once, in natural order, with its name for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.data.photo_files import PhotoWalk, Unreadable
from trainer.data.skipped_files import SkippedFile
from trainer.errors import PhotoError


@dataclass(frozen=True, slots=True)
class ScanItem:
    """A file to be read as a photo, or a folder that cannot be listed.

    Attributes:
        path: Absolute.
        file: Its name for people, see :class:`fashionlens_gui.tagging.tag.Tag`.
        error: Why a folder cannot be listed. It becomes an error row, since photos may be missing because of it.
    """

    path: Path
    file: str
    error: PhotoError | None = None


def scan(paths: Iterable[Path], control: WorkControl, skipped: list[SkippedFile] | None = None) -> Iterator[ScanItem]:
    """Every photo in and below ``paths``, see :class:`trainer.data.photo_files.PhotoWalk`.

    A file in ``paths`` counts as a photo with any suffix. A file reached twice is yielded once. Names are relative
    to the folder in ``paths``; with several paths, to their common folder, so that ``a/1.jpg`` and ``b/1.jpg`` differ.

    Args:
        paths: Files and folders, absolute or relative to the working folder.
        control: Checked between files; the scan ends early when it is stopped.
        skipped: Gets everything in the folders that is no photo.
    """
    paths = list(paths)
    name = names_below(paths)
    walk = PhotoWalk(control, skipped)
    for root in (Path(os.path.abspath(path)) for path in paths):
        for item in walk.below(root) if root.is_dir() else walk.file(root):
            if isinstance(item, Unreadable):
                yield ScanItem(Path(item.file), f"{name(item.file)}/", item.error)
            else:
                yield ScanItem(item, name(str(item)))
        if control.stopped:
            return


def names_below(paths: Iterable[Path]) -> Callable[[str], str]:
    """What :func:`scan` of these paths calls the absolute path of a file that it finds."""
    base = _common_folder([os.path.abspath(path) for path in paths])

    def name(path: str) -> str:
        below = path[len(base) :] if path.startswith(base) else path
        return printable((below.lstrip(os.sep) or os.path.basename(path)).replace(os.sep, "/"))

    return name


def _common_folder(roots: list[str]) -> str:
    """The folder that names are relative to; empty without one (several Windows drives)."""
    if len(roots) == 1 and os.path.isdir(roots[0]):
        return roots[0]
    try:
        return os.path.commonpath([os.path.dirname(root) for root in roots]) if roots else ""
    except ValueError:
        return ""
