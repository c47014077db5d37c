"""Distillation from teacher networks in addition to the labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model, tiny_product_model
from tests.trainer.product_photos import product_folder, read_products
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths, DatasetInfo
from trainer.data.products import ProductData
from trainer.errors import DataError
from trainer.model_files.library import read_metadata
from trainer.recipe import DEFAULTS
from trainer.training.fit.events import BatchDone
from trainer.training.fit.loop import Fit
from trainer.training.multi_head.distillation import TEACHER_WEIGHT, Teachers
from trainer.training.multi_head.task import MultiHeadTask
from trainer.training.runs.job import TrainingJob, read_job
from trainer.training.runs.run import ModelSaved, train

RECIPE = msgspec.structs.replace(DEFAULTS["product"], epochs=2, progressive_resize_epochs=1, batch_size=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return product_folder(tmp_path_factory.mktemp("data") / "all", per_kind=3, checked_per_kind=1)


@pytest.fixture(scope="module")
def data(folder: Path) -> ProductData:
    return read_products(folder)


def untrained(data: ProductData, seed: int, network: str = "product") -> torch.nn.Module:
    torch.manual_seed(seed)
    return MultiHeadTask(data).build(msgspec.structs.replace(RECIPE, network=network)).eval()


def test_a_student_equal_to_its_teachers_has_only_the_label_loss(data: ProductData) -> None:
    one, other = untrained(data, 1), untrained(data, 2, "product-wide")
    photos = torch.randn(4, 3, 112, 84, generator=torch.Generator().manual_seed(1))
    embeddings = one.embed(photos)
    outputs = one.head(embeddings), one.logits(embeddings)
    weights = dict.fromkeys(outputs[1], 1.0)
    labels = torch.tensor(2.0)
    agreed = Teachers([one, one], weights).distilled(labels, photos, *outputs)
    assert agreed.item() == pytest.approx((1 - TEACHER_WEIGHT) * 2.0, abs=1e-5)
    with_other = Teachers([one, other], weights).distilled(labels, photos, *outputs).item()
    other_alone = Teachers([other], weights).distilled(labels, photos, *outputs).item()
    assert agreed.item() < with_other < other_alone, "the mean of two is nearer than the other one alone"


def test_teachers_are_unchanged_and_the_student_gets_closer_to_them(data: ProductData) -> None:
    teacher = untrained(data, 1)
    teacher.head.weight.data *= 20  # for confident predictions
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    events = list(Fit(msgspec.structs.replace(RECIPE, epochs=4), MultiHeadTask(data, [teacher])).events())
    losses = [event.loss for event in events if isinstance(event, BatchDone)]
    assert sum(losses[-3:]) < sum(losses[:3])
    assert all(torch.equal(tensor, before[name]) for name, tensor in teacher.state_dict().items())


def test_a_run_records_its_teachers(data: ProductData) -> None:
    plain, taught = MultiHeadTask(data), MultiHeadTask(data, [untrained(data, 1)])
    assert taught.fingerprint().startswith(plain.fingerprint() + "-")
    assert MultiHeadTask(data, [untrained(data, 1)]).fingerprint() == taught.fingerprint()
    assert MultiHeadTask(data, [untrained(data, 2)]).fingerprint() != taught.fingerprint()


def test_a_stopped_run_resumes_with_its_teachers_and_records_them(folder: Path, tmp_path: Path) -> None:
    teachers = (tiny_product_model(tmp_path / "ann.safetensors", name="ann"),)
    job = TrainingJob(
        "pupil", RECIPE, "products", tmp_path / "pupil.safetensors", tmp_path / "checkpoint", teachers=teachers
    )
    data_paths, control = DataPaths((folder,), tmp_path / "store", paths.taxonomy_dir()), WorkControl()
    for event in train(job, data_paths, control):
        if isinstance(event, BatchDone):
            control.stop()
    going_on = read_job(job.checkpoint)
    assert going_on == replace(job, resume=True)
    assert isinstance(list(train(going_on, data_paths, WorkControl()))[-1], ModelSaved)
    assert read_metadata(job.output).data == DatasetInfo("products", teachers=("ann",))


def test_a_teacher_of_other_categories_is_refused_before_photos_are_read(tmp_path: Path) -> None:
    teacher = tiny_model(tmp_path / "digits.safetensors")
    job = TrainingJob("p", RECIPE, "products", tmp_path / "p.safetensors", tmp_path / "c", teachers=(teacher,))
    with pytest.raises(DataError, match=r"unsuitable_teacher.*digits\.safetensors"):
        list(train(job, DataPaths((), tmp_path, paths.taxonomy_dir()), WorkControl()))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "fashion-mnist", "--teacher", "products"], "--teacher is for --data products"),
        (["--data", "products", "--from", "products", "--mode", "probe", "--teacher", "products"], "with all layers"),
        (["--data", "products", "--teacher", "nobody"], "nobody"),
        (["--data", "fashion-mnist", "--model", "product-wide"], "trained with --data products"),
        (["--data", "products", "--model", "wide-resnet"], "trained with --data products"),
    ],
)
def test_conflicting_options_are_refused(
    words: list[str], says: str, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words, "--out", str(tmp_path / "new.safetensors")]) == 2
    assert says in capfd.readouterr().err
