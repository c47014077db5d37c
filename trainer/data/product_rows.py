"""The one reader of product lists, with the columns of the data set's ``labels.csv``, and the photos of their rows.

A list may have any number of rows and further columns. Rows are read one by one; of the photos, only the names are held
in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trainer.data import csv_table
from trainer.data.photo_store import PhotoStore
from trainer.errors import DataError
from trainer.spelling import normal_form
from trainer.taxonomy import OTHER, Taxonomy

COLUMNS = ("id", "gender", "articleType", "baseColour", "season", "usage", "productDisplayName")
"""What is needed; ``split`` too where one part of the list is asked for."""

_FIELDS = ("id", "split", *COLUMNS[1:])  # the columns of :class:`ProductRow`


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One row, as it stands there, without the spaces around each value; missing values are empty texts.

    Attributes:
        id: Name of the photo's file without its suffix.
        split: ``train``, ``val`` or another value of the list; empty without such a column.
        name: The product's name for customers.
    """

    id: str
    split: str
    gender: str
    article_type: str
    base_colour: str
    season: str
    usage: str
    name: str

    def labels(self, taxonomy: Taxonomy) -> dict[str, RowLabel]:
        """The label of each attribute; pattern and fabric are weak labels from the product's name."""
        return {
            "category": _label(taxonomy, "category", self.article_type),
            "colour": _label(taxonomy, "colour", self.base_colour),
            "pattern": RowLabel(taxonomy.weak_pattern(self.name, self.article_type), given=False),
            "fabric": RowLabel(taxonomy.weak_fabric(self.name, self.article_type), given=False),
            "occasion": _label(taxonomy, "occasion", self.usage),
            "audience": _label(taxonomy, "audience", self.gender),
            "season": _label(taxonomy, "season", self.season),
        }


@dataclass(frozen=True, slots=True)
class RowLabel:
    """A label of one attribute.

    Attributes:
        name: The taxonomy's name, or None when the row has no label or one that the taxonomy does not know. A
            category is never ``Other``, which says only what a product is not.
        given: Whether the row has a label at all.
    """

    name: str | None
    given: bool


def read_rows(path: Path, split: str = "") -> Iterator[ProductRow]:
    """The rows of a list in their order.

    Args:
        path: A CSV file, see :mod:`trainer.data.csv_table`; capitals, spaces and signs in the names of its columns do
            not count. Where the product's name is the last column and holds commas without being quoted, as in the list
            that Kaggle hands out, it is put together again.
        split: Give only rows with this in the column ``split``; empty for all.

    Raises:
        DataError: The file cannot be opened, is no table, or lacks columns (the sentence names them).
    """
    for _, row in _numbered_rows(path, split):
        yield row


def count_rows(path: Path, split: str = "") -> int:
    """How many rows :func:`read_rows` gives; so it also checks that the whole file can be read.
    Raises :class:`DataError`: as :func:`read_rows` does, there is no row, or a spreadsheet has rounded ids.
    """
    count, rounded = 0, []
    for line, row in _numbered_rows(path, split):
        count += 1
        if csv_table.NUMBER.fullmatch(row.id) and not row.id.isdecimal():
            rounded.append((line, row.id))
    if rounded:
        lines = tuple(line for line, _ in rounded)
        raise DataError("product_ids_rounded", file=str(path), lines=lines, example=rounded[0][1])
    if not count:
        raise DataError("no_product_rows", file=str(path), split=split)
    return count


def _numbered_rows(path: Path, split: str) -> Iterator[tuple[int, ProductRow]]:
    lines = csv_table.lines_of(path, _FIELDS[:-1])
    _, header = next(lines, (0, []))
    columns = _columns(path, header, split)
    last = len(header) - 1
    for line, cells in lines:
        if len(cells) > len(header) and columns["productDisplayName"] == last:
            cells[last:] = [", ".join(cells[last:])]
        row = ProductRow(*(cells[columns[name]] if name in columns else "" for name in _FIELDS))
        if not split or row.split == split:
            yield line, row


class PhotosById:
    """Finds the photo of a row: the file named by the row's id, in any folder, with any photo suffix.

    Spreadsheets remove zeros at the beginning of numbers: the photo ``00123.jpg`` is found for the id ``123``, too.

    Args:
        store: Where the photos are. Its names are read once. Where several have the same id, the first one counts.

    Attributes:
        without_zeros: The ids that had lost their zeros.

    Raises:
        DataError: There are no photos.
    """

    def __init__(self, store: PhotoStore) -> None:
        self._names: dict[str, str] = {}
        self._numbers: dict[str, set[str]] = {}
        self.without_zeros: list[str] = []
        for name in store.names():
            stem = normal_form(PurePosixPath(name).stem)
            self._names.setdefault(stem, name)
            if stem.startswith("0"):
                self._numbers.setdefault(stem.lstrip("0"), set()).add(stem)
        if not self._names:
            raise DataError("no_photos", source=str(store.path))

    def find(self, row: ProductRow) -> str | None:
        """The photo's name in the store, or None when there is none."""
        name = self._names.get(normal_form(row.id))
        padded = self._numbers.get(row.id, ()) if name is None and row.id.isdecimal() else ()
        if len(padded) != 1:
            return name
        self.without_zeros.append(row.id)
        return self._names[next(iter(padded))]


def _columns(path: Path, header: Sequence[str], split: str) -> dict[str, int]:
    found = {name: csv_table.column_of(header, (name.casefold(),)) for name in (*COLUMNS, "split")}
    missing = [name for name in (*COLUMNS, *(["split"] if split else [])) if found[name] is None]
    if missing:
        raise DataError("product_columns_missing", file=str(path), missing=tuple(missing), needed=COLUMNS)
    return {name: column for name, column in found.items() if column is not None}


def _label(taxonomy: Taxonomy, attribute: str, text: str) -> RowLabel:
    # Tables that went through pandas say “nan” where there was nothing; the data set itself says “NA”.
    given = text.casefold() not in ("", "nan", "na", "n/a", "none", "null")
    name = taxonomy.of_label(attribute, text) if given else None
    return RowLabel(None if attribute == "category" and name == OTHER else name, given)
