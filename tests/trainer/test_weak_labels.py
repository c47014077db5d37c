"""Weak labels: patterns and fabrics from product names, and their accuracy on a real shop's labels."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from tests.trainer.bundled_taxonomy import DATA, FOLDER
from trainer.taxonomy import OTHER, Taxonomy

LABELS = DATA / "products" / "labels.csv"


needs_products = pytest.mark.skipif(
    not LABELS.is_file(), reason="the product photos' labels are not on this machine (set FASHIONLENS_DATA)"
)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
def test_the_rules_name_existing_article_types(names: Taxonomy, rows: list[dict[str, str]]) -> None:
    known = {row["articleType"] for row in rows} | set(names.names("category")) | set(names.groups)
    for book in json.loads((FOLDER / "weak_labels.json").read_text(encoding="utf-8")).values():
        lists = [book["groups"], book["article_types"], book["never"], *(rule["only"] for rule in book["rules"])]
        assert {kind for kinds in lists for kind in kinds} <= known
