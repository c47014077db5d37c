"""Photos and their categories, found but not opened: in one folder per category, or in a CSV of files and categories.

The folders are laid out as ``torchvision.datasets.ImageFolder`` wants them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from trainer.data.csv_table import (
    CATEGORY_COLUMNS,
    FILE_COLUMNS,
    LOST_LETTERS,
    ListedFiles,
    column_of,
    lines_of,
    unguarded,
)
from trainer.data.data_paths import Part
from trainer.data.part_folders import best_to_evaluate, part_folders, part_of
from trainer.data.photo_files import PhotoWalk, Unreadable, class_folders, file_identity, has_photo_suffix
from trainer.data.skipped_files import SkippedFile
from trainer.errors import DataError, PhotoError, os_reason
from trainer.preprocessing.photo import printable_name
from trainer.spelling import normal_form

_MOST_WRAPPERS = 3  # folders around a data set that comes split, as in an unpacked archive


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """N photos of K categories.

    Attributes:
        source: The folder or the CSV.
        files: N paths; some may turn out to be missing or unreadable.
        labels: N indices into ``classes``.
        classes: K names, in alphabetical order without regard to capitals.
        unreadable: Folders that cannot be listed, which may hold further photos, and photos that are only in the cloud.
        part_folders: The folders of a data set that comes split, and the part that each holds.
    """

    source: Path
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    unreadable: tuple[Unreadable, ...] = ()
    part_folders: Mapping[str, Part] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call them: the folder's name, or the CSV's without its suffix."""
        return self.source.stem if self.is_csv else self.source.name or str(self.source)

    @property
    def is_csv(self) -> bool:
        return self.source.is_file()

    def __len__(self) -> int:
        return len(self.files)

    def to_evaluate(self, part: Part = "") -> LabelledPhotos:
        """The photos of a part, by default of the test part; all of them when the data set does not come split."""
        part = part or best_to_evaluate(self.part_folders.values())
        rows = [
            row for row in zip(self.files, self.labels, strict=True) if part_of(str(row[0]), self.part_folders) == part
        ]
        return replace(self, files=tuple(file for file, _ in rows), labels=tuple(label for _, label in rows))


def find(source: Path) -> LabelledPhotos:
    """Find photos without opening them.

    Args:
        source: A folder with a folder for each category, walked by :class:`trainer.data.photo_files.PhotoWalk`, or
            with these in folders such as ``train`` and ``test``, see :mod:`trainer.data.part_folders`. Or a
            CSV (see :mod:`trainer.data.csv_table`) whose first line names a column of files and one of categories;
            others are ignored. Files are relative to the CSV's folder. Categories that differ in capitals alone are
            one; in folders and lists, those that differ in their Unicode normal form alone.

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
    return {
        name: sum(1 for _ in islice((item for item in _below(folders) if isinstance(item, Path)), most))
        for name, folders in _category_folders(source)[0].items()
    }


def parts_of(source: Path) -> tuple[str, ...]:
    """The names of the folders of a data set that comes split; empty for another.
    Raises :class:`DataError`: a folder cannot be listed, or there are photos beside the parts.
    """
    return tuple(folder.name for folder, part in _parts(source)[1].items() if part) if source.is_dir() else ()


def _in_folders(root: Path) -> LabelledPhotos:
    folders, parts = _category_folders(root)
    skipped: list[SkippedFile] = []
    below = [(item, label) for label, each in enumerate(folders.values()) for item in _below(each, skipped)]
    photos = [(item, label) for item, label in below if isinstance(item, Path)]
    # Not in natural order, so that a training on the same photos gives the same weights as in earlier versions.
    photos.sort(key=lambda photo: (photo[1], photo[0].parent.parts, photo[0].name))
    return LabelledPhotos(
        root,
        tuple(path for path, _ in photos),
        tuple(label for _, label in photos),
        tuple(folders),
        (
            *(item for item, _ in below if isinstance(item, Unreadable)),
            *(_in_cloud(file) for file in skipped if file.kind == "cloud" and has_photo_suffix(file.name)),
        ),
        {folder: part for folder, part in parts.items() if part},
    )


def _below(folders: Sequence[Path], skipped: list[SkippedFile] | None = None) -> Iterator[Path | Unreadable]:
    return (item for folder in folders for item in PhotoWalk(skipped=skipped).below(folder))


def _in_cloud(file: SkippedFile) -> Unreadable:
    return Unreadable(file.path, PhotoError("photo_in_cloud", name=printable_name(Path(file.path), file.name)))


def _category_folders(root: Path) -> tuple[dict[str, list[Path]], dict[str, Part]]:
    """The folders of each category, in order, and those of the parts above them. Names that differ in capitals alone,
    or in the Unicode form that Macs and Windows write, are one category.
    """
    folders, parts = _parts(root)
    of_key: dict[str, list[Path]] = {}
    for folder in sorted(folders, key=lambda folder: folder.name):
        of_key.setdefault(normal_form(folder.name).casefold(), []).append(folder)
    if len(of_key) < 2:
        raise DataError("too_few_category_folders", folder=str(root), count=len(of_key))
    found = {normal_form(of_key[key][0].name): of_key[key] for key in sorted(of_key)}
    return found, {str(folder): part for folder, part in parts.items()}


def _parts(root: Path) -> tuple[list[Path], dict[Path, Part]]:
    """The folders of categories, and those of the parts above them."""
    try:
        folders = class_folders(root)
        parts = part_folders(root, folders)
        inner = folders
        for _ in range(_MOST_WRAPPERS):
            if parts or len(inner) != 1:
                break
            folder, inner = inner[0], class_folders(inner[0])
            parts = part_folders(folder, inner)
        return [folder for part in parts for folder in class_folders(part)] if parts else folders, parts
    except OSError as error:
        raise DataError("data_folder_unreadable", repr(error), folder=str(root), reason=os_reason(error)) from error


def _listed(source: Path) -> LabelledPhotos:
    rows = list(rows_of(source))
    if not rows:
        raise DataError("no_photos_listed", file=str(source))
    if incomplete := tuple(line for line, file, category in rows if not (file.strip() and category)):
        raise DataError("incomplete_rows", file=str(source), lines=incomplete)
    if lost := [(line, category) for line, _, category in rows if LOST_LETTERS.search(category)]:
        lines = tuple(line for line, _ in lost)
        raise DataError("listed_letters_lost", file=str(source), lines=lines, example=lost[0][1])
    spelling: dict[str, str] = {}
    for _, _, category in rows:
        spelling.setdefault(category.casefold(), category)
    keys = sorted(spelling)
    if len(keys) < 2:
        raise DataError("single_category_listed", file=str(source), category=spelling[keys[0]])
    label_of = {key: label for label, key in enumerate(keys)}
    # A photo that is listed twice in one category counts once; the check of the data reports one in two categories.
    listed = _Once(source.parent)
    photos = dict.fromkeys((listed.path(file), label_of[category.casefold()]) for _, file, category in rows)
    if changed := [(line, file) for line, file, _ in rows if file.strip() in listed.lost_numbers]:
        lines = tuple(line for line, _ in changed)
        raise DataError("listed_numbers_changed", file=str(source), lines=lines, example=changed[0][1])
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


class _Once(ListedFiles):
    """Files of a table, each under one path, however the table spells it: some disks ignore capitals."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._known: dict[str, list[Path]] = {}

    def path(self, file: str) -> Path:
        path = super().path(file)
        known = self._known.setdefault(normal_form(str(path)).casefold(), [])
        same = next((each for each in known if each == path or _is_same(each, path)), path)
        if same is path:
            known.append(path)
        return same


def _is_same(one: Path, other: Path) -> bool:
    try:
        return file_identity(one) == file_identity(other)
    except OSError:
        return False


def rows_of(source: Path, further: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
    """Line number, file, category and further columns of each row of a CSV that is not blank. Where the file is not
    there, it is that of a column ``path``: tables of tags have both.
    Raises :class:`DataError`: it cannot be read, or lacks one of the columns.
    """
    columns: list[int] = []
    listed, path = ListedFiles(source.parent), None
    for line, cells in lines_of(source, (*FILE_COLUMNS, *CATEGORY_COLUMNS, *further)):
        if columns:
            file, category, *others = (cells[column] for column in columns)
            if path is not None and cells[path].strip() and not os.path.exists(listed.path(file)):
                file = cells[path]
            yield line, file, normal_form(unguarded(category)), *others
        else:
            columns = _columns(cells, further, source, line)
            path = column_of(cells, ("path",))


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
