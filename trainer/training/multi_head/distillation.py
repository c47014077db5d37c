"""Networks that have learnt the same already, whose answers another one learns beside the labels.

A label says one thing, often the wrong one of two that look alike; what several networks make of a photo says how
likely each is (distillation; Hinton et al. 2015, arXiv:1503.02531). They see each photo changed as their pupil does
(Beyer et al. 2022, arXiv:2106.05237).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from trainer import devices

SHARE = 0.8
"""How much of the loss is the teachers'; the rest is the labels'."""

# Patterns and fabrics are labelled where names tell them; what teachers say of all other photos is worth less.
_SELDOM_KNOWN = {"pattern": 0.2, "fabric": 0.2}


class Teachers:
    """Several networks that answer as one: the mean of their probabilities.

    Args:
        networks: At least one :class:`trainer.networks.product.ProductNetwork`, of the pupil's heads. They stay as they
            are, but for where they lie.
        weights: What each attribute weighs against the category.
    """

    def __init__(self, networks: Sequence[nn.Module], weights: Mapping[str, float]) -> None:
        self._networks = [network.eval() for network in networks]
        self._weights = {name: _SELDOM_KNOWN.get(name, weight) for name, weight in weights.items()}

    def fingerprint(self) -> str:
        """8 hex digits that change when any of their weights does (SHA-256)."""
        digest = hashlib.sha256()
        for network in self._networks:
            for tensor in network.state_dict().values():
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:8]

    def joined(
        self,
        loss: torch.Tensor,
        inputs_NCHW: torch.Tensor,
        logits_NK: torch.Tensor,
        attributes: Mapping[str, torch.Tensor],
    ) -> torch.Tensor:
        """The loss of labels and teachers together.

        Args:
            loss: That of the labels.
            inputs_NCHW: What the pupil saw, normalised.
            logits_NK: What it says of the category.
            attributes: What it says of each attribute, logits N×K.
        """
        category, taught = self._answers(inputs_NCHW)
        away = _divergence(logits_NK, category)
        for name, attribute_NK in attributes.items():
            away = away + self._weights[name] * _divergence(attribute_NK, taught[name])
        return (1 - SHARE) * loss + SHARE * away

    @torch.no_grad()
    def _answers(self, inputs_NCHW: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Probabilities of the category and of each attribute, float32 N×K."""
        category: list[torch.Tensor] = []
        attributes: dict[str, list[torch.Tensor]] = {}
        for network in self._networks:
            if devices.device_of(network) != inputs_NCHW.device:
                devices.to_device(network, inputs_NCHW.device)
            teacher: Any = network  # with what ProductNetwork offers
            embeddings_ND = teacher.embed(inputs_NCHW)
            category.append(teacher.head(embeddings_ND).float().softmax(dim=1))
            for name, logits_NK in teacher.logits(embeddings_ND).items():
                attributes.setdefault(name, []).append(logits_NK.float().softmax(dim=1))
        return _mean(category), {name: _mean(each) for name, each in attributes.items()}


def _mean(probabilities: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(probabilities)).mean(dim=0)


def _divergence(logits_NK: torch.Tensor, wanted_NK: torch.Tensor) -> torch.Tensor:
    """Kullback and Leibler's, of the pupil's probabilities from those wanted; mean over the photos, in nats."""
    return F.kl_div(logits_NK.float().log_softmax(dim=1), wanted_NK, reduction="batchmean")
