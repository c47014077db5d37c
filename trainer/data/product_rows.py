"""A product list in the columns of the shared ``products/labels.csv``, read row by row, and the photos of its rows.

A list may have any number of rows and further columns; nothing of it is kept but the row at hand. Of the photos, only
the names are kept, to find each by its id.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trainer.data.photo_store import PhotoStore
from trainer.errors import DataError
from trainer.taxonomy import OTHER, Taxonomy

COLUMNS = ("id", "gender", "articleType", "baseColour", "season", "usage", "productDisplayName")
"""What is needed; ``split`` too where one part of the list is asked for."""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One row, as it stands there, without the spaces around each value; missing values are empty texts.

    Attributes:
        id: Name of the photo's file without its suffix.
        split: ``train``, ``val`` or whatever the list says; empty when it has no such column.
        gender: For whom it is.
        article_type: What it is.
        base_colour: Its main colour.
        season: For when it is.
        usage: For which occasion it is.
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

    def labels(self, taxonomy: Taxonomy) -> dict[str, Label]:
        """What the row says of each attribute, pattern and fabric read from the product's name."""
        return {
            "category": _label(taxonomy, "category", self.article_type),
            "colour": _label(taxonomy, "colour", self.base_colour),
            "pattern": Label(taxonomy.weak_pattern(self.name, self.article_type), given=False),
            "fabric": Label(taxonomy.weak_fabric(self.name, self.article_type), given=False),
            "occasion": _label(taxonomy, "occasion", self.usage),
            "audience": _label(taxonomy, "audience", self.gender),
            "season": _label(taxonomy, "season", self.season),
        }


@dataclass(frozen=True, slots=True)
class Label:
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
        path: A CSV file in UTF-8, with or without a byte order mark. Where the product's name is the last column and
            holds commas without being quoted, as in the list that Kaggle hands out, it is put together again.
        split: Give only rows with this in the column ``split``; empty for all.

    Raises:
        DataError: The file cannot be opened, is no UTF-8 or no table, or lacks columns (the sentence names them).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            places = _places(path, header, split)
            for cells in lines:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) > len(header) and places["productDisplayName"] == len(header) - 1:
                    cells[len(header) - 1 :] = [",".join(cells[len(header) - 1 :])]
                row = _row(cells, places)
                if not split or row.split == split:
                    yield row
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not written in UTF-8. Save it as “CSV UTF-8”, then try again.", repr(error)
        ) from error
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file that can be read ({error}).", repr(error)) from error
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}.", repr(error)) from error


def count_rows(path: Path, split: str = "") -> int:
    """How many rows :func:`read_rows` gives; so it also tells at once whether the whole file can be read.

    Raises:
        DataError: As :func:`read_rows` does, or there is no row.
    """
    count = sum(1 for _ in read_rows(path, split))
    if not count:
        raise DataError(f"{path} has no rows{f' whose split is “{split}”' if split else ''}.")
    return count


class PhotosById:
    """Finds the photo of a row: the file named by the row's id, in whatever folder, with whatever photo suffix.

    Args:
        store: Where the photos are. Its names are read once. Where several have the same id, the first one counts.

    Raises:
        DataError: There are no photos.
    """

    def __init__(self, store: PhotoStore) -> None:
        self._names: dict[str, str] = {}
        for name in store.names():
            self._names.setdefault(PurePosixPath(name).stem, name)
        if not self._names:
            raise DataError(f"There are no photos in {store.path}.")

    def find(self, row: ProductRow) -> str | None:
        """The photo's name in the store, or None when there is none."""
        return self._names.get(row.id)


def _places(path: Path, header: list[str], split: str) -> dict[str, int]:
    missing = [name for name in (*COLUMNS, *(["split"] if split else [])) if name not in header]
    if missing:
        raise DataError(
            f"{path} lacks the {'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}. "
            f"It needs {', '.join(COLUMNS)} in its first row; others may be there too."
        )
    return {name: header.index(name) for name in (*COLUMNS, "split") if name in header}


def _row(cells: list[str], places: dict[str, int]) -> ProductRow:
    def cell(name: str) -> str:
        place = places.get(name, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    return ProductRow(
        cell("id"),
        cell("split"),
        cell("gender"),
        cell("articleType"),
        cell("baseColour"),
        cell("season"),
        cell("usage"),
        cell("productDisplayName"),
    )


def _label(taxonomy: Taxonomy, attribute: str, text: str) -> Label:
    # Tables that went through pandas say “nan” where there was nothing; the data set itself says “NA”.
    given = text.casefold() not in ("", "nan", "na", "n/a", "none", "null")
    name = taxonomy.of_label(attribute, text) if given else None
    return Label(None if attribute == "category" and name == OTHER else name, given)
