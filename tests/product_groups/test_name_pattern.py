"""Patterns of file names: what they find, and that none of them hangs."""

from __future__ import annotations

import pytest

from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups.grouping import preview, suggestions
from fashionlens_gui.product_groups.name_pattern import NamePattern
from fashionlens_gui.product_groups.views import View
from trainer.errors import DataError


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("{sku}_{n}", "A-12_3.jpg", ("A-12", 3)),
        ("{sku}_{n}", "A_1_2.jpg", ("A_1", 2)),
        ("{sku}_{n}", "A.jpg", None),
        ("{sku}_{n}", "_1.jpg", None),
        ("{sku} ({n})", "shop/new/A 1 (12).JPG", ("A 1", 12)),
        ("{sku}-front", "A-FRONT.jpg", ("A", None)),
        ("{sku}-{*}", "A-B-front.jpg", ("A-B", None)),
        ("IMG-{n}-{sku}", "img-3-Ä1.heic", ("Ä1", 3)),
        ("{sku}/{*}", "/photos/A 7/whatever.jpg", ("A 7", None)),
        ("{sku}/{*}", "alone.jpg", None),
        ("{sku}_{n}", "groß_1.jpg", ("groß", 1)),
        ("groß_{sku}", "GROSS_1.jpg", ("1", None)),
        ("{sku}_{n}", f"A_{'9' * 400}.jpg", ("A", 999_999_999)),
    ],
)
def test_what_a_pattern_finds(pattern: str, name: str, found: tuple[str, int | None] | None) -> None:
    parts = NamePattern(pattern).match(name)
    assert (None if parts is None else (parts.sku, parts.number)) == found


def test_views_order_photos_front_first() -> None:
    pattern = NamePattern("{sku}_{view}")
    names = ["A_detail.jpg", "A_back.jpg", "A_front.jpg", "A_swatch.jpg"]
    found = [pattern.match(name) for name in names]
    ordered = sorted((each.position, each.view) for each in found if each is not None)
    assert [view for _, view in ordered] == [View.FRONT, View.BACK, View.DETAIL, View.NO_PRODUCT]


def test_a_pattern_and_name_that_no_regular_expression_survives_are_matched() -> None:
    assert NamePattern("{*}a" * 20 + "{sku}x").match("a" * 900 + ".jpg") is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("front_{n}", "does not say where the SKU is"),
        ("{sku}_{colour}", "unknown field {colour}"),
        ("{sku}_{sku}", "has the field {sku} twice"),
        ("{sku}_{n", "brace too many or too few"),
        ("{sku}" + "_" * 100, "at most 100"),
    ],
)
def test_a_wrong_pattern_is_explained(pattern: str, words: str) -> None:
    with pytest.raises(DataError) as error:
        NamePattern(pattern)
    assert words in sentence(error.value)


def names(pattern: str, products: int = 5, each: int = 3) -> list[str]:
    return [pattern.format(sku=f"FL{sku:03}", n=n) for sku in range(products) for n in range(1, each + 1)]


@pytest.mark.parametrize(
    ("given", "patterns"),
    [
        (names("{sku}_{n}.jpg"), ("{sku}_{n}",)),
        (names("{sku}-{n}.jpg"), ("{sku}-{n}",)),
        (names("{sku} ({n}).jpg") + [f"FL{sku:03}.jpg" for sku in range(5)], ("{sku} ({n})", "{sku}")),
        ([f"FL{n}-{view}.jpg" for n in range(5) for view in ("front", "back")], ("{sku}-{view}",)),
        ([f"shop/FL{n}/{photo}.jpg" for n in range(5) for photo in ("DSC1", "DSC2")], ("{sku}/{*}",)),
    ],
)
def test_suggestions_come_from_the_names(given: list[str], patterns: tuple[str, ...]) -> None:
    assert suggestions(given)[0].patterns == patterns
    assert suggestions(given)[0].share == 1.0


def test_mixed_names_get_a_rule_of_several_patterns() -> None:
    mixed = [f"FL{sku:03}{form}.jpg" for sku in range(9) for form in ("_1", "_2", "-3", "-4", " (5)")]
    (first, *_) = suggestions([*mixed, "notes.jpg"])
    assert set(first.patterns) == {"{sku}_{n}", "{sku}-{n}", "{sku} ({n})"} and first.products == 9


def test_a_camera_s_numbers_are_no_products() -> None:
    assert suggestions([f"IMG_{n:04}.jpg" for n in range(200)]) == []


def test_a_preview_names_what_does_not_match_and_skus_that_look_alike() -> None:
    found = preview(["FL-01_1.jpg", "FL-01_2.jpg", "fl 01_3.jpg", "FL-O1_4.jpg", "notes.jpg"], ["{sku}_{n}"])
    assert (found.products, found.sizes, found.unmatched) == (3, {1: 2, 2: 1}, ("notes.jpg",))
    assert found.alike == (("FL-01", "fl 01", "FL-O1"),)
