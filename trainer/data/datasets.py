"""Training and test data by the name that the user gives: Fashion-MNIST, or a folder with a folder per category."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import fashion_mnist, folders
from trainer.data.data_paths import FASHION_MNIST, DataPaths
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet, SplitImages, split_images
from trainer.data.part_folders import part_of
from trainer.errors import DataError
from trainer.preprocessing.input_spec import COLOUR_INPUT, InputSpec


def open_training(
    source: str,
    data_paths: DataPaths,
    control: WorkControl,
    spec: InputSpec = COLOUR_INPUT,
    decisions: Decisions | None = None,
) -> Generator[ProgressEvent, None, SplitImages]:
    """Training, validation and test images; of own photos, 15 % of each category are for either of the latter
    unless they come split, see :mod:`trainer.data.part_folders`.

    A category has at least one validation photo, and from four photos on one test photo. Copies of one photo are on one
    side. Fashion-MNIST has test images of its own, see :func:`load_test_set`; its test part here is empty.

    Args:
        source: :data:`FASHION_MNIST`, or a folder or CSV, see :func:`trainer.data.labelled_photos.find`.
        spec: How the photos of a folder are prepared.
        decisions: On label issues of a folder or CSV.

    Raises:
        DataError: Absent, empty, or a category has a single photo.
    """
    if source == FASHION_MNIST:
        images = yield from fashion_mnist.load("train", data_paths.search, data_paths.store, control=control)
        training, validation = fashion_mnist.training_and_validation(images)
        return SplitImages(training, validation, training.subset(torch.zeros(0, dtype=torch.int64)))
    images = yield from folders.load(Path(source), spec, control, decisions)
    refuse_single_photos(images)
    return (yield from split_images(images, control))


def refuse_single_photos(images: ImageSet) -> None:
    """Raise :class:`DataError` when a category has but one photo for training and validation."""
    is_test = [part_of(file, images.part_folders) == "test" for file in images.files]
    counts_K = torch.bincount(
        images.labels_N[~torch.tensor(is_test, dtype=torch.bool)], minlength=len(images.classes)
    ).tolist()
    single = [name for name, count in zip(images.classes, counts_K, strict=True) if count < 2]
    if single:
        raise DataError("single_photo_categories", categories=tuple(single))
