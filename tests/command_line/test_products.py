"""``fashionlens products`` and ``join``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fashionlens_gui import cli
from fashionlens_gui.catalogue.catalogue import Catalogue
from tests.catalogue.catalogue_rows import add, item

NAMES = ("A_1", "A_2", "B_1", "B_2", "B_3", "notes")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "catalogue.sqlite"
    with Catalogue(file, write=True) as catalogue:
        add(catalogue, *(item(f"{name}.jpg", "Dress", 0.9) for name in NAMES))
    return file


def run(file: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.main([*words, "--catalogue", str(file)]) == code
    output = capsys.readouterr()
    return output.out if code == 0 else output.err


def run_json(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(file, capsys, *words, "--json"))


def skus(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    found = run_json(file, capsys, "products", "list")
    return {each["sku"]: [Path(photo).stem for photo in each["photos"]] for each in found}


def test_photos_are_grouped_after_a_preview_that_changes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suggested = run(file, capsys, "products", "suggest")
    assert '--pattern "{sku}_{n}"' in suggested and "2 products of 5 of 6 photos" in suggested
    shown = run_json(file, capsys, "products", "--pattern", "{sku}_{n}", "--preview")
    assert (shown["products"], shown["sizes"], shown["changed"]) == (2, {"2": 1, "3": 1}, None)
    assert [Path(name).name for name in shown["unmatched"]] == ["notes.jpg"]
    assert skus(file, capsys) == {}
    assert "5 photos changed" in run(file, capsys, "products", "--pattern", "{sku}_{n}")
    assert skus(file, capsys) == {"A": ["A_1", "A_2"], "B": ["B_1", "B_2", "B_3"]}
    text = run(file, capsys, "products", "list")
    assert "Dress" in text and "2 products, 0 to review." in text


def test_new_photos_get_the_patterns_of_the_last_time(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No patterns were used" in run(file, capsys, "products", "--again", code=2)
    run(file, capsys, "products", "--pattern", "{sku}_{n}")
    with Catalogue(file, write=True) as catalogue:
        add(catalogue, item("A_3.jpg", "Dress", 0.4), item("C_1.jpg", "Dress", 0.4))
    assert "2 photos changed" in run(file, capsys, "products", "--again")
    assert skus(file, capsys)["A"] == ["A_1", "A_2", "A_3"]
    assert [each["sku"] for each in run_json(file, capsys, "products", "list", "--review")] == ["C"]


def test_mistakes_are_mended_and_undone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file, capsys, "products", "--pattern", "{sku}_{n}")
    run(file, capsys, "products", "move", "/photos/B_1.jpg", "--to", "A")
    run(file, capsys, "products", "order", "/photos/B_1.jpg")
    assert skus(file, capsys) == {"A": ["B_1", "A_1", "A_2"], "B": ["B_2", "B_3"]}
    assert "A-2" in run(file, capsys, "products", "split", "/photos/B_1.jpg")
    run(file, capsys, "products", "merge", "B", "a-2")
    assert skus(file, capsys) == {"A": ["A_1", "A_2"], "B": ["B_2", "B_3", "B_1"]}
    for _ in range(4):
        run(file, capsys, "catalogue", "undo")
    assert skus(file, capsys)["B"] == ["B_1", "B_2", "B_3"]
    run(file, capsys, "products", "correct", "B", "--set", "category=Coat")
    assert [each["category"] for each in run_json(file, capsys, "products", "list")] == ["Dress", "Coat"]
    assert "not of one product" in run(file, capsys, "products", "split", "/photos/A_1.jpg", "/photos/B_1.jpg", code=2)
    assert "SKU “C”" in run(file, capsys, "products", "merge", "C", "B", code=2)


def test_a_table_groups_and_another_one_is_joined(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "files.csv").write_text("photo;SKU\nA_1.jpg;X\nB_3.jpg;X\n", encoding="utf-8")
    run(file, capsys, "products", "--table", str(tmp_path / "files.csv"))
    assert skus(file, capsys) == {"X": ["A_1", "B_3"]}
    (tmp_path / "shop.csv").write_text("sku,title\nX,Robe\nY,Hat\n", encoding="utf-8")
    joined = run(file, capsys, "join", str(tmp_path / "shop.csv"), "--on", "sku")
    assert "shop: 2 rows, 1 with a product.\n" in joined and "line 3: Y" in joined
    assert run_json(file, capsys, "products", "list")[0]["fields"] == {"sku": "X", "title": "Robe"}
    (listed,) = run_json(file, capsys, "join", "--list")
    assert (listed["rows_without"], listed["without_row"]) == ([[3, "Y"]], [])
    assert "has not changed" in run(file, capsys, "join", "--refresh")
    (tmp_path / "shop.csv").unlink()
    assert "shop.csv cannot be opened" in run(file, capsys, "join", "--refresh", code=1)
    run(file, capsys, "join", "--remove", "shop")
    assert run_json(file, capsys, "products", "list")[0]["fields"] == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["products", "--pattern", "{sku}_x{n}"], "No photo matches"),
        (["products", "--pattern", "front"], "where the SKU is"),
        (["products", "--folders", "--pattern", "{sku}"], "Give one rule"),
        (["products", "move", "/photos/none.jpg", "--to", "A"], "none.jpg"),
        (["join"], "Name a table"),
        (["join", "--remove", "none"], "No table is called “none”"),
        (["join", "none.csv"], "none.csv cannot be opened"),
    ],
)
def test_what_is_not_possible_is_explained(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert message in run(file, capsys, *words, code=2)


def test_an_own_attribute_is_defined_labelled_and_listed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file, capsys, "attribute", "add", "neckline", "Round", "V-neck")
    run(file, capsys, "attribute", "label", "neckline", "round", "/photos/A_1.jpg", "/photos/A_2.jpg")
    (listed,) = run_json(file, capsys, "attribute", "list")
    assert (listed["labelled"], listed["photos"]["Round"], listed["trained"]) == ({"Round": 2}, 2, None)
    rows = run_json(file, capsys, "catalogue", "list", "--where", "neckline=Round")
    assert [row["neckline"] for row in rows] == ["Round", "Round"]
    assert "is no value of “neckline”" in run(
        file, capsys, "attribute", "label", "neckline", "Oval", "/photos/A_1.jpg", code=2
    )
    run(file, capsys, "catalogue", "add-value", "neckline", "Oval")
    run(file, capsys, "attribute", "label", "neckline", "Oval", "/photos/B_1.jpg")
    assert "neckline none → Oval" in run(file, capsys, "catalogue", "history", "/photos/B_1.jpg")
    assert run(file, capsys, "catalogue", "undo").startswith("Undone: neckline Oval for ")
    run(file, capsys, "catalogue", "redo")
    assert "Too few photos" in run(file, capsys, "attribute", "train", "neckline", code=2)
    assert "no attribute “sleeve”" in run(file, capsys, "catalogue", "list", "--where", "sleeve=Long", code=2)
    run(file, capsys, "attribute", "remove", "neckline")
    assert run_json(file, capsys, "attribute", "list") == []
