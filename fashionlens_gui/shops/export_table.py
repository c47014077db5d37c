"""The rows of an export: what a profile says of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.product_row import ProductFacts, ProductRow, fact_name
from fashionlens_gui.shops.profile import Column, Profile
from fashionlens_gui.shops.template import read_template
from fashionlens_gui.tagging.tag import printable

Cell = str | tuple[str, ...]
"""A text, or the items of a list."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A row.

    Attributes:
        product: Index of its product.
        cells: One for each column.
        image: Number of the image that it is about, from 1; 1 for the product's first row.
    """

    product: int
    cells: tuple[Cell, ...]
    image: int = 1


@dataclass(frozen=True, slots=True)
class ExportTable:
    """What is written.

    Attributes:
        profile: By which it was made.
        columns: Names in the header; as in the profile, or as the shop's own file has them.
        keys: For each of these the profile's name of the column, by which rules go.
        products: Those of the rows.
        rows: In order; those of one product follow each other.
        unknown_facts: Names in templates that are no facts of any product.
    """

    profile: Profile
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    products: tuple[ProductRow, ...]
    rows: tuple[ExportRow, ...]
    unknown_facts: tuple[str, ...] = ()

    def main_cells(self) -> list[dict[str, Cell]]:
        """The cells of each product's first row, by the profile's name of the column."""
        return [dict(zip(self.keys, row.cells, strict=True)) for row in self.rows if row.image == 1]

    def only(self, products: Sequence[int], keys: Sequence[str]) -> ExportTable:
        """The table with some products, by index, and some columns, by the profile's names, in the table's order."""
        places = [place for place, key in enumerate(self.keys) if key in set(keys)]
        number = {old: new for new, old in enumerate(products)}
        rows = (
            ExportRow(number[row.product], tuple(row.cells[place] for place in places), row.image)
            for row in self.rows
            if row.product in number
        )
        kept = [column for column in self.profile.columns if column.name in set(keys)]
        has_images = any(column.each_image and column.update != "key" for column in kept)
        return replace(
            self,
            columns=tuple(self.columns[place] for place in places),
            keys=tuple(self.keys[place] for place in places),
            products=tuple(self.products[place] for place in products),
            rows=tuple(row for row in rows if row.image == 1 or has_images),
        )


def build(
    profile: Profile,
    products: Sequence[ProductRow],
    names: Names,
    file_names: Mapping[int, str] | None = None,
) -> ExportTable:
    """The table of an export, with all columns of the profile.

    Args:
        profile: What is in the columns.
        products: In the order of the file.
        names: In the profile's language.
        file_names: Names of the copies of photos, by the photo's id, where copies are made.

    Raises:
        DataError: A template is wrong.
    """
    rows: list[ExportRow] = []
    unknown = {fact_name(name): name for column in profile.columns for each in column.templates for name in each.facts}
    for number, product in enumerate(products):
        facts = ProductFacts(product, profile, names, file_names)
        unknown = {key: name for key, name in unknown.items() if not facts.knows(key)}
        main = facts.of_image(1)
        rows.append(ExportRow(number, tuple(_cell(column, main, names) for column in profile.columns)))
        if profile.images_have_rows:
            for image in range(2, facts.images + 1):
                of_image = facts.of_image(image)
                cells = (_cell(column, of_image, names) if column.each_image else "" for column in profile.columns)
                rows.append(ExportRow(number, tuple(cells), image))
    header = tuple(column.name for column in profile.columns)
    missing = tuple(unknown.values()) if products else ()
    return ExportTable(profile, header, header, tuple(products), tuple(rows), missing)


def _cell(column: Column, facts: ProductFacts, names: Names) -> Cell:
    def filled(text: str, facts: ProductFacts) -> str:
        return printable(read_template(text).fill(facts, names, facts.constants)) if text else ""

    items: list[str] = []
    if column.of_images:
        numbers = range(column.from_image, facts.images + 1)
        items = [filled(column.of_images, facts.of_image(number)) for number in numbers]
    elif column.items:
        items = [filled(text, facts) for text in column.items]
    else:
        return filled(column.value, facts) or filled(column.otherwise, facts)
    if not any(items):
        items = [filled(column.otherwise, facts)]
    return tuple(dict.fromkeys(text for text in items if text))
