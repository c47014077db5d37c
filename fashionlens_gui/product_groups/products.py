"""Products for reading: each with its photos in order, its tag set and what the shop's tables say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from cachetools import LRUCache

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.product_groups.shop_tables import fields_of
from fashionlens_gui.product_groups.stored_tag_set import computed, decoded, members
from fashionlens_gui.product_groups.tag_set import TagSet
from fashionlens_gui.tagging.tag import Status
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_PAGE = 100  # products that are read at once
_PAGES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Product:
    """A product.

    Attributes:
        id: In the catalogue.
        sku: Never empty.
        photos: Ids of its photos in order, the main one first; at least one.
        tag_set: Its tags, with their confidences.
        fields: What the shop's tables say of it, by the name of the column.
    """

    id: int
    sku: str
    photos: tuple[int, ...]
    tag_set: TagSet
    fields: Mapping[str, str]

    @property
    def values(self) -> dict[str, str]:
        """By ``category`` and attribute, as for files: empty where the value would be a guess, see :attr:`unsure`."""
        return {name: value.exported(name) for name, value in self.tag_set.values.items()}

    @property
    def unsure(self) -> tuple[str, ...]:
        """Codes of why a person needs to look at it, such as ``other_product``; empty for none."""
        return self.tag_set.unsure

    @property
    def status(self) -> Status:
        return self.tag_set.status

    @property
    def shown_photos(self) -> tuple[int, ...]:
        """The photos without those that are set aside (size charts, labels, unreadable); all if none is left."""
        return tuple(photo for photo in self.photos if photo not in self.tag_set.aside) or self.photos


class ProductList(Sequence[Product]):
    """Products of a list, read a page at a time when they are asked for.

    Args:
        catalogue: Where they are.
        ids: Of the products, int64 (n,).
    """

    def __init__(self, catalogue: Catalogue, ids: np.ndarray) -> None:
        self.ids = ids
        self._catalogue = catalogue
        self._pages: LRUCache[int, dict[int, Product]] = LRUCache(_PAGES_KEPT)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> list[Product]: ...
    def __getitem__(self, index: int | slice) -> Product | list[Product]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        page = place // _PAGE
        if page not in self._pages:
            self._pages[page] = read(self._catalogue, self.ids[page * _PAGE : (page + 1) * _PAGE].tolist())
        return self._pages[page][int(self.ids[place])]


def products(catalogue: Catalogue, query: Query | None = None, statuses: Sequence[Status] = ()) -> ProductList:
    """The products that have photos in a list, in the order of the first of these.

    A product has all its photos, also those that are not in the list. Those that change later are as they are when
    their page is read.

    Args:
        catalogue: Open.
        query: The list of photos; None for all.
        statuses: Only products of one of these; none for all.
    """
    ids = _with_photos(catalogue, query or Query())
    if statuses:
        found = _stored(catalogue, ids, "status")
        ids = ids[[found[id_] in statuses for id_ in ids.tolist()]]
    return ProductList(catalogue, ids)


def counts(catalogue: Catalogue, query: Query | None = None, name: str = "status") -> dict[str, int]:
    """How many products with photos in a list have each status, category or value, most frequent first.

    Raises:
        ValueError: There is no such attribute; those that people defined are not counted by product.
    """
    if name not in ("status", *CATEGORY_AND_ATTRIBUTES):
        raise ValueError(f"there is no attribute “{name}”")
    ids = _with_photos(catalogue, query or Query())
    return dict(Counter(_stored(catalogue, ids, name)[id_] for id_ in ids.tolist()).most_common())


def all_skus(catalogue: Catalogue) -> list[str]:
    """The SKUs of all products with photos, in natural order."""
    with catalogue.database.read() as database:
        rows = database.execute(
            "SELECT sku FROM products p WHERE EXISTS (SELECT 1 FROM photos WHERE product = p.id AND hidden_by IS NULL) "
            "ORDER BY name_key"
        )
        return [sku for (sku,) in rows]


def _stored(catalogue: Catalogue, ids: np.ndarray, column: str) -> dict[int, str]:
    """A column of products by id, computed for those whose tag set is stale."""
    with catalogue.database.read() as database:
        rows = database.execute(f"SELECT id, stale, {column} FROM products").fetchall()
    found = {id_: value for id_, _, value in rows}
    wanted = set(ids.tolist())
    stale = [id_ for id_, is_stale, _ in rows if is_stale and id_ in wanted]
    for each in ProductList(catalogue, np.array(stale, np.int64)):
        value = each.tag_set.values.get(column)
        found[each.id] = each.status if column == "status" else "" if value is None else value.value
    return found


def products_of(catalogue: Catalogue, photos_N: np.ndarray) -> ProductList:
    """The products of photos by their ids, int64 (n,), in the order of the first of these."""
    return ProductList(catalogue, _of_photos(catalogue, photos_N))


def _with_photos(catalogue: Catalogue, query: Query) -> np.ndarray:
    """Ids of the products with photos in a list, int64 (n,), in the order of the first of these."""
    return _of_photos(catalogue, find(catalogue, query))


def _of_photos(catalogue: Catalogue, photos_N: np.ndarray) -> np.ndarray:
    with catalogue.database.read() as database:
        rows = database.execute("SELECT id, product FROM photos WHERE product IS NOT NULL AND hidden_by IS NULL")
        product_of = np.array(rows.fetchall(), np.int64).reshape(-1, 2)
    if not len(photos_N) or not len(product_of):
        return np.zeros(0, np.int64)
    by_photo = np.zeros(max(photos_N.max(), product_of[:, 0].max()) + 1, np.int64)
    by_photo[product_of[:, 0]] = product_of[:, 1]
    asked = by_photo[photos_N]
    ids, first = np.unique(asked[asked > 0], return_index=True)
    ordered: np.ndarray = ids[np.argsort(first)]
    return ordered


def read(catalogue: Catalogue, ids: Sequence[int]) -> dict[int, Product]:
    """Products by id. One whose photos are gone since is there without photos."""
    marks = ", ".join("?" * len(ids))
    with catalogue.database.read() as database:
        photos_of = members(database, ids)
        rows = database.execute(f"SELECT id, sku, stale, tag_set FROM products WHERE id IN ({marks})", ids).fetchall()
        fields = fields_of(database, photos_of)
    stale = {id_: photos_of[id_] for id_, _, is_stale, _ in rows if is_stale and id_ in photos_of}
    fresh = computed(catalogue, stale)
    return {
        id_: Product(
            id_,
            sku,
            tuple(photos_of.get(id_, ())),
            fresh[id_] if id_ in fresh else decoded(text) if text and id_ in photos_of else TagSet(),
            fields.get(id_, {}),
        )
        for id_, sku, _, text in rows
    }
