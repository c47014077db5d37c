"""Exports as each platform reads them; the readers follow the platforms' rules, not the writers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import msgspec
import openpyxl
import pytest

from fashionlens_gui.shops import profile, writers
from fashionlens_gui.shops.check import check
from fashionlens_gui.shops.export_table import build
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.problem import Severity
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import Profile
from tests.shops import readers
from tests.shops.shop_catalogue import product

NASTY = [
    "Kleid, rot > blau",
    'a "quoted" name',
    "Größe Ü – é 中",
    "=HYPERLINK(1)",
    "+1",
    "-1 left",
    "@home",
    "two\nlines",
    "back\\slash, comma",
]
URL = "https://shop.example/{image_name|url}"


def of(name: str, **changes: object) -> Profile:
    return msgspec.structs.replace(profile.find_profile(name), image_url=URL, **changes)


def data(
    chosen: Profile, products: Sequence[ProductRow], own: Mapping[tuple[str, str, str], str] | None = None
) -> bytes:
    table = build(chosen, products, Names(own or {}, chosen.language))
    write = {"csv": writers.csv_bytes, "tsv": writers.tsv_bytes, "xml": writers.xml_bytes}
    return write[chosen.file](table) if chosen.file in write else writers.xlsx_bytes(table, {})


def urls(sku: str, count: int) -> list[str]:
    return [f"https://shop.example/{sku}_{number}.jpg" for number in range(1, count + 1)]


def test_a_shopify_product_has_its_images_in_order_and_one_title() -> None:
    one, two = readers.shopify(data(of("shopify"), [product("A-1", 3), product("B-2", 1, audience="Men")]))
    assert (one.key, one.fields["Title"]) == ("a-1", "Girls’ navy blue dress")
    assert one.images == urls("A-1", 3) and two.images == urls("B-2", 1)
    assert one.lists["Tags"] == ["Girls", "Navy blue", "Striped", "Cotton", "Party", "Summer"]
    assert one.fields["Google Shopping / Gender"] == "female" and one.fields["Google Shopping / Age Group"] == "kids"
    assert one.fields["Product Category"] == "Apparel & Accessories > Clothing > Dresses"
    assert one.fields["Status"] == "draft" and one.fields["Variant SKU"] == "A-1"


def test_an_image_url_is_needed_for_shopify_and_nothing_is_invented_without() -> None:
    chosen = msgspec.structs.replace(of("shopify"), image_url="")
    (one,) = readers.shopify(data(chosen, [product("A-1", 3)]))
    assert one.images == []
    codes = {problem.code for problem in check(build(chosen, [product("A-1", 3)], Names({})), "new")}
    assert "image_missing" in codes


@pytest.mark.parametrize("text", NASTY)
def test_difficult_titles_arrive_as_they_are(text: str) -> None:
    fields = {"title": text, "description": text, "price": "19,90", "link": "https://x.example/1"}
    rows = [product("A-1", 2, fields, colour=text)]
    (at_shopify,) = readers.shopify(data(of("shopify"), rows))
    assert at_shopify.fields["Title"] == text and at_shopify.fields["Body (HTML)"] == text
    shop = readers.WooCommerce()
    shop.load(data(of("woocommerce"), rows), update_existing=False)
    assert shop.products["A-1"].fields["name"] == text
    assert shop.products["A-1"].fields["description"] == text
    assert shop.products["A-1"].attributes["Colour"] == [" ".join(text.split())]
    (in_tsv,) = readers.google_tsv(data(of("google"), rows))
    assert in_tsv.fields["title"] == text.replace("\n", " ")
    (in_xml,) = readers.google_xml(data(of("google-xml"), rows))
    assert in_xml.fields["title"] == text and in_xml.fields["price"] == "19.90 EUR"
    assert in_tsv.images == in_xml.images == urls("A-1", 2)


def test_woocommerce_takes_images_categories_and_attributes_in_order() -> None:
    shop = readers.WooCommerce()
    own = {("category", "Dress", "shop"): "Mode, Damen > Kleider"}
    shop.load(data(of("woocommerce"), [product("A-1", 3), product("a,b", 2, category="Shirt", pattern="")], own), False)
    one, two = shop.products["A-1"], shop.products["a,b"]
    assert one.images == urls("A-1", 3)
    assert one.lists["categories"] == ["Mode, Damen>Kleider"] and two.lists["categories"] == ["Tops>Shirts"]
    assert one.attributes == {"Colour": ["Navy blue"], "Pattern": ["Striped"], "Material": ["Cotton"],
                              "Audience": ["Girls"]}  # fmt: skip
    assert "Pattern" not in two.attributes
    assert one.fields["published"] == "draft"
    assert two.images == [url.replace(",", "%2C") for url in urls("a,b", 2)]


def test_a_guard_that_the_importer_takes_off_keeps_spreadsheets_from_running_formulas() -> None:
    rows = [product("A-1", 1, {"title": "=1+1"}, colour="=1+1", season="@x", occasion="")]
    text = data(of("woocommerce"), rows).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["Attribute 1 value(s)"], row["Tags"]) == ("'=1+1", "'@x")
    assert row["Name"] == "=1+1", "the importer would keep an apostrophe here"
    shop = readers.WooCommerce()
    shop.load(text.encode(), update_existing=False)
    assert shop.products["A-1"].attributes["Colour"] == ["=1+1"] and shop.products["A-1"].lists["tags"] == ["@x"]


def test_names_in_german_french_and_spanish() -> None:
    rows = [product("A-1", category="Track pants", colour="Grey melange")]
    for language, title in (("de", "Mädchen Jogginghose grau meliert"), ("fr", "Pantalon de jogging fille gris chiné"),
                            ("es", "Pantalón de chándal niña gris jaspeado")):  # fmt: skip
        text = data(of("csv", language=language), rows).decode()
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
        assert row["title"] == title
    own = {("category", "Track pants", "name"): "Schlabberhose"}
    (row,) = csv.DictReader(io.StringIO(data(of("csv", language="de"), rows, own).decode(), newline=""))
    assert row["category"] == "Schlabberhose" and row["google_product_category"] == "204" and row["gender"] == "female"


def test_excel_cells_are_text_and_never_formulas() -> None:
    rows = [product("00123", 1, {"title": "=1+1"})]
    sheet = openpyxl.load_workbook(io.BytesIO(data(of("xlsx"), rows))).active
    assert sheet is not None
    header, row = ([cell.value for cell in cells] for cells in sheet.iter_rows())
    cells = dict(zip(header, row, strict=True))
    assert cells["sku"] == "00123" and cells["title"] == "=1+1"
    assert {cell.data_type for cell in list(sheet.iter_rows())[1] if cell.value} == {"s"}


def test_a_plain_csv_is_safe_in_spreadsheets() -> None:
    (row,) = csv.DictReader(io.StringIO(data(of("csv"), [product("A", 1, {"title": "=1+1"})]).decode(), newline=""))
    assert row["title"] == "'=1+1"


BROKEN = [
    ("shopify", {"handle": "Not A Handle"}, "Handle", "handle_invalid"),
    ("shopify", {"title": "x" * 256}, "Title", "too_long"),
    ("shopify", {"price": "on request"}, "Variant Price", "not_a_number"),
    ("woocommerce", {"price": "on request"}, "Regular price", "not_a_number"),
    ("woocommerce", {"id": "x7"}, "ID", "not_a_number"),
    ("google", {"price": "cheap"}, "price", "price_invalid"),
    ("google", {"link": "shop/1"}, "link", "address_invalid"),
    ("google", {"link": "https://x.example/Ä"}, "link", "address_invalid"),
    ("google", {"availability": "maybe"}, "availability", "not_one_of"),
    ("google", {}, "size", "required_for_apparel"),
    ("google", {}, "price", "missing"),
]


@pytest.mark.parametrize(("name", "fields", "column", "code"), BROKEN)
def test_what_an_importer_refuses_is_named_with_row_and_column(
    name: str, fields: dict[str, str], column: str, code: str
) -> None:
    good = {"price": "19.90", "link": "https://x.example/1", "size": "M", "title": "Good"}
    table = build(of(name), [product("A-1", 2, good), product("B-2", 1, fields)], Names({}))
    errors = [problem for problem in check(table, "new") if problem.severity == Severity.ERROR]
    assert (column, code) in {(each.column, each.code) for each in errors}
    expected = 4 if name == "shopify" else 3  # the first product has a row for its second image
    assert {(each.sku, each.row) for each in errors} == {("B-2", expected)}


def test_products_that_break_no_rule_have_no_errors() -> None:
    fields = {"price": "19,90", "link": "https://x.example/1", "size": "M", "brand": "ACME", "title": "Dress"}
    for name in profile.SHIPPED:
        table = build(of(name), [product(f"A-{number}", 3, fields) for number in range(5)], Names({}))
        assert [each for each in check(table, "new") if each.severity == Severity.ERROR] == [], name


def test_a_sku_twice_is_refused() -> None:
    for name, column in (("shopify", "Handle"), ("woocommerce", "SKU"), ("google", "id")):
        table = build(of(name), [product("A-1", 1), product("A-1", 1)], Names({}))
        found = [problem for problem in check(table, "new") if problem.code == "repeated"]
        assert (found[0].row, found[0].column, found[0].parameters["first"]) == (3, column, 2)
