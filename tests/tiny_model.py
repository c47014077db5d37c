"""Writes a small model file with random weights, for tests that need any prediction."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.trainer.scripted_predictor import taxonomy
from trainer.data.data_paths import DatasetInfo
from trainer.data.fashion_mnist import CLASSES
from trainer.model_files import model_file
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.networks import registry
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT, InputSpec
from trainer.recipe import DEFAULTS
from trainer.taxonomy import ATTRIBUTES


def tiny_model(
    path: Path, *, name: str = "tiny", classes: tuple[str, ...] = CLASSES, review_below: float = 0.5, seed: int = 1
) -> Path:
    """Write a model file and return its path. Same seed, same answers; nearly all of them need review."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = registry.build("cnn", FASHION_MNIST_INPUT, len(classes))
    metadata = ModelMetadata(
        name=name,
        network="cnn",
        classes=classes,
        input=FASHION_MNIST_INPUT,
        recipe=DEFAULTS["cnn"],
        data=DatasetInfo(name="nothing"),
        review_below=review_below,
        figures={"validation_accuracy": 0.1},
        version="test",
    )
    model_file.save(path, network, metadata)
    return path


def tiny_product_model(path: Path, *, name: str = "products") -> Path:
    """A model with the taxonomy's categories and random weights. All its predictions are marked ok."""
    names = taxonomy()
    spec = InputSpec("colour", 3, 112, 84, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    heads = {attribute: AttributeHead(names.names(attribute)) for attribute in ATTRIBUTES}
    counts = {attribute: len(head.classes) for attribute, head in heads.items()}
    classes = names.names("category")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = registry.build("product", spec, len(classes), counts)
    metadata = ModelMetadata(
        name, "product", classes, spec, DEFAULTS["cnn"], DatasetInfo(), review_below=0.0, attributes=heads
    )
    path.parent.mkdir(exist_ok=True)
    model_file.save(path, network, metadata)
    return path
