"""Tag sets of products in the catalogue: computed when they are stale, stored, read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups.named_category import category_named
from fashionlens_gui.product_groups.shop_tables import fields_of
from fashionlens_gui.product_groups.tag_set import ProductPhoto, ProductValue, TagSet, combine
from fashionlens_gui.product_groups.views import view_in_name
from fashionlens_gui.tagging.tag import Status
from trainer.control import ProgressEvent, batches
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

_PRODUCTS_AT_ONCE = 200
_PHOTOS_AT_ONCE = 500


def members(database: sqlite3.Connection, products: Iterable[int]) -> dict[int, list[int]]:
    """The ids of the photos of products, in order, by the product's id; those without photos are left out."""
    asked = list(products)
    found: dict[int, list[int]] = {}
    marks = ", ".join("?" * len(asked))
    for product, photo in database.execute(
        f"SELECT product, id FROM photos WHERE product IN ({marks}) AND hidden_by IS NULL "
        "ORDER BY product, product_position, id",
        asked,
    ):
        found.setdefault(product, []).append(photo)
    return found


def computed(catalogue: Catalogue, photos_of: Mapping[int, list[int]]) -> dict[int, TagSet]:
    """The tag sets of products with these photos, from photos and tables as they are now."""
    ids = [photo for photos in photos_of.values() for photo in photos]
    tags = catalogue.tags(ids)
    marks = ", ".join("?" * len(photos_of))
    with catalogue.database.read() as database:
        sku_of = dict(database.execute(f"SELECT id, sku FROM products WHERE id IN ({marks})", list(photos_of)))
        fields = fields_of(database, photos_of)
        embeddings = _embeddings(database, ids)
    return {
        product: combine(
            [
                ProductPhoto(photo, tags[photo], view_in_name(tags[photo].file, sku_of[product]), embeddings.get(photo))
                for photo in photos
                if photo in tags
            ],
            category_named(fields.get(product, {})),
        )
        for product, photos in photos_of.items()
    }


def _embeddings(database: sqlite3.Connection, photos: Sequence[int]) -> dict[int, np.ndarray]:
    found: dict[int, np.ndarray] = {}
    for some in batches(len(photos), _PHOTOS_AT_ONCE):
        asked = photos[some]
        marks = ", ".join("?" * len(asked))
        for photo, vector in database.execute(f"SELECT photo, vector FROM embeddings WHERE photo IN ({marks})", asked):
            found[photo] = np.frombuffer(vector, "<f2").astype(np.float32)
    return found


def refresh_stale(catalogue: Catalogue) -> Generator[ProgressEvent, None, int]:
    """Compute and store the tag sets that no longer follow from their photos; returns their number.

    Args:
        catalogue: Open for writing.
    """
    with catalogue.database.read() as database:
        stale = [id_ for (id_,) in database.execute("SELECT id FROM products WHERE stale = 1 ORDER BY id")]
    done = 0
    for some in batches(len(stale), _PRODUCTS_AT_ONCE):
        ids = stale[some]
        with catalogue.database.transaction(durable=False) as database:
            found = computed(catalogue, members(database, ids))
            database.executemany(_STORE, [(*_columns(found.get(id_, TagSet())), id_) for id_ in ids])
        done += len(ids)
        yield ProgressEvent("combining_tags", done, len(stale))
    return len(stale)


_STORE = (
    f"UPDATE products SET stale = 0, ({', '.join(CATEGORY_AND_ATTRIBUTES)}, confidence, status, tag_set) = "
    f"({', '.join('?' * (len(CATEGORY_AND_ATTRIBUTES) + 3))}) WHERE id = ?"
)


def _columns(tag_set: TagSet) -> tuple[Any, ...]:
    values = [tag_set.values.get(name, ProductValue()) for name in CATEGORY_AND_ATTRIBUTES]
    confidence = tag_set.values.get(CATEGORY, ProductValue()).confidence
    return (*(each.value for each in values), confidence, tag_set.status, json.dumps(asdict(tag_set)))


def decoded(text: str) -> TagSet:
    """A tag set from the column ``tag_set``."""
    stored = json.loads(text)
    return TagSet(
        {name: ProductValue(**value) for name, value in stored["values"].items()},
        Status(stored["status"]),
        *(tuple(stored[name]) for name in ("unsure", "odd", "aside")),
    )
