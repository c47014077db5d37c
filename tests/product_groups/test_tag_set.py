"""One tag set for a product: from all its photos, with codes for what a person needs to look at."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.product_groups.products import Product, counts, products
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import Status
from tests.catalogue.catalogue_rows import ATTRIBUTES, add, broken, item
from trainer.inference.prediction import Ranking
from trainer.preprocessing.photo import PhotoNote


def product(catalogue: Catalogue, *items: Tagged) -> Product:
    ids = add(catalogue, *items)
    arranging.group(catalogue, {id_: ("A", place) for place, id_ in enumerate(ids)})
    (found,) = products(catalogue)
    return found


def test_a_photo_that_is_sure_decides_for_one_that_is_not(catalogue: Catalogue) -> None:
    found = product(catalogue, item("A_1.jpg", "Dress", 0.95), item("A_2.jpg", "Coat", 0.4))
    assert (found.values["category"], found.status, found.unsure) == ("Dress", Status.OK, ())
    assert found.values["colour"] == "Navy blue"
    assert found.values["season"] == ""  # no photo is sure of it


def test_a_product_of_which_no_photo_is_sure_needs_review(catalogue: Catalogue) -> None:
    found = product(catalogue, item("A_1.jpg", "Dress", 0.4), item("A_2.jpg", "Dress", 0.45))
    assert (found.status, found.unsure) == (Status.NEEDS_REVIEW, ("low_confidence",))


def like(other: Tagged, similarity: float) -> Tagged:
    """The row with an embedding of this cosine similarity to those of other rows."""
    rest = np.sqrt(1 - similarity**2)
    return replace(
        other, embedding=np.array([0.5, 0.5, 0.5, 0.5]) * similarity + np.array([0.5, -0.5, 0.5, -0.5]) * rest
    )


def test_photos_that_exclude_each_other_may_be_of_two_products(catalogue: Catalogue) -> None:
    bag = like(item("A_3.jpg", "Bag", 0.98), 0.4)
    found = product(catalogue, item("A_1.jpg", "Dress", 0.99), item("A_2.jpg", "Dress", 0.99), bag)
    assert found.unsure == ("other_product",) and found.tag_set.odd == found.photos[2:]


def test_a_photo_that_may_show_the_product_as_well_is_no_reason_to_review(catalogue: Catalogue) -> None:
    found = product(
        catalogue, item("A_1.jpg", "Dress", 0.99), item("A_2.jpg", "Dress", 0.99), item("A_3.jpg", "Bag", 0.9)
    )
    assert found.unsure == () and found.values["category"] == "Dress"


def test_a_photo_like_no_other_may_be_of_another_product_whatever_its_category(catalogue: Catalogue) -> None:
    found = product(catalogue, item("A_1.jpg"), item("A_2.jpg"), like(item("A_3.jpg"), 0.1))
    assert found.unsure == ("other_product",) and found.tag_set.odd == found.photos[2:]
    arranging.correct(catalogue, [found.id], {"category": "Dress"})  # a person says that it is
    assert products(catalogue)[0].unsure == ()


def test_size_charts_and_unreadable_photos_are_set_aside(catalogue: Catalogue) -> None:
    chart = item("A_2.jpg", "Bag", 0.9)
    chart = replace(chart, tag=replace(chart.tag, notes=(PhotoNote("no_product"),), status=Status.NEEDS_REVIEW))
    found = product(
        catalogue, item("A_1.jpg", "Dress", 0.9), chart, broken("A_3.jpg"), item("A size chart.jpg", "Bag", 0.9)
    )
    assert found.values["category"] == "Dress" and found.status == Status.OK
    assert found.tag_set.aside == found.photos[1:] and found.shown_photos == found.photos[:1]
    arranging.correct(catalogue, [found.id], {"category": "Coat"})
    assert [tag.source for tag in catalogue.tags(found.photos).values()] == ["user", "model", "model", "model"]


def test_a_product_of_nothing_but_size_charts_needs_review(catalogue: Catalogue) -> None:
    assert product(catalogue, item("A_swatch.jpg", "Dress", 0.9)).unsure == ("no_product",)


def test_a_person_can_say_that_a_photo_named_as_a_swatch_shows_the_product(catalogue: Catalogue) -> None:
    found = product(catalogue, item("A_swatch.jpg", "Dress", 0.9))
    operations.correct(catalogue, found.photos, {"category": "Coat"})
    (found,) = products(catalogue)
    assert (found.values["category"], found.values["colour"], found.unsure) == ("Coat", "Navy blue", ())


def test_a_product_that_cannot_be_read_is_an_error(catalogue: Catalogue) -> None:
    found = product(catalogue, broken("A_1.jpg"))
    assert (found.status, found.unsure) == (Status.ERROR, ("unreadable",))


def test_what_a_person_set_on_one_photo_holds_for_the_product(catalogue: Catalogue) -> None:
    found = product(catalogue, item("A_1.jpg", "Dress", 0.99), item("A_2.jpg", "Dress", 0.99))
    operations.correct(catalogue, found.photos[1:], {"category": "Coat", "pattern": "Check"})
    (found,) = products(catalogue)
    assert (found.values["category"], found.values["pattern"], found.status) == ("Coat", "Check", Status.OK)
    operations.correct(catalogue, found.photos[:1], {"category": "Bag"})
    assert products(catalogue)[0].unsure == ("people_differ",)


def test_a_detail_counts_less_than_the_front(catalogue: Catalogue) -> None:
    attributes = {**ATTRIBUTES, "colour": Ranking(("Black", "Navy blue", "White", "Red"), (0.6, 0.3, 0.06, 0.04))}
    items = item("A_front.jpg"), item("A_detail.jpg", attributes=attributes)
    assert product(catalogue, *items).values["colour"] == "Navy blue"
    operations.undo(catalogue)
    ids = add(catalogue, item("B_detail.jpg"), item("B_front.jpg", attributes=attributes))
    arranging.group(catalogue, dict.fromkeys(ids, ("B", 1)))
    assert [each.values["colour"] for each in products(catalogue)] == ["Black"]


@pytest.mark.parametrize("change", ["correct", "tagged again", "moved", "forgotten"])
def test_stored_tag_sets_follow_their_photos(catalogue: Catalogue, change: str) -> None:
    found = product(catalogue, item("A_1.jpg", "Dress", 0.95), item("A_2.jpg", "Coat", 0.6))
    other = add(catalogue, item("B_1.jpg", "Bag", 0.9))
    assert stored(catalogue) == "1"
    deque(refresh_stale(catalogue))
    assert stored(catalogue) == "0 Dress"
    if change == "correct":
        operations.correct(catalogue, found.photos, {"category": "Bag"})
    elif change == "tagged again":
        add(catalogue, item("A_1.jpg", "Bag", 0.95), item("A_2.jpg", "Bag", 0.95))
    elif change == "moved":
        arranging.ungroup(catalogue, found.photos)
        arranging.move(catalogue, other, "A")
    else:
        operations.forget(catalogue, found.photos[:1])
    assert stored(catalogue) == "1 Dress"
    expected = "Coat" if change == "forgotten" else "Bag"
    assert products(catalogue)[0].values["category"] == expected
    deque(refresh_stale(catalogue))
    assert stored(catalogue) == f"0 {expected}"
    assert products(catalogue)[0].values["category"] == expected


def test_products_are_listed_and_counted_by_status_and_value_also_when_they_are_stale(catalogue: Catalogue) -> None:
    ids = add(catalogue, item("A_1.jpg", "Dress", 0.9), item("B_1.jpg", "Coat", 0.45), item("C_1.jpg", "Coat", 0.9))
    arranging.group(catalogue, {id_: (sku, 1) for id_, sku in zip(ids, "ABC", strict=True)})
    for _ in range(2):
        assert [each.sku for each in products(catalogue, statuses=[Status.NEEDS_REVIEW])] == ["B"]
        assert counts(catalogue) == {"ok": 2, "needs review": 1}
        assert counts(catalogue, Query(text="dress"), "category") == {"Dress": 1}
        assert counts(catalogue, name="category") == {"Coat": 2, "Dress": 1}
        deque(refresh_stale(catalogue))
    with pytest.raises(ValueError, match="no attribute"):
        counts(catalogue, name="price")


def stored(catalogue: Catalogue) -> str:
    with closing(sqlite3.connect(catalogue.file)) as database:
        stale, category = database.execute("SELECT stale, category FROM products").fetchone()
    return f"{stale} {category}".strip()
