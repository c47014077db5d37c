"""Catalogues with products for tests of exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.shops.product_row import PhotoFile, ProductRow
from tests.catalogue.catalogue_rows import add, item

VALUES = {
    "category": "Dress",
    "colour": "Navy blue",
    "pattern": "Striped",
    "fabric": "Cotton",
    "occasion": "Party",
    "season": "Summer",
    "audience": "Girls",
}


def product(sku: str = "A-1", photos: int = 2, fields: dict[str, str] | None = None, **values: str) -> ProductRow:
    """A product with all values; others by name."""
    files = tuple(PhotoFile(number, Path(f"/photos/{sku}_{number}.jpg")) for number in range(1, photos + 1))
    return ProductRow(sku, files, {**VALUES, **values}, fields or {})


def add_product(
    catalogue: Catalogue, sku: str, names: Sequence[str], folder: str = "/photos", **values: str
) -> list[int]:
    """Import photos as one product, on which a person has set all values."""
    ids = add(catalogue, *(item(name, digest=f"{sku}{name}", folder=folder) for name in names))
    arranging.group(catalogue, {id_: (sku, number) for number, id_ in enumerate(ids)})
    operations.correct(catalogue, ids, {**VALUES, **values})
    return ids
