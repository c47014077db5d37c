"""The taxonomy: contents of the bundled files, and resolving of labels and class names."""

from __future__ import annotations

import pickle
import re

import pytest

from tests.trainer.bundled_taxonomy import DATA, FOLDER
from trainer import taxonomy
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES, OTHER, Taxonomy

GOOGLE = DATA / "taxonomy" / "google-product-taxonomy-apparel.txt"


# Contents of the bundled files


def test_every_attribute_has_names_and_each_name_resolves_to_itself(names: Taxonomy) -> None:
    for attribute in CATEGORY_AND_ATTRIBUTES:
        found = names.names(attribute)
        assert len(found) == len(set(found)) >= 4
        assert [names.of_label(attribute, name) for name in found] == list(found)


def test_other_comes_last_and_is_no_garment(names: Taxonomy) -> None:
    assert names.names("category")[-1] == OTHER
    assert names.names("category").count(OTHER) == 1
    assert not names.category(OTHER).garment
    assert not names.category(OTHER).labels


def test_clothing_is_a_garment_and_beauty_is_not(names: Taxonomy) -> None:
    assert {category.name for category in names.categories if not category.garment} == {
        category.name for category in names.categories if category.group in ("Beauty", "Other")
    }


def test_every_group_and_family_is_used(names: Taxonomy) -> None:
    assert {category.group for category in names.categories} == set(names.groups)
    assert {colour.family for colour in names.colours} == set(names.families)


def test_each_colour_but_the_mixed_one_has_an_srgb_value_of_its_own(names: Taxonomy) -> None:
    values = [colour.srgb for colour in names.colours]
    assert [colour.name for colour in names.colours if colour.srgb is None] == ["Multicolour"]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("T-shirt", 212),
        ("Trousers", 204),
        ("Dress", 2271),
        ("Saree", 8248),
        ("Bra", 214),
        ("Casual shoes", 187),
        ("Handbag", 3032),
        ("Watch", 201),
        ("Perfume and body mist", 479),
        ("Deodorant", 484),
        ("Free gift", None),
        (OTHER, None),
    ],
)
def test_google_product_categories(names: Taxonomy, name: str, number: int | None) -> None:
    assert names.category(name).google_product_category == number


def test_a_second_load_is_the_same_object() -> None:
    assert taxonomy.load(FOLDER) is taxonomy.load(FOLDER)


def test_it_can_be_pickled(names: Taxonomy) -> None:
    copy = pickle.loads(pickle.dumps(names))  # noqa: S301 (bytes of our own)
    assert copy.names("category") == names.names("category")
    assert copy.weak_pattern("Lee Men Check Red Shirt", "Shirts") == "Checked"


def test_unknown_attributes_and_names_are_key_errors(names: Taxonomy) -> None:
    with pytest.raises(KeyError):
        names.names("size")
    with pytest.raises(KeyError):
        names.of_label("size", "M")
    with pytest.raises(KeyError):
        names.category("t-shirt")  # exact names only; of_label is for spellings
    with pytest.raises(KeyError):
        names.colour("blue-ish")


# Labels and class names


@pytest.mark.parametrize(
    ("attribute", "label", "name"),
    [
        ("category", "Tshirts", "T-shirt"),
        ("category", "T SHIRT", "T-shirt"),
        ("category", "tee", "T-shirt"),
        ("category", "jumper", "Sweater"),
        ("category", "Pullover", "Sweater"),
        ("category", "Flip  Flops", "Flip-flops"),
        ("category", "Suspenders", "Braces"),
        ("category", "pants", "Trousers"),
        ("category", "Perfume & Body Mist", "Perfume and body mist"),
        ("category", "Hat", None),  # an article type with too few photos
        ("category", "", None),
        ("category", "spaceship", None),
        ("colour", "Navy Blue", "Navy blue"),
        ("colour", "OFF WHITE", "Off-white"),
        ("colour", "Multi", "Multicolour"),
        ("colour", "", None),
        ("pattern", "polka-dots", "Polka dot"),
        ("fabric", "leatherette", "Leather"),
        ("occasion", "Smart Casual", "Smart casual"),
        ("occasion", "Home", None),
        ("season", "Fall", "Autumn"),
        ("audience", "women", "Women"),
    ],
)
def test_of_label_resolves_names(names: Taxonomy, attribute: str, label: str, name: str | None) -> None:
    assert names.of_label(attribute, label) == name


@pytest.mark.parametrize(
    ("class_name", "among", "not_among"),
    [
        ("pants", {"Trousers", "Jeans", "Track pants", "Leggings"}, {"Shorts", "Skirt"}),
        ("outwear", {"Jacket", "Sweater", "Sweatshirt"}, {"T-shirt"}),
        ("long sleeve", {"T-shirt", "Sweatshirt"}, {"Jacket"}),
        ("SHOES", {"Casual shoes", "Heels", "Sandals", "Flip-flops"}, {"Socks"}),
        ("hat", {"Cap"}, {"Scarf"}),
        ("shirt", {"Shirt"}, {"T-shirt"}),
        ("t-shirt", {"T-shirt", "Top"}, {"Shirt"}),
        ("T-shirt/top", {"T-shirt", "Top"}, {"Shirt"}),
        ("Ankle boot", {"Casual shoes", "Formal shoes"}, {"Sandals"}),
        ("Bag", {"Handbag", "Backpack"}, {"Wallet"}),
        ("Jeans", {"Jeans"}, {"Trousers"}),
        ("cardigan", {"Sweater"}, {"Jacket"}),
    ],
)
def test_categories_of_class(names: Taxonomy, class_name: str, among: set[str], not_among: set[str]) -> None:
    found = names.categories_of_class(class_name)
    assert among <= found
    assert not found & not_among


def test_a_network_is_trained_with_the_usual_category_of_a_class(names: Taxonomy) -> None:
    assert names.training_categories("Outerwear") == {"Jacket"}
    assert names.training_categories("t-shirt") == {"T-shirt"}
    assert names.training_categories("pants") == names.categories_of_class("pants")
    assert names.training_categories("cardigan") == {"Sweater"}
    assert names.training_categories("kitchen") == frozenset()


@pytest.mark.parametrize("class_name", ["dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts"])
def test_classes_of_the_phone_set_never_include_other(names: Taxonomy, class_name: str) -> None:
    assert names.categories_of_class(class_name)
    assert OTHER not in names.categories_of_class(class_name)


def test_an_unknown_class_name_has_no_categories(names: Taxonomy) -> None:
    assert names.categories_of_class("kitchen") == frozenset()
    assert names.categories_of_class("") == frozenset()


@pytest.mark.skipif(not GOOGLE.is_file(), reason="Google's list is not on this machine (set FASHIONLENS_DATA)")
def test_every_google_id_is_in_googles_list(names: Taxonomy) -> None:
    lines = GOOGLE.read_text(encoding="utf-8").splitlines()
    paths = dict(line.split(" - ", 1) for line in lines if re.match(r"\d+ - ", line))
    for entry in names.categories:
        number = entry.google_product_category
        assert number is None or str(number) in paths, entry.name
        if number is not None:
            assert paths[str(number)].startswith("Health & Beauty") == (entry.group == "Beauty"), entry.name


def test_spelling_keys_ignore_case_spaces_signs_and_accents() -> None:
    assert spelling_key("Flip-Flops") == spelling_key("flip flops") == spelling_key("FLIPFLOPS")
    assert spelling_key("Café & Bar") == spelling_key("cafe and bar")
    assert spelling_key("Top") != spelling_key("Tops")
    assert len({spelling_key(word) for word in ("कि", "कु", "กิ", "กุ", "か", "が")}) == 6
