"""``fashionlens export --onnx``: the file gives the same outputs as FashionLens, for any batch size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import AttributeHead
from trainer.networks import registry
from trainer.preprocessing.input_spec import InputSpec

HEADS = {"colour": AttributeHead(("red", "navy", "white"), temperature=0.7), "fabric": AttributeHead(("wool", "silk"))}
INPUT = InputSpec("colour", 3, 64, 48, (0.5, 0.4, 0.3), (0.5, 0.6, 0.7))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small network with attributes, calibration and flip augmentation."""
    path = tiny_model(tmp_path / "tiny.safetensors", classes=("Shirt", "Bag", "Shoe"))
    torch.manual_seed(3)
    network = registry.build("product", INPUT, 3, {name: len(head.classes) for name, head in HEADS.items()})
    metadata = replace(
        model_file.load(path).metadata,
        network="product",
        input=INPUT,
        attributes=HEADS,
        temperature=1.7,
        tta_hflip=True,
    )
    model_file.save(path, network, metadata)
    return path


@pytest.mark.slow
def test_the_onnx_file_predicts_as_fashionlens_does(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import onnx
    import onnxruntime

    out = tmp_path / "tiny.onnx"
    assert main(["export", str(model), "--onnx", str(out)]) == 0
    output = capfd.readouterr().out
    assert "category (3 probabilities), colour (3 probabilities), fabric (2 probabilities), embedding" in output
    assert float(output.rsplit("the largest difference from FashionLens itself is ")[1].split()[0].rstrip(".")) < 1e-4
    assert [file.name for file in tmp_path.iterdir() if "tiny" in file.name and file != model] == ["tiny.onnx"]

    about = json.loads({p.key: p.value for p in onnx.load(out).metadata_props}["fashionlens"])
    assert about["classes"] == ["Shirt", "Bag", "Shoe"]
    assert about["attributes"] == {"colour": ["red", "navy", "white"], "fabric": ["wool", "silk"]}
    assert about["input"]["height"] == 64

    session = onnxruntime.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    predictor = Predictor.load(model)
    rng = np.random.default_rng(1)
    for size in (1, 2, 5):
        photos_NCHW = rng.integers(0, 256, (size, 3, 64, 48), dtype=np.uint8)
        values = session.run(None, {"photos": photos_NCHW})
        answers = dict(zip([each.name for each in session.get_outputs()], values, strict=True))
        for index, ours in enumerate(predictor.predict(list(photos_NCHW))):
            assert about["classes"][answers["category"][index].argmax()] == ours.category.label
            np.testing.assert_allclose(answers["category"][index].max(), ours.category.confidence, atol=1e-5)
            np.testing.assert_allclose(answers["colour"][index].max(), ours.attributes["colour"].confidence, atol=1e-5)
            np.testing.assert_allclose(answers["embedding"][index], ours.embedding, atol=1e-5)
