"""Class balancing, so that a collection of mostly shirts does not make a model that answers “shirt”.

A category of n photos has the weight 1 / E with E = (1 - β^n) / (1 - β), the effective number of its photos (Cui et al.
2019, arXiv:1901.05555). With plain 1 / n, each photo of a category of five would have a thousand times the weight of
one of five thousand. With β = 0.999 the two agree up to some hundred photos; from a few thousand on the weight stays
the same.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from trainer.recipe import FitRecipe

_BETA = 0.999


def example_weights(labels_N: torch.Tensor) -> torch.Tensor:
    """Weight of each example by how many share its label; float32 N, above 0, on average 1.

    Args:
        labels_N: int64.
    """
    counts_K = torch.bincount(labels_N).double()
    effective_K = (1 - _BETA**counts_K) / (1 - _BETA)
    weights_N = 1 / effective_K[labels_N]
    return (weights_N / weights_N.mean()).float()


class ClassBalancer:
    """Applies :attr:`FitRecipe.class_balancing` to one set of training labels.

    Args:
        labels_N: int64, of all training examples.
    """

    def __init__(self, labels_N: torch.Tensor) -> None:
        self._labels_N = labels_N
        self._weights_N = example_weights(labels_N)

    def resample(self, indices_N: torch.Tensor, recipe: FitRecipe, generator: torch.Generator) -> torch.Tensor:
        """The examples of a batch: with ``sampling``, drawn by their weights, otherwise ``indices_N`` itself.

        The generator is that of the batch, so that a resumed run draws the same.
        """
        if recipe.class_balancing != "sampling":
            return indices_N
        return torch.multinomial(self._weights_N, len(indices_N), replacement=True, generator=generator)

    def cross_entropy(self, logits_NK: torch.Tensor, indices_N: torch.Tensor, recipe: FitRecipe) -> torch.Tensor:
        """Mean cross-entropy with the recipe's label smoothing and, with ``weights``, each example's weight."""
        device = logits_NK.device
        labels_N = self._labels_N[indices_N].to(device)
        if recipe.class_balancing != "weights":
            return F.cross_entropy(logits_NK, labels_N, label_smoothing=recipe.label_smoothing)
        losses_N = F.cross_entropy(logits_NK, labels_N, label_smoothing=recipe.label_smoothing, reduction="none")
        return (losses_N * self._weights_N[indices_N].to(device)).mean()
