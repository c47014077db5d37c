"""Files that commands write: what cannot or must not be written is refused before any work."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import messages
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import is_stream
from trainer.errors import SaveError

if TYPE_CHECKING:
    from trainer.data.photo_files import Unreadable

_TEXTS = (".csv", ".json", ".html")


def check(option: str, target: Path, example: str, inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse a target that is a slip of the keys, or that could not be saved in the end.

    Args:
        option: What it was given with, such as ``--out``.
        target: The file to create or replace. Where text is written, devices, pipes and ``/dev/stdout`` will do, too.
        example: A name as it should be, such as ``tags.csv``; with its suffix.
        inputs: Files and folders that the command reads; None, and what does not exist, is passed over.

    Raises:
        SaveError: It is a folder, has another suffix, is one of the inputs, or nothing may be written there.
    """
    shown, suffix = printable(str(target)), Path(example).suffix
    if os.path.isdir(target):
        raise SaveError(f"{shown} is a folder. Give {option} the name of a file, such as {example}.")
    if is_stream(target) and suffix in _TEXTS:
        return
    # Of a link, the file that it leads to is replaced.
    if any(Path(name).suffix.casefold() != suffix for name in (target, os.path.realpath(target))):
        raise SaveError(
            f"{option} writes a {suffix} file, and {shown} is none. Give it a name such as {example}; nothing was "
            "written."
        )
    if any(_same(target, given) for given in inputs if given is not None):
        raise SaveError(f"{shown} is read from and stays as it is. Give {option} another name.")
    _try(target, shown, option)


def unreadable(photos: Iterable[Unreadable]) -> list[dict[str, str]]:
    """Photos that were left out, as plain values."""
    return [{"file": printable(photo.file), "reason": messages.sentence(photo.error)} for photo in photos]


def _same(one: Path, other: Path | str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them is not there
        return False


def _try(target: Path, shown: str, option: str) -> None:
    """Make a nameless file where the target will be, or in the nearest folder above it that there is."""
    folder = Path(os.path.realpath(target)).parent
    while not os.path.lexists(folder):
        folder = folder.parent
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.lstat(target)  # refuses a name that no file can have
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise SaveError(
            f"{shown} cannot be written: {error.strerror or error}. Check that its folder may be written to, or give "
            f"{option} another place.",
            repr(error),
        ) from error
