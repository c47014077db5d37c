"""Whole runs: from a folder of photos to a calibrated model file that classifies other photos correctly."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.runs import unreadable_photos
from tests.tiny_model import tiny_model
from tests.trainer import synthetic
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from tests.trainer.product_photos import product_folder
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.errors import CheckpointError, DataError
from trainer.evaluation.evaluate import evaluate, load_test_set
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Predictor
from trainer.model_files.metadata import ModelMetadata, Origin
from trainer.preprocessing.photo import load_photo
from trainer.recipe import DEFAULTS, Augmentation
from trainer.training.fit.events import BatchDone, Ended
from trainer.training.runs.job import TrainingJob, interrupted_runs, read_job, run_lock
from trainer.training.runs.run import ModelSaved, train

# No flips: the synthetic classes differ by side.
RECIPE = msgspec.structs.replace(
    DEFAULTS["cnn"],
    epochs=4,
    batch_size=16,
    learning_rate=3e-3,
    augmentation=Augmentation(translate=1),
    tta_hflip=False,
)


def job(tmp_path: Path, **changes: object) -> TrainingJob:
    source = tmp_path / "shop"
    if not source.exists():
        synthetic.folder_tree(source, per_class=24)
    whole = TrainingJob("Shop", RECIPE, str(source), tmp_path / "shop.safetensors", tmp_path / "runs" / "shop")
    return replace(whole, **changes)


def test_a_folder_becomes_a_model_that_names_other_photos(tmp_path: Path) -> None:
    data_paths = DataPaths((), tmp_path)
    events = list(train(job(tmp_path), data_paths, WorkControl()))
    saved = events[-1]
    assert isinstance(saved, ModelSaved)
    assert saved.metadata.classes == synthetic.CLASSES
    assert 0 < saved.metadata.figures["validation_accuracy"] <= 1
    assert interrupted_runs(tmp_path / "runs") == []

    predictor = Predictor.load(saved.path)
    other = synthetic.folder_tree(tmp_path / "other", per_class=10, seed=9)
    images = finish(load_test_set(str(other), data_paths, predictor.metadata, WorkControl()))
    result = finish(evaluate(predictor, images, WorkControl()))
    assert result.n == 30
    assert result.accuracy >= 0.9
    assert np.allclose(result.probabilities_NK.sum(axis=1), 1, atol=1e-5)

    files = sorted(other.rglob("*.png"))
    predictions = predictor.predict([predictor.prepare(load_photo(file)) for file in files])
    right = [prediction.category.label == file.parent.name for prediction, file in zip(predictions, files, strict=True)]
    assert np.mean(right) >= 0.9
    for prediction in predictions:
        assert list(prediction.category.probabilities) == sorted(prediction.category.probabilities, reverse=True)
        assert np.linalg.norm(prediction.embedding) == pytest.approx(1, abs=1e-5)
        assert prediction.needs_review == below_threshold(
            prediction.category.confidence, predictor.metadata.review_below
        )


def test_a_training_can_start_from_an_older_model(tmp_path: Path) -> None:
    data_paths = DataPaths((), tmp_path)
    saved = list(train(job(tmp_path), data_paths, WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    assert saved.metadata.origin == Origin()
    timid = msgspec.structs.replace(RECIPE, epochs=1, learning_rate=1e-6)
    again = job(tmp_path, recipe=timid, start=saved.path, output=tmp_path / "again.safetensors")
    better = list(train(again, data_paths, WorkControl()))[-1]
    assert isinstance(better, ModelSaved)
    assert better.metadata.history[0].validation_accuracy >= 0.9  # a single small step gives about a third
    assert better.metadata.origin == Origin("model", "shop", saved.metadata.created)
    assert ModelMetadata.from_json(better.metadata.to_json()) == better.metadata

    events = []
    control = WorkControl()
    for event in train(replace(again, checkpoint=tmp_path / "runs" / "again"), data_paths, control):
        events.append(event)
        if isinstance(event, BatchDone):
            control.stop()
    (checkpoint,) = interrupted_runs(tmp_path / "runs")
    assert read_job(checkpoint).start == saved.path


def test_a_starting_model_must_have_the_same_categories_where_they_are_fixed(tmp_path: Path) -> None:
    folder = product_folder(tmp_path / "data", per_kind=2, checked_per_kind=1)
    start = tiny_model(tmp_path / "tiny.safetensors")
    product = job(tmp_path, recipe=DEFAULTS["product"], source="products", start=start)
    with pytest.raises(DataError) as refused:
        list(train(product, DataPaths((folder,), tmp_path, paths.taxonomy_dir()), WorkControl()))
    assert refused.value.code == "unsuitable_start"
    assert "that is a “cnn” for 10 categories of nothing. It has to be a “product”" in sentence(refused.value)
    assert interrupted_runs(tmp_path / "runs") == []


def test_unreadable_photos_are_left_out_and_named(tmp_path: Path) -> None:
    once = job(tmp_path, recipe=msgspec.structs.replace(RECIPE, epochs=1))
    for number in range(4):
        (tmp_path / "shop" / "left" / f"broken {number}.jpg").write_text("no photo")
    *_, saved = train(once, DataPaths((), tmp_path), WorkControl())
    assert isinstance(saved, ModelSaved)
    assert len(saved.unreadable) == 4
    assert unreadable_photos(saved).endswith("4 photos (broken 0.jpg, broken 1.jpg, broken 2.jpg and 1 more).")


def test_a_stopped_run_is_found_and_finished(tmp_path: Path) -> None:
    control = WorkControl()
    events = []
    for event in train(job(tmp_path), DataPaths((), tmp_path), control):
        events.append(event)
        if isinstance(event, BatchDone) and event.epoch == 2:
            control.stop()
    assert isinstance(events[-1], Ended)
    assert not (tmp_path / "shop.safetensors").exists()

    (checkpoint,) = interrupted_runs(tmp_path / "runs")
    again = read_job(checkpoint)
    assert again == job(tmp_path, resume=True)
    resumed = list(train(again, DataPaths((), tmp_path), WorkControl()))
    assert isinstance(resumed[-1], ModelSaved)
    assert min(event.epoch for event in resumed if isinstance(event, BatchDone)) == 2


def test_a_stopped_run_can_be_saved_as_it_is(tmp_path: Path) -> None:
    control = WorkControl()
    last = None
    for last in train(job(tmp_path, keep_when_stopped=True), DataPaths((), tmp_path), control):
        if isinstance(last, BatchDone) and last.epoch == 2:
            control.stop()
    assert isinstance(last, ModelSaved)
    assert len(interrupted_runs(tmp_path / "runs")) == 1


@pytest.mark.parametrize("content", ["", "[1]", "[" * 100_000])
def test_unreadable_note_is_a_plain_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "nothing.job.json").write_text(content)
    for name in ("nothing", "not even that"):
        with pytest.raises(CheckpointError) as refused:
            read_job(tmp_path / name)
        assert (refused.value.code, refused.value.parameters) == ("job_unreadable", {"file": name})


def test_two_trainings_for_one_file_do_not_run_at_once(tmp_path: Path) -> None:
    once, data_paths = job(tmp_path, recipe=msgspec.structs.replace(RECIPE, epochs=1)), DataPaths((), tmp_path)
    events = train(once, data_paths, WorkControl(), tmp_path / "records")
    next(events)
    with pytest.raises(CheckpointError) as refused:
        list(train(once, data_paths, WorkControl(), tmp_path / "records"))
    assert (refused.value.code, refused.value.parameters) == ("training_running", {"output": str(once.output)})
    assert sentence(refused.value) == (
        f"A training for {once.output} is already running. Wait until it ends, or stop it first."
    )
    assert not list((tmp_path / "records").glob("*")), "what never began leaves no record"
    events.close()
    assert isinstance(list(train(once, data_paths, WorkControl()))[-1], ModelSaved)
    assert not list(tmp_path.rglob("*.lock"))


_HOLD = """
import sys, time
from pathlib import Path
from trainer.training.runs.job import run_lock
with run_lock(Path(sys.argv[1]), Path("a.safetensors")):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    checkpoint = tmp_path / "runs" / "a.checkpoint"
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(checkpoint)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(CheckpointError) as refused, run_lock(checkpoint, tmp_path / "a.safetensors"):
            pass
        assert refused.value.code == "training_running"
        holder.kill()
    with run_lock(checkpoint, tmp_path / "a.safetensors"):
        pass
    assert not list(tmp_path.rglob("*.lock"))
