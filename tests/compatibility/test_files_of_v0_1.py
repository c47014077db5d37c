"""Files of version 0.1 (commit 1512eac) still open and give the same results; see v0.1/README.md.

Nearly everything goes through the command line, so that this file need not follow what happens to the code.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

# The only imports of the program.
from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.imports.unfinished_imports import unfinished_imports
from fashionlens_gui.catalogue.query import Query, embeddings, find
from fashionlens_gui.catalogue.upkeep.take_over import take_over
from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.cli import main
from fashionlens_gui.messages.photos import operation_text, row_message
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.tag import MODEL_RULE
from trainer.taxonomy import ATTRIBUTES

FILES = Path(__file__).parent / "v0.1"
SAMPLES = paths.samples_dir()

KINDS = ("Coats", "Dresses", "Skirts")
AS_CLOSE = 0.005  # confidences; other CPUs round differently
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A copy of the files, with their paths /made/… changed to the copy."""
    made = shutil.copytree(FILES, tmp_path / "made")
    for file in (*made.glob("*.json"), *made.glob("history/*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(_placed(content, made), ensure_ascii=False), encoding="utf-8")
    packed = made / "unfinished.safetensors.checkpoint.gz"
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    return made


def _placed(value: Any, made: Path) -> Any:
    if isinstance(value, dict):
        return {_placed(key, made): _placed(inner, made) for key, inner in value.items()}
    if isinstance(value, list):
        return [_placed(inner, made) for inner in value]
    if isinstance(value, str) and value.startswith("/made/"):
        return str(made / value.removeprefix("/made/"))
    return value


@pytest.fixture
def history(own_home: Path, made: Path) -> Path:
    """The run records, in the program's folder."""
    return shutil.copytree(made / "history", own_home / "runs" / "history")


def output(capfd: Captured, *arguments: object, code: int = 0) -> str:
    capfd.readouterr()
    given = main([*map(str, arguments)])
    captured = capfd.readouterr()
    assert given == code, captured.err
    return captured.out


def json_output(capfd: Captured, *arguments: object, code: int = 0) -> Any:
    return json.loads(output(capfd, *arguments, "--json", code=code))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def assert_same_rows(found: list[dict[str, str]], file: Path) -> None:
    """The rows are equal, with a tolerance for confidences."""
    expected = rows(file.read_text(encoding="utf-8"))
    for row, was in zip(found, expected, strict=True):
        assert [name for name in row if name in was] == list(was)  # later versions have further columns
        for name, value in was.items():
            if _left_out(row, name):
                continue
            if name.endswith("confidence") and value:
                assert float(row[name]) == pytest.approx(float(value), abs=AS_CLOSE), (row["file"], name)
            else:
                assert _without_doubt(row[name]) == _without_doubt(value), (row["file"], name)


def _left_out(row: Mapping[str, Any], name: str) -> bool:
    """Whether an attribute is empty since it is unsure, for which there are more reasons than there were."""
    attribute = name.removesuffix("_confidence")
    return attribute in ATTRIBUTES and row[name] in ("", None) and attribute in row["message"]


def _without_doubt(text: str) -> str:
    """A message without what is unsure, which has other words and more reasons than it had."""
    return re.sub(r" ?(Unsure: could also be .*?\.|Sure of the group .*?\?|Unsure of its .*?\.)", "", text)


# Models


def test_an_old_model_file_is_listed_with_its_metadata(made: Path, own_home: Path, capfd: Captured) -> None:
    (own_home / "models").mkdir()
    shutil.copy(made / "my-shop.safetensors", own_home / "models")
    (model,) = (each for each in json_output(capfd, "models") if each["name"] == "my-shop")
    assert (model["network"], model["classes"], model["data"]) == ("cnn", list(KINDS), "photos")
    assert model["figures"]["test_accuracy"] == model["figures"]["validation_accuracy"] == 2 / 3
    assert model["figures"]["test_photos"] == 3
    assert model["review_below"] == pytest.approx(0.9872532486915588)
    assert model["created"].startswith("2026-12-01T")
    assert model["card"] is None
    assert model["bytes"] == (FILES / "my-shop.safetensors").stat().st_size


def test_an_old_model_file_gives_the_same_predictions(made: Path, capfd: Captured) -> None:
    arguments = ["tag", made / "photos", "--model", made / "my-shop.safetensors", "--review-below", "0.95"]
    assert_same_rows(rows(output(capfd, *arguments, "--device", "cpu")), FILES / "tags-of-photos.csv")


def test_an_old_model_file_has_the_same_accuracy(made: Path, capfd: Captured) -> None:
    model = made / "my-shop.safetensors"
    answer = json_output(capfd, "evaluate", "--model", model, "--data", made / "photos")
    assert (answer["n"], answer["accuracy"]) == (24, 16 / 24)
    assert answer["confusion_matrix"] == [[8, 0, 0], [0, 8, 0], [8, 0, 0]]


@pytest.mark.parametrize(("part", "count"), [("train", 18), ("validation", 3), ("test", 3)])
def test_the_split_beside_a_model_lists_the_holdout_photos(part: str, count: int, made: Path, capfd: Captured) -> None:
    answer = json_output(capfd, "evaluate", "--model", made / "my-shop.safetensors", "--split", part)
    assert (answer["n"], answer["accuracy"]) == (count, 2 / 3)


def test_a_split_can_be_trained_from(made: Path, capfd: Captured) -> None:
    arguments = ["--data", made / "my-shop.split.csv", "--from", made / "my-shop.safetensors", "--mode", "probe"]
    output(capfd, "train", *arguments, "--out", made / "again.safetensors")
    assert len((made / "again.split.csv").read_text().splitlines()) == 1 + 24


def test_the_replay_sample_beside_a_model_is_used(made: Path, capfd: Captured) -> None:
    corrected = made / "corrected.csv"
    lines = [f"photos/{kind}/{number}.png,{kind}" for kind in KINDS for number in range(8)]
    corrected.write_text("\n".join(["file,category", *lines]))
    arguments = ["--model", made / "my-shop.safetensors", "--corrections", corrected, "--out", made / "new.safetensors"]
    answer = json_output(capfd, "improve", *arguments)
    assert answer["rehearsed"]
    assert answer["on_known"]["n"] == 3
    assert answer["learnt_from"] + answer["on_corrections"]["n"] == 24
    assert answer["on_corrections"]["accuracy"]["new"] >= answer["on_corrections"]["accuracy"]["old"]
    assert (made / "new.replay.safetensors").is_file()


def test_an_exported_package_is_imported_with_its_card(made: Path, own_home: Path, capfd: Captured) -> None:
    assert "Imported “my-probe”: cnn, 3 categories." in output(capfd, "import", made / "my-probe.zip")
    (model,) = (each for each in json_output(capfd, "models") if each["name"] == "my-probe")
    assert model["figures"]["test_accuracy"] == 1
    assert Path(model["card"]).read_text(encoding="utf-8").startswith("# my-probe\n")
    assert (own_home / "models" / "my-probe.replay.safetensors").is_file()
    found = rows(output(capfd, "tag", made / "photos", "--model", "my-probe"))
    assert [(row["category"], row["status"]) for row in found] == [(kind, "ok") for kind in KINDS for _ in range(8)]


def test_an_old_package_with_attributes_gives_the_same_predictions(made: Path, capfd: Captured) -> None:
    assert "Imported “catalogue”: product, 3 categories." in output(capfd, "import", made / "catalogue.zip")
    arguments = ["tag", made / "photos", "--model", "catalogue", "--with-confidence", "--device", "cpu"]
    assert_same_rows(rows(output(capfd, *arguments)), FILES / "tags-of-photos-catalogue.csv")


# Runs


def test_the_records_of_runs_are_listed(history: Path, capfd: Captured) -> None:
    runs = json_output(capfd, "runs")
    assert [(run["name"], run["outcome"], len(run["history"])) for run in runs] == [
        ("unfinished", "stopped", 1),
        ("failed", "failed", 0),
        ("my-probe", "finished", 0),
        ("my-shop", "finished", 40),
    ]
    assert [Path(run["file"]).name for run in runs] == sorted((each.name for each in history.iterdir()), reverse=True)
    assert runs[1]["message"].startswith("Training stopped in epoch 1: it went out of hand again")
    assert [run["recipe"]["epochs"] for run in runs] == [40, 2, 1, 40]
    assert runs[3]["data_fingerprint"] == "36b1bd040a5a693a-60126146c8db0bc1"
    assert [epoch["epoch"] for epoch in runs[3]["history"]] == list(range(1, 41))
    table = output(capfd, "runs")
    assert [line.split()[2:4] for line in table.splitlines() if "epochs" in line] == [
        ["unfinished", "stopped"],
        ["failed", "failed"],
        ["my-probe", "finished"],
        ["my-shop", "finished"],
    ]


def test_an_interrupted_training_resumes_to_identical_weights(made: Path, history: Path, capfd: Captured) -> None:
    before = json_output(capfd, "runs")[0]
    out = made / "unfinished.safetensors"
    arguments = ["train", "--out", out, "--threads", "1", "--device", "cpu"]
    assert main([*map(str, arguments), "--data", str(made / "photos")]) == 2
    assert "Add --resume to continue it" in capfd.readouterr().err
    output(capfd, *arguments, "--resume")
    assert [each.suffix for each in made.glob("*.checkpoint*")] == [".gz"], "the checkpoint and its note are gone"
    runs = json_output(capfd, "runs")
    assert len(runs) == 4, "the run that went on is the same run"
    run = runs[0]
    assert (run["outcome"], run["began"], run["file"]) == ("finished", before["began"], before["file"])
    assert len(run["history"]) == 40
    assert run["history"][:1] == before["history"]
    assert run["data_fingerprint"] == before["data_fingerprint"]
    # These depend on the restored momentum, EMA and random state.
    losses = [epoch["training_loss"] for epoch in run["history"][:4]]
    assert losses == pytest.approx([12.1983, 5.5044, 6.7000, 4.7581], rel=0.01)
    assert run["figures"]["validation_accuracy"] == run["figures"]["test_accuracy"] == 1
    assert run["figures"]["best_epoch"] == 1, "the best weights were those in the checkpoint"
    found = rows(output(capfd, "tag", made / "photos", "--model", out, "--review-below", "0"))
    assert [row["category"] for row in found] == [kind for kind in KINDS for _ in range(8)]


def test_an_interrupted_training_can_be_finished_early(made: Path, history: Path, capfd: Captured) -> None:
    output(capfd, "train", "--save-now", "--out", made / "unfinished.safetensors")
    run = json_output(capfd, "runs")[0]
    assert (run["outcome"], len(run["history"])) == ("finished", 1)


# Corrections and decisions


def test_decisions_are_applied(made: Path, capfd: Captured) -> None:
    arguments = ["--from", made / "my-shop.safetensors", "--mode", "probe", "--decisions", made / "decisions.json"]
    output(capfd, "train", "--data", made / "photos", *arguments, "--out", made / "decided.safetensors")
    split = {row["file"]: row["category"] for row in rows((made / "decided.split.csv").read_text())}
    assert len(split) == 23
    assert split["photos/Coats/1.png"] == "Dresses"
    assert split["photos/Coats/2.png"] == "Coats"
    assert "photos/Skirts/7.png" not in split


def test_a_filled_in_decisions_file_is_applied(made: Path, capfd: Captured) -> None:
    shutil.copy(made / "photos" / "Skirts" / "0.png", made / "photos" / "Coats" / "8.png")
    sheet = made / "decisions-sheet.json"
    arguments = ["--from", made / "my-shop.safetensors", "--mode", "probe", "--decisions", sheet]
    output(capfd, "train", "--data", made / "photos", *arguments, "--out", made / "decided.safetensors")
    split = {row["file"]: row["category"] for row in rows((made / "decided.split.csv").read_text())}
    assert len(split) == 24
    assert "photos/Coats/8.png" not in split
    output(capfd, "import", made / "my-probe.zip")
    asked = output(capfd, "check-data", made / "photos", "--model", "my-probe", "--decisions", sheet)
    assert f"Nothing is left to decide in {sheet}." in asked
    assert json.loads(sheet.read_text(encoding="utf-8"))["photos"][0]["decision"] == "leave out"


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
def test_decisions_are_searched_in_their_old_folder() -> None:
    assert paths.decisions_file(Path("/photos/shop")).name == "3afbe367e17f04c339d1764196a7d02e.json"
    assert paths.decisions_file(Path("/photos/shop")).parent == paths.settings_file().parent / "decisions"


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
def test_corrections_are_listed_and_exported(made: Path, own_home: Path, tmp_path: Path, capfd: Captured) -> None:
    shutil.copy(made / "corrections.sqlite", own_home)
    labels = json_output(capfd, "corrections")
    assert [(each["file"], each["attribute"], each["value"], each["model_value"]) for each in labels] == [
        ("/photos/shop/a.jpg", "category", "Skirt", "Dress"),
        ("/photos/shop/sub/b.jpg", "category", "Scarf", "Dress"),
        ("/photos/shop/caf\\xe9.jpg", "category", "Dress", "Dress"),
        ("/photos/shop/a.jpg", "colour", "Teal", "Navy blue"),
        ("/photos/shop/e.jpg", "colour", "Teal", "Navy blue"),
        ("/photos/shop/d.jpg", "pattern", "", "Striped"),
    ]
    assert [each["confirms"] for each in labels] == [False, False, True, False, False, False]
    assert [each["model_confidence"] for each in labels] == [0.75, 0.40625, 0.75, 0.5, 0.5, 0.5]
    assert {(each["who"], each["model"]) for each in labels} == {("Ada", "catalogue")}
    assert labels[0]["digest"] == "digest of a.jpg"
    output(capfd, "corrections", "--csv", tmp_path / "corrected.csv")
    assert (tmp_path / "corrected.csv").read_bytes() == (FILES / "corrections.csv").read_bytes()


def test_an_exported_table_of_corrections_is_read(made: Path, capfd: Captured) -> None:
    """None of its photos exists, and all of them are reported."""
    arguments = ["--model", made / "my-shop.safetensors", "--corrections", made / "corrections.csv"]
    assert main(["improve", *map(str, arguments), "--out", str(made / "new.safetensors")]) == 2
    err = capfd.readouterr().err
    assert "columns" not in err
    assert "Of 3, 3 are of categories that it does not know (“Skirt”, “Scarf”, “Dress”)" in err


# Lists of photos


@pytest.fixture
def list_file(made: Path, own_home: Path) -> Iterator[Path]:
    assert paths.session_file() == own_home / "session.sqlite"
    yield own_home / "session.sqlite"
    assert not list(own_home.glob("*.bad*"))


@contextlib.contextmanager
def taken_over() -> Iterator[tuple[Catalogue, list[int]]]:
    """The catalogue of the user, into which the list was taken over, and the photos of the list."""
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        for _ in take_over(catalogue, paths.session_file(), paths.corrections_file()):
            pass
        yield catalogue, find(catalogue, Query()).tolist()


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
@pytest.mark.parametrize("name", ["session.sqlite", "session_v2.sqlite"])
def test_a_list_of_photos_is_taken_over_with_nothing_lost(name: str, made: Path, list_file: Path) -> None:
    shutil.copy(made / name, list_file)
    with taken_over() as (catalogue, ids):
        rows = list(catalogue.tags(ids).values())
        assert [(tag.file, tag.category, tag.confidence, tag.status, tag.source) for tag in rows] == [
            ("a.jpg", "Skirt", None, "ok", "user"),
            ("sub/b.jpg", "Scarf", None, "ok", "user"),
            ("c.jpg", "", None, "error", "model"),
            ("d.jpg", "Dress", 0.4375, "needs review", "model"),
            ("caf\\xe9.jpg", "Dress", None, "ok", "user"),
            ("e.jpg", "Dress", 0.875, "ok", "model"),
            ("f.jpg", "Dress", 0.625, "needs review", "model"),
        ]
        assert [(tag.model, *tag.attributes.values()) for tag in rows] == [
            ("catalogue", "Teal", "Striped", "", "", "Winter", ""),
            ("catalogue", "Navy blue", "Striped", "", "", "Winter", ""),
            ("catalogue", "", "", "", "", "", ""),
            ("catalogue", "Navy blue", "", "", "", "Winter", ""),
            ("catalogue", "Navy blue", "Striped", "", "", "Winter", ""),
            ("catalogue", "Teal", "Striped", "", "", "Winter", ""),
            ("my-shop", "", "", "", "", "", ""),
        ]
        assert row_message(rows[2].notes) == "c.jpg is empty."
        assert row_message(rows[1].notes) == "Set by hand; the model predicted Dress."
        assert row_message(rows[4].notes).startswith("Confirmed by hand.")
        assert bytes(rows[4].path) == b"/photos/shop/caf\xe9.jpg"
        assert rows[0].ranking is not None and rows[0].ranking.probabilities == (0.75, 0.1875, 0.0625)
        assert [(each.name, each.share) for each in rows[0].colours] == [("Navy blue", 0.7125), ("White", 0.1875)]
        with catalogue.database.read() as database:
            assert review_rule(database).below == 0.7
        undo, redo = (operation_text(catalogue.next_operation(back)) for back in (True, False))
        assert (undo, redo) == ("no pattern for d.jpg", "Belt for c.jpg")
        assert [(each.who, each.before, each.after) for each in catalogue.history(ids[1])] == [
            ("Ada", "Dress", "Skirt"),
            ("Ada", "Skirt", "Scarf"),
        ]
        unfinished = [each.paths for each in unfinished_imports(catalogue)]
        assert unfinished == [(Path("/photos/shop"), Path("/photos/new"))]
        kept = [ids.index(id_) for id_ in embeddings(catalogue)[0].tolist()]
        assert kept == ([0, 1, 3, 4, 5] if name == "session.sqlite" else [])


@pytest.mark.parametrize("name", ["session.sqlite", "session_v2.sqlite"])
def test_all_steps_of_a_list_can_be_undone_and_redone(name: str, made: Path, list_file: Path) -> None:
    shutil.copy(made / name, list_file)
    with taken_over() as (catalogue, ids):

        def changed(step: Callable[[Catalogue], Changes]) -> list[int]:
            return [ids.index(id_) for id_ in step(catalogue).ids.tolist()]

        assert [changed(operations.redo) for _ in range(3)] == [[2], [6], []]
        rows = list(catalogue.tags(ids).values())
        assert [rows[row].category for row in (2, 6)] == ["Belt", "Hat"]
        assert [changed(operations.undo) for _ in range(8)] == [[6], [2], [3], [0, 5], [4], [1], [0, 1], []]
        operations.set_review_rule(catalogue, MODEL_RULE)
        rows = list(catalogue.tags(ids).values())
        assert [tag.category for tag in rows] == ["Dress", "Dress", "", "Dress", "Dress", "Dress", "Dress"]
        assert [tag.source for tag in rows] == ["model"] * 7
        assert rows[3].attributes.values()[1] == "Striped"
        assert [tag.status for tag in rows] == [*("ok", "needs review", "error", "needs review", "ok", "ok", "ok")]


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
def test_corrections_are_added_to_the_existing_collection(
    made: Path, own_home: Path, list_file: Path, capfd: Captured
) -> None:
    """Nothing is added twice, and undo removes the stored correction."""
    shutil.copy(made / "session.sqlite", list_file)
    shutil.copy(made / "corrections.sqlite", own_home)
    assert len(json_output(capfd, "corrections")) == 6
    output(capfd, "catalogue", "undo")  # that d.jpg has no pattern
    assert [each["file"] for each in json_output(capfd, "corrections") if each["attribute"] == "pattern"] == []
    output(capfd, "catalogue", "redo")
    output(capfd, "catalogue", "redo")  # c.jpg is a belt
    labels = json_output(capfd, "corrections")
    assert [(each["file"], each["value"]) for each in labels[-2:]] == [
        ("/photos/shop/d.jpg", ""),
        ("/photos/shop/c.jpg", "Belt"),
    ]
    assert len(labels) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
def test_a_list_from_before_attributes_opens(made: Path, list_file: Path) -> None:
    with contextlib.closing(sqlite3.connect(list_file)) as old:
        old.executescript((made / "session_v1.sql").read_text(encoding="utf-8"))
    with taken_over() as (catalogue, ids):
        assert [(tag.file, tag.category, tag.status, tag.source) for tag in catalogue.tags(ids).values()] == [
            ("a.jpg", "Skirt", "ok", "user"),
            ("shop/b.jpg", "Scarf", "ok", "user"),
            ("c.jpg", "", "error", "model"),
            ("small.jpg", "Dress", "needs review", "model"),
            ("caf\\xe9.jpg", "Dress", "ok", "model"),
            ("f.jpg", "Hat", "ok", "model"),
        ]
        undo, redo = (operation_text(catalogue.next_operation(back)) for back in (True, False))
        assert (undo, redo) == ("Scarf for b.jpg", "Belt for c.jpg")
        assert unfinished_imports(catalogue)[0].paths == (Path("/photos/more"),)


# Settings and tables


def test_old_settings_are_read_and_written_unchanged(made: Path, own_home: Path) -> None:
    shutil.copy(made / "settings.json", own_home)
    settings = Settings.load()
    assert settings.notice is None
    assert (settings.theme, settings.model) == ("dark", "my-shop")
    assert (settings.data_folder, settings.train_on) == ("/photos/data", "/photos/shop")
    assert (settings.window_geometry, settings.last_folder) == ("AdnQywADAAA=", "/photos")
    assert settings.attributes_off == ("fabric", "season")
    assert settings.attributes == ("colour", "pattern", "occasion", "audience")
    assert (settings.with_confidence, settings.review_below) == (True, 0.625)
    settings.save()
    old, saved = (json.loads((folder / "settings.json").read_bytes()) for folder in (FILES, own_home))
    assert {name: saved[name] for name in old} == old  # later versions have more


def test_tags_of_the_samples_are_unchanged(capfd: Captured) -> None:
    arguments = ["tag", SAMPLES, "--model", "products", "--runtime", "torch", "--with-confidence"]
    assert_same_rows(rows(output(capfd, *arguments)), FILES / "tags-of-samples.csv")


def test_tags_as_json_are_unchanged(capfd: Captured) -> None:
    answer = json_output(capfd, "tag", SAMPLES, "--model", "products", "--runtime", "torch", "--with-confidence")
    was = json.loads((FILES / "tags-of-samples.json").read_text(encoding="utf-8"))
    assert [name for name in answer if name in was] == list(was)  # later versions say more
    assert (answer["model"], answer["out"], answer["counts"]) == (was["model"], was["out"], was["counts"])
    for each, before in zip(answer["files"], was["files"], strict=True):
        assert [name for name in each if name in before] == list(before)
        for name, value in before.items():
            if _left_out(each, name):
                continue
            if name == "message":
                assert _without_doubt(each[name]) == _without_doubt(value), each["file"]
            else:
                close = name.endswith("confidence") and value is not None
                assert each[name] == (pytest.approx(value, abs=AS_CLOSE) if close else value), (each["file"], name)


def test_a_tag_table_can_be_used_for_training(made: Path, capfd: Captured) -> None:
    shutil.copy(made / "tags-of-photos.csv", made / "photos")
    arguments = ["--model", made / "my-shop.safetensors"]
    answer = json_output(capfd, "check-data", made / "photos" / "tags-of-photos.csv", *arguments)
    assert answer["categories"] == {"Coats": 16, "Dresses": 8}
