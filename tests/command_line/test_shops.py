"""The commands ``export --profile``, ``apply``, ``fill`` and ``names``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_attributes import add_attribute
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.cli import main
from fashionlens_gui.product_groups import arranging
from tests.catalogue.catalogue_rows import add, item
from tests.shops import readers
from tests.shops.shop_catalogue import add_product

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A catalogue with two products of three photos, whose files are there."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a1.jpg", "a2.jpg", "b1.jpg"):
        Image.new("RGB", (900, 900), "white").save(photos / name)
    file = tmp_path / "shop.sqlite"
    with Catalogue(file, write=True, who="Ada") as catalogue:
        add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"], folder=str(photos))
        add_product(catalogue, "B-2", ["b1.jpg"], folder=str(photos), category="Shirt")
    return file


@pytest.fixture
def answer(store: Path, capfd: Capture) -> Callable[..., Any]:
    """Run a command with ``--json`` on the catalogue; returns what it printed."""

    def run(*words: object, code: int = 0) -> Any:
        capfd.readouterr()
        arguments = [*map(str, words), "--catalogue", str(store), "--json"]
        assert main(arguments) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return run


def test_exports_changes_and_a_second_export_of_what_is_new(
    answer: Callable[..., Any], store: Path, tmp_path: Path
) -> None:
    url = ("--image-url", "https://x.example/{image_name|url}")
    out = tmp_path / "shop.csv"
    first = answer("export", "--profile", "shopify", "--out", out, "--new", *url)
    assert (first["products"], first["files"][0]["rows"]) == (2, 3)
    assert [each.images for each in readers.shopify(out.read_bytes())] == [
        ["https://x.example/a1.jpg", "https://x.example/a2.jpg"], ["https://x.example/b1.jpg"],
    ]  # fmt: skip
    assert answer("export", "--profile", "shopify", "--out", out, "--new", *url)["files"] == []
    table = tmp_path / "edit.csv"
    table.write_text("sku,colour\nA-1,Rot\n", encoding="utf-8")
    assert answer("apply", table, "--dry-run")["changes"][0]["after"] == "Red"
    assert answer("apply", table)["photos"] == 2
    second = answer("export", "--profile", "shopify", "--out", out, "--new", *url)
    (part,) = second["files"]
    assert (part["mode"], part["products"], second["unchanged"]) == ("update", 1, 1)
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline=""))
    assert list(row) == ["Handle", "Title", "Tags"] and "Red" in row["Tags"]
    other = answer("export", "--profile", "woocommerce", "--out", tmp_path / "woo.csv", "--new", "--update")
    assert (other["files"], other["not_there_yet"], other["unchanged"]) == ([], 2, 0)
    entries = answer("export", "--history")
    assert [each["mode"] for each in entries] == ["update", "new"]
    again = tmp_path / "again.csv"
    answer("export", "--repeat", entries[0]["id"], "--out", again)
    assert again.read_bytes() == out.read_bytes()


def test_a_part_of_the_catalogue_is_exported(answer: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "shirts.csv"
    result = answer("export", "--profile", "csv", "--out", out, "--where", "category=Shirt")
    assert result["products"] == 1 and "B-2" in out.read_text("utf-8") and "A-1" not in out.read_text("utf-8")


def test_check_only_names_what_google_would_refuse_and_writes_nothing(
    answer: Callable[..., Any], store: Path, capfd: Capture, tmp_path: Path
) -> None:
    found = answer("export", "--profile", "google", "--check-only", code=1)
    problems = found["files"][0]["problems"]
    missing = {each["column"] for each in problems if each["rule"] == "missing" and each["severity"] == "error"}
    assert missing == {"link", "image_link", "price"} and {each["sku"] for each in problems if each["sku"]} == {
        "A-1",
        "B-2",
    }
    assert answer("export", "--history") == []
    assert main(["export", "--profile", "google", "--check-only", "--catalogue", str(store)]) == 1
    assert "refused: price is empty, and must not be (rows 2, 3)" in capfd.readouterr().out


def test_a_template_as_address_is_refused_and_a_repeated_export_says_what_it_leaves_out(
    store: Path, capfd: Capture, tmp_path: Path
) -> None:
    words = ["export", "--profile", "google", "--out", str(tmp_path / "feed.tsv"), "--where", "category=Shirt"]
    facts = ["--set", "currency=EUR", "--set", "price=9", "--set", "link=https://x.example/{sku}"]
    assert main([*words, *facts, "--image-url", "https://x.example/{image_name}", "--catalogue", str(store)]) == 1
    out = capfd.readouterr().out
    assert "refused: link “https://x.example/{sku}” is" in out and "1 product in 1 row saved in" in out
    assert main(["export", "--repeat", "1", "--out", str(tmp_path / "again.tsv"), "--catalogue", str(store)]) == 0
    said = capfd.readouterr()
    assert said.out.endswith("again.tsv: 0 products.\n")
    assert "the shop would refuse: 1 product." in said.err


def test_copies_of_images_are_named_in_the_file(answer: Callable[..., Any], tmp_path: Path) -> None:
    out, folder = tmp_path / "woo.csv", tmp_path / "pictures"
    found = answer("export", "--profile", "woocommerce", "--out", out, "--images", folder)
    assert found["images"]["written"] == 3
    shop = readers.WooCommerce()
    shop.load(out.read_bytes(), update_existing=False)
    assert shop.products["A-1"].images == ["a-1-1.jpg", "a-1-2.jpg"]
    assert sorted(each.name for each in folder.iterdir()) == ["a-1-1.jpg", "a-1-2.jpg", "b-2-1.jpg"]


def test_an_excel_file_shows_the_main_photo_of_each_product(answer: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "products.xlsx"
    answer("export", "--profile", "xlsx", "--out", out, "--thumbnails", "--language", "fr")
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    assert [image.anchor._from.row for image in sheet._images] == [1, 2]
    assert [cell.value for cell in sheet["D"]] == ["category", "Robe", "Chemise"]


def test_columns_are_called_as_the_shop_s_own_file_calls_them(answer: Callable[..., Any], tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("Title,URL handle,Product category,SKU,Inventory quantity,Product image URL,Image position\n")
    out = tmp_path / "out.csv"
    answer(
        "export", "--profile", "shopify", "--out", out, "--like", own, "--image-url", "https://x.example/{image_name}"
    )
    header = out.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:7] == own.read_text().strip().split(",")
    assert "SEO title" in header and "SEO Title" not in header and "Handle" not in header
    one, _ = readers.shopify(out.read_bytes())
    assert one.key == "a-1" and len(one.images) == 2


def test_an_export_beside_a_writer_is_written_and_not_remembered(
    answer: Callable[..., Any], store: Path, capfd: Capture, tmp_path: Path
) -> None:
    with Catalogue(store, write=True):
        assert main(["export", "--profile", "csv", "--out", str(tmp_path / "a.csv"), "--catalogue", str(store)]) == 0
        assert "not remembered" in capfd.readouterr().err
        assert main(["export", "--profile", "csv", "--new", "--out", "b.csv", "--catalogue", str(store)]) == 2
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert answer("export", "--history") == []


def test_products_that_need_review_are_noted_and_can_be_left_out(
    answer: Callable[..., Any], store: Path, tmp_path: Path
) -> None:
    with Catalogue(store, write=True) as catalogue:
        arranging.group(catalogue, {add(catalogue, item("c.jpg", confidence=0.3))[0]: ("C-3", 1)})
    found = answer("export", "--profile", "csv", "--out", tmp_path / "a.csv")
    assert [each["sku"] for each in found["files"][0]["problems"] if each["rule"] == "needs_review"] == ["C-3"]
    found = answer("export", "--profile", "csv", "--reviewed", "--out", tmp_path / "a.csv")
    assert found["products"] == 2 and found["files"][0]["problems"] == []


def test_attributes_that_people_defined_are_exported_and_come_back(
    answer: Callable[..., Any], store: Path, tmp_path: Path
) -> None:
    with Catalogue(store, write=True) as catalogue:
        add_attribute(catalogue, "Neck line", ["Round", "V-neck"])
        operations.correct(catalogue, find(catalogue, Query(text="a1")).tolist(), {"Neck line": "Round"})
    out = tmp_path / "out.csv"
    answer("export", "--profile", "csv", "--out", out)
    first, second = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline=""))
    assert (first["Neck line"], second["Neck line"]) == ("Round", "")
    answer("export", "--profile", "woocommerce", "--out", out)
    shop = readers.WooCommerce()
    shop.load(out.read_bytes(), update_existing=False)
    assert shop.products["A-1"].attributes["Neck line"] == ["Round"]
    answer("export", "--profile", "shopify", "--out", out)
    assert "Round" in readers.shopify(out.read_bytes())[0].lists["Tags"]
    table = tmp_path / "table.csv"
    table.write_text("sku,NECK LINE\nB-2,v-neck\nA-1,Oval\n", encoding="utf-8")
    found = answer("apply", table, code=1)
    assert [(each["product"], each["attribute"], each["after"]) for each in found["changes"]] == [
        ("B-2", "Neck line", "V-neck")
    ]
    assert [each["text"] for each in found["unknown"]] == ["Oval"] and found["photos"] == 1


def test_own_profiles_are_files(answer: Callable[..., Any], own_home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    assert main(["export", "--profile", "csv", "--set", "season_sale=10 %", "--save-profile", str(mine)]) == 0
    content = json.loads(mine.read_text(encoding="utf-8"))
    content["columns"] = [{"name": "Artikel", "value": "{sku}"}, {"name": "Rabatt", "value": "{season_sale}"}]
    content["name"] = "mine"
    (own_home / "profiles").mkdir()
    (own_home / "profiles" / "mine.json").write_text(json.dumps(content), encoding="utf-8")
    out = tmp_path / "out.csv"
    answer("export", "--profile", "mine", "--out", out)
    assert out.read_text(encoding="utf-8").splitlines() == ["Artikel,Rabatt", "A-1,10 %", "B-2,10 %"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--profile", "amazon", "--out", "x.csv"], "There is no export profile “amazon”"),
        (["--profile", "csv"], "--out FILE"),
        (["--profile", "csv", "--out", "x.xlsx"], ".csv"),
        ([], "Say what to export"),
        (["products", "--profile", "csv", "--out", "x.csv"], "not both"),
        (["--profile", "csv", "--out", "x.csv", "--image-url", "{oops"], "has no partner"),
        (["--repeat", "7", "--out", "x.csv"], "There is no export 7"),
    ],
)
def test_wrong_words_are_explained(store: Path, capfd: Capture, words: list[str], says: str) -> None:
    assert main(["export", *words, "--catalogue", str(store)]) == 2
    assert says in capfd.readouterr().err


def test_a_damaged_profile_is_named_with_what_is_wrong(store: Path, capfd: Capture, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"name": "x", "platform": "etsy", "file": "csv", "columns": []}')
    assert main(["export", "--profile", str(bad), "--out", str(tmp_path / "x.csv"), "--catalogue", str(store)]) == 2
    assert "bad.json cannot be used: Invalid enum value 'etsy' - at `$.platform`" in capfd.readouterr().err


def test_a_shop_s_file_is_filled_and_gives_labels(answer: Callable[..., Any], tmp_path: Path) -> None:
    theirs = tmp_path / "export.csv"
    theirs.write_text("Handle,Title,Type,Tags,Variant SKU\na,Coat,Coats,,A-1\nz,Other,,,Z-9\n", encoding="utf-8")
    out, labels = tmp_path / "update.csv", tmp_path / "labels.csv"
    found = answer("fill", theirs, "--out", out, "--labels", labels)
    assert (found["matched"], found["only_shop"], found["only_catalogue"]) == (1, ["Z-9"], ["B-2"])
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline=""))
    assert row["Tags"].startswith("Girls, Navy blue") and row["Type"] == "Coats"
    rows = list(csv.DictReader(io.StringIO(labels.read_text(encoding="utf-8"), newline="")))
    assert [(Path(each["file"]).name, each["category"]) for each in rows] == [("a1.jpg", "Coats"), ("a2.jpg", "Coats")]


def test_own_names_are_read_from_a_table_and_used(answer: Callable[..., Any], store: Path, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("attribute,value,name\ncategory,Dress,Robe\n", encoding="utf-8")
    assert main(["names", "--read", str(table), "--catalogue", str(store)]) == 0
    answer("export", "--profile", "csv", "--out", tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert "Robe" in text and "Dress," not in text
    assert answer("catalogue", "undo")["changed"] == 0
    answer("export", "--profile", "csv", "--out", tmp_path / "out.csv")
    assert "Robe" not in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_nine_hundred_products_of_three_thousand_photos_to_each_shop(tmp_path: Path) -> None:
    file = tmp_path / "large.sqlite"
    names = [(f"S-{product:03}", number) for product in range(900) for number in range(1, 4 + (product % 3 == 0))]
    assert len(names) == 3000
    with Catalogue(file, write=True, who="Ada") as catalogue:
        ids = add(catalogue, *(item(f"{sku}_{number}.jpg", confidence=0.9) for sku, number in names))
        arranging.group(catalogue, dict(zip(ids, names, strict=True)))
    images = {f"S-{product:03}": 3 + (product % 3 == 0) for product in range(900)}

    def export(name: str, suffix: str, *words: str) -> bytes:
        out = tmp_path / f"{name}{suffix}"
        url = ("--image-url", "https://x.example/{image_name|url}")
        main(["export", "--profile", name, "--out", str(out), "--catalogue", str(file), *url, *words])
        return out.read_bytes()

    at_shopify = readers.shopify(export("shopify", ".csv"))
    assert {each.fields["Variant SKU"]: len(each.images) for each in at_shopify} == images
    shop = readers.WooCommerce()
    shop.load(export("woocommerce", ".csv"), update_existing=False)
    assert {sku: len(each.images) for sku, each in shop.products.items()} == images and shop.skipped == []
    for read, name, suffix in ((readers.google_tsv, "google", ".tsv"), (readers.google_xml, "google-xml", ".xml")):
        assert {each.key: len(each.images) for each in read(export(name, suffix))} == images
