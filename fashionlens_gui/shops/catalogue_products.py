"""The products of a catalogue as exports need them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.shops.product_row import PhotoFile, ProductRow
from fashionlens_gui.tagging.sku import sku_of
from fashionlens_gui.tagging.tag import Status, Tag, printable
from trainer.taxonomy import ATTRIBUTES, CATEGORY


def product_rows(catalogue: Catalogue, query: Query | None = None, sku: str = "") -> list[ProductRow]:
    """The products that have photos in a list, in the order of the list; photos that cannot be read are left out.

    Args:
        catalogue: Where they are.
        query: The list; by default all photos, by name.
        sku: Where photos are in no product: the pattern of the SKU in their names, see
            :mod:`fashionlens_gui.tagging.sku`. Empty: each is a product of its own, called as its file.
    """
    query = query or Query(sort="name")
    ids = find(catalogue, query)
    rows: dict[int, ProductRow] = {}  # by the first photo
    grouped = list(products(catalogue, query))
    inside = {photo for product in grouped for photo in product.photos}
    tags = catalogue.tags(sorted(inside.union(ids.tolist())))
    for product in grouped:
        photos = _readable(product.photos, tags)
        if photos:
            rows[product.photos[0]] = ProductRow(
                product.sku,
                photos,
                product.values,
                product.fields,
                product.status == Status.NEEDS_REVIEW,
                frozenset(product.tag_set.aside),
            )
    alone: dict[str, list[int]] = {}
    for id_ in ids.tolist():
        if id_ in tags and id_ not in inside and tags[id_].status != Status.ERROR:
            key = sku_of(tags[id_].path, sku) if sku else ""
            alone.setdefault(key or f"\0{id_}", []).append(id_)
    for key, photos_of in alone.items():
        name = printable(Path(tags[photos_of[0]].path).stem) if key.startswith("\0") else key
        of_product = [tags[id_] for id_ in photos_of]
        needs_review = any(tag.status == Status.NEEDS_REVIEW for tag in of_product)
        rows[photos_of[0]] = ProductRow(name, _readable(photos_of, tags), _values(of_product), {}, needs_review)
    place = {id_: number for number, id_ in enumerate(ids.tolist())}
    first = {key: min((place[p.id] for p in row.photos if p.id in place), default=0) for key, row in rows.items()}
    return [rows[key] for key in sorted(rows, key=lambda key: first[key])]


def _readable(ids: Iterable[int], tags: dict[int, Tag]) -> tuple[PhotoFile, ...]:
    return tuple(PhotoFile(id_, tags[id_].path) for id_ in ids if id_ in tags and tags[id_].status != Status.ERROR)


def _values(tags: list[Tag]) -> dict[str, str]:
    """What a person set on one of the photos, else what the first photo has that is no guess."""
    category = next((tag.category for tag in tags if tag.source == "user"), tags[0].category)
    values = {CATEGORY: category}
    for name in ATTRIBUTES:
        found = [each for tag in tags if (each := tag.attributes.named(name)) is not None]
        ordered = sorted(found, key=lambda each: each.source != "user")
        values[name] = next((each.exported for each in ordered if each.exported), "")
    return values
