"""Trends: counts and sums by period, with what is behind each amount; dates of photos from their EXIF."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Days, Query, find
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.search.dates_taken import read_dates, unread
from fashionlens_gui.catalogue.search.trends import TAKEN, Over, trend
from tests.catalogue.catalogue_rows import add, broken, item
from trainer.control import WorkControl
from trainer.errors import Cancelled


def set_dates(catalogue: Catalogue, column: str, dates: dict[int, str | None]) -> None:
    with catalogue.database.transaction(durable=False) as database:
        for id_, text in dates.items():
            database.execute(f"UPDATE photos SET {column} = ? WHERE id = ?", (text, id_))


@pytest.fixture
def ids(catalogue: Catalogue) -> list[int]:
    ids = add(catalogue, item("a/1.jpg"), item("a/2.jpg", "Coat"), item("b/3.jpg"), item("b/4.jpg"))
    ids += add(catalogue, item("b/5.jpg", "Coat"))
    operations.correct(catalogue, ids[3:4], {"category": "Hat"})
    return ids


def table(found: object) -> dict[str, dict[str, float]]:
    """The amounts that are not 0, by period and value."""
    return {
        period: {value: float(found.amounts_PV[p, v]) for v, value in enumerate(found.values) if found.amounts_PV[p, v]}  # type: ignore[attr-defined]
        for p, period in enumerate(found.periods)  # type: ignore[attr-defined]
    }


def test_months_without_photos_are_there_with_shares_and_changes(catalogue: Catalogue, ids: list[int]) -> None:
    days = [
        "2026-01-31T23:00:00",
        "2026-01-02T08:00:00",
        "2026-03-01T00:00:00",
        "2026-04-05T12:00:00",
        "2026-04-06T00:00:00",
    ]
    set_dates(catalogue, "taken_at", dict(zip(ids, days, strict=True)))
    found = trend(catalogue, Query(), "category", Over.MONTH, TAKEN)
    assert table(found) == {
        "2026-01": {"Dress": 1, "Coat": 1},
        "2026-02": {},
        "2026-03": {"Dress": 1},
        "2026-04": {"Hat": 1, "Coat": 1},
    }
    assert found.values == ("Coat", "Dress", "Hat")
    assert found.shares_PV[0].tolist() == [0.5, 0.5, 0] and np.isnan(found.shares_PV[1]).all()
    assert found.changes_PV[1].tolist()[:2] == [-1, -1] and np.isnan(found.changes_PV[[0, 2]]).all()
    assert found.photos("2026-04", "Coat").tolist() == [ids[4]]
    found = trend(catalogue, Query(values={"category": "Coat"}), "category", Over.WEEK, TAKEN)
    assert (found.periods[0], found.periods[-1], len(found.periods)) == ("2026-W01", "2026-W15", 15)
    assert find(catalogue, Query(taken=Days(last=None, first=None))).tolist() == ids
    set_dates(catalogue, "taken_at", {ids[0]: "", ids[1]: None})
    found = trend(catalogue, Query(), "category", Over.DAY, TAKEN)
    assert found.undated == 2 and len(found.periods) == 37
    set_dates(catalogue, "taken_at", {ids[0]: "0001-01-01T00:00:00"})
    with pytest.raises(CatalogueError) as refused:
        trend(catalogue, Query(), "category", Over.DAY, TAKEN)
    assert refused.value.code == "trend_too_long"


def test_folders_imports_and_the_day_they_came(catalogue: Catalogue, ids: list[int]) -> None:
    assert table(trend(catalogue, Query(), "category", Over.FOLDER)) == {
        str(Path("/photos/a")): {"Dress": 1, "Coat": 1},
        str(Path("/photos/b")): {"Dress": 1, "Hat": 1, "Coat": 1},
    }
    of_imports = table(trend(catalogue, Query(), "status", Over.IMPORT))
    assert [name.split()[0] for name in of_imports] == ["1", "2"]
    assert list(of_imports.values()) == [{"ok": 4}, {"ok": 1}]
    (today,) = table(trend(catalogue, Query(), over=Over.DAY)).items()
    assert today[1] == {"Coat": 2, "Dress": 2, "Hat": 1}
    assert trend(catalogue, Query(text="nothing")).periods == ()
    with pytest.raises(ValueError):
        trend(catalogue, Query(), "path")


def join(
    catalogue: Catalogue, number: int, joined_on: str, columns: list[str], rows: list[tuple[str, list[str]]]
) -> None:
    with catalogue.database.transaction(durable=False) as database:
        database.execute(
            "INSERT INTO shop_tables (id, name, path, sheet, joined_on, key_column, columns, digest, read_at) "
            "VALUES (?, ?, x'', '', ?, 'k', ?, '', '')",
            (number, f"table {number}", joined_on, json.dumps(columns)),
        )
        for line, (key, cells) in enumerate(rows):
            database.execute("INSERT INTO shop_rows VALUES (?, ?, ?, ?)", (number, line, key, json.dumps(cells)))


def test_what_a_product_sold_counts_once_on_the_days_of_its_rows(catalogue: Catalogue, ids: list[int]) -> None:
    with catalogue.database.transaction(durable=False) as database:
        database.execute("INSERT INTO products (id, sku, key, name_key) VALUES (5, 'A', 'a', ''), (6, 'B', 'b', '')")
        database.execute(f"UPDATE photos SET product = 5 WHERE id IN ({ids[0]}, {ids[1]}, {ids[2]})")
        database.execute(f"UPDATE photos SET product = 6, product_position = 1 WHERE id = {ids[4]}")
    rows = [("a", ["2026-01-05", "10"]), ("a", ["07.02.2026", "2,5"]), ("b", ["2026-02-07", "4"]), ("b", ["?", "9"])]
    join(
        catalogue, 1, "sku", ["Sold on", "Units"], [*rows, ("b", ["2026-02-08", "many"]), ("none", ["2026-02-08", "7"])]
    )
    found = trend(catalogue, Query(), "category", Over.MONTH, "Sold on", "Units")
    assert table(found) == {"2026-01": {"Dress": 10}, "2026-02": {"Dress": 2.5, "Coat": 4}}
    assert (found.undated, found.unread) == (1, 1)
    assert found.photos("2026-02", "Dress").tolist() == [ids[0]]
    of_folder = table(trend(catalogue, Query(), "category", Over.FOLDER, sums="Units"))
    assert of_folder == {str(Path("/photos/a")): {"Dress": 12.5}, str(Path("/photos/b")): {"Coat": 13}}
    join(catalogue, 2, "file", ["Launched"], [("2", ["2026/03/09"]), ("3", ["2026-03-10"])])
    assert table(trend(catalogue, Query(), "category", Over.MONTH, "Launched")) == {"2026-03": {"Coat": 1, "Dress": 1}}
    with pytest.raises(CatalogueError) as refused:
        trend(catalogue, Query(), dates="Sold")
    assert refused.value.parameters["columns"] == ("Sold on", "Units", "Launched")


def photo(path: Path, original: str, other: str = "") -> Path:
    picture = Image.new("RGB", (60, 80), "white")
    picture.paste((90, 0, 0), (15, 10, 45, 70))
    exif = Image.Exif()
    exif[306] = "2001:01:01 00:00:00"  # when a program saved it last
    exif.get_ifd(0x8769).update({0x9003: original, 0x9004: other})
    picture.save(path, exif=exif)
    return path


def test_dates_of_photos_tagged_before_are_read_when_asked(catalogue: Catalogue, tmp_path: Path) -> None:
    photo(tmp_path / "1.jpg", "2026:05:06 07:08:09")
    photo(tmp_path / "2.png", "0000:00:00 00:00:00", "2026:06:01 00:00:00")
    photo(tmp_path / "3.webp", "yesterday")
    (tmp_path / "4.jpg").write_bytes(b"\xff\xd8\xff\xe1 damaged")
    names = ("1.jpg", "2.png", "3.webp", "4.jpg", "gone.jpg")
    ids = add(catalogue, *(item(name, folder=str(tmp_path)) for name in names), broken("none.jpg"))
    stopped = WorkControl()
    stopped.stop()
    with pytest.raises(Cancelled):
        list(read_dates(catalogue, stopped))
    assert unread(catalogue) == 6
    steps = list(read_dates(catalogue, WorkControl()))
    assert (steps[-1].done, steps[-1].total) == (6, 6)
    with catalogue.database.read() as database:
        found = [text for (text,) in database.execute("SELECT taken_at FROM photos ORDER BY id")]
    assert found == ["2026-05-06T07:08:09", "2026-06-01T00:00:00", "", None, None, None]
    assert unread(catalogue) == 3
    assert find(catalogue, Query(taken=Days(date(2026, 5, 6), date(2026, 5, 6)))).tolist() == ids[:1]
    assert find(catalogue, Query(taken=Days(date(2026, 5, 7)))).tolist() == ids[1:2]
    assert find(catalogue, Query(taken=Days(last=date(2026, 5, 5)))).tolist() == []
