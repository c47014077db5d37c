"""Products as a CSV: a row for each, with its tags, its photos and what the shop's tables say."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.messages.products import unsure_text
from fashionlens_gui.product_groups.products import Product, ProductList
from fashionlens_gui.tagging.csv_export import Options, Written, cell_text, write_table
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.control import batches
from trainer.taxonomy import CATEGORY

_AT_ONCE = 100  # products whose photos are read at once
COLUMNS = ("sku", "category", "confidence", "status", "message")
"""The first columns; those of the attributes follow, then :data:`PHOTO_COLUMNS`, own attributes, the shop's tables."""
PHOTO_COLUMNS = ("main_photo", "photos", "photo_count")


def write_products_csv(catalogue: Catalogue, found: ProductList, target: Path, options: Options) -> Written:
    """Replace ``target`` by a CSV of products in one step; photos that are set aside are not named.

    Args:
        catalogue: Open.
        found: The products.
        target: The file.
        options: Attributes, own attributes and layout; with a path where ``with_path``.

    Raises:
        SaveError: As :func:`fashionlens_gui.tagging.csv_export.write_csv`.
    """
    fields = list(dict.fromkeys(name for each in found for name in each.fields))
    columns = [*COLUMNS, *options.attributes, *PHOTO_COLUMNS, *options.own.values()]
    taken = {name.casefold() for name in columns}
    header = [*columns, *(f"table: {name}" if name.casefold() in taken else printable(name) for name in fields)]

    def write(text: IO[str]) -> int:
        if options.layout.for_excel:
            text.write("\ufeff")
        writer = csv.writer(text, delimiter=options.layout.delimiter, lineterminator="\r\n")
        writer.writerow(header)
        for record in _records(catalogue, found, fields, options):
            writer.writerow(cell_text(name, value, options.layout) for name, value in record.items())
        return len(found)

    return write_table(write, target)


def _records(
    catalogue: Catalogue, found: ProductList, fields: Sequence[str], options: Options
) -> Iterator[dict[str, Any]]:
    for some in batches(len(found), _AT_ONCE):
        page = found[some]
        tags = catalogue.tags([photo for each in page for photo in each.shown_photos])
        for each in page:
            yield _record(each, tags, options) | {
                f"table: {name}": printable(each.fields.get(name, "")) for name in fields
            }


def _record(product: Product, tags: Mapping[int, Tag], options: Options) -> dict[str, Any]:
    shown = [tags[photo] for photo in product.shown_photos if photo in tags]
    files = [printable(str(tag.path) if options.with_path else tag.path.name) for tag in shown]
    values = product.values
    category = product.tag_set.values.get(CATEGORY)
    confidence = None if category is None else category.confidence
    return {
        "sku": printable(product.sku),
        "category": printable(values.get(CATEGORY, "")),
        "confidence": None if confidence is None else round(confidence, 4),
        "status": product.status,
        "message": unsure_text(product.unsure),
        **{name: printable(values.get(name, "")) for name in options.attributes},
        "main_photo": files[0] if files else "",
        "photos": ", ".join(files),
        "photo_count": len(files),
        **{f"own: {name}": printable(values.get(code, "")) for code, name in options.own.items()},
    }
