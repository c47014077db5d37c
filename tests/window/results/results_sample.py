"""A small evaluation with known images, for tests of the views."""

from __future__ import annotations

import numpy as np
import torch

from trainer.data.data_paths import DatasetInfo
from trainer.data.image_set import ImageSet
from trainer.data.photo_files import Unreadable
from trainer.errors import PhotoError
from trainer.evaluation.evaluation import Evaluation
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT

CLASSES = ("Shirt", "T-shirt/top", "Sandal")
# (actual, predicted, how many)
COUNTS = ((0, 0, 9), (0, 1, 5), (0, 2, 1), (1, 1, 12), (1, 0, 3), (2, 2, 14))


def evaluation(name: str = "sample", classes: tuple[str, ...] = CLASSES, *, seed: int = 5) -> Evaluation:
    """44 images in mixed order; image i is grey of brightness i."""
    pairs = np.array([(actual, predicted) for actual, predicted, count in COUNTS for _ in range(count)])
    rng = np.random.default_rng(seed)
    pairs = pairs[rng.permutation(len(pairs))]
    count = len(pairs)
    probabilities = rng.uniform(0, 0.2, (count, len(classes))).astype(np.float32)
    probabilities[np.arange(count), pairs[:, 1]] = rng.uniform(1, 4, count)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    pixels = torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(count, 1, 28, 28).contiguous()
    images = ImageSet(
        DatasetInfo(name="sample images"), pixels, torch.from_numpy(pairs[:, 0].copy()), classes, FASHION_MNIST_INPUT
    )
    return Evaluation(
        name,
        images.data,
        classes,
        pairs[:, 0],
        pairs[:, 1],
        probabilities,
        images,
        (Unreadable("/photos/Shirt/broken.jpg", PhotoError("photo_truncated", name="broken.jpg")),),
    )


def large_evaluation(count: int = 10_000, classes: int = 10) -> Evaluation:
    """As many images as Fashion-MNIST's test set, a tenth of them wrong."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, classes, count)
    predictions = np.where(rng.random(count) < 0.1, rng.integers(0, classes, count), labels)
    probabilities = rng.uniform(0, 0.1, (count, classes)).astype(np.float32)
    probabilities[np.arange(count), predictions] = rng.uniform(1, 9, count)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = tuple(f"Category number {k}" for k in range(classes))
    images = ImageSet(
        DatasetInfo(name="many"),
        torch.from_numpy(rng.integers(0, 255, (count, 1, 28, 28), dtype=np.uint8)),
        torch.from_numpy(labels),
        names,
        FASHION_MNIST_INPUT,
    )
    return Evaluation("large", images.data, names, labels, predictions, probabilities, images)
