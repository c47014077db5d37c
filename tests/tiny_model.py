"""A real model file in a moment: a small network with random weights, for tests that need an answer, not a good one."""

from __future__ import annotations

from pathlib import Path

import torch

from trainer.data.fashion_mnist import CLASSES
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.networks import registry
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT
from trainer.training.recipe import DEFAULTS


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
        data_name="nothing",
        review_below=review_below,
        figures={"validation_accuracy": 0.1},
        version="test",
    )
    model_file.save(path, network, metadata)
    return path
