"""What is known of phone photos for training beside the class folders of ``phone/images.zip``.

More photos are in ``phone/extra.zip``, with the label of each in ``phone/extra.csv``.

Photos of :data:`HELD_OUT_LABELS` are never trained on: they measure how well new categories are trained from a few
photos. “Not sure” and “Other” tell no category.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trainer.data.csv_table import CATEGORY_COLUMNS, FILE_COLUMNS, column_of, lines_of
from trainer.taxonomy import CATEGORY, Taxonomy
from trainer.taxonomy_files import check_listed, file_error

HELD_OUT_LABELS = ("Blazer", "Body", "Hoodie", "Polo", "Undershirt")
_NO_CATEGORY = ("Not sure", "Other")


@dataclass(frozen=True, slots=True)
class ArchivedPhoto:
    """A photo in an open archive.

    Attributes:
        archive: The archive.
        name: The photo's name in it.
        label: Its class, as for :meth:`trainer.taxonomy.Taxonomy.categories_of_class`.
    """

    archive: zipfile.ZipFile
    name: str
    label: str


@contextmanager
def open_extra_phone(folder: Path) -> Iterator[list[ArchivedPhoto]]:
    """The photos to train on; none where the files are missing.

    Args:
        folder: ``phone/`` of the data folder.

    Raises:
        DataError: The table cannot be read.
        OSError, zipfile.BadZipFile, KeyError: The archive is damaged, or the table has no ``file`` or ``label``.
    """
    archive, table = folder / "extra.zip", folder / "extra.csv"
    if not (archive.is_file() and table.is_file()):
        yield []
        return
    lines = lines_of(table)
    _, header = next(lines, (0, []))
    file, label = column_of(header, ("file",)), column_of(header, ("label",))
    if file is None or label is None:
        raise KeyError(f"{table.name} needs the columns file and label")
    rows = [(cells[file], cells[label]) for _, cells in lines]
    with zipfile.ZipFile(archive) as photos:
        yield [
            ArchivedPhoto(photos, name, label) for name, label in rows if label not in (*HELD_OUT_LABELS, *_NO_CATEGORY)
        ]


def read_categories(file: Path, taxonomy: Taxonomy) -> Mapping[str, str]:
    """The category of single photos of ``images.zip`` and ``extra.zip`` by their names there.

    Annotators give it where the photo's class stands for several categories (``resources/taxonomy/README.md``).

    Raises:
        DataError: ``file`` cannot be read, has no such columns, or names a category that is not in the taxonomy.
    """
    lines = lines_of(file)
    _, header = next(lines, (0, []))
    name, category = column_of(header, FILE_COLUMNS), column_of(header, CATEGORY_COLUMNS)
    if name is None or category is None:
        raise file_error(file, "taxonomy_damaged", problem="no `file` or no `category`")
    found = {cells[name]: cells[category] for _, cells in lines}
    for photo, given in found.items():
        check_listed(file, photo, given, taxonomy.names(CATEGORY))
    return found
