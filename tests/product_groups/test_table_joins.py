"""Tables from the shop: joined, refreshed, removed, with one undo each; bad ones are refused."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.product_groups import arranging, table_joins
from fashionlens_gui.product_groups.named_category import category_named
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.product_groups.shop_tables import unmatched
from tests.catalogue.catalogue_rows import add, item
from trainer.errors import DataError


@pytest.fixture
def shop(catalogue: Catalogue) -> Catalogue:
    """The products 001 and B of two photos each."""
    ids = add(catalogue, *(item(f"{name}.jpg", "Coat", 0.8) for name in ("001_1", "001_2", "B_1", "B_2")))
    arranging.group(catalogue, dict(zip(ids, [("001", 1), ("001", 2), ("B", 1), ("B", 2)], strict=True)))
    return catalogue


def fields(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    return {each.sku: dict(each.fields) for each in products(catalogue)}


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "shop.csv"
    file.write_text(text, encoding=encoding)
    return file


def workbook(file: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def test_rows_are_joined_by_sku_and_what_does_not_match_is_listed(shop: Catalogue, tmp_path: Path) -> None:
    file = written(tmp_path, "SKU;Title;Price\n b ;Robe d’été;9,99\nC;Hat;1\n;;2\nB;again;3\n")
    joined = table_joins.join(shop, file)
    assert fields(shop) == {"001": {}, "B": {"SKU": "b", "Title": "Robe d’été", "Price": "9,99"}}
    assert (joined.repeated, joined.without_key, joined.table.rows) == ((5,), (4,), 4)
    rest = unmatched(shop, joined.table)
    assert (rest.rows, rest.without_row) == (((3, "C"), (4, "")), ("001",))
    assert operation_text(shop.next_operation(back=True)) == "joining the table “shop”"
    operations.undo(shop)
    assert fields(shop) == {"001": {}, "B": {}}
    operations.redo(shop)
    assert fields(shop)["B"]["Title"] == "Robe d’été"


def test_excel_gives_back_the_zeros_that_it_removed(shop: Catalogue, tmp_path: Path) -> None:
    file = workbook(tmp_path / "prices.xlsx", ("Item number", "Price"), (1, 12.5), ("B", 3))
    table_joins.join(shop, file)
    assert {sku: each["Price"] for sku, each in fields(shop).items()} == {"001": "12.5", "B": "3"}


def test_rows_are_joined_by_file_with_or_without_folder_and_suffix(shop: Catalogue, tmp_path: Path) -> None:
    file = written(tmp_path, "file,date\nspring\\001_2.JPG,2026-01-02\nB_1,2026-03-04\nB_9.jpg,x\n")
    joined = table_joins.join(shop, file, on="file")
    assert {sku: each["date"] for sku, each in fields(shop).items()} == {"001": "2026-01-02", "B": "2026-03-04"}
    rest = unmatched(shop, joined.table)
    assert rest.rows == ((4, "B_9.jpg"),) and rest.without_row == ("001_1.jpg", "B_2.jpg")


def test_refreshing_reads_changed_files_and_keeps_the_rest(shop: Catalogue, tmp_path: Path) -> None:
    file = written(tmp_path, "sku,price\nB,1\n")
    other = workbook(tmp_path / "other.xlsx", ("sku", "price"), ("B", 7))
    table_joins.join(shop, file)
    table_joins.join(shop, other)
    assert fields(shop)["B"] == {"sku": "B", "price": "1", "other: sku": "B", "other: price": "7"}
    written(tmp_path, "sku,price\nB,2\n")
    done, errors = table_joins.refresh(shop)
    assert [bool(each.changes) for each in done] == [True, False] and not errors
    assert "2" in fields(shop)["B"].values() and "1" not in fields(shop)["B"].values()
    file.unlink()
    _, errors = table_joins.refresh(shop)
    assert [error.code for error in errors] == ["file_unreadable"]
    assert "2" in fields(shop)["B"].values()
    operations.undo(shop)
    assert "1" in fields(shop)["B"].values()
    assert table_joins.remove(shop, "other") and "7" not in fields(shop)["B"].values()
    operations.undo(shop)
    assert "7" in fields(shop)["B"].values()


def test_old_versions_of_a_table_are_deleted(shop: Catalogue, tmp_path: Path) -> None:
    for price in range(9):
        table_joins.join(shop, written(tmp_path, f"sku,price\nB,{price}\n"))
    with shop.database.read() as database:
        assert database.execute("SELECT count(*) FROM shop_tables").fetchone() == (6,)
    for price in (7, 6, 5, 4, 3):
        operations.undo(shop)
        assert fields(shop)["B"]["price"] == str(price)
    operations.undo(shop)  # the grouping: what joined earlier versions can no longer be undone
    assert fields(shop) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("sku,title\n", "has nothing below its first row"),
        ("sku,Title,title\nB,1,2\n", "columns of the same name: “Title”, “title”"),
        ("number,title\nB,1\n", "has no column of SKUs that is called sku or variantsku or articlenumber"),
        (f"sku,title\nB,{'x' * 200_000}\n", "line 2"),
    ],
)
def test_a_bad_table_is_refused(shop: Catalogue, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError) as error:
        table_joins.join(shop, written(tmp_path, text))
    assert words in sentence(error.value) and "shop.csv" in sentence(error.value)
    assert operation_text(shop.next_operation(back=True)) == "grouping of 4 photos"


def test_a_table_without_a_sure_encoding_is_asked_about(shop: Catalogue, tmp_path: Path) -> None:
    file = written(tmp_path, "sku,title\nB,Žlutý svetr\n", "cp1250")
    with pytest.raises(DataError) as error:
        table_joins.join(shop, file)
    assert error.value.code == "csv_encoding_unsure"
    table_joins.join(shop, file, encoding="cp1250")
    assert fields(shop)["B"]["title"] == "Žlutý svetr"


def test_a_table_says_which_file_is_of_which_product(tmp_path: Path) -> None:
    file = written(tmp_path, "Photo,SKU\na.jpg,1\nb.jpg,1\nC.JPG,2\n")
    assert table_joins.file_skus(file) == {"a": "1", "b": "1", "c": "2"}
    with pytest.raises(DataError) as error:
        table_joins.file_skus(written(tmp_path, "Photo,SKU\na.jpg,1\na.jpg,2\n"))
    assert "1 in line 2 and 2 in line 3" in sentence(error.value)


@pytest.mark.parametrize(
    ("given", "category"),
    [
        ({"Title": "Nike Men Blue T-shirt"}, "T-shirt"),
        ({"Product name": "Shirt dress with belt"}, "Dress"),
        ({"Product Category": "Apparel > Clothing > Jeans", "Title": "Dress"}, "Jeans"),
        ({"prices: Title": "Jackets"}, "Jacket"),
        ({"Title": "Something new", "Price": "Dress"}, ""),
    ],
)
def test_the_category_that_a_table_names(given: dict[str, str], category: str) -> None:
    assert category_named(given) == category


def test_a_table_decides_which_garment_of_the_photos_is_meant(shop: Catalogue, tmp_path: Path) -> None:
    table_joins.join(shop, written(tmp_path, "sku,title\nB,A long dress\n001,A red watch\n"))
    (first, second) = products(shop)
    assert first.unsure == ()  # the model knows no watch
    assert (second.values["category"], second.unsure) == ("Dress", ())  # the photos show it with 0.15
    assert first.values["category"] == "Coat"


def test_a_table_that_names_what_no_photo_shows_is_a_reason_to_review(catalogue: Catalogue, tmp_path: Path) -> None:
    (photo,) = add(catalogue, item("A_1.jpg", "Coat", 0.9999))
    arranging.group(catalogue, {photo: ("A", 1)})
    table_joins.join(catalogue, written(tmp_path, "sku,title\nA,A long dress\n"))
    (found,) = products(catalogue)
    assert (found.values["category"], found.unsure) == ("Coat", ("table_differs",))
