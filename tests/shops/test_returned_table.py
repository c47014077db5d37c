"""Corrections that come back in tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import openpyxl
import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_names import set_names
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.export_job import plan_export, write_part
from fashionlens_gui.shops.profile import find_profile
from fashionlens_gui.shops.returned_table import TableChanges, apply, changes_of
from tests.refused import refused
from tests.shops.shop_catalogue import add_product


def exported(catalogue: Catalogue, name: str, target: Path, language: str = "en") -> Path:
    chosen = msgspec.structs.replace(find_profile(name), language=language, image_url="https://x.example/{image_name}")
    (part,) = plan_export(catalogue, chosen, product_rows(catalogue), target).parts
    for _ in write_part(catalogue, part):
        pass
    return target


def edit(table: Path, change: Callable[[dict[str, str]], None]) -> None:
    delimiter = "\t" if table.suffix == ".tsv" else ","
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"), newline=""), delimiter=delimiter))
    for row in rows:
        change(row)
    with table.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def found(catalogue: Catalogue, table: Path) -> TableChanges:
    return changes_of(catalogue, table, product_rows(catalogue))


def values(catalogue: Catalogue, sku: str) -> dict[str, str]:
    return next(dict(row.values) for row in product_rows(catalogue) if row.sku == sku)


SHOPS = [
    ("csv", "products.csv", {"colour": "Rot", "category": "Hosen", "audience": "Herren"}),
    ("shopify", "shop.csv", {"Type": "Hose", "Google Shopping / Gender": "male",
                             "Google Shopping / Age Group": "adult"}),
    ("woocommerce", "shop.csv", {"Categories": "Hosen und Röcke > Hosen", "Attribute 1 value(s)": "Rot",
                                 "Attribute 4 value(s)": "Herren"}),
    ("google", "feed.tsv", {"product_type": "Hosen und Röcke > Hose", "color": "rot", "gender": "male",
                            "age_group": "adult"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target", "cells"), SHOPS)
def test_an_edited_export_comes_back_as_one_operation(
    catalogue: Catalogue, tmp_path: Path, name: str, target: str, cells: dict[str, str]
) -> None:
    add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"])
    add_product(catalogue, "B-2", ["b1.jpg"])
    table = exported(catalogue, name, tmp_path / target, "de")
    assert found(catalogue, table).changes == []
    first = iter([True])
    edit(table, lambda row: row.update(cells) if next(first, False) else None)
    changes = found(catalogue, table)
    assert {(each.product, each.attribute, each.after) for each in changes.changes} >= {
        ("A-1", "category", "Trousers"), ("A-1", "audience", "Men"),
    }  # fmt: skip
    assert (changes.unknown, changes.conflicts, changes.unmatched) == ([], [], [])
    before = values(catalogue, "A-1")
    assert len(apply(catalogue, changes).ids) == 2
    assert values(catalogue, "A-1")["category"] == "Trousers" and values(catalogue, "A-1")["audience"] == "Men"
    assert values(catalogue, "B-2")["category"] == "Dress"
    assert found(catalogue, table).changes == []
    operations.undo(catalogue)
    assert values(catalogue, "A-1") == before


def test_an_excel_table_comes_back_too(catalogue: Catalogue, tmp_path: Path) -> None:
    add_product(catalogue, "00123", ["a1.jpg"])
    table = exported(catalogue, "xlsx", tmp_path / "products.xlsx")
    book = openpyxl.load_workbook(table)
    sheet = book.active
    assert sheet is not None
    names = [cell.value for cell in sheet[1]]
    sheet.cell(2, names.index("pattern") + 1).value = "Floral"
    book.save(table)
    (change,) = found(catalogue, table).changes
    assert (change.product, change.attribute, change.before, change.after) == ("00123", "pattern", "Striped", "Floral")


def test_an_old_table_does_not_take_back_what_was_corrected_since(catalogue: Catalogue, tmp_path: Path) -> None:
    ids = add_product(catalogue, "A-1", ["a1.jpg"])
    table = exported(catalogue, "csv", tmp_path / "products.csv")
    operations.correct(catalogue, ids, {"colour": "Red", "pattern": "Floral"})
    edit(table, lambda row: row.update(pattern="Checked", fabric="Silk"))
    changes = found(catalogue, table)
    assert [(each.attribute, each.after) for each in changes.changes] == [("fabric", "Silk")]
    assert [(each.attribute, each.before, each.after) for each in changes.conflicts] == [
        ("pattern", "Floral", "Checked")
    ]


def test_unknown_values_products_and_rows_that_disagree_are_listed(catalogue: Catalogue, tmp_path: Path) -> None:
    add_product(catalogue, "A-1", ["a1.jpg"])
    add_product(catalogue, "B-2", ["b1.jpg"])
    table = tmp_path / "by hand.csv"
    table.write_text("Sku;Farbe;Muster\nA-1;Rot;Wellen\na-1;Blau;\nC-3;Rot;\nB-2;;Kariert\n", encoding="utf-8")
    changes = found(catalogue, table)
    assert [(each.row, each.text) for each in changes.unknown] == [(2, "Wellen")]
    assert [(each.row, each.after) for each in changes.conflicts] == [(3, "Blue")]
    assert changes.unmatched == [(4, "C-3")]
    assert [(each.product, each.attribute, each.after) for each in changes.changes] == [("B-2", "pattern", "Checked")]
    taken = changes_of(catalogue, table, product_rows(catalogue), take_new_values=True)
    assert ("A-1", "Wellen") in {(each.product, each.after) for each in taken.changes}


def test_values_and_names_of_people_are_known(catalogue: Catalogue, tmp_path: Path) -> None:
    add_product(catalogue, "A-1", ["a1.jpg"])
    operations.add_value(catalogue, "category", "Dirndl")
    set_names(catalogue, {("category", "Skirt", "shop"): "Mode > Rocktraum", ("colour", "Red", "name"): "Feuer"})
    table = tmp_path / "shop.csv"
    for cell, value in (("dirndl", "Dirndl"), ("Mode > Rocktraum", "Skirt"), ("Röcke", "Skirt")):
        table.write_text(f"sku,category,colour\nA-1,{cell},feuer\n", encoding="utf-8")
        assert [each.after for each in found(catalogue, table).changes] == [value, "Red"]


def test_a_table_of_files_changes_single_photos(catalogue: Catalogue, tmp_path: Path) -> None:
    ids = add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"])
    table = tmp_path / "files.csv"
    table.write_text("file,colour\na2.jpg,Red\n", encoding="utf-8")
    (change,) = found(catalogue, table).changes
    assert change.photos == (ids[1],)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Farbe,Muster\nRot,\n", "corrections_without_key"), ("sku,price\nA-1,2\n", "corrections_without_values")],
)
def test_tables_without_keys_or_values_are_refused(catalogue: Catalogue, tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with refused(code, "t.csv"):
        found(catalogue, tmp_path / "t.csv")
