"""Corrections remain after the list is cleared: tested through the session and the command line."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from fashionlens_gui.messages import sentence
from fashionlens_gui.session.session import Session, open_session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import predicted
from trainer.data import labelled_photos
from trainer.errors import SaveError
from trainer.inference.prediction import Prediction, Ranking

ROOT = Path(__file__).resolve().parents[2]


def item(name: str) -> Tagged:
    prediction = Prediction(
        Ranking(("Dress", "Coat"), (0.75, 0.25)),
        False,
        np.zeros(1, np.float32),
        {"colour": Ranking(("red", "blue"), (0.625, 0.375))},
    )
    return Tagged(predicted(Path("/photos") / name, name, prediction), None, f"digest of {name}")


@pytest.fixture
def kept(own_home: Path) -> Path:
    return paths.corrections_file()


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["corrections", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def exported(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    return [(Path(each["file"]).name, each["attribute"], each["value"]) for each in listed(capsys)]


def test_clearing_the_list_loses_no_correction(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(paths.session_file(), who="Ada", corrections=kept)
    session.add([item("a.jpg"), item("b.jpg"), item("c.jpg")], "products")
    session.correct([0], "Skirt")
    session.correct([1], "Dress")
    session.correct_attribute([0], "colour", "green")
    session.clear()
    assert len(session.rows) == 0
    session.add([item("d.jpg")], "products")
    session.correct([0], "Bag")
    session.close()

    first, second, third, fourth = listed(capsys)
    when = first.pop("when")
    assert when.startswith("20")
    assert first == {
        "file": str(Path("/photos/a.jpg")),
        "digest": "digest of a.jpg",
        "attribute": "category",
        "value": "Skirt",
        "model_value": "Dress",
        "model_confidence": 0.75,
        "model": "products",
        "confirms": False,
        "who": "Ada",
    }
    colour, confirmed = sorted((second, third), key=lambda each: each["file"])
    assert (colour["attribute"], colour["value"], colour["model_value"]) == ("colour", "green", "red")
    assert colour["model_confidence"] == 0.625
    assert (confirmed["value"], confirmed["confirms"]) == ("Dress", True)
    assert (fourth["file"], fourth["value"]) == (str(Path("/photos/d.jpg")), "Bag")


def test_undone_corrections_do_not_count_and_redone_ones_do(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(paths.session_file(), corrections=kept)
    session.add([item("a.jpg"), item("b.jpg")])
    session.correct([0, 1], "Skirt")
    session.correct([0], "Hat")
    session.undo()
    assert exported(capsys) == [("a.jpg", "category", "Skirt"), ("b.jpg", "category", "Skirt")]
    session.undo()
    assert exported(capsys) == []
    session.redo()
    session.redo()
    assert exported(capsys) == [("b.jpg", "category", "Skirt"), ("a.jpg", "category", "Hat")]  # the newest last
    session.undo()
    session.close()
    session = Session(paths.session_file(), corrections=kept)
    session.undo()
    session.correct([1], "Coat")
    session.close()
    assert exported(capsys) == [("b.jpg", "category", "Coat")]


def test_corrections_made_while_the_store_was_unavailable_are_synced(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(paths.session_file())  # as an old version without a store
    session.add([item("a.jpg"), item("b.jpg")])
    session.correct([0], "Skirt")
    session.correct([1], "Skirt")
    session.undo()
    session.close()
    Session(paths.session_file(), corrections=kept).close()
    assert exported(capsys) == [("a.jpg", "category", "Skirt")]


def test_a_damaged_store_is_renamed_and_rebuilt(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(paths.session_file(), corrections=kept)
    session.add([item("a.jpg")])
    session.correct([0], "Skirt")
    session.close()
    kept.write_bytes(b"no database at all" * 100)
    session = open_session(paths.session_file(), kept)
    assert "kept as “corrections.sqlite.bad”" in sentence(*session.notices)
    session.close()
    assert exported(capsys) == [("a.jpg", "category", "Skirt")]


def test_the_list_is_not_cleared_while_corrections_cannot_be_saved(kept: Path) -> None:
    session = Session(paths.session_file(), corrections=kept)
    session.add([item("a.jpg")])
    blocked = sqlite3.connect(kept)
    blocked.executescript("DROP TABLE said; DROP TABLE acts")
    session.correct([0], "Skirt")  # is in the session, and synced later
    with pytest.raises(SaveError, match="corrections_not_saved"):
        session.clear()
    assert [tag.category for tag in session.rows] == ["Skirt"]
    blocked.close()
    session.close()


def test_a_correction_survives_a_kill_right_after_its_report(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = f"""
import os, signal
from pathlib import Path
from fashionlens_gui import paths
from fashionlens_gui.session.session import Session
from tests.corrections.test_correction_store import item
session = Session(paths.session_file(), corrections=Path({str(kept)!r}))
session.add([item("a.jpg")])
session.correct([0], "Skirt")
os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60)
    assert exported(capsys) == [("a.jpg", "category", "Skirt")]


def test_the_table_has_a_line_for_each_photo_with_a_category(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(paths.session_file(), who="Ada", corrections=kept)
    session.add([item("a.jpg"), item("b.jpg"), item("c, d.jpg")], "products")
    session.correct([0, 2], "Skirt")
    session.correct_attribute([0, 1], "colour", "green")
    session.close()
    assert main(["corrections", "--csv", str(tmp_path / "out.csv")]) == 0
    assert "2 photos saved" in capsys.readouterr().out
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["file", "category"]
    shown = [(row["file"], row["category"], row["colour"], row["model_category"], row["who"]) for row in rows]
    assert shown == [
        (str(Path("/photos/a.jpg")), "Skirt", "green", "Dress", "Ada"),
        (str(Path("/photos/c, d.jpg")), "Skirt", "", "Dress", "Ada"),
    ]


def test_a_model_can_be_trained_from_the_table(kept: Path, tmp_path: Path) -> None:
    session = Session(paths.session_file(), corrections=kept)
    session.add([item("a.jpg"), item("b.jpg")], "products")
    session.correct([0], "Skirt")
    session.correct([1], "Hat")
    session.close()
    assert main(["corrections", "--csv", str(tmp_path / "out.csv")]) == 0
    for name in ("a.jpg", "b.jpg"):  # absent files would be refused
        (tmp_path / name).write_bytes(b"a photo")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    (tmp_path / "out.csv").write_text(text.replace(str(Path("/photos")), str(tmp_path)), encoding="utf-8")
    found = labelled_photos.find(tmp_path / "out.csv")
    assert found.files == (tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert [found.classes[label] for label in found.labels] == ["Skirt", "Hat"]


def test_the_summary_lists_the_most_frequent_corrections(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections"]) == 0
    assert "no corrections yet" in capsys.readouterr().out
    assert not kept.exists()
    session = Session(paths.session_file(), corrections=kept)
    session.add([item("a.jpg"), item("b.jpg"), item("c.jpg")])
    session.correct([0, 2], "Skirt")
    session.correct([1], "Dress")
    session.close()
    assert main(["corrections"]) == 0
    out = capsys.readouterr().out
    assert "3 photos: 2 with another category, 1 confirmed." in out
    assert "2  Dress to Skirt" in out
    assert "a.jpg: Skirt; the model predicted Dress (75% sure)" in out
