"""Photos are put into products, moved, split, merged, ordered; one undo each."""

from __future__ import annotations

import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Kind
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.product_groups.products import Product, products
from fashionlens_gui.tagging.tag import Status
from tests.catalogue.catalogue_rows import add, item


def grouped(catalogue: Catalogue) -> tuple[list[int], dict[str, tuple[int, ...]]]:
    """Ids of the photos A_1, A_2, A_3, B_1, B_2, and the products."""
    ids = add(catalogue, *(item(f"{name}.jpg") for name in ("A_1", "A_2", "A_3", "B_1", "B_2")))
    arranging.group(catalogue, dict(zip(ids, [("A", 1), ("A", 2), ("A", 3), ("B", 1), ("B", 2)], strict=True)))
    return ids, photos_of(catalogue)


def photos_of(catalogue: Catalogue) -> dict[str, tuple[int, ...]]:
    return {each.sku: each.photos for each in products(catalogue)}


def by_sku(catalogue: Catalogue) -> dict[str, Product]:
    return {each.sku: each for each in products(catalogue)}


def test_grouping_gives_products_with_their_photos_in_order(catalogue: Catalogue) -> None:
    (a1, a2, a3, b1, b2), found = grouped(catalogue)
    assert found == {"A": (a1, a2, a3), "B": (b1, b2)}
    assert operation_text(catalogue.next_operation(back=True)) == "grouping of 5 photos"
    assert operations.undo(catalogue).kinds == {Kind.PRODUCTS}
    assert photos_of(catalogue) == {}
    operations.redo(catalogue)
    assert photos_of(catalogue) == found


def test_skus_that_differ_in_case_are_one_product(catalogue: Catalogue) -> None:
    ids = add(catalogue, item("ab_1.jpg"), item("AB_2.jpg"))
    arranging.group(catalogue, {ids[0]: ("ab", 1), ids[1]: ("AB", 2)})
    assert photos_of(catalogue) == {"ab": tuple(ids)}


def test_moved_photos_go_to_the_end_and_a_rule_leaves_them_there(catalogue: Catalogue) -> None:
    (a1, a2, a3, b1, b2), before = grouped(catalogue)
    arranging.move(catalogue, [b1], "a")
    assert photos_of(catalogue) == {"A": (a1, a2, a3, b1), "B": (b2,)}
    again = {a1: ("A", 1), b1: ("B", 1), b2: ("B", 2)}
    assert photos_of(catalogue)["A"][-1] == b1
    arranging.group(catalogue, again)
    assert b1 in photos_of(catalogue)["A"]
    arranging.group(catalogue, again, anew=True)
    assert photos_of(catalogue)["B"] == (b1, b2)
    operations.undo(catalogue)
    operations.undo(catalogue)
    assert photos_of(catalogue) == before


def test_split_takes_the_next_free_sku(catalogue: Catalogue) -> None:
    (a1, a2, a3, *_), before = grouped(catalogue)
    _, sku = arranging.split(catalogue, [a3])
    assert sku == "A-2" and photos_of(catalogue)["A-2"] == (a3,)
    _, sku = arranging.split(catalogue, [a2])
    assert sku == "A-3"
    operations.undo(catalogue)
    operations.undo(catalogue)
    assert photos_of(catalogue) == before
    with pytest.raises(ValueError, match="all photos"):
        arranging.split(catalogue, [a1, a2, a3])


def test_merge_and_order_are_one_undo_each(catalogue: Catalogue) -> None:
    (a1, a2, a3, b1, b2), before = grouped(catalogue)
    found = by_sku(catalogue)
    arranging.merge(catalogue, found["B"].id, [found["A"].id])
    assert photos_of(catalogue) == {"B": (b1, b2, a1, a2, a3)}
    arranging.set_order(catalogue, [a3, b2])
    assert photos_of(catalogue) == {"B": (a3, b2, b1, a1, a2)}
    operations.undo(catalogue)
    operations.undo(catalogue)
    assert photos_of(catalogue) == before
    with pytest.raises(ValueError, match="one product"):
        arranging.set_order(catalogue, [a1, b1])


def test_forgotten_photos_are_in_no_product_and_come_back(catalogue: Catalogue) -> None:
    (a1, a2, a3, *_), before = grouped(catalogue)
    operations.forget(catalogue, [a1])
    assert photos_of(catalogue)["A"] == (a2, a3)
    operations.undo(catalogue)
    assert photos_of(catalogue) == before


def test_a_list_gives_the_products_that_have_photos_in_it_in_its_order(catalogue: Catalogue) -> None:
    ids, _ = grouped(catalogue)
    assert [each.sku for each in products(catalogue, Query(sort="name", descending=True))] == ["B", "A"]
    assert [each.sku for each in products(catalogue, Query(text="b_2"))] == ["B"]
    assert products(catalogue, Query(text="b_2"))[0].photos == tuple(ids[3:])


def test_the_category_of_a_product_is_set_for_all_its_photos_in_one_step(catalogue: Catalogue) -> None:
    ids, _ = grouped(catalogue)
    first = by_sku(catalogue)["A"]
    assert (first.values["category"], first.status) == ("Dress", Status.OK)
    arranging.correct(catalogue, [first.id], {"category": "Coat", "season": "Winter"})
    second = by_sku(catalogue)["A"]
    assert (second.values["category"], second.values["season"]) == ("Coat", "Winter")
    assert {tag.category for tag in catalogue.tags(ids[:3]).values()} == {"Coat"}
    assert by_sku(catalogue)["B"].values["category"] == "Dress"
    operations.undo(catalogue)
    assert by_sku(catalogue)["A"].values == first.values
