"""Small labelled images that a network learns in seconds: the position of a bright block is the class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from trainer.data.data_paths import DatasetInfo
from trainer.data.image_set import ImageSet
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT

CLASSES = ("left", "right", "top")


def pixels(label: int, seed: int) -> np.ndarray:
    """28×28 grey uint8 noise with a block at the place of ``label``."""
    noise = np.random.default_rng(seed).integers(0, 60, (28, 28), dtype=np.uint8)
    rows, columns = ((8, 20), (2, 10)) if label == 0 else ((8, 20), (18, 26)) if label == 1 else ((1, 8), (8, 20))
    noise[slice(*rows), slice(*columns)] = 220
    return noise


def image_set(count: int, seed: int = 0) -> ImageSet:
    """``count`` images, the classes in turn."""
    labels = torch.arange(count) % len(CLASSES)
    images = np.stack([pixels(int(label), seed * 100_003 + index) for index, label in enumerate(labels)])
    return ImageSet(DatasetInfo(name="blocks"), torch.from_numpy(images)[:, None], labels, CLASSES, FASHION_MNIST_INPUT)


def folder_tree(root: Path, per_class: int, seed: int = 0) -> Path:
    """The same as PNG files, a folder per class."""
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for index in range(per_class):
            image = Image.fromarray(pixels(label, seed * 100_003 + label * 1_009 + index))
            image.resize((84, 84), Image.Resampling.NEAREST).save(root / name / f"{name} {index}.png")
    return root
