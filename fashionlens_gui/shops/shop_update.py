"""What the catalogue knows and a shop does not: products matched, empty fields filled, an update file in its format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fashionlens_gui.shops.cell_text import cell_text
from fashionlens_gui.shops.export_table import Cell, ExportRow, ExportTable, build
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import Column, Profile
from fashionlens_gui.shops.shop_columns import attribute_of
from fashionlens_gui.shops.shop_file import ShopFile, ShopProduct, exploded, image_key
from fashionlens_gui.shops.writers import xml_bytes
from fashionlens_gui.tagging.tag import printable
from trainer.data.csv_table import guarded
from trainer.spelling import spelling_key

_MOST_ATTRIBUTES = 50


@dataclass(frozen=True, slots=True)
class Matches:
    """Products of both sides.

    Attributes:
        pairs: The shop's product and the catalogue's, in the order of the shop's file.
        by_image: How many of them were found by the names of images.
        only_shop: Products of the shop that the catalogue does not have.
        only_catalogue: Products of the catalogue that the shop does not have.
    """

    pairs: tuple[tuple[ShopProduct, ProductRow], ...]
    by_image: int
    only_shop: tuple[ShopProduct, ...]
    only_catalogue: tuple[ProductRow, ...]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field of a product in which the shop and the catalogue differ.

    Attributes:
        sku: Of the catalogue's product.
        row: Index of the row in the shop's file.
        column: As the shop's file calls it.
        theirs: What the shop has; empty for a field to fill.
        ours: What the catalogue has, as the file would have it.
    """

    sku: str
    row: int
    column: str
    theirs: str
    ours: str

    @property
    def fills(self) -> bool:
        """Whether the shop has nothing there."""
        return not self.theirs.strip()


def match(shop: ShopFile, products: Sequence[ProductRow]) -> Matches:
    """Find the products of a shop's file by SKU, else by the name of an image that only one product has."""
    by_sku = {product.sku.strip().casefold(): product for product in products}
    by_image: dict[str, list[ProductRow]] = {}
    for product in products:
        for photo in product.photos:
            by_image.setdefault(image_key(photo.path.name), []).append(product)
    pairs, only_shop, taken = [], [], set[str]()
    found_by_image = 0
    for each in shop.products:
        found = by_sku.get(each.sku.casefold()) if each.sku else None
        if found is None:
            lists = (by_image.get(key, []) for key in each.images)
            candidates = {rows[0].sku: rows[0] for rows in lists if len(rows) == 1}
            if len(candidates) == 1:
                (found,) = candidates.values()
                found_by_image += 1
        if found is None or found.sku in taken:
            only_shop.append(each)
        else:
            taken.add(found.sku)
            pairs.append((each, found))
    left = tuple(product for product in products if product.sku not in taken)
    return Matches(tuple(pairs), found_by_image, tuple(only_shop), left)


def differences(shop: ShopFile, matches: Matches, profile: Profile, names: Names) -> list[FieldDifference]:
    """Fields in which the shop's file and the catalogue differ, of the columns that update files have.

    Fields of which the catalogue knows nothing are left out; the order of items of a list and case do not count.
    WooCommerce's attributes are compared by their names, not by their numbers.
    """
    columns = tuple(column for column in profile.columns if column.update == "changes")
    table = build(msgspec.structs.replace(profile, columns=columns), [ours for _, ours in matches.pairs], names)
    found: list[FieldDifference] = []
    for (theirs, ours), cells in zip(matches.pairs, table.main_cells(), strict=True):
        row = theirs.rows[0]
        for key, cell in cells.items():
            if key in shop.keys and not key.startswith("Attribute "):
                found += _difference(shop, row, key, cell, ours.sku, table.profile)
        if shop.platform == "woocommerce":
            found += _attributes(shop, row, cells, ours.sku, table.profile)
    return found


def _difference(
    shop: ShopFile, row: int, key: str, cell: Cell, sku: str, profile: Profile
) -> Iterator[FieldDifference]:
    ours, theirs = cell_text(cell, key, profile), shop.cell(row, key)
    if ours and _items(ours) != _items(theirs):
        yield FieldDifference(sku, row, shop.columns[shop.keys.index(key)], theirs, ours)


def _attributes(
    shop: ShopFile, row: int, cells: dict[str, Cell], sku: str, profile: Profile
) -> Iterator[FieldDifference]:
    slots = [number for number in range(1, _MOST_ATTRIBUTES) if f"Attribute {number} value(s)" in shop.keys]
    names = {number: _attribute_key(shop.cell(row, f"Attribute {number} name")) for number in slots}
    free = [number for number in slots if not names[number]]
    for number in range(1, _MOST_ATTRIBUTES):
        name = cell_text(cells.get(f"Attribute {number} name", ""), "", profile)
        if not name:
            continue
        slot = next((each for each in slots if names[each] == _attribute_key(name)), None)
        parts: tuple[str, ...] = ("value(s)",)
        if slot is None and free:
            slot, parts = free.pop(0), ("name", "value(s)", "visible", "global")
        for part in parts if slot is not None else ():
            theirs_key, ours_key = f"Attribute {slot} {part}", f"Attribute {number} {part}"
            if theirs_key in shop.keys:
                ours = cell_text(cells.get(ours_key, ""), ours_key, profile)
                theirs = shop.cell(row, theirs_key)
                if ours and _items(ours) != _items(theirs):
                    yield FieldDifference(sku, row, shop.columns[shop.keys.index(theirs_key)], theirs, ours)


def _attribute_key(name: str) -> str:
    """How names of attributes are compared: ``Farbe`` and ``Colour`` are the same."""
    return attribute_of(name) or name.strip().casefold()


def _items(text: str) -> set[str]:
    return {spelling_key(item) or item for item in exploded(text)}


def update_file(shop: ShopFile, changes: Iterable[FieldDifference]) -> bytes:
    """An update file in the shop's format: the products with changes, all their cells, with the same header.

    Cells that do not change are as the shop wrote them, so that its importer changes nothing else.
    """
    cells = {(change.row, change.column): change.ours for change in changes}
    changed = {row for row, _ in cells}
    kept = [product for product in shop.products if product.rows[0] in changed]
    rows = [
        [cells.get((row, name), shop.rows[row][place]) for place, name in enumerate(shop.columns)]
        for product in kept
        for row in product.rows
    ]
    if shop.format == "xml":
        return xml_bytes(_as_table(shop, rows))
    if shop.format == "tsv":
        lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in [list(shop.columns), *rows]]
        return "".join(f"{line}\n" for line in lines).encode("utf-8")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=shop.delimiter, lineterminator="\n").writerows([list(shop.columns), *rows])
    return text.getvalue().encode("utf-8")


def _as_table(shop: ShopFile, rows: Sequence[Sequence[str]]) -> ExportTable:
    profile = Profile(shop.file.stem, "google", "xml", tuple(Column(name) for name in shop.columns))
    lists = {"additional_image_link", "product_highlight"}
    found = tuple(
        ExportRow(
            number,
            tuple(
                tuple(cell.split(",")) if name in lists and cell else cell
                for name, cell in zip(shop.columns, row, strict=True)
            ),
        )
        for number, row in enumerate(rows)
    )
    return ExportTable(profile, shop.columns, shop.columns, (), found)


def category_labels(matches: Matches) -> dict[Path, str]:
    """The shop's category of each photo, by its file: labels to train with; products without a category have none."""
    return {photo.path: theirs.category for theirs, ours in matches.pairs if theirs.category for photo in ours.photos}


def labels_text(labels: Mapping[Path, str]) -> str:
    """Labels as a CSV with the columns ``file`` and ``category``, from which one can train."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("file", "category"))
    writer.writerows((guarded(printable(str(path))), guarded(category)) for path, category in labels.items())
    return text.getvalue()
