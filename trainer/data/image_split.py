"""Own photos split for a training: stratified, and no copy of a photo on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Generator

import torch

from trainer.control import WorkControl
from trainer.data import near_duplicates
from trainer.data.image_set import ImageSet
from trainer.data.loading import Loading
from trainer.data.splits import grouped_split


def split_images(
    images: ImageSet, shares: tuple[float, float, float], seed: int, control: WorkControl
) -> Generator[Loading, None, tuple[ImageSet, ImageSet, ImageSet]]:
    """Training, validation and test images, see :func:`trainer.data.splits.grouped_split`.

    Args:
        images: What there is.
        shares: Of training, validation and test.
        seed: Same seed, same split.
        control: Stops it.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    groups_N = yield from same_photos(images, control)
    training, validation, test = grouped_split(images.labels_N, groups_N, shares, seed)
    return (
        images.subset(training),
        images.subset(validation, f"{images.name}, validation photos"),
        images.subset(test, f"{images.name}, test photos"),
    )


def same_photos(images: ImageSet, control: WorkControl) -> Generator[Loading, None, torch.Tensor]:
    """Which images are copies of each other: int64 N, the same number for the same photo.

    A category whose photos are all copies of one counts as one without copies; it could not be checked otherwise.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    pictures_NHWC = near_duplicates.pictures_of(images.images_NCHW)
    digests = [hashlib.blake2b(image.numpy().tobytes(), digest_size=16).hexdigest() for image in images.images_NCHW]
    same = yield from near_duplicates.groups(pictures_NHWC, digests, control)
    groups_N = torch.from_numpy(same.group_N)
    for label in range(len(images.classes)):
        members = (images.labels_N == label).nonzero().flatten()
        if len(groups_N[members].unique()) == 1:
            groups_N[members] = len(images) + members
    return groups_N
