"""Data sets that come split: the folders train, valid and test, or other spellings, above the folders of categories."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from trainer.data.data_paths import Part
from trainer.data.photo_files import PhotoWalk, class_folders
from trainer.errors import DataError
from trainer.spelling import spelling_key

_PARTS_BY_NAME: dict[str, Part] = {
    "train": "train",
    "trn": "train",
    "training": "train",
    "trainval": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "validate": "validation",
    "dev": "validation",
    "test": "test",
    "tst": "test",
    "tests": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
}
_AROUND = r"(?:\d+|set|data|images?|photos?|split)*"
_BEST_TO_EVALUATE: tuple[Part, ...] = ("test", "validation", "train", "")


def part_named(name: str) -> Part:
    """The part that a folder of this name holds, as ``Train``, ``val2017`` and ``1_test_set`` do; empty for none."""
    match = re.fullmatch(f"{_AROUND}(.*?){_AROUND}", spelling_key(name))
    return _PARTS_BY_NAME.get(match[1], "") if match else ""


def part_folders(root: Path, folders: Collection[Path]) -> dict[Path, Part]:
    """The parts that a data set comes in; empty when ``folders`` are its categories.

    A folder for one part alone and no photos beside it is taken for the whole data set, its part is then empty.

    Args:
        root: The data set.
        folders: What :func:`trainer.data.photo_files.class_folders` finds in it.

    Raises:
        DataError: It holds parts, but no categories in them, or photos beside them.
        OSError: A folder cannot be listed.
    """
    named = {folder: part for folder in folders if (part := part_named(folder.name))}
    others = [folder for folder in folders if folder not in named]
    single = len(set(named.values())) == 1
    if not named or (single and others and not any(_holds_categories(*each) for each in named.items())):
        return {}
    found: dict[Path, Part] = {}
    for folder, part in named.items():
        inner = _unwrapped(folder, part)
        if class_folders(inner):
            found[inner] = part
    names = tuple(folder.name for folder in named)
    if not (found or single):
        raise DataError("parts_without_categories", folder=str(root), parts=names)
    beside = tuple(each.name for each in others if any(isinstance(item, Path) for item in PhotoWalk().below(each)))
    if beside:
        raise DataError("parts_beside_categories", folder=str(root), parts=names, others=beside)
    return dict.fromkeys(found, "") if single else found


def _holds_categories(folder: Path, part: Part) -> bool:
    """Whether a folder that is the only one named as a part is one, and no category: training is also a sport."""
    return len(class_folders(_unwrapped(folder, part))) > 1 and spelling_key(folder.name) != "training"


def _unwrapped(folder: Path, part: Part) -> Path:
    """The folder of the categories: unpacked archives often hold ``train/train``."""
    inner = class_folders(folder)
    return _unwrapped(inner[0], part) if len(inner) == 1 and part_named(inner[0].name) == part else folder


def part_of(file: str, folders: Mapping[str, Part]) -> Part:
    """The part of a photo by the folder that it is below; empty for none."""
    return next((part for folder, part in folders.items() if file.startswith(folder + os.sep)), "")


def best_to_evaluate(parts: Iterable[Part]) -> Part:
    """The test part; without one the validation part, then the training part."""
    return min(parts, key=_BEST_TO_EVALUATE.index, default="")


def part_to_evaluate(names: Iterable[str]) -> Part:
    """The part of a data set to evaluate on, by its photos' names in a store; empty when it does not come split."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    while folders and all(len(each) > 1 and each[0] == folders[0][0] for each in folders):
        folders = [each[1:] for each in folders]  # a zip file often holds one folder with everything in it
    parts = {part_named(each[0]) if each else "" for each in folders}
    has_categories = any(len(each) > 1 for each in folders)
    return "" if "" in parts or len(parts) < 2 or not has_categories else best_to_evaluate(parts)


def is_in_part(name: str, part: str) -> bool:
    """Whether a photo in a store is below a folder of this part, in any spelling, or of this very name."""
    key, of_data_set = spelling_key(part), part_named(part)
    return any(
        spelling_key(folder) == key or (of_data_set and part_named(folder) == of_data_set)
        for folder in PurePosixPath(name).parts[:-1]
    )
