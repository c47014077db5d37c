"""Photos and their categories, found but not opened: in one folder per category, or in a CSV of files and categories.

The folders are laid out as ``torchvision.datasets.ImageFolder`` wants them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from trainer.data.csv_table import CATEGORY_COLUMNS, FILE_COLUMNS, column_of, lines_of, located
from trainer.data.photo_files import PhotoWalk, Unreadable, class_folders
from trainer.errors import DataError, os_reason


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """N photos of K categories.

    Attributes:
        source: The folder or the CSV.
        files: N paths; some may turn out to be missing or unreadable.
        labels: N indices into ``classes``.
        classes: K names, in alphabetical order without regard to capitals.
        unreadable_folders: Folders that cannot be listed; they may hold further photos.
    """

    source: Path
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    unreadable_folders: tuple[Unreadable, ...] = ()

    @property
    def name(self) -> str:
        """What to call them: the folder's name, or the CSV's without its suffix."""
        return self.source.stem if self.is_csv else self.source.name or str(self.source)

    @property
    def is_csv(self) -> bool:
        return self.source.is_file()

    def __len__(self) -> int:
        return len(self.files)


def find(source: Path) -> LabelledPhotos:
    """Find photos without opening them.

    Args:
        source: A folder with a folder for each category, walked by :class:`trainer.data.photo_files.PhotoWalk`. Or a
            CSV (see :mod:`trainer.data.csv_table`) whose first line names a column of files and one of categories;
            others are ignored. Files are relative to the CSV's folder. Categories that differ in capitals alone are
            one.

    Raises:
        DataError: ``source`` is absent, neither of them, holds fewer than two categories, or a line of the CSV lacks
            something. Also when none of a CSV's files is there; single missing ones are left for the reading to report.
    """
    return _listed(source) if source.is_file() else _in_folders(source)


def count(source: Path, most: int) -> dict[str, int]:
    """How many photos each category has, counted up to ``most`` in folders, so that large ones take no longer.
    Raises :class:`DataError`: as :func:`find`.
    """
    if source.is_file():
        found = find(source)
        counts = Counter(found.labels)
        return {name: counts[label] for label, name in enumerate(found.classes)}
    below = {folder.name: PhotoWalk().below(folder) for folder in _category_folders(source)}
    return {
        name: sum(1 for _ in islice((item for item in items if isinstance(item, Path)), most))
        for name, items in below.items()
    }


def _in_folders(root: Path) -> LabelledPhotos:
    folders = _category_folders(root)
    below = [(item, label) for label, folder in enumerate(folders) for item in PhotoWalk().below(folder)]
    photos = [(item, label) for item, label in below if isinstance(item, Path)]
    # Not in natural order, so that a training on the same photos gives the same weights as in earlier versions.
    photos.sort(key=lambda photo: (photo[1], photo[0].parent.parts, photo[0].name))
    return LabelledPhotos(
        root,
        tuple(path for path, _ in photos),
        tuple(label for _, label in photos),
        tuple(folder.name for folder in folders),
        tuple(item for item, _ in below if isinstance(item, Unreadable)),
    )


def _category_folders(root: Path) -> list[Path]:
    try:
        folders = class_folders(root)
    except OSError as error:
        raise DataError("data_folder_unreadable", repr(error), folder=str(root), reason=os_reason(error)) from error
    if len(folders) < 2:
        raise DataError("too_few_category_folders", folder=str(root), count=len(folders))
    return folders


def _listed(source: Path) -> LabelledPhotos:
    rows = list(rows_of(source))
    if not rows:
        raise DataError("no_photos_listed", file=str(source))
    if incomplete := tuple(line for line, file, category in rows if not (file and category)):
        raise DataError("incomplete_rows", file=str(source), lines=incomplete)
    spelling: dict[str, str] = {}
    for _, _, category in rows:
        spelling.setdefault(category.casefold(), category)
    keys = sorted(spelling)
    if len(keys) < 2:
        raise DataError("single_category_listed", file=str(source), category=spelling[keys[0]])
    label_of = {key: label for label, key in enumerate(keys)}
    # A photo that is listed twice in one category counts once; the check of the data reports one in two categories.
    photos = dict.fromkeys((located(source.parent, file), label_of[category.casefold()]) for _, file, category in rows)
    if not any(os.path.exists(path) for path, _ in photos):
        line, file, _ = rows[0]
        folder = str(source.parent.absolute())
        raise DataError("no_listed_photo_exists", file=str(source), line=line, photo=file, folder=folder)
    return LabelledPhotos(
        source,
        tuple(path for path, _ in photos),
        tuple(label for _, label in photos),
        tuple(spelling[key] for key in keys),
    )


def rows_of(source: Path, further: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
    """Line number, file, category and further columns of each row of a CSV that is not blank.
    Raises :class:`DataError`: it cannot be read, or lacks one of the columns.
    """
    columns: list[int] = []
    for line, cells in lines_of(source):
        if columns:
            yield line, *(cells[column] for column in columns)
        else:
            columns = _columns(cells, further, source, line)


def _columns(header: list[str], further: Sequence[str], source: Path, line: int) -> list[int]:
    columns = []
    wanted = [("photos", FILE_COLUMNS), ("categories", CATEGORY_COLUMNS), *((name, (name,)) for name in further)]
    for what, names in wanted:
        column = column_of(header, names)
        if column is None:
            found = tuple(header)
            raise DataError("column_missing", file=str(source), what=what, line=line, names=names, header=found)
        columns.append(column)
    return columns
