"""What the page of products asks the catalogue, for worker threads."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_columns import OwnAttribute, own_attributes
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.product_groups import arranging, grouping, products
from fashionlens_gui.product_groups.products import Product
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.tagging.tag import Status, Tag
from fashionlens_gui.window.shell import responsive_import
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, FashionLensError

ALL = Query()
TO_REVIEW = (Status.NEEDS_REVIEW, Status.ERROR)


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product with the rows of its photos, by their ids."""

    product: Product
    tags: Mapping[int, Tag]


@dataclass(frozen=True, slots=True, eq=False)
class FoundProducts:
    """The answer to a question of the page.

    Attributes:
        ids: Of the products that are listed, int64 (n,), in order.
        to_review: Ids of those that need review.
        all: Number of products, also of those that the search leaves out.
        all_to_review: Those of them that need review.
        photos: Number of photos in the catalogue.
        ungrouped: Those of them that are in no product.
        own: The attributes that people defined.
        vocabulary: Values that people added or set, by attribute or ``category``.
        patterns: Of the last grouping by names.
        matching: Number of photos without product that these patterns match, and that nobody took out of one.
    """

    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    to_review: frozenset[int] = frozenset()
    all: int = 0
    all_to_review: int = 0
    photos: int = 0
    ungrouped: int = 0
    own: tuple[OwnAttribute, ...] = ()
    vocabulary: Mapping[str, Sequence[str]] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    matching: int = 0


def find_products(
    catalogue: Catalogue, text: str, only_review: bool, before: FoundProducts, control: WorkControl
) -> Generator[ProgressEvent, None, FoundProducts]:
    """The products with photos that match words; tag sets that are stale are computed first, with progress.

    Args:
        catalogue: Open.
        text: The words; empty for all products.
        only_review: Only those that need review.
        before: The last answer; what it says of photos without product is not asked again while there are as many.
        control: Stops it.

    Raises:
        Cancelled: It was stopped.
    """
    with responsive_import.frequent_switches():
        if catalogue.database.writable:
            for event in refresh_stale(catalogue):
                yield event
                if control.stopped:
                    raise Cancelled
        query = Query(text=text, sort="name")
        statuses = products.counts(catalogue)
        found = products.products(catalogue, query).ids
        to_review = products.products(catalogue, query, TO_REVIEW).ids
        with catalogue.database.read() as database:
            photos, grouped = database.execute(
                "SELECT count(*), count(product) FROM photos WHERE hidden_by IS NULL"
            ).fetchone()
            own = tuple(own_attributes(database))
        patterns = grouping.remembered_patterns(catalogue)
        known = (before.ungrouped, before.patterns) == (photos - grouped, patterns)
        matching = before.matching if known else len(grouping.matching_without_product(catalogue, patterns))
        return FoundProducts(
            to_review if only_review else found,
            frozenset(to_review.tolist()),
            sum(statuses.values()),
            sum(statuses.get(status, 0) for status in TO_REVIEW),
            photos,
            photos - grouped,
            own,
            catalogue.vocabulary(),
            patterns,
            matching,
        )


def catching(
    operation: Callable[[Catalogue], Changes], errors: list[FashionLensError]
) -> Callable[[Catalogue], Changes]:
    """An operation whose error is appended to ``errors``, for a dialog that shows it itself."""

    def run(catalogue: Catalogue) -> Changes:
        try:
            return operation(catalogue)
        except FashionLensError as error:
            errors.append(error)
            return Changes.none()

    return run


def read_products(catalogue: Catalogue, ids: Sequence[int]) -> dict[int, ListedProduct]:
    """Products by id, those that have photos."""
    with responsive_import.frequent_switches():
        found = {id_: each for id_, each in products.read(catalogue, ids).items() if each.photos}
        tags = catalogue.tags([photo for each in found.values() for photo in each.photos])
        return {
            id_: ListedProduct(each, {photo: tags[photo] for photo in each.photos if photo in tags})
            for id_, each in found.items()
        }


def confirm(catalogue: Catalogue, ids: Sequence[int]) -> Changes:
    """Set the category that each product has, of those that have one, by a person; one operation."""
    photos_of: dict[str, list[int]] = {}
    for each in products.read(catalogue, ids).values():
        value = each.tag_set.values.get("category")
        if value is not None and value.value:
            photos_of.setdefault(value.value, []).extend(each.shown_photos)
    return operations.correct_each(catalogue, "category", photos_of) if photos_of else Changes.none()


def split(catalogue: Catalogue, photos: Sequence[int]) -> Changes:
    """A product of its own of some photos; nothing where they are no longer of one product with others."""
    try:
        return arranging.split(catalogue, photos)[0]
    except ValueError:
        return Changes.none()


def set_order(catalogue: Catalogue, photos: Sequence[int]) -> Changes:
    """The order of a product's photos; nothing where they are no longer of one product."""
    try:
        return arranging.set_order(catalogue, photos)
    except ValueError:
        return Changes.none()


def move_to(catalogue: Catalogue, photos: Sequence[int], product: int) -> Changes:
    """Move photos to the end of a product; nothing where it is gone."""
    found = products.read(catalogue, [product]).get(product)
    return Changes.none() if found is None else arranging.move(catalogue, photos, found.sku)
