"""``tag --remember`` and the command ``catalogue``."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from fashionlens_gui.tagging import pipeline
from tests.processes import ROOT, rows, unix
from tests.tiny_model import tiny_model

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def model(own_home: Path) -> Path:
    """The user's only model."""
    (own_home / "models").mkdir()
    return tiny_model(own_home / "models" / "mine.safetensors")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three photos that were changed long ago."""
    folder = tmp_path / "my shop"
    for name, shade in (("1.png", 40), ("2.png", 90), ("sub/10.jpg", 140)):
        photo(folder / name, shade)
    return folder


def photo(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (60, 80), "white")
    picture.paste((shade, 0, shade), (15, 10, 45, 70))
    picture.save(path)
    os.utime(path, (10**9, 10**9))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the photos that are read from the disk."""
    names: list[str] = []
    load = pipeline.load_photo

    def counted(path: Path, **options: Any) -> Any:
        names.append(path.name)
        return load(path, **options)

    monkeypatch.setattr(pipeline, "load_photo", counted)
    return names


@pytest.fixture
def answer(capfd: Capture) -> Callable[..., Any]:
    """Run a command with ``--json``; returns what it printed."""

    def run(*words: object, code: int = 0) -> Any:
        capfd.readouterr()
        assert main([*map(str, words), "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return run


def test_a_second_run_reads_only_what_changed(
    model: Path, shop: Path, read: list[str], answer: Callable[..., Any], tmp_path: Path
) -> None:
    plain = answer("tag", shop, "--model", "mine")
    assert not paths.catalogue_file().exists()
    read.clear()
    first = answer("tag", shop, "--model", "mine", "--remember")
    assert first["catalogue"] == {"file": str(paths.catalogue_file()), "unchanged": 0, "gone": 0}
    assert (first["files"], sorted(read)) == (plain["files"], ["1.png", "10.jpg", "2.png"])
    read.clear()
    second = answer("tag", shop, "--model", "mine", "--remember")
    assert (second["files"], second["counts"], read) == (first["files"], first["counts"], [])
    assert second["catalogue"]["unchanged"] == 3
    photo(shop / "3.png", 200)
    photo(shop / "1.png", 201)
    os.utime(shop / "1.png", (10**9 + 1, 10**9))
    (shop / "2.png").unlink()
    third = answer("tag", shop, "--model", "mine", "--remember")
    assert sorted(read) == ["1.png", "3.png"]
    assert (third["catalogue"]["unchanged"], third["catalogue"]["gone"]) == (1, 1)
    assert answer("catalogue", "stats")["gone"] == 1


def test_names_are_relative_to_what_is_tagged_and_the_threshold_is_that_of_the_run(
    model: Path, shop: Path, read: list[str], answer: Callable[..., Any]
) -> None:
    answer("tag", shop, "--model", "mine", "--remember")
    read.clear()
    inside = answer("tag", shop / "sub", "--model", "mine", "--remember", "--review-below", "0")
    assert [(row["file"], row["status"]) for row in inside["files"]] == [("10.jpg", "ok")]
    assert read == []


def test_another_model_tags_again_and_another_catalogue_knows_nothing(
    model: Path, shop: Path, read: list[str], answer: Callable[..., Any], own_home: Path, tmp_path: Path
) -> None:
    answer("tag", shop, "--model", "mine", "--remember")
    read.clear()
    tiny_model(own_home / "models" / "other.safetensors", name="other", seed=2)
    assert answer("tag", shop, "--model", "other", "--remember")["catalogue"]["unchanged"] == 0
    assert answer("catalogue", "stats")["models"] == {"other": 3}
    mine = tmp_path / "shop.sqlite"
    assert answer("tag", shop, "--model", "other", "--catalogue", mine)["catalogue"]["unchanged"] == 0
    assert len(read) == 6
    assert answer("catalogue", "stats", "--catalogue", mine)["photos"] == 3


def test_rows_go_to_the_csv_and_the_summary_says_what_was_known(
    model: Path, shop: Path, tmp_path: Path, capfd: Capture
) -> None:
    out = tmp_path / "tags.csv"
    words = ["tag", str(shop), "--model", "mine", "--remember", "--out", str(out)]
    assert main(words) == 0
    before = out.read_bytes()
    capfd.readouterr()
    assert main(words) == 0
    assert "3 came from the catalogue. Saved in" in capfd.readouterr().out
    assert out.read_bytes() == before and len(rows(before)) == 3


def test_stats_and_check(model: Path, shop: Path, answer: Callable[..., Any], capfd: Capture) -> None:
    assert main(["catalogue", "stats"]) == 2
    assert "There is no catalogue" in capfd.readouterr().err
    (shop / "4.jpg").write_bytes(b"")
    answer("tag", shop, "--model", "mine", "--remember", code=1)
    found = answer("catalogue", "stats")
    assert (found["photos"], found["statuses"]) == (4, {"ok": 0, "needs review": 3, "error": 1})
    assert main(["catalogue", "stats"]) == 0
    text = capfd.readouterr().out
    assert text.startswith(f"4 photos in {paths.catalogue_file()}") and "needs review" in text
    assert answer("catalogue", "check")["damaged"] is False
    content = paths.catalogue_file().read_bytes()
    paths.catalogue_file().write_bytes(content[:8192] + bytes(len(content) - 8192))
    assert main(["catalogue", "check"]) == 2
    assert "is damaged" in capfd.readouterr().err


@pytest.fixture
def stored(model: Path, shop: Path, answer: Callable[..., Any]) -> Path:
    """The folder of photos, which are in the catalogue."""
    answer("tag", shop, "--model", "mine", "--remember")
    return shop


def test_corrections_are_listed_undone_and_in_later_runs(stored: Path, answer: Callable[..., Any]) -> None:
    done = answer(
        "catalogue", "correct", stored / "1.png", stored / "sub", "--set", "category=Kimono", "--set", "colour=Red"
    )
    assert done["kinds"] == ["values"]
    assert done["files"] == [str(stored / "1.png"), str(stored / "sub" / "10.jpg")]
    found = answer("catalogue", "list", "--having", "category=Kimono", "--sort", "name", "--descending")
    assert [(row["file"], row["colour"], row["status"]) for row in found] == [
        ("sub/10.jpg", "Red", "ok"),
        ("1.png", "Red", "ok"),
    ]
    again = answer("tag", stored, "--model", "mine", "--remember")
    assert [row["category"] == "Kimono" for row in again["files"]] == [True, False, True]
    assert answer("catalogue", "stats")["values_of_people"] == {"category": ["Kimono"], "colour": ["Red"]}
    history = answer("catalogue", "history", stored / "1.png")
    assert [(each["attribute"], each["after"], each["undone"]) for each in history] == [
        ("category", "Kimono", False),
        ("colour", "Red", False),
    ]
    assert answer("catalogue", "undo")["changed"] == 2
    assert answer("catalogue", "list", "--corrected") == []
    assert answer("catalogue", "redo")["changed"] == 2
    assert len(answer("catalogue", "list", stored / "sub", "--corrected")) == 1


def test_confirming_the_threshold_and_added_values(stored: Path, answer: Callable[..., Any]) -> None:
    assert answer("catalogue", "confirm", stored / "1.png")["changed"] == 1
    assert answer("catalogue", "review-rule", "--review-below", "0")["changed"] == 2
    assert answer("catalogue", "list", "--status", "needs review") == []
    assert answer("catalogue", "review-rule")["changed"] == 2
    assert answer("catalogue", "add-value", "colour", "Sea green") == {"added": True}
    assert answer("catalogue", "add-value", "colour", "Sea green") == {"added": False}


def test_forgetting_asks(stored: Path, answer: Callable[..., Any], capfd: Capture) -> None:
    assert main(["catalogue", "forget", str(stored / "sub")]) == 2
    assert "Add --yes if that is what you want; nothing was changed." in capfd.readouterr().err
    assert answer("catalogue", "forget", stored / "sub", "--yes")["changed"] == 1
    assert answer("catalogue", "stats")["photos"] == 2
    assert main(["catalogue", "forget", str(stored / "sub"), "--yes"]) == 2
    assert "has no photos of" in capfd.readouterr().err
    assert main(["catalogue", "undo"]) == 0
    assert capfd.readouterr().out.startswith("Undone: forgetting 10.jpg.")
    assert (stored / "sub" / "10.jpg").exists()
    assert main(["catalogue", "redo"]) == 0
    assert main(["catalogue", "redo"]) == 2
    assert main(["catalogue", "undo"]) == 0
    capfd.readouterr()
    assert main(["catalogue", "forget", str(stored / "sub"), "--yes"]) == 0
    assert capfd.readouterr().out.startswith("1 photo removed from the catalogue; the files stay.")


def test_an_undo_says_what_it_undid_and_counts_photos_where_there_are_any(
    stored: Path, answer: Callable[..., Any], capfd: Capture
) -> None:
    answer("catalogue", "correct", stored / "1.png", "--set", "colour=Red")
    answer("catalogue", "add-value", "colour", "Sea green")
    assert main(["catalogue", "undo"]) == 0
    assert capfd.readouterr().out == "Undone: new colour “Sea green”.\n"
    assert answer("catalogue", "redo")["redone"] == "new colour “Sea green”"
    assert answer("catalogue", "undo")["undone"] == "new colour “Sea green”"
    assert main(["catalogue", "undo"]) == 0
    assert capfd.readouterr().out == "Undone: colour Red for 1.png.\n1 photo changed.\n"


def test_a_value_that_was_unknown_before_is_named(stored: Path, capfd: Capture) -> None:
    for value, new in (("Dres", True), ("Dres", False), ("dress", False)):
        capfd.readouterr()
        assert main(["catalogue", "correct", str(stored / "1.png"), "--set", f"category={value}"]) == 0
        assert ("“Dres” is a new category: misspelt?" in capfd.readouterr().err) == new


def test_stats_list_the_imports_with_the_numbers_that_find_their_photos(
    stored: Path, model: Path, answer: Callable[..., Any], tmp_path: Path, capfd: Capture
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    shutil.copy(stored / "1.png", more / "new.png")
    answer("tag", more, "--model", "mine", "--remember")
    last, first = answer("catalogue", "stats")["imports"]
    assert (last["paths"], last["photos"], first["photos"], last["unfinished"]) == ([str(more)], 1, 3, False)
    assert [row["file"] for row in answer("catalogue", "list", "--import", last["number"])] == ["new.png"]
    assert main(["catalogue", "stats"]) == 0
    assert f"  1 photo: {more}\n" in capfd.readouterr().out


def test_lists_go_to_a_csv_and_are_sorted_by_similarity(
    stored: Path, answer: Callable[..., Any], tmp_path: Path, capfd: Capture
) -> None:
    out = tmp_path / "photos.csv"
    assert main(["catalogue", "list", "--out", str(out)]) == 0
    assert [row["file"] for row in rows(out.read_bytes())] == ["1.png", "2.png", "sub/10.jpg"]
    capfd.readouterr()
    assert main(["catalogue", "list", "--similar-to", str(stored / "2.png")]) == 0
    found = [row["file"] for row in rows(capfd.readouterr().out.encode())]
    assert found[0] == "2.png" and sorted(found) == ["1.png", "2.png", "sub/10.jpg"]
    names = [Path(each["file"]).name for each in answer("similar", stored / "2.png")]
    assert [Path(name).name for name in found[1:]] == names


def test_backup_and_restore(stored: Path, answer: Callable[..., Any], capfd: Capture) -> None:
    (daily,) = answer("catalogue", "restore", "--list")
    assert daily.startswith(str(paths.catalogue_file().parent / "backups" / "catalogue 20"))
    answer("catalogue", "correct", stored / "1.png", "--set", "category=Kimono")
    assert main(["catalogue", "restore", "none.sqlite"]) == 2
    assert "There is no file or folder “none.sqlite”" in capfd.readouterr().err
    assert main(["catalogue", "restore"]) == 2
    assert "nothing was changed" in capfd.readouterr().err
    done = answer("catalogue", "restore", daily, "--yes")
    assert done["restored"] == daily
    assert answer("catalogue", "list", "--corrected") == []
    answer("catalogue", "restore", done["replaced"], "--yes")
    assert len(answer("catalogue", "list", "--corrected")) == 1
    assert Path(answer("catalogue", "backup")["backup"]).is_file()


def test_merge_names_conflicts(stored: Path, answer: Callable[..., Any], tmp_path: Path, capfd: Capture) -> None:
    other = tmp_path / "other.sqlite"
    answer("tag", stored, "--model", "mine", "--catalogue", other)
    answer("catalogue", "correct", stored, "--set", "category=Kimono", "--catalogue", other)
    answer("catalogue", "correct", stored / "1.png", "--set", "category=Gown")
    found = answer("catalogue", "merge", other)
    assert (found["changed"], found["unknown"]) == (2, 0)
    assert [(each["file"], each["ours"], each["theirs"]) for each in found["conflicts"]] == [
        ("1.png", "Gown", "Kimono")
    ]
    assert main(["catalogue", "merge", str(other), "--theirs"]) == 0
    assert "took theirs" in capfd.readouterr().out
    assert len(answer("catalogue", "list", "--having", "category=Kimono")) == 3


@unix
def test_the_files_of_earlier_versions_are_taken_over_once(
    own_home: Path, answer: Callable[..., Any], capfd: Capture
) -> None:
    for name in ("session.sqlite", "corrections.sqlite"):
        shutil.copy(ROOT / "tests" / "compatibility" / "v0.1" / name, own_home)
    found = answer("catalogue", "take-over")
    assert (found["photos"], found["others"]) == (7, 0)
    stats = answer("catalogue", "stats")
    assert (stats["photos"], stats["corrected"], stats["confirmed"], stats["unfinished"]) == (7, 4, 1, 1)
    assert main(["catalogue", "undo"]) == 0
    assert capfd.readouterr().out.startswith("Undone: no pattern for d.jpg.")
    assert main(["catalogue", "take-over"]) == 2
    assert "were taken over before" in capfd.readouterr().err
