"""Samples the training photos of a model for its replay file, with which it can be updated without forgetting.

See :mod:`trainer.model_files.replay_file` for what the file holds.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from pathlib import Path

import torch

from trainer.atomic_write import remove_leftover
from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.image_set import ImageSet
from trainer.errors import DataError, SaveError
from trainer.inference.predictor import Predictor
from trainer.model_files import replay_file
from trainer.model_files.replay_file import Replay, fingerprint

SAMPLE_SIZE = 4_000
"""Photos in a sample; with 384 numbers each the file stays under 4 MB."""

HOLDOUT_SHARE = 0.3
"""Share of the sample that the model was not trained on; it is used to compare and to calibrate."""

_BATCH = 128
_log = logging.getLogger(__name__)


def sample_replay(
    predictor: Predictor,
    training: ImageSet,
    validation: ImageSet | None,
    control: WorkControl,
    *,
    photos: int = SAMPLE_SIZE,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Replay]:
    """Sample the images that a model was trained on, without attributes; yields progress.

    Args:
        training: Its training images, with its classes in its order.
        validation: Its validation images; up to three tenths of the sample are taken from them.
        photos: Size of the sample at most.

    Raises:
        DataError: ``not_the_training_photos``: the images have other classes or another input than the model.
    """
    metadata = predictor.metadata
    for images in filter(None, (training, validation)):
        if (images.classes, images.input) != (metadata.classes, metadata.input):
            raise DataError("not_the_training_photos", data=images.data, model=metadata.name)
    held_out = min(len(validation), round(photos * HOLDOUT_SHARE)) if validation is not None else 0
    parts = [(training, balanced_sample(training.labels_N, photos - held_out, seed), False)]
    if validation is not None and held_out:
        parts.append((validation, uniform_sample(validation.labels_N, held_out, seed), True))
    embeddings, labels, held = [], [], []
    for images, sample_M, is_held_out in parts:
        for rows in batches(len(sample_M), _BATCH, control):
            embeddings.append(predictor.outputs(images.images_NCHW[sample_M[rows]]).embeddings_ND)
            yield ProgressEvent("saving_replay", rows.stop, len(sample_M))
        labels.append(images.labels_N[sample_M])
        held.append(torch.full((len(sample_M),), is_held_out))
    return Replay(
        torch.cat(embeddings).half().float(),
        torch.cat(labels),
        torch.cat(held),
        metadata.classes,
        fingerprint(predictor.network),
    )


def sample_parts(predictor: Predictor, parts: Mapping[str, ImageSet]) -> Generator[ProgressEvent, None, Replay | None]:
    """Sample the images of a finished training; yields progress. Test images are in no sample.

    Args:
        parts: The images by the names of :data:`trainer.data.split_file.PARTS`.

    Returns:
        None without ``train`` images.
    """
    if "train" not in parts:
        return None
    # A separate control, so that a training stopped to save the model still gets a complete sample.
    return (yield from sample_replay(predictor, parts["train"], parts.get("validation"), WorkControl()))


def save_replay(model: Path, sample: Replay | None) -> None:
    """Write the replay file beside a newly trained model. Without a sample, or when it cannot be written, an old replay
    file of that name is deleted; the training succeeds all the same.
    """
    path = replay_file.path_of(model)
    if sample is None:
        remove_leftover(path)
        return
    try:
        replay_file.save(path, sample)
    except SaveError as error:
        _log.warning("The replay sample could not be saved: %s", error.detail)
        remove_leftover(path)


def balanced_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """At most ``count`` indices, int64 ascending: all examples of rare classes, equally many of the others."""
    order_N = torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))
    # Round-robin over the classes: the r-th example of each class, in random order, is in round r.
    round_N = torch.empty(len(labels_N), dtype=torch.int64)
    for label in labels_N.unique():
        members_M = order_N[labels_N[order_N] == label]
        round_N[members_M] = torch.arange(len(members_M))
    return order_N[round_N[order_N].argsort(stable=True)[:count]].sort().values


def uniform_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """At most ``count`` indices, int64 ascending, with the class frequencies of the data."""
    return torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))[:count].sort().values
