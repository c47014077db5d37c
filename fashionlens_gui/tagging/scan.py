"""The photos below what the user dropped: each once, in natural order, with the names that its row shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.data.photo_files import PhotoWalk, Unreadable
from trainer.errors import PhotoError


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read as a photo, or a folder that cannot be listed.

    Attributes:
        path: Absolute.
        file: Its name for people, see :class:`fashionlens_gui.tagging.tag.Tag`.
        error: Why a folder cannot be listed. It becomes an error row, since photos may be missing because of it.
    """

    path: Path
    file: str
    error: PhotoError | None = None


def scan(paths: Iterable[Path], control: WorkControl) -> Iterator[Found]:
    """Every photo in and below ``paths``, see :class:`trainer.data.photo_files.PhotoWalk`.

    A file that the user named is given whatever its name. The same file reached twice is given once. Names are relative
    to the folder dropped; when several things are dropped, to the folder that holds them all, so that ``a/1.jpg`` and
    ``b/1.jpg`` stay apart.

    Args:
        paths: Files and folders, absolute or relative to the working folder.
        control: Looked at between files; when stopped, the scan ends early.
    """
    roots = [os.path.abspath(os.fspath(path)) for path in paths]
    base = _common_folder(roots)
    walk = PhotoWalk(control)
    for root in map(Path, roots):
        for item in walk.below(root) if root.is_dir() else walk.file(root):
            if isinstance(item, Unreadable):
                yield Found(Path(item.file), f"{_name(item.file, base)}/", item.error)
            else:
                yield Found(item, _name(str(item), base))
        if control.stopped:
            return


def _name(path: str, base: str) -> str:
    below = path[len(base) :] if path.startswith(base) else path
    return printable((below.lstrip(os.sep) or os.path.basename(path)).replace(os.sep, "/"))


def _common_folder(roots: list[str]) -> str:
    """The folder that names are relative to; empty when there is none (several Windows drives)."""
    if len(roots) == 1 and os.path.isdir(roots[0]):
        return roots[0]
    try:
        return os.path.commonpath([os.path.dirname(root) for root in roots]) if roots else ""
    except ValueError:
        return ""
