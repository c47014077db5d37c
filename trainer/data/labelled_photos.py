"""Photos and their categories, found but not opened: in one folder per category, or in a CSV of files and categories.

The folders are laid out as ``torchvision.datasets.ImageFolder`` wants them.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.errors import DataError
from trainer.preprocessing.photo import PHOTO_SUFFIXES

FILE_COLUMNS = ("file", "filename", "photo", "path", "image")
"""What a CSV may call its column of files; capitals, spaces and signs do not count."""

CATEGORY_COLUMNS = ("category", "label", "class")
"""Likewise its column of categories."""

_SYSTEM_FOLDERS = frozenset({"__macosx", "@eadir", "$recycle.bin"})
_SEPARATORS = ",;\t"
_LARGEST_CSV = 256 * 2**20  # bytes; more is no list of photos
_LINES_TOLD = 5


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """N photos of K categories.

    Attributes:
        source: The folder or the CSV.
        files: N paths; some may turn out to be missing or unreadable.
        labels: N indices into ``classes``.
        classes: K names, in alphabetical order without regard to capitals.
    """

    source: Path
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call them: the folder's name, or the CSV's without its suffix."""
        return self.source.stem if self.is_csv else self.source.name or str(self.source)

    @property
    def is_csv(self) -> bool:
        """Whether they were listed in a CSV."""
        return self.source.is_file()

    def __len__(self) -> int:
        return len(self.files)


def find(source: Path) -> LabelledPhotos:
    """Find photos without opening them.

    Args:
        source: A folder with a folder for each category, in which photos may lie deeper, too; hidden files and folders
            do not count. Or a CSV whose first line names a column of files (see :data:`FILE_COLUMNS`) and one of
            categories (:data:`CATEGORY_COLUMNS`), with commas, semicolons or tabs between; others are ignored. Files
            are relative to the CSV's folder. Categories that differ in capitals alone are one.

    Raises:
        DataError: ``source`` is absent, neither of them, holds fewer than two categories, or a line of the CSV lacks
            something. Also when none of a CSV's files is there; single missing ones are left for the reading to report.
    """
    return _listed(source) if source.is_file() else _in_folders(source)


def _in_folders(root: Path) -> LabelledPhotos:
    folders = _class_folders(root)
    photos = [(path, label) for label, folder in enumerate(folders) for path in _photos_below(folder)]
    return LabelledPhotos(
        root,
        tuple(path for path, _ in photos),
        tuple(label for _, label in photos),
        tuple(folder.name for folder in folders),
    )


def _class_folders(root: Path) -> list[Path]:
    try:
        folders = sorted(
            (Path(entry) for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith((".", "_"))),
            key=lambda folder: folder.name.casefold(),
        )
    except OSError as error:
        raise DataError(f"The folder {root} cannot be opened: {error.strerror}.", repr(error)) from error
    if len(folders) < 2:
        raise DataError(
            f"{root} needs one folder per category, at least two, each holding photos of that category. "
            f"It has {len(folders)}."
        )
    return folders


def _photos_below(folder: Path) -> Iterator[Path]:
    for parent, inner, names in os.walk(folder):  # does not follow links to folders, so it cannot loop
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name.casefold() not in _SYSTEM_FOLDERS)
        for name in sorted(names):
            if Path(name).suffix.lower() in PHOTO_SUFFIXES and not name.startswith("."):
                yield Path(parent, name)


def _listed(source: Path) -> LabelledPhotos:
    rows = list(rows_of(source))
    if not rows:
        raise DataError(f"{source} lists no photos. Add a line for each: its file and its category.")
    nameless = [str(line) for line, file, category in rows if not (file and category)]
    if nameless:
        more = " and more" if len(nameless) > _LINES_TOLD else ""
        raise DataError(
            f"{source}: line {', '.join(nameless[:_LINES_TOLD])}{more} has no file or no category. Fill it in, or "
            "delete the line."
        )
    spelling: dict[str, str] = {}
    for _, _, category in rows:
        spelling.setdefault(category.casefold(), category)
    keys = sorted(spelling)
    if len(keys) < 2:
        raise DataError(f"{source} needs photos of at least two categories. It has “{spelling[keys[0]]}” alone.")
    label_of = {key: label for label, key in enumerate(keys)}
    # A photo that is listed twice as the same counts once; as two categories it is for the check of the data to tell.
    photos = dict.fromkeys((_located(source.parent, file), label_of[category.casefold()]) for _, file, category in rows)
    if not any(os.path.exists(path) for path, _ in photos):
        line, file, _ = rows[0]
        raise DataError(
            f"None of the photos in {source} is there. Line {line} says {file}, which was looked for in "
            f"{source.parent.absolute()}. Files count from the folder that the CSV lies in."
        )
    return LabelledPhotos(
        source,
        tuple(path for path, _ in photos),
        tuple(label for _, label in photos),
        tuple(spelling[key] for key in keys),
    )


def rows_of(source: Path, further: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
    """Line number, file, category and further columns of each row of a CSV that is not blank.

    Raises:
        DataError: It cannot be read, or lacks one of the columns.
    """
    text = _text(source)
    header = text.lstrip().partition("\n")[0]
    try:
        separator = csv.Sniffer().sniff(header, _SEPARATORS).delimiter
    except csv.Error:
        separator = ","  # a single column, which is complained about below
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    columns: list[int] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = _columns(row, further, source, reader.line_num)
                continue
            yield reader.line_num, *(row[column].strip() if column < len(row) else "" for column in columns)
    except csv.Error as error:
        raise DataError(f"{source} cannot be read as CSV: line {reader.line_num}: {error}.", repr(error)) from error


def _columns(header: list[str], further: Sequence[str], source: Path, line: int) -> list[int]:
    names = ["".join(letter for letter in name.casefold() if letter.isalnum()) for name in header]
    places = []
    wanted = [("photos", FILE_COLUMNS), ("categories", CATEGORY_COLUMNS), *((name, (name,)) for name in further)]
    for what, known in wanted:
        place = next((names.index(name) for name in known if name in names), None)
        if place is None:
            raise DataError(
                f"{source} has no column of {what}: line {line} must name the columns, and one of them must be called "
                f"{' or '.join(known)}. It says: {', '.join(header)[:200]}."
            )
        places.append(place)
    return places


def _text(source: Path) -> str:
    try:
        if source.stat().st_size > _LARGEST_CSV:
            raise DataError(f"{source} is too large for a list of photos. Choose another file.")
        data = source.read_bytes()
    except OSError as error:
        raise DataError(f"{source} cannot be opened: {error.strerror}.", repr(error)) from error
    # Excel's “Unicode text” is UTF-16; its plain CSV is written in the system's own code page.
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(
        f"{source} is no CSV file. Give a folder with a folder for each category, or a CSV with the columns file and "
        "category."
    )


def _located(folder: Path, file: str) -> Path:
    path = folder / file
    if "\\" in file and os.sep != "\\" and not os.path.exists(path):
        return folder / file.replace("\\", "/")  # the list was made on Windows
    return path
