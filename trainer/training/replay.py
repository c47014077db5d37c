"""A sample of what a model once learnt from, so that it can learn more without forgetting.

Embeddings are kept instead of photos (latent replay; Pellegrini et al. 2020, arXiv:1912.01100): 768 bytes a photo for
384 numbers, from which nobody can make out the photo. They hold for all models of the same backbone, whatever their
heads have learnt since; a fingerprint of the backbone's weights says whether they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from trainer.control import WorkControl
from trainer.data.image_set import ImageSet
from trainer.data.loading import Loading
from trainer.errors import Cancelled, DataError
from trainer.inference.predictor import Predictor
from trainer.taxonomy import CATEGORY
from trainer.training import heads

PHOTOS = 4_000
"""How many photos a sample has; with 384 numbers each it stays under 4 MB."""

HELD_OUT_SHARE = 0.3
"""Of a sample: photos that the model did not learn from. They judge and calibrate."""

_BATCH = 128


@dataclass(frozen=True)
class Labels:
    """What is known of the photos of a sample.

    Attributes:
        classes: K names.
        labels_N: int64, indices into ``classes``; -1 where nothing is known.
    """

    classes: tuple[str, ...]
    labels_N: torch.Tensor


@dataclass(frozen=True)
class Replay:
    """Embeddings with what their photos show.

    Attributes:
        embeddings_ND: float16 in the file and float32 here, as :meth:`Predictor.outputs` gives them.
        labels_N: int64, indices into ``classes``.
        held_out_N: bool, photos that the model never learnt from. They alone tell how good it is on new photos; where
            there are none, a fifth of the others has to do.
        classes: K names of categories.
        fingerprint: Of the backbone that made the embeddings, see :func:`fingerprint`.
        attributes: What is known besides the category, by attribute; empty for what nothing is known of.
    """

    embeddings_ND: torch.Tensor
    labels_N: torch.Tensor
    held_out_N: torch.Tensor
    classes: tuple[str, ...]
    fingerprint: str
    attributes: Mapping[str, Labels] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels_N)

    def labels(self, attribute: str) -> Labels | None:
        """What is known of ``category`` or another attribute; None when nothing is."""
        return Labels(self.classes, self.labels_N) if attribute == CATEGORY else self.attributes.get(attribute)


def fingerprint(network: nn.Module, is_head: Callable[[str], bool] = heads.is_of_head) -> str:
    """32 hex digits that change when any weight of the backbone changes (SHA-256).

    Args:
        network: Any of :mod:`trainer.networks.registry`.
        is_head: Says of a parameter's name whether it takes no part.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        if not is_head(name):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def make(
    predictor: Predictor,
    training: ImageSet,
    validation: ImageSet | None,
    control: WorkControl,
    *,
    photos: int = PHOTOS,
    seed: int = 1,
) -> Generator[Loading, None, Replay]:
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
        for start in range(0, len(sample_M), _BATCH):
            if control.stopped:
                raise Cancelled
            batch_M = sample_M[start : start + _BATCH]
            embeddings.append(predictor.logits_and_embeddings(images.images_NCHW[batch_M])[1])
            yield Loading("Keeping a sample of the training photos", start + len(batch_M), len(sample_M))
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
