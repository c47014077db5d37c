"""The command ``search``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from tests.catalogue.catalogue_rows import add, item

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A catalogue of three photos."""
    file = tmp_path / "shop.sqlite"
    with Catalogue(file, write=True) as catalogue:
        ids = add(
            catalogue,
            item("summer/red.jpg", "Dress", 0.9),
            item("summer/2.jpg", "Coat", 0.9, folder="/photos/new"),
            item("3.jpg", "Dress", 0.4),
        )
        operations.correct(catalogue, ids[:1], {"colour": "Red", "season": "Summer"})
    return file


@pytest.fixture
def search(file: Path, capfd: Capture) -> Any:
    """Runs the command and returns its exit code, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["search", *arguments, "--catalogue", str(file)])
        except SystemExit as left:
            code = int(left.code or 0)
        out, error = capfd.readouterr()
        return code, out, error

    return run


def test_words_and_values_as_json_with_facets(search: Any) -> None:
    code, out, _ = search("red dresses", "--where", "season=Summer", "--json")
    found = json.loads(out)
    assert (code, found["found"]) == (0, 1)
    assert (found["photos"][0]["path"], found["photos"][0]["category"]) == ("/photos/summer/red.jpg", "Dress")
    assert found["facets"]["season"] == {"Summer": 1} and found["facets"]["status"] == {"ok": 1}
    _, out, _ = search("--where", "category=Coat", "--where", "category=Dress", "--where", "colour=Red", "--json")
    assert json.loads(out)["facets"]["colour"] == {"Navy blue": 2, "Red": 1}


def test_the_list_says_how_many_and_what_they_are(search: Any) -> None:
    assert search("--sort", "name", "--limit", "1")[1].splitlines() == [
        "3 photos found.",
        "  /photos/3.jpg: Dress, Navy blue",
        "  2 more; --csv or --json gives all of them",
    ]
    assert search("trousers")[:2] == (0, "0 photos found.\n")
    assert "1 photo found." in search("--below", "/photos/new")[1]
    assert "3 photos found." in search("--near-colour", "#101840")[1]
    assert "0 photos found." in search("--near-colour", "ff0000")[1]
    assert "1 photo found." in search("--status", "needs review", "--added-since", "2020-01-01")[1]


def test_a_table_of_what_is_found(search: Any, tmp_path: Path) -> None:
    code, out, _ = search("dress", "--csv", str(tmp_path / "found.csv"))
    assert (code, out) == (0, f"2 photos saved in {tmp_path / 'found.csv'}.\n")
    rows = list(csv.DictReader((tmp_path / "found.csv").open(encoding="utf-8-sig")))
    assert [(row["file"], row["colour"]) for row in rows] == [("summer/red.jpg", "Red"), ("3.jpg", "Navy blue")]


def test_a_search_is_saved_listed_used_and_deleted(search: Any, capfd: Capture, file: Path) -> None:
    assert search("--list")[1] == "There are no saved searches yet; --save keeps one.\n"
    assert "2 photos found." in search("dress", "--save", "Dresses")[1]
    assert search("--list")[1] == "        2  Dresses\n"
    assert json.loads(search("--list", "--json")[1]) == [{"name": "Dresses", "photos": 2}]
    assert "2 photos found." in search("--saved", "dresses")[1]
    code, out, _ = search("--delete", "Dresses")
    assert code == 0 and out.startswith("The search “Dresses” is deleted;")
    code, _, error = search("--saved", "Dresses")
    assert code == 2 and "There is no saved search “Dresses”" in error
    assert main(["catalogue", "undo", "--catalogue", str(file)]) == 0
    assert "Undone: deleting the search “Dresses”." in capfd.readouterr().out
    assert "2 photos found." in search("--saved", "Dresses")[1]


def test_a_note_is_found(search: Any, capfd: Capture, file: Path) -> None:
    assert main(["catalogue", "note", "/photos/3.jpg", "--text", "Zipper broken", "--catalogue", str(file)]) == 0
    assert "1 photo found." in search("zippers")[1]
    assert main(["catalogue", "list", "--text", "zipper", "--catalogue", str(file)]) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("3.jpg,")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--where", "brand=X"], "There is no attribute “brand”. There are category, colour,"),
        (["--where", "red"], "“red” is not of the form NAME=VALUE with one of the names category"),
        (["--near-colour", "red"], "“red” is no colour such as b02030"),
        (["--colour-share", "20"], "“20” is not a number from 0 to 1"),
        (["--added-since", "1.2.2026"], "“1.2.2026” is no day such as 2026-12-24"),
        (["--saved", "x", "--where", "colour=Red"], "A saved search stands alone"),
        (["--csv", "found.txt"], "found.txt"),
    ],
)
def test_what_is_not_possible_is_said(search: Any, arguments: list[str], sentence: str) -> None:
    code, _, error = search(*arguments)
    assert code == 2 and sentence in error


def test_a_value_that_is_misspelt_is_named(search: Any) -> None:
    code, out, error = search("--where", "colour=Bleu")
    assert (code, out) == (0, "0 photos found.\n") and "No photo has the colour “Bleu”" in error
    assert search("--where", "colour=blue")[1:] == ("0 photos found.\n", "")
