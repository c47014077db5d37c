"""Labelled images held in memory, ready for a network, and their split for training.

Own photos are split stratified, with all copies of a photo in one part; a data set that comes split stays so. The
shares and the seed are fixed, so that the held-out photos of a folder are the same however it is trained: a probe and a
fine-tuning can be compared on them, and later improvements with replay of the folder never train on them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from msgspec import structs

from trainer.control import ProgressEvent, WorkControl
from trainer.data import near_duplicates
from trainer.data.data_paths import DatasetInfo, Part
from trainer.data.part_folders import part_of
from trainer.data.photo_files import Unreadable
from trainer.data.splits import grouped_split
from trainer.errors import DataError
from trainer.preprocessing.input_spec import InputSpec

SHARES = (0.7, 0.15, 0.15)
"""Of training, validation and test. Of a category's 20 photos three are for the test: over ten categories that gives an
accuracy of 85 % with an interval of ±13 % (95 %). Version 0.1 had the same share of validation photos and no test part,
so improvements of its models are still validated with photos that they were not trained on.
"""

_SEED = 1708


@dataclass(frozen=True)
class ImageSet:
    """Images with their true classes.

    Attributes:
        data: Which images these are.
        images_NCHW: uint8, [0, 255], already in the size of ``input``.
        labels_N: int64, indices into ``classes``.
        classes: K class names in label order.
        input: How the pixels were made; a model trained on them takes the same.
        files: The photo behind each image, or empty when the images come from an archive.
        part_folders: The folders of a data set that comes split, and the part that each holds.
    """

    data: DatasetInfo
    images_NCHW: torch.Tensor
    labels_N: torch.Tensor
    classes: tuple[str, ...]
    input: InputSpec
    files: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    part_folders: Mapping[str, Part] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels_N)

    def subset(self, indices_M: torch.Tensor | np.ndarray, part: Part | None = None) -> ImageSet:
        """The images at ``indices_M`` (int64), in that order, as ``part`` of the data if it is given."""
        return replace(
            self,
            data=self.data if part is None else structs.replace(self.data, part=part),
            images_NCHW=self.images_NCHW[indices_M],
            labels_N=self.labels_N[indices_M],
            files=tuple(self.files[i] for i in indices_M.tolist()) if self.files else (),
            unreadable=(),
        )

    def fingerprint(self) -> str:
        """16 hex digits that change when any pixel, label or class changes (SHA-256)."""
        digest = hashlib.sha256("\n".join(self.classes).encode())
        digest.update(self.labels_N.numpy().tobytes())
        digest.update(self.images_NCHW.numpy().tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class SplitImages:
    """Images in three parts, same classes and input.

    Attributes:
        training: For the weights.
        validation: For the choice of epoch, temperature and threshold.
        test: For one measurement at the end. Empty when no category has enough photos, and for data sets with test
            images of their own.
    """

    training: ImageSet
    validation: ImageSet
    test: ImageSet

    def parts(self) -> dict[str, ImageSet]:
        """The three by their names in a split file, see :data:`trainer.data.split_file.PARTS`."""
        return {"train": self.training, "validation": self.validation, "test": self.test}


@dataclass(frozen=True)
class TrainHoldout:
    """Images in two parts, for training with out-of-fold validation.

    Attributes:
        training: N images, the training and validation images of :class:`SplitImages`.
        groups_N: int64, the same number for copies of one photo.
        test: As in :class:`SplitImages`, the same photos.
    """

    training: ImageSet
    groups_N: torch.Tensor
    test: ImageSet


def split_images(images: ImageSet, control: WorkControl) -> Generator[ProgressEvent, None, SplitImages]:
    """Training, validation and test images, always the same ones; see :func:`trainer.data.splits.grouped_split`."""
    groups_N = yield from same_photos(images, control)
    training_M, validation_M, test_M = _parts(images, groups_N)
    return SplitImages(
        replace(images.subset(training_M), unreadable=images.unreadable),
        images.subset(validation_M, "validation"),
        images.subset(test_M, "test"),
    )


def train_holdout_split(images: ImageSet, control: WorkControl) -> Generator[ProgressEvent, None, TrainHoldout]:
    """The same split with training and validation images as one part."""
    groups_N = yield from same_photos(images, control)
    training_M, validation_M, test_M = _parts(images, groups_N)
    training_M = torch.cat([training_M, validation_M]).sort().values
    training = replace(images.subset(training_M), unreadable=images.unreadable)
    return TrainHoldout(training, groups_N[training_M], images.subset(test_M, "test"))


def _parts(images: ImageSet, groups_N: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Indices of the parts: those that the data set comes in, else drawn ones."""
    if not images.part_folders:
        return _drawn_parts(images, groups_N, SHARES)
    parts = [part_of(file, images.part_folders) for file in images.files]
    training_M, validation_M, test_M = (
        torch.tensor([index for index, each in enumerate(parts) if each == part], dtype=torch.int64)
        for part in ("train", "validation", "test")
    )
    absent = set(range(len(images.classes))) - set(images.labels_N[training_M].tolist())
    if absent:
        categories = tuple(images.classes[label] for label in sorted(absent))
        raise DataError("categories_without_training_photos", categories=categories)
    if not len(validation_M):
        shares = (SHARES[0], SHARES[1], 0.0)
        kept_M, drawn_M, _ = _drawn_parts(images.subset(training_M), groups_N[training_M], shares)
        training_M, validation_M = training_M[kept_M], training_M[drawn_M]
    return training_M, validation_M, test_M


def _drawn_parts(
    images: ImageSet, groups_N: torch.Tensor, shares: tuple[float, float, float]
) -> tuple[torch.Tensor, ...]:
    """Indices of the parts. They depend on the paths, not on their order: a folder and a CSV of its photos are split
    alike.
    """
    order_N = torch.tensor(sorted(range(len(images)), key=lambda index: _path_order(images.files[index])))
    inverse_N = groups_N[order_N].unique(return_inverse=True)[1]
    first_G = torch.full((len(images),), len(images)).scatter_reduce_(0, inverse_N, torch.arange(len(images)), "amin")
    parts = grouped_split(images.labels_N[order_N], first_G[inverse_N], shares, _SEED)
    return tuple(order_N[part_M].sort().values for part_M in parts)


def _path_order(file: str) -> tuple[list[str], str]:
    """Sort key: a folder's own files before its sub-folders."""
    folder, name = os.path.split(file)
    return folder.split(os.sep), name


def same_photos(images: ImageSet, control: WorkControl) -> Generator[ProgressEvent, None, torch.Tensor]:
    """Which images are copies of each other: int64 N, the same number for the same photo.

    A category whose photos are all copies of one counts as one without copies; it could not be validated otherwise.
    """
    thumbnails_NHWC = near_duplicates.thumbnails(images.images_NCHW)
    digests = [hashlib.blake2b(image.numpy().tobytes(), digest_size=16).hexdigest() for image in images.images_NCHW]
    groups_N = torch.from_numpy((yield from near_duplicates.groups(thumbnails_NHWC, digests, control)))
    for label in range(len(images.classes)):
        members = (images.labels_N == label).nonzero().flatten()
        if len(groups_N[members].unique()) == 1:
            groups_N[members] = len(images) + members
    return groups_N


def evenly_spaced(total: int, count: int) -> torch.Tensor:
    """Indices of ``count`` of ``total`` photos from the first to the last, or of all; int64."""
    return torch.linspace(0, total - 1, min(count, total)).long()
