"""The command ``trends``, with a tiny model and real files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from tests.catalogue.search.test_trends import photo
from tests.tiny_model import tiny_model

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(own_home: Path, tmp_path: Path, capfd: Capture) -> Path:
    """A catalogue of photos that were taken in January and in March."""
    (own_home / "models").mkdir()
    tiny_model(own_home / "models" / "mine.safetensors")
    folder, file = tmp_path / "photos", tmp_path / "shop.sqlite"
    folder.mkdir()
    for name, day in (("1.jpg", "2026:01:05"), ("2.jpg", "2026:03:01"), ("3.jpg", "2026:03:02"), ("4.png", "")):
        photo(folder / name, f"{day} 10:00:00")
    assert main(["tag", str(folder), "--remember", "--catalogue", str(file), "--model", "mine", "--device", "cpu"]) == 0
    capfd.readouterr()
    return file


def test_photos_by_month_of_the_camera_as_table_json_and_text(file: Path, capfd: Capture, tmp_path: Path) -> None:
    arguments = ["trends", "--by", "status", "--date", "taken", "--catalogue", str(file)]
    target = tmp_path / "trends.csv"
    assert main([*arguments, "--csv", str(target)]) == 0
    said = capfd.readouterr()
    assert said.out == f"3 periods saved in {target}.\n"
    assert "Not counted, since they have no date or period: 1." in said.err
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert [(row["period"], row["amount"], row["share"], row["change"]) for row in rows] == [
        ("2026-01", "1", "1.0", ""), ("2026-02", "0", "", "-1.0"), ("2026-03", "2", "1.0", ""),
    ]  # fmt: skip
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["undated"] == 1 and found["periods"][1]["share"] is None
    assert main(arguments) == 0
    assert capfd.readouterr().out.splitlines()[0] == "2026-01: 1"
    assert main([*arguments, "--over", "folder"]) == 0
    assert capfd.readouterr().out.splitlines()[0] == f"{tmp_path / 'photos'}: 4"


def test_dates_that_were_never_stored_are_read_first(file: Path, capfd: Capture) -> None:
    with Catalogue(file, write=True) as catalogue, catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE photos SET taken_at = NULL")
    assert main(["trends", "--date", "taken", "--over", "day", "--catalogue", str(file), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["periods"][0]["period"] == "2026-01-05"


def test_what_is_not_possible_is_said(file: Path, capfd: Capture) -> None:
    assert main(["trends", "--sum", "Units", "--catalogue", str(file)]) == 2
    assert "No table of the shop has a column “Units”. “fashionlens join TABLE” adds a table." in capfd.readouterr().err
    assert main(["trends", "--by", "brand", "--catalogue", str(file)]) == 2
    assert "There is no attribute “brand”." in capfd.readouterr().err
    assert main(["trends", "--csv", "trends.txt", "--catalogue", str(file)]) == 2
    assert "trends.txt" in capfd.readouterr().err
    assert main(["trends", "--where", "colour=None such", "--catalogue", str(file)]) == 0
    assert capfd.readouterr().out == "There is nothing to count.\n"
