"""Tables of users: CSV and Excel give the same text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl

from fashionlens_gui.table_file import read_table
from tests.refused import refused


def test_excel_and_csv_give_the_same_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["SKU", "Titel", "Preis", "Menge", "Ab"])
    sheet.append(["00123", "Kleid, grün", 19.9, 3.0, date(2026, 12, 1)])
    sheet.append([])
    sheet.append(["'=A1", None, "1"])
    book.save(tmp_path / "shop.xlsx")
    (tmp_path / "shop.csv").write_text(
        "SKU;Titel;Preis;Menge;Ab\n00123;Kleid, grün;19.9;3;2026-12-01\n\n'=A1;;1\n", encoding="utf-8"
    )
    excel, csv = read_table(tmp_path / "shop.xlsx"), read_table(tmp_path / "shop.csv")
    assert excel.columns == csv.columns == ("SKU", "Titel", "Preis", "Menge", "Ab")
    assert excel.rows == csv.rows
    assert excel.rows == (
        (2, ("00123", "Kleid, grün", "19.9", "3", "2026-12-01")),
        (4, ("=A1", "", "1", "", "")),
    )


def test_bad_tables_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("\n\n")
    with refused("table_empty", "first row"):
        read_table(tmp_path / "empty.csv")
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    with refused("excel_damaged", "Save it again"):
        read_table(tmp_path / "bad.xlsx")
    with refused("file_unreadable"):
        read_table(tmp_path / "none.xlsx")
