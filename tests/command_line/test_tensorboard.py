"""``train --tensorboard``: event files that TensorBoard reads, or a plain error where it is not installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from tests.trainer import synthetic

installed = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="needs the extra fashionlens[tensorboard]"
)


def train(tmp_path: Path) -> int:
    photos = synthetic.folder_tree(tmp_path / "shop", per_class=8)
    words = ["--model", "cnn", "--batch-size", "8", "--epochs", "2", "--threads", "1"]
    where = ["--out", str(tmp_path / "a.safetensors"), "--tensorboard", str(tmp_path / "curves")]
    return main(["train", "--data", str(photos), *words, *where])


@installed
def test_the_curves_are_in_the_event_files(tmp_path: Path, own_home: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert train(tmp_path) == 0
    events = EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    assert [point.step for point in events.Scalars("loss/validation")] == [1, 2]
    batches = [point.step for point in events.Scalars("batch/loss")]
    assert batches == list(range(1, len(batches) + 1)) and len(batches) >= 4
    assert 0 <= events.Scalars("accuracy/validation")[-1].value <= 1


def test_missing_tensorboard_is_reported_before_any_work(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    assert train(tmp_path) == 2
    assert "fashionlens[tensorboard]" in capfd.readouterr().err
    assert not (tmp_path / "curves").exists() and not (tmp_path / "a.safetensors").exists()
