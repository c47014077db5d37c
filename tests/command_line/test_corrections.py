"""``fashionlens corrections``: what people set, from the catalogue, listed and exported for training."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from tests.catalogue.catalogue_rows import MODEL, add, item
from trainer.data import labelled_photos

Capture = pytest.CaptureFixture[str]
FILES = Path(__file__).parents[1] / "compatibility" / "v0.1"


def listed(capsys: Capture, *words: object) -> list[dict[str, Any]]:
    assert main(["corrections", "--json", *map(str, words)]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def values(capsys: Capture) -> list[tuple[str, str, str]]:
    return [(Path(each["file"]).name, each["attribute"], each["value"]) for each in listed(capsys)]


def opened() -> Catalogue:
    return Catalogue(paths.catalogue_file(), write=True, who="Ada")


def test_a_correction_says_who_set_what_when_and_what_the_model_predicted(capsys: Capture, own_home: Path) -> None:
    with opened() as catalogue:
        first, second = add(catalogue, item("a.jpg"), item("b.jpg"))
        operations.correct(catalogue, [first], {"category": "Skirt", "colour": "Teal"})
        operations.confirm(catalogue, [second])
        photos.store(  # another model, later
            catalogue, operations.begin_import(catalogue, []), [item("a.jpg", "Coat", digest="another")], MODEL
        )
    category, colour, confirmed = listed(capsys)
    assert category.pop("when").startswith("20")
    assert category == {
        "file": str(Path("/photos/a.jpg")),
        "digest": "digest of a.jpg",
        "attribute": "category",
        "value": "Skirt",
        "model_value": "Dress",
        "model_confidence": 0.75,
        "model": "shop",
        "confirms": False,
        "who": "Ada",
    }
    assert (colour["value"], colour["model_value"], colour["model_confidence"]) == ("Teal", "Navy blue", 0.5)
    assert (confirmed["value"], confirmed["confirms"]) == ("Dress", True)


def test_what_is_undone_or_forgotten_does_not_count(capsys: Capture, own_home: Path) -> None:
    with opened() as catalogue:
        first, second, third = add(catalogue, item("a.jpg"), item("b.jpg"), item("c.jpg"))
        operations.correct(catalogue, [first, second, third], {"category": "Skirt"})
        operations.correct(catalogue, [first], {"category": "Hat"})
        operations.correct(catalogue, [second], {"colour": "Teal"})
        operations.undo(catalogue)
        operations.undo(catalogue)
        operations.forget(catalogue, [third])
    assert values(capsys) == [("a.jpg", "category", "Skirt"), ("b.jpg", "category", "Skirt")]
    with opened() as catalogue:
        operations.undo(catalogue)
        operations.correct(catalogue, [first], {"category": "Bag"})
    assert values(capsys) == [
        ("b.jpg", "category", "Skirt"),
        ("c.jpg", "category", "Skirt"),
        ("a.jpg", "category", "Bag"),
    ]
    assert listed(capsys, "--catalogue", paths.catalogue_file())[-1]["value"] == "Bag"


def test_corrections_of_an_earlier_version_are_taken_over_first(capsys: Capture, own_home: Path) -> None:
    shutil.copy(FILES / "corrections.sqlite", paths.corrections_file())
    found = listed(capsys)
    assert len(found) == 6 and paths.catalogue_file().exists()
    with opened() as catalogue:
        catalogue.check()
        assert listed(capsys) == found  # while a window has it open, they can be read


def test_without_a_catalogue_none_is_made_and_the_summary_says_what_to_do(capsys: Capture, own_home: Path) -> None:
    assert main(["corrections"]) == 0
    assert "no corrections yet" in capsys.readouterr().out
    assert not paths.catalogue_file().exists()
    paths.corrections_file().write_bytes(b"no database")
    assert main(["corrections"]) == 0
    assert "cannot be read and was not taken over" in capsys.readouterr().err
    assert paths.corrections_file().read_bytes() == b"no database"


def test_the_summary_lists_the_most_frequent_corrections(capsys: Capture, own_home: Path) -> None:
    with opened() as catalogue:
        first, second, third = add(catalogue, item("a.jpg"), item("b.jpg"), item("c.jpg"))
        operations.correct(catalogue, [first, third], {"category": "Skirt"})
        operations.confirm(catalogue, [second])
    assert main(["corrections"]) == 0
    out = capsys.readouterr().out
    assert "3 photos: 2 with another category, 1 confirmed." in out
    assert "2  Dress to Skirt" in out
    assert "a.jpg: Skirt; the model predicted Dress (75% sure)" in out


def test_the_table_has_a_line_for_each_photo_with_a_category_and_can_be_trained_on(
    capsys: Capture, own_home: Path, tmp_path: Path
) -> None:
    rows = [item(name, folder=str(tmp_path)) for name in ("a.jpg", "b.jpg", "c, d.jpg")]
    for row in rows:  # absent files would be refused
        row.tag.path.write_bytes(b"a photo")
    with opened() as catalogue:
        first, second, third = add(catalogue, *rows)
        operations.correct(catalogue, [first], {"category": "Skirt"})
        operations.correct(catalogue, [third], {"category": "Hat"})
        operations.correct(catalogue, [first, second], {"colour": "Green"})
    assert main(["corrections", "--csv", str(tmp_path / "out.csv")]) == 0
    assert "2 photos saved" in capsys.readouterr().out
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert list(written[0])[:2] == ["file", "category"]
    shown = [(row["file"], row["category"], row["colour"], row["model_category"], row["who"]) for row in written]
    assert shown == [
        (str(tmp_path / "a.jpg"), "Skirt", "Green", "Dress", "Ada"),
        (str(tmp_path / "c, d.jpg"), "Hat", "", "Dress", "Ada"),
    ]
    found = labelled_photos.find(tmp_path / "out.csv")
    assert [found.classes[label] for label in found.labels] == ["Skirt", "Hat"]
