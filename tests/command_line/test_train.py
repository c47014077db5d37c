"""``fashionlens train``: from a folder to a model that tags; killed, stopped and resumed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from fashionlens_gui.command_line import terminal
from tests.processes import ROOT, rows, unix, wait_for
from tests.trainer.synthetic import CLASSES, folder_tree
from trainer.model_files.library import read_metadata
from trainer.training.fit.divergence import DivergenceMonitor

# Training and evaluating


def test_train_on_a_folder_then_evaluate_and_tag_with_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = folder_tree(tmp_path / "data", per_class=8)
    test = folder_tree(tmp_path / "test", per_class=4, seed=1)
    (test / CLASSES[0] / "broken.png").write_bytes(b"")
    out = tmp_path / "my.safetensors"
    words = [
        "train",
        "--data",
        data,
        "--model",
        "cnn",
        "--out",
        out,
        "--epochs",
        "1",
        "--batch-size",
        "8",
        "--seed",
        "3",
    ]
    assert main([*map(str, words), "--learning-rate", "0.002"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out.startswith(f"Saved in {out}.")
    beside = ["my.replay.safetensors", "my.safetensors", "my.split.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", *beside, "test"]

    assert main(["evaluate", "--model", str(out), "--data", str(test), "--json"]) == 1  # one file is broken
    captured = capfd.readouterr()
    answer = json.loads(captured.out)
    assert answer["n"] == 12
    assert list(answer["per_class"]) == sorted(CLASSES)
    matrix = answer["confusion_matrix"]
    assert [sum(row) for row in matrix] == [4, 4, 4]
    assert answer["accuracy"] == sum(matrix[k][k] for k in range(3)) / 12
    assert f"fashionlens: {CLASSES[0]}/broken.png is empty" in captured.err

    (test / CLASSES[0] / "broken.png").unlink()
    assert main(["evaluate", "--model", str(out), "--data", str(test)]) == 0
    assert f"Accuracy {answer['accuracy']:.2%} of 12 photos" in capfd.readouterr().out

    assert main(["tag", str(test), "--model", str(out), "--out", str(tmp_path / "tags.csv")]) == 0
    assert {row["category"] for row in rows((tmp_path / "tags.csv").read_bytes())} <= set(CLASSES)


def test_a_model_cannot_take_the_name_of_another_models_replay_sample(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = folder_tree(tmp_path / "data", per_class=2)
    words = ["--data", str(data), "--model", "cnn", "--epochs", "1"]
    assert main(["train", *words, "--out", str(tmp_path / "shop.replay.safetensors")]) == 2
    assert "cannot end in .replay" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@unix
def test_a_killed_training_resumes_and_ends_the_same(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = folder_tree(tmp_path / "data", per_class=4)
    words = [
        "train",
        "--data",
        str(data),
        "--model",
        "cnn",
        "--epochs",
        "4",
        "--batch-size",
        "4",
        "--threads",
        "1",
        "--seed",
        "5",
    ]
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    assert main([*words, "--out", str(whole)]) == 0
    command = [sys.executable, "-m", "fashionlens_gui", *words, "--out", str(killed)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_for((tmp_path / "killed.safetensors.checkpoint").exists)  # the first epoch is done
        process.kill()
    assert not killed.exists()

    capfd.readouterr()
    assert main([*words, "--out", str(killed)]) == 2
    assert "Add --resume to continue it" in capfd.readouterr().err
    assert main(["train", "--resume", "--epochs", "5", "--out", str(killed)]) == 2
    assert "begun with --epochs 4" in capfd.readouterr().err
    assert main(["train", "--resume", "--out", str(killed)]) == 0
    assert capfd.readouterr().err == ""
    from safetensors.numpy import load_file

    one, two = load_file(whole), load_file(killed)
    assert all((one[name] == two[name]).all() for name in one)
    assert read_metadata(whole).figures == read_metadata(killed).figures
    assert read_metadata(killed).figures["test_photos"] == 3
    assert (tmp_path / "whole.split.csv").read_bytes() == (tmp_path / "killed.split.csv").read_bytes()
    assert not (tmp_path / "killed.safetensors.checkpoint").exists()


@pytest.fixture
def diverging(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every step after so many diverge."""

    def after(steps: int) -> None:
        left = iter(range(steps))
        monkeypatch.setattr(DivergenceMonitor, "check", lambda *_: "loss" if next(left, None) is None else None)

    return after


def test_a_diverged_training_reports_its_checkpoint_and_how_to_save_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], diverging: Callable[[int], None]
) -> None:
    data = folder_tree(tmp_path / "data", per_class=8)
    out = tmp_path / "my.safetensors"
    words = ["train", "--data", str(data), "--model", "cnn", "--out", str(out), "--learning-rate", "0.002"]
    diverging(1)  # all photos fit in one step
    assert main([*words, "--epochs", "3"]) == 2
    output = capfd.readouterr().err
    assert "The weights after epoch 1 are kept and can be saved as a model" in output
    assert "--save-now, or --restart --learning-rate 0.0002." in output
    assert main(words) == 2
    assert "--save-now" in capfd.readouterr().err
    assert main(["train", "--save-now", "--epochs", "5", "--out", str(out)]) == 2
    assert "with --save-now" in capfd.readouterr().err
    assert main(["train", "--save-now", "--out", str(out)]) == 0
    assert capfd.readouterr().out.startswith(f"Saved in {out}.")
    assert len(read_metadata(out).history) == 1
    assert not list(tmp_path.glob("*.checkpoint*"))


def test_a_training_that_diverges_at_once_leaves_no_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], diverging: Callable[[int], None]
) -> None:
    data = folder_tree(tmp_path / "data", per_class=8)
    out = tmp_path / "my.safetensors"
    words = ["train", "--data", str(data), "--model", "cnn", "--out", str(out), "--learning-rate"]
    diverging(0)
    assert main([*words, "0.02"]) == 2
    output = capfd.readouterr().err
    assert "kept" not in output
    assert "Here that is --learning-rate 0.002." in output
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert main(["train", "--save-now", "--out", str(out)]) == 2
    assert "interrupted training" in capfd.readouterr().err
    diverging(100)
    assert main([*words, "0.002", "--epochs", "1"]) == 0


def test_weights_damaged_by_the_last_step_of_an_epoch_are_not_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = folder_tree(tmp_path / "data", per_class=4)
    out = tmp_path / "my.safetensors"
    words = ["train", "--data", str(data), "--model", "cnn", "--epochs", "1", "--out", str(out)]
    assert main([*words, "--learning-rate", "1e30"]) == 2  # all photos fit in one step
    assert "Training stopped in epoch 1" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@unix
def test_ctrl_c_while_training_keeps_a_checkpoint(tmp_path: Path) -> None:
    data = folder_tree(tmp_path / "data", per_class=8)
    out = tmp_path / "my.safetensors"
    command = [sys.executable, "-m", "fashionlens_gui", "train", "--data", str(data), "--out", str(out)]
    with subprocess.Popen([*command, "--model", "cnn", "--epochs", "500"], cwd=ROOT, stderr=subprocess.PIPE) as process:
        wait_for((tmp_path / "my.safetensors.checkpoint").exists)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.decode() == "fashionlens: Stopped. The same command with --resume continues it.\n"
    assert (tmp_path / "my.safetensors.checkpoint").exists()


@pytest.mark.parametrize("other", [["--data", "products"], ["--data", "PHOTOS", "--model", "cnn"]])
def test_the_bundled_imagenet_weights_are_for_own_photos_alone(
    other: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [str(tmp_path) if word == "PHOTOS" else word for word in other]
    assert main(["train", *words, "--from", "efficientnet-lite0", "--out", str(tmp_path / "my.safetensors")]) == 2
    assert "--from efficientnet-lite0" in capfd.readouterr().err


@pytest.mark.parametrize("mode", ["probe", "finetune"])
def test_ctrl_c_before_the_first_checkpoint_offers_no_resume(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    data = folder_tree(tmp_path / "data", per_class=4)
    out = tmp_path / "my.safetensors"
    checkpoint = tmp_path / "my.safetensors.checkpoint"
    monkeypatch.setattr(terminal.Bars, "show", lambda bars, event: signal.raise_signal(signal.SIGINT))
    words = ["train", "--data", str(data), "--from", "fashion-mnist-cnn", "--mode", mode, "--out", str(out)]
    assert main(words) == 130
    assert capfd.readouterr().err == "fashionlens: Stopped. There is nothing to go on from yet; begin again.\n"
    assert not checkpoint.exists()
    checkpoint.write_bytes(b"of an earlier training")
    assert main([*words, "--restart"]) == 130
    assert "There is nothing to go on from yet" in capfd.readouterr().err
    assert checkpoint.read_bytes() == b"of an earlier training"
