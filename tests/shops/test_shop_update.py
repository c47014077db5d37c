"""A shop's own file: read, matched, its empty fields filled, written again so that nothing else changes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import find_profile
from fashionlens_gui.shops.shop_file import ShopFile, image_key, read_shop_file
from fashionlens_gui.shops.shop_update import category_labels, differences, match, update_file
from tests.refused import refused
from tests.shops import readers
from tests.shops.shop_catalogue import product

OLD = """Handle,Title,Body (HTML),Type,Tags,Variant SKU,Variant Price,Image Src,Image Position,Google Shopping / Gender
red-coat,Red coat,"<p>Warm, ""soft""</p>",,,A-1,19.90,https://cdn.example/files/a-1_1_1024x1024.jpg?v=1,1,
red-coat,,,,,,,https://cdn.example/files/a-1_2.jpg?v=1,2,
blue-hat,Blue hat,,Caps,"hat, blue",,9.90,https://cdn.example/B_2_front_0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.jpg,1,female
other,Other,,,,Z-9,1.00,,,
"""
NEW = OLD.replace("Handle", "URL handle", 1).replace("Variant SKU", "SKU").replace("Image Src", "Product image URL")
NEW = NEW.replace("Variant Price", "Price").replace("Body (HTML)", "Description").replace("Image P", "Image p")

WOO = """ID,Type,SKU,Name,Published,Categories,Images,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,\
Attribute 1 global,Attribute 2 name,Attribute 2 value(s),Attribute 2 visible,Attribute 2 global
7,variable,A-1,"Coat, red",1,"Coats > Winter, Sale",https://x.example/a.jpg,Size,"S, M",1,1,,,,
8,variation,A-1-S,Coat,1,,,Size,S,,1,,,,
9,simple,B-2,Hat,1,,,colour,blau,1,1,Size,One,1,1
"""

FEED = "id\ttitle\tlink\timage_link\tcolor\tmaterial\tproduct_type\nA-1\tCoat\thttps://x.example/1\t" + (
    "https://x.example/a-1_1.jpg\t\tWool\tCoats > Long\n"
)


def shop_file(folder: Path, text: str, name: str = "shop.csv") -> ShopFile:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return read_shop_file(folder / name)


def ours() -> list[ProductRow]:
    hat = product("B_2", 1, category="Cap", audience="Women")
    files = (type(hat.photos[0])(21, Path("/photos/B_2 front.jpg")),)
    return [product("A-1", 2), ProductRow("B_2", files, hat.values, {})]


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


@pytest.mark.parametrize("text", [OLD, NEW], ids=["long-established names", "newer names"])
def test_shopify_fields_that_are_empty_are_filled_and_nothing_else_changes(tmp_path: Path, text: str) -> None:
    shop = shop_file(tmp_path, text)
    assert (shop.platform, len(shop.products)) == ("shopify", 3)
    matches = match(shop, ours())
    assert [(theirs.title, our.sku) for theirs, our in matches.pairs] == [("Red coat", "A-1"), ("Blue hat", "B_2")]
    assert matches.by_image == 1 and [each.title for each in matches.only_shop] == ["Other"]
    found = differences(shop, matches, find_profile("shopify"), Names({}))
    assert {(each.sku, each.column) for each in found if each.fills} == {
        ("A-1", "Type"), ("A-1", "Tags"), ("A-1", "Google Shopping / Gender"),
    }  # fmt: skip
    assert {(each.sku, each.column, each.theirs, each.ours) for each in found if not each.fills} == {
        ("B_2", "Tags", "hat, blue", "Women, Navy blue, Striped, Cotton, Party, Summer"),
        ("B_2", "Type", "Caps", "Cap"),
    }
    data = update_file(shop, [each for each in found if each.fills])
    written, before = rows(data), rows(text.encode())
    assert list(written[0]) == list(before[0]) and len(written) == 2
    assert written[1] == before[1]
    changed = {name for name in before[0] if written[0][name] != before[0][name]}
    assert changed == {"Type", "Tags", "Google Shopping / Gender"}
    (read,) = readers.shopify(data)
    assert read.lists["Tags"][0] == "Girls" and len(read.images) == 2


def test_woocommerce_attributes_are_filled_by_name_and_those_of_the_shop_stay(tmp_path: Path) -> None:
    shop = shop_file(tmp_path, WOO)
    assert [each.sku for each in shop.products] == ["A-1", "B-2"], "variations are no products"
    matches = match(shop, [product("A-1", 1), product("B-2", 1, colour="Blue")])
    found = differences(shop, matches, find_profile("woocommerce"), Names({}, "de"))
    importer = readers.WooCommerce({sku: readers.Read(sku) for sku in ("A-1", "B-2")})
    importer.load(update_file(shop, [each for each in found if each.fills]), update_existing=True)
    assert importer.skipped == []
    assert importer.products["A-1"].attributes == {"Size": ["S", "M"], "Farbe": ["Marineblau"]}
    assert importer.products["A-1"].fields["name"] == "Coat, red"
    assert importer.products["A-1"].lists["categories"] == ["Coats>Winter", "Sale"]
    assert importer.products["B-2"].lists["categories"] == ["Kleider und Sets>Kleider"]
    assert not any(each.sku == "B-2" and "Attribute 1" in each.column for each in found), "blau is what we have"


def test_a_feed_is_filled_as_text_and_as_xml(tmp_path: Path) -> None:
    shop = shop_file(tmp_path, FEED, "feed.txt")
    found = differences(shop, match(shop, [product("A-1", 1)]), find_profile("google"), Names({}))
    fills = [each for each in found if each.fills]
    assert [(each.column, each.ours) for each in fills] == [("color", "Navy blue")]
    assert update_file(shop, fills).decode() == FEED.replace("\t\tWool", "\tNavy blue\tWool")
    xml = (
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>A-1</g:id><g:title>Coat &amp; '
        "hat</g:title><g:image_link>https://x.example/a.jpg</g:image_link><g:additional_image_link>https://x.example/"
        "b.jpg</g:additional_image_link><g:color></g:color></item></channel></rss>"
    )
    as_xml = shop_file(tmp_path, xml, "feed.xml")
    found = differences(as_xml, match(as_xml, [product("A-1", 1)]), find_profile("google"), Names({}))
    (read,) = readers.google_xml(update_file(as_xml, [each for each in found if each.fills]))
    assert read.fields["color"] == "Navy blue" and read.fields["title"] == "Coat & hat"
    assert read.images == ["https://x.example/a.jpg", "https://x.example/b.jpg"]


def test_categories_of_the_shop_are_labels_of_its_photos(tmp_path: Path) -> None:
    shop = shop_file(tmp_path, WOO)
    labels = category_labels(match(shop, [product("A-1", 2), product("B-2", 1)]))
    assert labels == {Path("/photos/A-1_1.jpg"): "Winter", Path("/photos/A-1_2.jpg"): "Winter"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,b\n1,2\n", "shop_file_unknown"),
        ("Handle,Title\ngrün,Grün\n".encode("cp1252"), "shop_file_not_utf8"),
        (b"", "table_empty"),
        (b"<rss><item></rss>", "xml_damaged"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><rss><item><id>&a;</id></item></rss>', "xml_damaged"),
        (b'Handle,Title\n"a,b\n', "csv_malformed"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "shop.csv").write_bytes(data)
    with refused(code, "shop.csv"):
        read_shop_file(tmp_path / "shop.csv")


def test_names_of_images_are_compared_without_what_shops_add() -> None:
    key = image_key("A 1 front.jpg")
    for name in ("https://cdn.example/s/files/A-1_front.jpg?v=17", "a_1_front_1024x1024.png", "A-1-front-scaled.jpg",
                 "https://x.example/A%201%20front_0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.webp"):  # fmt: skip
        assert image_key(name) == key, name
