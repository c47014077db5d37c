"""A training of product photos that starts from bundled ImageNet weights, on a handful of drawn photos."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.refused import refused
from tests.tiny_model import tiny_product_model
from tests.trainer.product_photos import KINDS, picture, product_folder
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.data.products import input_of
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import Origin
from trainer.recipe import DEFAULTS
from trainer.training.fit.events import BatchDone
from trainer.training.multi_head.setup import MultiHeadSetup
from trainer.training.runs.job import TrainingJob, read_job
from trainer.training.runs.run import ModelSaved, train

NETWORK = "efficientnet-lite0"
RECIPE = msgspec.structs.replace(DEFAULTS[NETWORK], epochs=2, progressive_resize_epochs=1, batch_size=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return product_folder(tmp_path_factory.mktemp("data") / "all", per_kind=2, checked_per_kind=1)


def setup(data_paths: DataPaths) -> MultiHeadSetup:
    steps = MultiHeadSetup.open(NETWORK, data_paths, WorkControl())
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_it_starts_from_the_bundled_weights(folder: Path, tmp_path: Path) -> None:
    data_paths = DataPaths((folder,), tmp_path, paths.taxonomy_dir(), paths.backbones_dir())
    task = setup(data_paths).task
    published = load_file(paths.backbones_dir() / f"{NETWORK}.safetensors")
    torch.manual_seed(1)
    network = task.build(RECIPE)
    state = network.get_submodule("backbone").state_dict()
    assert all(torch.equal(state[name], tensor.float()) for name, tensor in published.items())
    torch.manual_seed(1)
    again = task.build(RECIPE).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in network.state_dict().items())

    with refused("no_backbone_weights", NETWORK):
        setup(replace(data_paths, backbones=None))
    with refused("backbone_weights_unreadable", "Install FashionLens again"):
        setup(replace(data_paths, backbones=tmp_path)).task.build(RECIPE)


def test_it_is_stopped_and_resumed_to_the_same_losses(folder: Path, tmp_path: Path) -> None:
    data_paths = DataPaths((folder,), tmp_path, paths.taxonomy_dir(), paths.backbones_dir())

    def losses(job: TrainingJob, stop_after: int = 0) -> list[float]:
        control, found = WorkControl(), []
        for event in train(job, data_paths, control):
            if isinstance(event, BatchDone):
                found.append(event.loss)
                if len(found) == stop_after:
                    control.stop()
        return found

    def new(name: str) -> TrainingJob:
        return TrainingJob(name, RECIPE, "products", tmp_path / f"{name}.safetensors", tmp_path / f"{name}.checkpoint")

    whole = losses(new("whole"))
    stopped = losses(new("stopped"), stop_after=4)
    assert len(stopped) < len(whole)
    rest = losses(read_job(new("stopped").checkpoint))
    assert torch.allclose(torch.tensor(stopped + rest), torch.tensor(whole))
    one, other = load_file(new("whole").output), load_file(new("stopped").output)
    assert all(torch.allclose(tensor, other[name]) for name, tensor in one.items())

    continued = replace(new("continued"), recipe=msgspec.structs.replace(RECIPE, epochs=1), start=new("whole").output)
    saved = list(train(continued, data_paths, WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    assert saved.metadata.origin.kind == "model"


def test_a_teacher_with_another_input_is_refused(folder: Path, tmp_path: Path) -> None:
    data_paths = DataPaths((folder,), tmp_path, paths.taxonomy_dir(), paths.backbones_dir())
    teacher = tiny_product_model(tmp_path / "ann.safetensors", name="ann")
    job = TrainingJob(
        "lite", RECIPE, "products", tmp_path / "lite.safetensors", tmp_path / "checkpoint", teachers=(teacher,)
    )
    with refused("unsuitable_teacher", "another image size", file="ann.safetensors"):
        list(train(job, data_paths, WorkControl()))


@pytest.mark.usefixtures("graphs_of_new_backbones")
def test_command_line_trains_it_and_tags_with_its_graph(
    folder: Path, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lite.safetensors"
    words = ["--data", "products", "--data-folder", str(folder), "--model", NETWORK, "--epochs", "1"]
    assert main(["train", *words, "--batch-size", "20", "--out", str(out)]) == 0, capfd.readouterr().err
    metadata = read_metadata(out)
    assert metadata.network == NETWORK
    assert metadata.input == input_of(NETWORK)
    assert metadata.origin == Origin("backbone", NETWORK)
    assert "validation_phone_accuracy" in metadata.figures

    photos = tmp_path / "photos"
    photos.mkdir()
    for number, (_, _, fill, _) in enumerate(KINDS):
        picture(number, fill, (255, 255, 255)).save(photos / f"{number}.png")
    capfd.readouterr()
    assert main(["tag", str(photos), "--model", str(out), "--json"]) in (0, 1)
    tagged = json.loads(capfd.readouterr().out)
    assert tagged["runtime"] == "onnx"
    assert {row["category"] for row in tagged["files"]} <= set(metadata.classes)
    assert len(tagged["files"]) == len(KINDS)
