"""The computer does not go to sleep while photos are tagged or a model is trained."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fashionlens_gui.tagging.job import Finished, tag_photos
from tests.processes import unix, wait_for
from tests.trainer.synthetic import folder_tree
from trainer import keep_awake
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.errors import FashionLensError
from trainer.recipe import DEFAULTS
from trainer.training.improve.improve import improve
from trainer.training.runs.job import TrainingJob
from trainer.training.runs.run import train


def test_windows_stays_awake_until_the_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[int] = []
    kernel32 = SimpleNamespace(SetThreadExecutionState=states.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
    allow_sleep = keep_awake._prevent_sleep("win32")
    assert states == [0x8000_0001]
    allow_sleep()
    assert states == [0x8000_0001, 0x8000_0000]


@unix
def test_macos_stays_awake_until_the_work_or_the_program_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = tmp_path / "said"
    (tmp_path / "caffeinate").write_text(
        f'#!/bin/sh\necho "$$ $*" > {said}.part; mv {said}.part {said}\nexec sleep 60\n'
    )
    (tmp_path / "caffeinate").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    allow_sleep = keep_awake._prevent_sleep("darwin")
    wait_for(said.exists)
    number, *words = said.read_text().split()
    assert words == ["-i", "-w", str(os.getpid())]
    allow_sleep()
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_work_goes_on_where_sleep_cannot_be_prevented(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    keep_awake._prevent_sleep(platform)()


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the system was told."""
    changes: list[str] = []

    def prevent(_: str) -> Callable[[], object]:
        changes.append("awake")
        return lambda: changes.append("may sleep")

    monkeypatch.setattr(keep_awake, "_prevent_sleep", prevent)
    return changes


def test_a_training_keeps_the_computer_awake(tmp_path: Path, changes: list[str]) -> None:
    source, out = folder_tree(tmp_path / "photos", 2), tmp_path / "m.safetensors"
    job = TrainingJob("m", DEFAULTS["cnn"], str(source), out, tmp_path / "m.checkpoint")
    events = train(job, DataPaths((), tmp_path, tmp_path), WorkControl())
    next(events)
    assert changes == ["awake"]
    events.close()
    assert changes == ["awake", "may sleep"]


def test_tagging_and_improving_keep_the_computer_awake(tmp_path: Path, changes: list[str]) -> None:
    predictor: Any = None  # there is no photo to predict
    assert isinstance(list(tag_photos([tmp_path], predictor, WorkControl()))[-1], Finished)
    assert changes == ["awake", "may sleep"]
    with pytest.raises(FashionLensError):
        list(improve(tmp_path / "no model.safetensors", [], WorkControl(), name="m"))
    assert changes == 2 * ["awake", "may sleep"]
