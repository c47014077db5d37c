"""Decisions about label issues change the training data, also of a resumed run."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from fashionlens_gui.messages.data import sheet_reason
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from tests.trainer.product_photos import picture
from tests.trainer.training.transfer.test_transfer import SHELVES, shelves
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.data.decisions import Decisions
from trainer.data.split_file import read_split
from trainer.data_quality.decisions_file import read_decisions, write_decisions, write_sheet
from trainer.data_quality.label_issues import LabelIssue
from trainer.inference.predictor import Predictor
from trainer.preprocessing.photo import load_photo
from trainer.recipe import DEFAULTS, ProbeRecipe
from trainer.training.fit.events import BatchDone
from trainer.training.runs import replay_source
from trainer.training.runs.job import TrainingJob, read_job
from trainer.training.runs.run import train

RED, BLUE, BLACK = SHELVES


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Blue photos are in the red folder, and black ones in the blue folder."""
    shop = shelves(tmp_path / "shop", per_shelf=3)
    for number in range(100, 104):
        picture(number, SHELVES[BLUE], (255, 255, 255)).save(shop / RED / f"{number}.png")
        picture(number, SHELVES[BLACK], (255, 255, 255)).save(shop / BLUE / f"{number}.png")
    return shop


@pytest.fixture
def decisions(shop: Path, tmp_path: Path) -> Path:
    decided = Decisions()
    for number in range(100, 104):
        decided = decided.move(shop / RED / f"{number}.png", BLUE).leave_out(shop / BLUE / f"{number}.png")
    write_decisions(tmp_path / "decisions.json", decided)
    return tmp_path / "decisions.json"


def said_of(model: Path, name: str, tmp_path: Path) -> list[float]:
    """Which new photos are classified correctly."""
    predictor = Predictor.load(model)
    others = shelves(tmp_path / "others", per_shelf=2, first=60)
    predictions = predictor.predict([predictor.prepare(load_photo(file)) for file in sorted((others / name).iterdir())])
    return [each.category.label == name for each in predictions]


def test_the_command_line_trains_with_the_decisions(shop: Path, decisions: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in shop.rglob("*.png")}
    arguments = [
        "train",
        "--data",
        str(shop),
        "--mode",
        "finetune",
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "shop.safetensors"),
    ]
    assert main([*arguments, "--decisions", str(decisions)]) == 0
    split = read_split(tmp_path / "shop.split.csv")
    trained_on = {path: category for part in split.values() for path, category in part}
    assert trained_on[shop / RED / "100.png"] == BLUE
    assert shop / BLUE / "100.png" not in trained_on
    assert len(trained_on) == len(before) - 4
    assert {file: file.read_bytes() for file in shop.rglob("*.png")} == before


def test_a_refit_head_uses_the_decisions(shop: Path, decisions: Path, tmp_path: Path) -> None:
    start = paths.bundled_models_dir() / "products.safetensors"
    for out, decided in (("as it lies", None), ("as decided", decisions)):
        job = TrainingJob(
            out, ProbeRecipe("product"), str(shop), tmp_path / f"{out}.safetensors", tmp_path / "run", start=start,
            decisions=decided,
        )  # fmt: skip
        list(train(job, DataPaths((), tmp_path), WorkControl()))
    assert not all(said_of(tmp_path / "as it lies.safetensors", BLUE, tmp_path / "1"))
    assert all(said_of(tmp_path / "as decided.safetensors", BLUE, tmp_path / "2"))


def test_an_interrupted_run_keeps_its_decisions(shop: Path, decisions: Path, tmp_path: Path) -> None:
    recipe = DEFAULTS["cnn"]
    job = TrainingJob(
        "shop", recipe, str(shop), tmp_path / "shop.safetensors", tmp_path / "run", decisions=decisions
    )  # fmt: skip
    control = WorkControl()
    for event in train(job, DataPaths((), tmp_path), control):
        if isinstance(event, BatchDone):
            control.stop()
    assert read_job(tmp_path / "run").decisions == decisions


def test_changed_decisions_prevent_resuming_and_nothing_is_lost(
    shop: Path, decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, checkpoint = tmp_path / "shop.safetensors", tmp_path / "shop.safetensors.checkpoint"
    recipe = replace(DEFAULTS["cnn"], epochs=2, batch_size=8)
    job = TrainingJob("shop", recipe, str(shop), out, checkpoint, decisions=decisions)
    control = WorkControl()
    for event in train(job, DataPaths((), tmp_path), control):
        if isinstance(event, BatchDone):
            control.stop()
    kept = checkpoint.read_bytes(), read_job(checkpoint)
    began_with = read_decisions(decisions)

    for changed in (began_with.leave_out(shop / RED / "0.png"), began_with.clear(shop / RED / "100.png"), None):
        if changed is None:
            decisions.unlink()
        else:
            write_decisions(decisions, changed)
        assert main(["train", "--resume", "--out", str(out)]) == 2
        output = capsys.readouterr().err
        assert "or your decisions about them, have changed since" in output and "Traceback" not in output
        assert (checkpoint.read_bytes(), read_job(checkpoint)) == kept
    assert not out.exists()

    # Edits that do not change the training data do not matter, and the other file format is equivalent.
    doubt = LabelIssue(shop / RED / "1.png", RED, BLUE, 0.6)
    write_sheet(decisions, [doubt], tuple(SHELVES), began_with.keep(doubt.file), sheet_reason)
    assert main(["train", "--resume", "--out", str(out)]) == 0
    assert out.is_file() and not checkpoint.exists()


def test_an_improved_model_replays_with_the_decisions(shop: Path, decisions: Path, tmp_path: Path) -> None:
    model, data_paths = tmp_path / "shop.safetensors", DataPaths((), tmp_path)
    recipe = replace(DEFAULTS["cnn"], epochs=1)
    job = TrainingJob("shop", recipe, str(shop), model, tmp_path / "run", decisions=decisions)
    list(train(job, data_paths, WorkControl(), tmp_path / "history"))
    replay = finish(
        replay_source.open_replay(model, Predictor.load(model), tmp_path / "history", data_paths, WorkControl())
    )
    # One of the seven photos decided as blue is a test photo.
    assert [category for _, category in read_split(tmp_path / "shop.split.csv")["test"]] == [BLUE]
    assert replay.labels_N.bincount().tolist() == [3, 3 + 4 - 1, 3]


def test_missing_decisions_are_reported(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--data", str(shop), "--out", str(tmp_path / "shop.safetensors"), "--decisions", "gone.json"]
    assert main(arguments) != 0
    assert "The decisions gone.json are not there" in capsys.readouterr().err
    assert main(["train", "--data", "fashion-mnist", *arguments[3:]]) != 0
    assert "--decisions is for your own photos" in capsys.readouterr().err
