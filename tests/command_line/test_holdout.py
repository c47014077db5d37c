"""The test photos of a training: reported at its end and in the history, and evaluated again by ``evaluate``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from tests.trainer.synthetic import CLASSES, folder_tree
from trainer.data.split_file import has_test_photos, read_split, write_split
from trainer.model_files.library import read_metadata

Captured = pytest.CaptureFixture[str]
PER_CLASS = 12  # of each, two are for validation and two for the test


@pytest.fixture
def photos(tmp_path: Path, own_home: Path) -> Path:
    return folder_tree(tmp_path / "shop", PER_CLASS)


@pytest.fixture
def model(photos: Path, own_home: Path, capfd: Captured) -> Path:
    out = own_home / "models" / "mine.safetensors"
    words = ["--model", "cnn", "--batch-size", "8", "--epochs", "1", "--threads", "1", "--learning-rate", "0.004"]
    assert main(["train", "--data", str(photos), "--out", str(out), *words]) == 0
    return out


def asked(capfd: Captured, *words: object) -> dict:
    capfd.readouterr()
    assert main(["evaluate", *map(str, words), "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def refused(capfd: Captured, *words: object) -> str:
    capfd.readouterr()
    assert main(["evaluate", *map(str, words)]) == 2
    return capfd.readouterr().err


def test_the_test_accuracy_is_printed_saved_and_listed(model: Path, photos: Path, capfd: Captured) -> None:
    figures = read_metadata(model).figures
    assert figures["test_photos"] == 6
    right = figures["test_accuracy"]
    sentence = f"Test on 6 photos that it never saw: {6 * right:.0f} correct ({100 * right:.0f}\u00a0%)."
    assert sentence in capfd.readouterr().out
    split = read_split(model.with_suffix(".split.csv"))
    assert {part: len(listed) for part, listed in split.items()} == {"train": 24, "validation": 6, "test": 6}

    assert main(["runs"]) == 0
    assert f"{100 * figures['test_accuracy']:.0f}\u00a0% of 6 held out" in capfd.readouterr().out
    assert main(["runs", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)[0]["figures"] == figures
    assert main(["models"]) == 0
    assert f"test accuracy {figures['test_accuracy']:.2%}" in capfd.readouterr().out

    for where in ([], ["--data", photos], ["--data", model.with_suffix(".split.csv")]):
        answer = asked(capfd, "--model", "mine", *where, "--split", "test")
        assert (answer["n"], answer["accuracy"]) == (6, figures["test_accuracy"])
        assert [sum(row) for row in answer["confusion_matrix"]] == [2, 2, 2]
    assert asked(capfd, "--model", "mine", "--data", photos / CLASSES[0], "--split", "test")["n"] == 2
    on_training = asked(capfd, "--model", "mine", "--split", "train")
    assert (on_training["n"], on_training["data"]) == (24, "shop, training photos")


def test_unknown_and_missing_photos_are_reported(model: Path, photos: Path, tmp_path: Path, capfd: Captured) -> None:
    assert "there is no part “tests”" in refused(capfd, "--model", "mine", "--split", "tests")
    other = folder_tree(tmp_path / "other", 2)
    assert "is in" in refused(capfd, "--model", "mine", "--data", other, "--split", "test")
    split = model.with_suffix(".split.csv")
    assert has_test_photos(split)
    foreign = tmp_path / "foreign.csv"
    write_split(foreign, {"test": [(str(next((photos / CLASSES[0]).iterdir())), "Crinoline")]})
    assert "does not have the categories “Crinoline”" in refused(
        capfd, "--model", "mine", "--data", foreign, "--split", "test"
    )
    for path, _ in read_split(split)["test"][1:]:
        path.unlink()
    capfd.readouterr()
    assert (
        main(["evaluate", "--model", "mine", "--split", "test", "--json"]) == 1
    )  # the remaining photos, and the missing ones
    captured = capfd.readouterr()
    assert json.loads(captured.out)["n"] == 1 and captured.err.count(".png") == 5
    shutil.rmtree(photos)
    assert not has_test_photos(split)
    assert "None of the held-out photos is there any more" in refused(capfd, "--model", "mine", "--split", "test")
    split.unlink()
    assert "there is no mine.split.csv" in refused(capfd, "--model", "mine", "--split", "test")


def test_a_split_of_an_earlier_version_has_no_test_photos(model: Path, capfd: Captured) -> None:
    split = model.with_suffix(".split.csv")
    lines = [line for line in split.read_text(encoding="utf-8").splitlines() if not line.endswith(",test")]
    split.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert not has_test_photos(split)
    assert not has_test_photos(model)
    assert asked(capfd, "--model", "mine", "--split", "validation")["n"] == 6
    assert "names no held-out photos" in refused(capfd, "--model", "mine", "--split", "test")
