"""The graph of a newly trained backbone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.tiny_model import tiny_model
from trainer.control import WorkControl
from trainer.inference import graph_predictor
from trainer.training.runs.graphs import save_graphs

Photos = Callable[[int], torch.Tensor]


@pytest.fixture
def photos() -> Photos:
    images_NCHW = torch.randint(0, 256, (20, 1, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return lambda count: images_NCHW[:count]


def test_a_new_backbone_gets_graphs_and_a_known_one_keeps_its_own(tmp_path: Path, photos: Photos) -> None:
    model, folder = tiny_model(tmp_path / "own.safetensors"), tmp_path / "graphs"
    steps = [event.step for event in save_graphs(model, photos, [folder], WorkControl())]
    assert set(steps) == {"writing_graph"}
    graph = graph_predictor.find_graphs(model, [folder])[graph_predictor.FLOAT32]
    assert graph_predictor.load(model, graph, "float32").predict(list(photos(2).numpy()))
    assert not list(save_graphs(model, photos, [tmp_path / "other", folder], WorkControl()))
    for written in folder.iterdir():
        assert b'File "' not in written.read_bytes(), "a stack trace, with paths of this computer"


def test_a_failed_export_leaves_the_model_and_is_logged(
    tmp_path: Path, photos: Photos, caplog: pytest.LogCaptureFixture
) -> None:
    model = tiny_model(tmp_path / "own.safetensors")
    (tmp_path / "graphs").write_text("a file, where a folder is needed")
    list(save_graphs(model, photos, [tmp_path / "graphs"], WorkControl()))
    assert model.is_file() and "the graph could not be written" in caplog.text


def test_stopping_ends_the_export(tmp_path: Path, photos: Photos) -> None:
    control = WorkControl()
    steps = save_graphs(
        tiny_model(tmp_path / "own.safetensors"),
        photos,
        [tmp_path / "graphs"],
        control,
    )
    next(steps)
    control.stop()
    list(steps)
    assert not list(tmp_path.glob("graphs/*.onnx"))
