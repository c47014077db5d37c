"""What a model may be called: its name is its file's name, so every system must be able to hold it."""

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
# Windows keeps these for itself, whatever their suffix ("Naming Files, Paths, and Namespaces" of its documentation).
_RESERVED = {
    "con",
    "conin$",
    "conout$",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
}
# A model "shop.replay" would be the file that belongs to the model "shop".
_COMPANIONS = tuple(Path(suffix).stem for suffix in (REPLAY_SUFFIX, SPLIT_SUFFIX))


def objection(name: str) -> str:
    """Why ``name`` cannot be a model's name, in plain words; empty when it can."""
    if not name.strip():
        return "A model needs a name."
    if len(name) > LONGEST or len(name.encode("utf-8", "surrogatepass")) > 2 * LONGEST:
        return f"The name is too long; {LONGEST} letters are the most."
    if _NOT_IN_FILE_NAMES.search(name) or name != name.strip(" ."):
        return (
            'The name becomes a file name, so it cannot hold / \\ : * ? " < > | nor begin or end with a dot or a space.'
        )
    if not name.isprintable():
        return "The name holds characters that cannot be seen; type it anew."
    if name.split(".")[0].rstrip().casefold() in _RESERVED:
        return f"Windows keeps the name “{name}” for itself; choose another one."
    if name.casefold().endswith(_COMPANIONS):
        return f"A name cannot end in {' or '.join(_COMPANIONS)}, as files beside other models do; choose another one."
    return ""


def check(name: str) -> None:
    """Raise :class:`ModelFileError` with the :func:`objection` where there is one."""
    if reason := objection(name):
        raise ModelFileError(reason)


def taken(name: str, folders: Iterable[Path]) -> bool:
    """Whether a model of that name lies in one of the folders; case and accents' spelling do not tell apart."""
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
