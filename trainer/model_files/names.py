"""Names of models. A name is a file name, so it has to be valid on every operating system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from trainer.errors import ModelFileError
from trainer.model_files.library import REPLAY_SUFFIX, SPLIT_SUFFIX, SUFFIX

CARD_SUFFIX = ".md"
LONGEST = 120
"""Characters; a file name may have 255 bytes, and a letter up to two of them in most languages."""

_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
# Reserved by Windows, with any suffix ("Naming Files, Paths, and Namespaces" of its documentation).
_RESERVED = {"con", "conin$", "conout$", "prn", "aux", "nul"}
_RESERVED |= {f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"}
# A model "shop.replay" would be the file that belongs to the model "shop".
_COMPANIONS = tuple(Path(suffix).stem for suffix in (REPLAY_SUFFIX, SPLIT_SUFFIX))


def name_error(name: str) -> ModelFileError | None:
    """Why ``name`` cannot be a model's name; None when it can."""
    if not name.strip():
        return ModelFileError("name_empty")
    if len(name) > LONGEST or len(name.encode("utf-8", "surrogatepass")) > 2 * LONGEST:
        return ModelFileError("name_too_long", limit=LONGEST)
    if _NOT_IN_FILE_NAMES.search(name) or name != name.strip(" ."):
        return ModelFileError("name_not_a_file_name")
    if not name.isprintable():
        return ModelFileError("name_with_invisible_characters")
    if name.split(".")[0].rstrip().casefold() in _RESERVED:
        return ModelFileError("name_reserved", name=name)
    if name.casefold().endswith(_COMPANIONS):
        return ModelFileError("name_of_companion", endings=_COMPANIONS)
    return None


def validate_name(name: str) -> None:
    """Raise the :func:`name_error` of a name that has one."""
    if error := name_error(name):
        raise error


def is_taken(name: str, folders: Iterable[Path]) -> bool:
    """Whether one of the folders has a model of that name, ignoring case and Unicode normalization."""
    return _key(name) in names_in(folders)


def names_in(folders: Iterable[Path]) -> set[str]:
    """Names in use, folded so that those which some file system takes for the same are the same."""
    return {
        _key(file.stem)
        for folder in folders
        if folder.is_dir()
        for file in folder.iterdir()
        if file.suffix.casefold() == SUFFIX
    }


def free_name(name: str, folders: Iterable[Path]) -> str:
    """``name``, or ``name 2``, ``name 3`` and so on: the first that is not taken."""
    used = names_in(folders)
    number = 1
    candidate = name
    while _key(candidate) in used:
        number += 1
        ending = f" {number}"
        candidate = name[: LONGEST - len(ending)].rstrip() + ending
    return candidate


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
