"""``fashionlens improve`` from end to end: photos, a model, the new model and the comparison."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from tests.catalogue.corrected_photos import set_values
from tests.trainer.blocks_model import blocks_model
from tests.trainer.synthetic import CLASSES, folder_tree
from trainer.data.data_paths import DatasetInfo
from trainer.data.split_file import read_split
from trainer.model_files.library import SPLIT_SUFFIX, read_entry, read_metadata
from trainer.model_files.replay_file import path_of
from trainer.preprocessing.photo import load_photo

SAMPLES = sorted(paths.samples_dir().glob("*.jpg"))


@pytest.fixture
def model(own_home: Path) -> Path:
    return blocks_model(own_home / "models" / "blocks.safetensors", swapped=True)


def table(target: Path, photos: Sequence[tuple[Path, str]]) -> Path:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["category", "note", "file"])
        writer.writerows((category, "", photo) for photo, category in photos)
    return target


@pytest.fixture
def corrected(tmp_path: Path) -> Path:
    """A table of 45 photos with what they show."""
    tree = folder_tree(tmp_path / "photos", per_class=15, seed=8)
    return table(tmp_path / "corrected.csv", [(photo, photo.parent.name) for photo in sorted(tree.rglob("*.png"))])


def improved(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    assert main(["improve", "--json", *map(str, words)]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_learns_from_corrections_and_the_old_model_stays(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashlib.sha256(model.read_bytes()).hexdigest()
    out = tmp_path / "new.safetensors"
    outcome = improved(capsys, "--model", "blocks", "--corrections", corrected, "--out", out)

    assert hashlib.sha256(model.read_bytes()).hexdigest() == before
    on = outcome["on_corrections"]
    assert 2 <= on["n"] <= 20
    assert outcome["learnt_from"] + on["n"] == 45
    assert on["accuracy"]["old"] < 0.7 < 0.9 < on["accuracy"]["new"]
    assert {Path(photo["file"]).parent.name for photo in on["better"]} <= {"left", "right"}
    assert outcome["on_known"]["n"] >= 10
    assert outcome["comparison"]["n"] == on["n"] + outcome["on_known"]["n"]
    assert "correct on" in on["mcnemar"]["sentence"]

    metadata = read_metadata(out)
    assert metadata.name == "new"
    assert metadata.classes == CLASSES
    assert (metadata.origin.kind, metadata.origin.name) == ("model", "blocks")
    assert metadata.data == DatasetInfo(name="nothing", corrected_photos=outcome["learnt_from"])
    assert metadata.figures["corrections_accuracy"] == on["accuracy"]["new"]
    assert metadata.figures["validation_accuracy"] == outcome["on_known"]["accuracy"]["new"]

    # The saved model gives the compared predictions.
    tree = tmp_path / "photos"
    assert main(["evaluate", "--model", str(out), "--data", str(tree), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9


def test_an_improved_model_can_be_improved_again_and_scored_on_the_same_photos(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    once = improved(capsys, "--model", model, "--corrections", corrected, "--out", first)
    assert path_of(first).is_file()
    again = improved(capsys, "--model", first, "--corrections", corrected, "--out", second)
    assert again["rehearsed"]
    assert read_metadata(second).data == read_metadata(first).data
    assert again["on_corrections"]["n"] == once["on_corrections"]["n"]
    assert again["on_corrections"]["accuracy"]["old"] == once["on_corrections"]["accuracy"]["new"]
    assert read_metadata(second).origin.name == "first"


def test_without_a_replay_sample_it_warns_of_forgetting(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path_of(model).unlink()
    out = tmp_path / "new.safetensors"
    assert main(["improve", "--model", str(model), "--corrections", str(corrected), "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert "may forget" in captured.err
    assert "what it knew" not in captured.out
    assert not path_of(out).exists()
    assert "Got better" in captured.out


def test_a_sample_of_another_model_is_refused(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.tiny_model import tiny_model

    other = tiny_model(tmp_path / "other.safetensors", classes=CLASSES, seed=5)
    shutil.copy(path_of(model), path_of(other))
    out = tmp_path / "new.safetensors"
    assert main(["improve", "--model", str(other), "--corrections", str(corrected), "--out", str(out)]) == 2
    assert "other.replay.safetensors does not belong to other.safetensors" in capsys.readouterr().err
    assert not out.exists()


def test_too_few_corrections_are_refused_with_the_reason(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = folder_tree(tmp_path / "photos", per_class=4)
    photos = sorted(tree.rglob("*.png"))
    corrections = [(photo, photo.parent.name) for photo in photos[:7]]
    copies = [tmp_path / f"copy {number}.png" for number in range(5)]
    for copy in copies:
        shutil.copy(photos[0], copy)
    corrections += [(copy, "left") for copy in copies] + [(photo, "Crinoline") for photo in photos[7:]]
    given = table(tmp_path / "few.csv", corrections)
    out = tmp_path / "new.safetensors"
    assert main(["improve", "--model", str(model), "--corrections", str(given), "--out", str(out)]) == 2
    err = capsys.readouterr().err
    assert "7 corrected or confirmed photos" in err
    assert "at least 10" in err
    assert "5 are of categories that it does not know (“Crinoline”)" in err
    assert not out.exists()


@pytest.mark.parametrize(
    ("header", "separator", "encoding"),
    [("File;Category", ";", "cp1252"), ("Photo\tLabel", "\t", "utf-16"), ("CATEGORY, FILE ,", ",", "utf-8-sig")],
)
def test_a_table_written_by_excel_is_read(
    header: str, separator: str, encoding: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = folder_tree(tmp_path / "Kätzchen", per_class=8, seed=8)
    files = sorted(tree.rglob("*.png"))
    cells = [(str(file.relative_to(tmp_path)).replace("/", "\\"), file.parent.name) for file in files]
    rows = [separator.join(reversed(row) if header.startswith("CATEGORY") else row) for row in cells]
    given = tmp_path / "corrected.csv"
    given.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    outcome = improved(capsys, "--model", model, "--corrections", given, "--out", tmp_path / "new.safetensors")
    assert outcome["learnt_from"] + outcome["on_corrections"]["n"] == 24


@pytest.mark.parametrize("pictures", [1, 2, 3])
def test_copies_of_a_few_pictures_are_refused_with_the_reason(
    pictures: int, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corrections: list[tuple[Path, str]] = []
    for number in range(14):
        kind = number % pictures
        copy = tmp_path / f"copy {number}.jpg"
        Image.open(SAMPLES[kind]).save(copy, quality=80 + number)
        corrections.append((copy, CLASSES[kind]))
    given = table(tmp_path / "copies.csv", corrections)
    out = tmp_path / "new.safetensors"
    assert main(["improve", "--model", str(model), "--corrections", str(given), "--out", str(out)]) == 2
    which = "one picture" if pictures == 1 else f"{pictures} pictures"
    assert f"The 14 photos are copies of {which}; it takes at least 4 different ones" in capsys.readouterr().err
    assert not out.exists()


def test_copies_of_four_photos_are_split_into_training_and_test(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corrections: list[tuple[Path, str]] = []
    for number in range(16):
        copy = tmp_path / f"copy {number}.jpg"
        Image.open(SAMPLES[number % 4]).save(copy, quality=80 + number)
        corrections.append((copy, CLASSES[number % 2]))
    given = table(tmp_path / "copies.csv", corrections)
    found = improved(capsys, "--model", model, "--corrections", given, "--out", tmp_path / "new.safetensors")
    assert (found["learnt_from"], found["on_corrections"]["n"]) == (8, 8)


def test_photos_that_went_missing_and_strange_categories_are_named(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(Path(row["file"]), row["category"]) for row in csv.DictReader(corrected.open(encoding="utf-8"))]
    rows[0][0].unlink()
    rows[1] = (rows[1][0], "Crinoline")
    rows[2] = (rows[2][0], " LEFT ")
    given = table(tmp_path / "given.csv", rows)
    out = tmp_path / "new.safetensors"
    outcome = improved(capsys, "--model", model, "--corrections", given, "--out", out, code=1)
    assert outcome["unknown_categories"] == {"Crinoline": 1}
    assert [Path(each["file"]).name for each in outcome["unreadable"]] == [rows[0][0].name]
    assert outcome["learnt_from"] + outcome["on_corrections"]["n"] == 43


def test_corrections_in_the_catalogue_are_the_default(
    model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {Path(row["file"]): row["category"] for row in csv.DictReader(corrected.open(encoding="utf-8"))}
    first, second, *_, last = rows
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_values(catalogue, rows)
        set_values(catalogue, {first: "red"}, "colour")
    wrong, right = CLASSES[0], rows[last]
    for words in (["correct", last, "--set", f"category={wrong}"], ["undo"], ["forget", second, "--yes"]):
        assert main(["catalogue", *map(str, words)]) == 0
    assert main(["catalogue", "correct", str(first), "--set", "category=Crinoline"]) == 0
    capsys.readouterr()
    outcome = improved(capsys, "--model", model, "--out", tmp_path / "new.safetensors")
    assert outcome["learnt_from"] + outcome["on_corrections"]["n"] == 43
    assert outcome["unknown_categories"] == {"Crinoline": 1}
    assert main(["corrections", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["value"] for each in listed if each["file"] == str(last)] == [right]
    assert listed[-1]["value"] == "Crinoline"  # the newest is the last
    other = tmp_path / "other.sqlite"
    Catalogue(other, write=True).close()
    words = ["improve", "--model", str(model), "--out", str(tmp_path / "x.safetensors"), "--catalogue", str(other)]
    assert main(words) == 2
    assert "corrected" in capsys.readouterr().err


@pytest.mark.parametrize("replaced", [1, 40])
def test_corrections_of_a_replaced_photo_are_not_used(
    replaced: int, model: Path, corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(Path(row["file"]), row["category"]) for row in csv.DictReader(corrected.open(encoding="utf-8"))]
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_values(catalogue, dict(rows), digest_of=lambda photo: load_photo(photo).digest)
    for photo, _ in rows[:replaced]:
        Image.open(photo).rotate(90).save(photo)
    out = tmp_path / "new.safetensors"
    if replaced == 40:
        assert main(["improve", "--model", str(model), "--out", str(out)]) == 2
        assert "Of 45, 40 were replaced by another photo since" in capsys.readouterr().err
        return
    assert main(["improve", "--model", str(model), "--out", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    assert "1 photo whose file holds another photo now than when you corrected it (“left 0.png”)" in captured.err
    outcome = json.loads(captured.out)
    assert outcome["learnt_from"] + outcome["on_corrections"]["n"] == 44
    assert outcome["replaced"] == [str(rows[0][0])]


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("new.bin", "writes a .safetensors file"), ("blocks.safetensors", "is read from and stays as it is")],
)
def test_an_unwritable_output_is_refused_before_any_work(
    model: Path, corrected: Path, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = model.parent / out
    assert main(["improve", "--model", str(model), "--corrections", str(corrected), "--out", str(target)]) == 2
    assert sentence in capsys.readouterr().err


def test_a_model_trained_here_replays_its_own_photos(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = folder_tree(tmp_path / "shop", per_class=12)
    model = own_home / "models" / "shop.safetensors"
    assert main(["train", "--data", str(tree), "--model", "cnn", "--epochs", "1", "--out", str(model)]) == 0
    corrected = folder_tree(tmp_path / "photos", per_class=6, seed=8)
    photos = [(photo, photo.parent.name) for photo in sorted(corrected.rglob("*.png"))]
    given = table(tmp_path / "corrected.csv", photos)
    capsys.readouterr()
    outcome = improved(capsys, "--model", "shop", "--corrections", given, "--out", tmp_path / "new.safetensors")
    assert outcome["rehearsed"]
    assert outcome["on_known"]["n"] == 6  # the photos that its training held out
    assert path_of(tmp_path / "new.safetensors").is_file()

    # The sample was saved at the end of its training. Models of older versions use the photos instead.
    path_of(model).unlink()
    assert improved(capsys, "--model", "shop", "--corrections", given, "--out", tmp_path / "old.safetensors")[
        "rehearsed"
    ]
    shutil.rmtree(tree)
    outcome = improved(capsys, "--model", "shop", "--corrections", given, "--out", tmp_path / "other.safetensors")
    assert not outcome["rehearsed"]


def test_a_model_trained_here_replays_its_sample_when_its_photos_are_gone(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = folder_tree(tmp_path / "shop", per_class=12)
    model = own_home / "models" / "shop.safetensors"
    path_of(model).parent.mkdir(parents=True, exist_ok=True)
    path_of(model).write_bytes(b"of an earlier model of that name")
    assert main(["train", "--data", str(tree), "--model", "cnn", "--epochs", "1", "--out", str(model)]) == 0
    shutil.rmtree(tree)
    corrected = folder_tree(tmp_path / "photos", per_class=6, seed=8)
    photos = [(photo, photo.parent.name) for photo in sorted(corrected.rglob("*.png"))]
    given = table(tmp_path / "corrected.csv", photos)
    capsys.readouterr()
    outcome = improved(capsys, "--model", "shop", "--corrections", given, "--out", tmp_path / "new.safetensors")
    assert outcome["rehearsed"]
    assert outcome["on_known"]["n"] > 0


def test_an_improved_probe_is_judged_out_of_fold_and_tested_on_photos_it_never_saw(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = blocks_model(tmp_path / "start.safetensors", with_replay=False)
    tree = folder_tree(tmp_path / "shop", per_class=20)
    model = own_home / "models" / "shop.safetensors"
    arguments = ["--data", str(tree), "--from", str(start), "--mode", "probe", "--out", str(model)]
    assert main(["train", *arguments]) == 0
    held_out = read_split(model.with_suffix(SPLIT_SUFFIX))["test"]
    more = folder_tree(tmp_path / "more", per_class=6, seed=8)
    given = table(tmp_path / "corrected.csv", [(file, file.parent.name) for file in sorted(more.rglob("*.png"))])
    capsys.readouterr()
    out = tmp_path / "new.safetensors"
    outcome = improved(capsys, "--model", "shop", "--corrections", given, "--out", out)
    # All photos that the probe was fitted to, each by a probe of the others.
    assert outcome["on_known"]["n"] == len(read_split(model.with_suffix(SPLIT_SUFFIX))["train"])
    assert read_split(out.with_suffix(SPLIT_SUFFIX))["test"] == held_out
    assert read_entry(out).has_test_photos
    assert read_metadata(out).figures["test_photos"] == len(held_out)
    assert "test_accuracy" not in read_metadata(out).figures
