"""The taxonomy: what the bundled files say, how labels and class names resolve, and what is said of damaged files."""

from __future__ import annotations

import csv
import json
import os
import pickle
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainer import taxonomy
from trainer.checked_json import spelling_key
from trainer.errors import DataError
from trainer.taxonomy import ATTRIBUTES, OTHER, Taxonomy

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "taxonomy"
DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
LABELS = DATA / "products" / "labels.csv"
GOOGLE = DATA / "taxonomy" / "google-product-taxonomy-apparel.txt"

needs_products = pytest.mark.skipif(
    not LABELS.is_file(), reason="the product photos' labels are not on this machine (set FASHIONLENS_DATA)"
)


@pytest.fixture(scope="module")
def names() -> Taxonomy:
    return taxonomy.load(FOLDER)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# What the bundled files say


def test_every_attribute_has_names_and_each_name_resolves_to_itself(names: Taxonomy) -> None:
    for attribute in ATTRIBUTES:
        found = names.names(attribute)
        assert len(found) == len(set(found)) >= 4
        assert [names.of_label(attribute, name) for name in found] == list(found)


def test_other_comes_last_and_is_no_garment(names: Taxonomy) -> None:
    assert names.names("category")[-1] == OTHER
    assert names.names("category").count(OTHER) == 1
    assert not names.category(OTHER).garment
    assert not names.category(OTHER).labels


def test_beauty_is_no_garment_and_clothing_is(names: Taxonomy) -> None:
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


def test_it_travels_to_another_process(names: Taxonomy) -> None:
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
def test_of_label(names: Taxonomy, attribute: str, label: str, name: str | None) -> None:
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
def test_meant_by(names: Taxonomy, class_name: str, among: set[str], not_among: set[str]) -> None:
    meant = names.meant_by(class_name)
    assert among <= meant
    assert not meant & not_among


@pytest.mark.parametrize("class_name", ["dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts"])
def test_classes_of_the_phone_set_never_mean_other(names: Taxonomy, class_name: str) -> None:
    assert names.meant_by(class_name)
    assert OTHER not in names.meant_by(class_name)


def test_an_unknown_class_name_means_nothing(names: Taxonomy) -> None:
    assert names.meant_by("kitchen") == frozenset()
    assert names.meant_by("") == frozenset()


# Rules for weak labels


@pytest.mark.parametrize(
    ("product", "kind", "pattern"),
    [
        ("United Colors of Benetton Men Stripes Grey Tshirt", "Tshirts", "Striped"),
        ("ADIDAS Mens stripped Polo Black T-shirt", "Tshirts", "Striped"),
        ("ADIDAS Men 3 Stripe Purple T-shirt", "Tshirts", None),
        ("ADIDAS Men Ambition VII Stripes White Sports Shoes", "Sports Shoes", None),
        ("ADIDAS Women Soft Striped White Flip Flops", "Flip Flops", "Striped"),
        ("Lee Men Check Red Shirts", "Shirts", "Checked"),
        ("Lee Men Check Red Shirts", "Shirt", "Checked"),  # by the category's name
        ("Highlander Men GINGHAM Shirt", "Shirts", "Checked"),
        ("American Tourister Check-in Bag", "Handbags", None),
        ("Checkmate Men Blue Shirt", "Shirts", None),
        ("W Women Printed White Kurta", "Kurtas", "Printed"),
        ("W Women Floral Printed White Kurta", "Kurtas", "Floral"),
        ("Lino Perros Women Flower Turquoise Blue Wallet", "Wallets", None),
        ("Nike Men Printed Blue Tshirt", "Tshirts", "Graphic"),
        ("Tonga Women White Printed Top", "Tops", None),
        ("Jealous 21 Women Graphic Purple Top", "Tops", "Graphic"),
        ("Puma Men Graphic Black & White Shoes", "Casual Shoes", None),
        ("Kids Girls Polka Dot Navy Blue Dress", "Dresses", "Polka dot"),
        ("Femella Women Polka Dot Printed Dress", "Dresses", "Polka dot"),
        ("Tantra Men's Dot Com White T-shirt", "Tshirts", None),
        ("Arrow Men Solid Blue Shirt", "Shirts", "Solid"),
        ("Classic Polo Men Stripes Solid Grey Sweaters", "Sweaters", "Striped"),
        ("Turtle Men Solid Purple Ties", "Ties", None),
        ("Scullers Men Blue Self Design Shirt", "Shirts", None),
        ("Blueprint Men Blue Shirt", "Shirts", None),
        ("Ice Watch Women Solid White Watch", "Watches", None),
        ("Lakme Solid Floral Lipstick", "Lipstick", None),
        ("Basics Men Striped Football", "Footballs", None),
    ],
)
def test_weak_patterns(names: Taxonomy, product: str, kind: str, pattern: str | None) -> None:
    assert names.weak_pattern(product, kind) == pattern


@pytest.mark.parametrize(
    ("product", "kind", "fabric"),
    [
        ("Enroute Men Leather Black Formal Shoes", "Formal Shoes", "Leather"),
        ("Lino Perros Women Leatherette Black Handbag", "Handbags", "Leather"),
        ("Murcia Women Non Leather Brown Bag", "Handbags", None),
        ("Converse Chuck Taylor All Star Canvas Ox Black Casual Shoes", "Casual Shoes", "Canvas"),
        ("Spykar Men Washed Blue", "Jeans", "Denim"),
        ("Doodle Girl Denim skirt", "Skirts", "Denim"),
        ("U.S. Polo Assn. Denim Co. Men Blue Shirt", "Shirts", None),
        ("Denim Men Black Deo", "Deodorant", None),
        ("Hakashi Men Red Silk Tie", "Ties", "Silk"),
        ("Clarks Women Soma Silk Leather Black Heels", "Heels", None),
        ("Vishudh Women Cotton Silk Blue Kurta", "Kurtas", None),
        ("Hanes Men 100% Cotton Briefs", "Briefs", "Cotton"),
        ("Puma Men Grey Melange", "Sweaters", "Knit"),
        ("Nike Unisex Knit Beanie Red Skull Cap", "Caps", "Knit"),
        ("Puma Men's Knit Polo Black", "Tshirts", None),
        ("Carlton London Men Lace-up Shoes", "Formal Shoes", None),
        ("Fastrack Unisex Denim Sunglasses", "Sunglasses", None),
    ],
)
def test_weak_fabrics(names: Taxonomy, product: str, kind: str, fabric: str | None) -> None:
    assert names.weak_fabric(product, kind) == fabric


# Damaged files


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the bundled taxonomy that a test may damage."""
    folder = tmp_path / "taxonomy"
    shutil.copytree(FOLDER, folder)
    return folder


def edit(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def test_an_untouched_copy_loads(copied: Path) -> None:
    assert taxonomy.load(copied).names("category") == taxonomy.load(FOLDER).names("category")


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.json")))
def test_a_missing_file_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(DataError, match=f"{re.escape(file)}” is missing"):
        taxonomy.load(copied)


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.json")))
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"{}"])
def test_a_file_of_nonsense_is_named(copied: Path, file: str, content: bytes) -> None:
    (copied / file).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(file)):
        taxonomy.load(copied)


def category(content: Any, name: str) -> dict[str, Any]:
    (found,) = (entry for entry in content["categories"] if entry["name"] == name)
    return found


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("categories.json", lambda c: c["categories"].append(dict(c["categories"][0])), "“T-shirt” is there twice"),
        ("categories.json", lambda c: category(c, "Top")["labels"].append("tshirts"), "“tshirts” means both"),
        ("categories.json", lambda c: category(c, "Top")["aliases"].append("jumper"), "“jumper” means both"),
        ("categories.json", lambda c: category(c, "Top").update(group="Hats"), "a group that is not listed"),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category="212"),
            "neither a whole number",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category=True),
            "neither a whole number",
        ),
        ("categories.json", lambda c: category(c, "Top").update(garment="yes"), "neither true nor false"),
        ("categories.json", lambda c: category(c, "Top").pop("aliases"), "does not have the fields"),
        ("categories.json", lambda c: category(c, "Top").update(labels="Tops"), "not a list of words"),
        ("categories.json", lambda c: c["categories"].pop(), "the last category must be “Other”"),
        ("colours.json", lambda c: c["colours"][0].update(family="Dark"), "a family that is not listed"),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0, 256]), "not three whole numbers"),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0]), "not three whole numbers"),
        ("fabrics.json", lambda c: c["fabrics"].clear(), "not a list with something in it"),
        ("seasons.json", lambda c: c["seasons"][0].update(name=" "), "not a list of words"),
        (
            "collections.json",
            lambda c: c["collections"][0]["categories"].append("Gown"),
            "“Gown”, which is no category",
        ),
        ("collections.json", lambda c: c["collections"][0]["categories"].clear(), "stands for nothing"),
        ("weak_labels.json", lambda c: c["pattern"]["rules"][0].update(words="(check"), "not a regular expression"),
        ("weak_labels.json", lambda c: c["pattern"]["rules"][0].update(words=""), "not a list of words"),
        (
            "weak_labels.json",
            lambda c: c["pattern"]["rules"][0].update(value="Tartan"),
            "“Tartan”, which is not a pattern",
        ),
        ("weak_labels.json", lambda c: c["fabric"]["rules"][0].update(only=[]), "neither words nor kinds of product"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(
    copied: Path, file: str, change: Callable[[Any], object], said: str
) -> None:
    edit(copied / file, change)
    with pytest.raises(DataError) as caught:
        taxonomy.load(copied)
    assert file in caught.value.sentence
    assert said in caught.value.sentence


# Against the data


@needs_products
def test_each_article_type_of_thirty_photos_is_a_category_and_no_other_is(
    names: Taxonomy, rows: list[dict[str, str]]
) -> None:
    counts = Counter(row["articleType"] for row in rows if row["split"] == "train")
    enough = {kind for kind, count in counts.items() if count >= 30}
    everything = {row["articleType"] for row in rows}
    known = {kind: names.of_label("category", kind) for kind in everything}
    assert {kind for kind, name in known.items() if name is not None} == enough
    assert {known[kind] for kind in enough} == set(names.names("category")) - {OTHER}
    assert {label for entry in names.categories for label in entry.labels} == enough


@needs_products
def test_colours_seasons_and_audiences_cover_every_label(names: Taxonomy, rows: list[dict[str, str]]) -> None:
    for attribute, column in (("colour", "baseColour"), ("season", "season"), ("audience", "gender")):
        labels = {row[column] for row in rows} - {""}
        assert {names.of_label(attribute, label) for label in labels} == set(names.names(attribute))
    assert {label for label in {row["usage"] for row in rows} if names.of_label("occasion", label) is None} <= {
        "",
        "Home",
    }


@needs_products
def test_weak_labels_are_as_many_as_the_readme_says(names: Taxonomy, rows: list[dict[str, str]]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for attribute, read in (("pattern", names.weak_pattern), ("fabric", names.weak_fabric)):
        counts = Counter((read(row["productDisplayName"], row["articleType"]), row["split"]) for row in rows)
        for name in names.names(attribute):
            assert f"{name} | {counts[name, 'train']:,} | {counts[name, 'val']:,} |" in readme


@needs_products
def test_the_rules_name_real_kinds_of_product(names: Taxonomy, rows: list[dict[str, str]]) -> None:
    known = {row["articleType"] for row in rows} | set(names.names("category")) | set(names.groups)
    for book in json.loads((FOLDER / "weak_labels.json").read_text(encoding="utf-8")).values():
        lists = [book["groups"], book["article_types"], book["never"], *(rule["only"] for rule in book["rules"])]
        assert {kind for kinds in lists for kind in kinds} <= known


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
