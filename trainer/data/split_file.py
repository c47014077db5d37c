"""Training, validation and held-out photos of a model in a CSV, so that a split can be inspected and used again."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from trainer.atomic_write import write_text
from trainer.data.csv_table import ListedFiles, guarded, unguarded
from trainer.data.data_paths import Part
from trainer.data.labelled_photos import rows_of
from trainer.errors import DataError

PARTS: tuple[Part, ...] = ("train", "validation", "test")
TEST_PHOTOS = "test_photos"
"""Figure of a model: how many held-out photos there are."""

_COLUMNS = ("file", "category", "split")
_LONGEST_LINE = 16 * 1024  # bytes


def write_split(target: Path, parts: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Save a split: a CSV with the columns ``file,category,split``, which can be trained from like any other, too.

    Args:
        target: The file to create or replace. Photos below its folder are named from there, others by their full path.
        parts: File and category of the photos of each of :data:`PARTS`; parts may be missing.

    Raises:
        SaveError: It could not be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    folder = target.parent.absolute()
    for part in PARTS:
        for file, category in parts.get(part, ()):
            path = Path(file).absolute()
            named = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
            printable = os.fsencode(named).decode("utf-8", "backslashreplace")
            writer.writerow((guarded(printable), guarded(category), part))
    write_text(target, text.getvalue())


def has_test_photos(source: Path) -> bool:
    """Whether a split that :func:`write_split` saved names held-out photos in a folder that is still there.

    Looks at the last line alone.
    """
    try:
        with source.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _LONGEST_LINE, 0))
            last = file.read().decode("utf-8", "replace").rstrip().rpartition("\n")[2]
        # A spreadsheet may have saved it with other separators.
        file_name, _, part = max((next(csv.reader([last], delimiter=sign)) for sign in ",;\t"), key=len)[:3]
    except (OSError, csv.Error, ValueError, StopIteration):
        return False
    return part == PARTS[-1] and (source.parent / unguarded(file_name)).parent.is_dir()


def read_split(source: Path) -> dict[str, list[tuple[Path, str]]]:
    """A split as :func:`write_split` saved it: file and category of the photos of each of :data:`PARTS`.
    Raises :class:`DataError`: it cannot be read, or a line names another part.
    """
    parts: dict[str, list[tuple[Path, str]]] = {part: [] for part in PARTS}
    listed = ListedFiles(source.parent.absolute())
    for line, file, category, part in rows_of(source, ("split",)):
        if part not in parts:
            raise DataError("unknown_split_part", file=str(source), line=line, part=part)
        parts[part].append((listed.path(file), category))
    return parts
