"""Knowledge distillation: a network is trained on the probabilities of teacher networks beside the labels.

A label is one value, often the wrong one of two that look alike; the probabilities of several networks say how likely
each is (Hinton et al. 2015, arXiv:1503.02531). Teachers see the same augmented photo as the student (Beyer et al. 2022,
arXiv:2106.05237).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import torch
from torch.nn import functional as F

from trainer import devices
from trainer.networks.network import Network

TEACHER_WEIGHT = 0.8
"""Weight of the distillation loss; the rest is that of the labels."""

# Patterns and fabrics are labelled where product names tell them; the teachers are less reliable on all other photos.
_SPARSE_WEIGHTS = {"pattern": 0.2, "fabric": 0.2}


class Teachers:
    """An ensemble whose answer is the mean of the probabilities.

    Args:
        networks: One or more networks with the heads of the student. They
            are moved to the student's device; nothing else changes.
        weights: Weight of each attribute relative to the category.
    """

    def __init__(self, networks: Sequence[Network], weights: Mapping[str, float]) -> None:
        self._networks = [network.eval() for network in networks]
        self._weights = {name: _SPARSE_WEIGHTS.get(name, weight) for name, weight in weights.items()}

    def fingerprint(self) -> str:
        """8 hex digits that change when any of their weights does (SHA-256)."""
        digest = hashlib.sha256()
        for network in self._networks:
            for tensor in network.state_dict().values():
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:8]

    def distilled(
        self,
        loss: torch.Tensor,
        inputs_NCHW: torch.Tensor,
        logits_NK: torch.Tensor,
        attributes: Mapping[str, torch.Tensor],
    ) -> torch.Tensor:
        """The loss of labels and teachers together, a scalar.

        Args:
            loss: That of the labels.
            inputs_NCHW: The student's inputs, normalised.
            logits_NK: The student's logits of the category.
            attributes: The student's logits of each attribute, N×K.
        """
        category_NK, teacher_attributes = self._probabilities(inputs_NCHW)
        distance = _kl_divergence(logits_NK, category_NK)
        for name, attribute_NK in attributes.items():
            distance = distance + self._weights[name] * _kl_divergence(attribute_NK, teacher_attributes[name])
        return (1 - TEACHER_WEIGHT) * loss + TEACHER_WEIGHT * distance

    @torch.no_grad()
    def _probabilities(self, inputs_NCHW: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Probabilities of the category and of each attribute, float32 N×K."""
        category: list[torch.Tensor] = []
        attributes: dict[str, list[torch.Tensor]] = {}
        for network in self._networks:
            if devices.device_of(network) != inputs_NCHW.device:
                devices.to_device(network, inputs_NCHW.device)
            embeddings_ND = network.embed(inputs_NCHW)
            category.append(network.head(embeddings_ND).float().softmax(dim=1))
            for name, logits_NK in network.logits(embeddings_ND).items():
                attributes.setdefault(name, []).append(logits_NK.float().softmax(dim=1))
        return _mean(category), {name: _mean(each) for name, each in attributes.items()}


def _mean(probabilities: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(probabilities)).mean(dim=0)


def _kl_divergence(logits_NK: torch.Tensor, targets_NK: torch.Tensor) -> torch.Tensor:
    """KL divergence of the targets from the predicted probabilities; mean over the photos, in nats."""
    return F.kl_div(logits_NK.float().log_softmax(dim=1), targets_NK, reduction="batchmean")
