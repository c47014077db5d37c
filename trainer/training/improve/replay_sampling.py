"""A sample of what a model once learnt from, so that it can learn more without forgetting.

Embeddings are kept instead of photos (latent replay; Pellegrini et al. 2020, arXiv:1912.01100): 768 bytes a photo for
384 numbers, from which nobody can make out the photo. They hold for all models of the same backbone, whatever their
heads have learnt since; a fingerprint of the backbone's weights says whether they do.
"""

from __future__ import annotations

from collections.abc import Generator

import torch

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.image_set import ImageSet
from trainer.errors import DataError
from trainer.inference.predictor import Predictor
from trainer.model_files.replay import Replay, fingerprint

PHOTOS = 4_000
"""How many photos a sample has; with 384 numbers each it stays under 4 MB."""

HELD_OUT_SHARE = 0.3
"""Of a sample: photos that the model did not learn from. They judge and calibrate."""

_BATCH = 128


def make(
    predictor: Predictor,
    training: ImageSet,
    validation: ImageSet | None,
    control: WorkControl,
    *,
    photos: int = PHOTOS,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Replay]:
    """Sample what a model learnt from; yields progress. Nothing is known of attributes.

    Args:
        predictor: The model.
        training: What it learnt from, prepared for it, with its classes in its order.
        validation: What it was checked with; up to three tenths of the sample come from here. None for nothing.
        control: Stops it.
        photos: How many to keep at most.
        seed: Same seed, same sample.

    Raises:
        DataError: The images are not the model's.
        Cancelled: ``control`` was stopped.
    """
    known = predictor.metadata
    for images in filter(None, (training, validation)):
        if (images.classes, images.input) != (known.classes, known.input):
            raise DataError(f"The photos of “{images.name}” are not what the model “{known.name}” learnt from.")
    held_out = min(len(validation), round(photos * HELD_OUT_SHARE)) if validation is not None else 0
    parts = [(training, even_sample(training.labels_N, photos - held_out, seed), False)]
    if validation is not None and held_out:
        parts.append((validation, plain_sample(validation.labels_N, held_out, seed), True))
    embeddings, labels, held = [], [], []
    for images, sample_M, is_held_out in parts:
        for rows in batches(len(sample_M), _BATCH, control):
            embeddings.append(predictor.outputs(images.images_NCHW[sample_M[rows]]).embeddings_ND)
            yield ProgressEvent("Keeping a sample of the training photos", rows.stop, len(sample_M))
        labels.append(images.labels_N[sample_M])
        held.append(torch.full((len(sample_M),), is_held_out))
    return Replay(
        torch.cat(embeddings).half().float(),
        torch.cat(labels),
        torch.cat(held),
        known.classes,
        fingerprint(predictor.network),
    )


def even_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """Examples to rehearse, at most ``count`` indices, int64 ascending: rare classes whole, frequent ones cut to one
    size, so that none is forgotten.
    """
    order_N = torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))
    # The r-th example of each class, in random order, comes in round r.
    round_N = torch.empty(len(labels_N), dtype=torch.int64)
    for label in labels_N.unique():
        members_M = order_N[labels_N[order_N] == label]
        round_N[members_M] = torch.arange(len(members_M))
    return order_N[round_N[order_N].argsort(stable=True)[:count]].sort().values


def plain_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """Examples to judge with, as :func:`even_sample`: each class as often as it is."""
    return torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))[:count].sort().values
