"""``fashionlens runs``: every training has one record, for every outcome and after resuming."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.trainer import synthetic
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths, DatasetInfo
from trainer.errors import SaveError, TrainingDiverged
from trainer.recipe import DEFAULTS
from trainer.training.fit.events import BatchDone
from trainer.training.runs import run_record
from trainer.training.runs.job import TrainingJob, read_job
from trainer.training.runs.run import ModelSaved, train

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def photos(tmp_path: Path, own_home: Path) -> Path:
    return synthetic.folder_tree(tmp_path / "shop", per_class=8)


def train_it(photos: Path, out: Path, *more: str) -> int:
    common = ["--model", "cnn", "--batch-size", "8", "--epochs", "2", "--threads", "1"]
    return main(["train", "--data", str(photos), "--out", str(out), *common, *more])


def listed(capfd: Captured) -> list[dict]:
    capfd.readouterr()
    assert main(["runs", "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_a_finished_run_is_listed_with_its_settings_and_curves(photos: Path, tmp_path: Path, capfd: Captured) -> None:
    assert main(["runs"]) == 0
    assert "Nothing was trained yet" in capfd.readouterr().out
    assert train_it(photos, tmp_path / "a.safetensors", "--balance", "weights") == 0
    (run,) = listed(capfd)
    assert (run["name"], run["outcome"], run["message"]) == ("a", "finished", "")
    assert run["recipe"]["balance"] == "weights" and run["recipe"]["epochs"] == 2
    assert [epoch["epoch"] for epoch in run["history"]] == [1, 2]
    assert 0 < run["figures"]["validation_accuracy"] <= 1
    assert run["data_fingerprint"] and run["machine"] and run["seconds"] > 0
    assert main(["runs"]) == 0
    out = capfd.readouterr().out
    assert "finished" in out and "2/2 epochs" in out and f"{run['figures']['validation_accuracy']:.2%}" in out


def test_a_failed_run_says_why(photos: Path, tmp_path: Path, capfd: Captured) -> None:
    assert train_it(photos, tmp_path / "b.safetensors", "--learning-rate", "1e30") == 2
    output = capfd.readouterr().err
    assert output.count("training continues with") == 2, "each rollback is said"
    (run,) = listed(capfd)
    assert run["outcome"] == "failed" and "smaller learning rate" in run["message"] and run["setbacks"] == 2
    assert main(["runs"]) == 0
    assert "smaller learning rate" in capfd.readouterr().out


def test_a_stopped_and_resumed_training_is_one_run(photos: Path, tmp_path: Path) -> None:
    folder = paths.run_history_dir()
    recipe = replace(DEFAULTS["cnn"], epochs=2, batch_size=8)
    job = TrainingJob("c", recipe, str(photos), tmp_path / "c.safetensors", tmp_path / "c.checkpoint")
    data_paths, control = DataPaths((), tmp_path), WorkControl()
    for event in train(job, data_paths, control, folder):
        if isinstance(event, BatchDone) and event.epoch == 2:
            control.stop()
    (stopped,) = run_record.records(folder)
    assert stopped.outcome == "stopped" and len(stopped.history) == 1 and stopped.data_fingerprint
    *_, last = train(read_job(job.checkpoint), data_paths, WorkControl(), folder)
    assert isinstance(last, ModelSaved)
    (finished,) = run_record.records(folder)
    assert (finished.file, finished.outcome, len(finished.history)) == (stopped.file, "finished", 2)
    assert finished.seconds > stopped.seconds
    assert finished.data_fingerprint == stopped.data_fingerprint == last.metadata.data_fingerprint


def test_records_are_renamed_deleted_and_restored_and_a_damaged_one_affects_no_other(tmp_path: Path) -> None:
    record = run_record.RunRecord(
        tmp_path / "r.json", "old", "stopped", DEFAULTS["cnn"], "s", "o", "c", "2026-01-01T00:00:00+00:00"
    )
    run_record.save(record)
    (tmp_path / "broken.json").write_text('{"format": 1, "na', encoding="utf-8")
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    (tmp_path / "newer.json").write_text('{"format": 99}', encoding="utf-8")
    assert run_record.records(tmp_path) == [record]
    renamed = run_record.rename(record, "Jörg’s “new” one")
    assert run_record.records(tmp_path) == [renamed]
    run_record.delete(renamed)
    assert run_record.records(tmp_path) == []
    run_record.save(renamed)
    assert run_record.records(tmp_path) == [renamed]


def test_a_failure_whose_parameters_are_missing_is_listed_by_its_code(own_home: Path, capfd: Captured) -> None:
    file = paths.run_history_dir() / "r.json"
    record = run_record.RunRecord(
        file, "edited", "failed", DEFAULTS["cnn"], "s", "o", "c", "2026-01-01T00:00:00+00:00", error="training_running"
    )
    run_record.save(record)
    (run,) = listed(capfd)
    assert (run["outcome"], run["message"], run["error"]) == ("failed", "training_running", "training_running")


@pytest.mark.parametrize("data", [DatasetInfo(name="shop", corrected_photos=2), "shop, and 2 corrected photos"])
def test_a_failure_that_names_data_is_told_in_words(own_home: Path, capfd: Captured, data: DatasetInfo | str) -> None:
    record = run_record.RunRecord(
        paths.run_history_dir() / "r.json",
        *("heads", "failed", DEFAULTS["cnn"], "s", "o", "c", "2026-01-01T00:00:00+00:00"),
        error="no_start_for_head_only",
        error_parameters={"data": data},
    )
    run_record.save(record)
    (run,) = listed(capfd)
    assert run["error_parameters"] == {"data": "shop, and 2 corrected photos"}
    assert "trained on shop, and 2 corrected photos." in run["message"]


def test_a_record_that_cannot_be_written_does_not_fail_the_training(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise SaveError("The disk is full.", "ENOSPC")

    monkeypatch.setattr(run_record, "write_text", full)
    assert train_it(photos, tmp_path / "d.safetensors") == 0
    assert (tmp_path / "d.safetensors").exists()


def test_diverging_raises_in_the_library(photos: Path, tmp_path: Path) -> None:
    recipe = replace(DEFAULTS["cnn"], epochs=1, batch_size=8, learning_rate=1e30)
    job = TrainingJob("e", recipe, str(photos), tmp_path / "e.safetensors", tmp_path / "e.checkpoint")
    with pytest.raises(TrainingDiverged):
        list(train(job, DataPaths((), tmp_path), WorkControl()))
    assert not paths.run_history_dir().exists(), "without a folder no record is kept"
