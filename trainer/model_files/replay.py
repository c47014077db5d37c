"""A sample of what a model was trained on, so that it can be trained further without forgetting.

Embeddings are kept instead of photos (latent replay; Pellegrini et al. 2020, arXiv:1912.01100): 768 bytes a photo for
384 numbers, from which no photo can be reconstructed. They are valid for all models of the same backbone, whatever
heads these have; a fingerprint of the backbone's weights says whether they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from trainer.model_files import heads
from trainer.taxonomy import CATEGORY


@dataclass(frozen=True)
class Labels:
    """Labels of one attribute of the photos of a sample.

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
        held_out_N: bool, photos that the model was not trained on. Accuracy is measured on them; without them, on a
            fifth of the others.
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
