"""A linear probe on cached embeddings: linear discriminant analysis, or multinomial logistic regression.

For the regression embeddings are centred and divided by one common scale first, so that one ``weight_decay`` means the
same for every backbone; the result takes embeddings as they are. The loss is convex and minimised by L-BFGS (Liu and
Nocedal 1989), so there is neither seed nor learning rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch.nn import functional as F

from trainer.control import WorkControl
from trainer.errors import Cancelled

WEIGHT_DECAYS = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""What :func:`best_weight_decay` tries."""

_SHRINKAGE = 3.0  # chosen on photos taken with phones, 20 of each class
_STEPS = 100
_FOLDS = 5
_L2_SP_STEPS = 60


@dataclass(frozen=True)
class LinearProbe:
    """Logits are ``embeddings_ND @ weight_KD.T + bias_K``, as :class:`torch.nn.Linear` has it; all float32."""

    weight_KD: torch.Tensor
    bias_K: torch.Tensor

    def logits(self, embeddings_ND: torch.Tensor) -> torch.Tensor:
        """float32 N×K."""
        return embeddings_ND @ self.weight_KD.T + self.bias_K


Fit: TypeAlias = Callable[[torch.Tensor, torch.Tensor, int], LinearProbe]


def fit_linear_probe(
    embeddings_ND: torch.Tensor,
    labels_N: torch.Tensor,
    classes: int,
    *,
    weight_decay: float = 1e-2,
    control: WorkControl | None = None,
) -> LinearProbe:
    """Fit a linear probe.

    Args:
        embeddings_ND: float32; N at least 1.
        labels_N: int64 in [0, classes).
        classes: K. A class without examples gets a low bias and no weight.
        weight_decay: L2 penalty on the weights of the scaled embeddings, above 0; the bias has almost none.
    """
    mean_D = embeddings_ND.mean(dim=0)
    centred_ND = embeddings_ND - mean_D
    # The root mean squared length becomes √D for every scale of the backbone.
    scale = centred_ND.square().mean().sqrt().clamp_min(1e-6)
    scaled_ND = centred_ND / scale
    weight_KD = torch.zeros(classes, embeddings_ND.shape[1], requires_grad=True)
    bias_K = torch.zeros(classes, requires_grad=True)

    def loss() -> torch.Tensor:
        value = F.cross_entropy(scaled_ND @ weight_KD.T + bias_K, labels_N)
        return value + 0.5 * weight_decay * (weight_KD.square().sum() + 1e-3 * bias_K.square().sum())

    minimise([weight_KD, bias_K], loss, steps=_STEPS, tolerance=1e-5, control=control)
    weight_KD = weight_KD.detach() / scale
    return LinearProbe(weight_KD, bias_K.detach() - weight_KD @ mean_D)


def fit_lda(embeddings_ND: torch.Tensor, labels_N: torch.Tensor, classes: int) -> LinearProbe:
    """Linear discriminant analysis with equal priors; with few photos of each class better than the probe above.

    The covariance within classes is shrunk towards a multiple of the identity (Friedman 1989). Logits are not
    calibrated. Arguments are those of :func:`fit_linear_probe`.
    """
    mean_D = embeddings_ND.mean(dim=0)
    centred_ND = embeddings_ND - mean_D
    present_K = labels_N.bincount(minlength=classes) > 0
    sums_KD = torch.zeros(classes, embeddings_ND.shape[1]).index_add_(0, labels_N, centred_ND)
    means_KD = sums_KD / labels_N.bincount(minlength=classes).clamp_min(1)[:, None]
    residuals_ND = centred_ND - means_KD[labels_N]
    within_DD = residuals_ND.T @ residuals_ND / len(labels_N)
    variance = within_DD.diagonal().mean() + 1e-4 * centred_ND.square().mean() + 1e-12  # above 0 for equal examples
    within_DD += _SHRINKAGE * variance * torch.eye(len(within_DD))
    weight_KD = torch.linalg.solve(within_DD, means_KD.T).T
    bias_K = -0.5 * (weight_KD * means_KD).sum(dim=1)
    # A class without examples is everywhere as improbable as the least probable one is anywhere.
    bias_K[~present_K] = (centred_ND @ weight_KD.T + bias_K).min()
    return LinearProbe(weight_KD, bias_K - weight_KD @ mean_D)


def minimise(
    parameters: list[torch.Tensor],
    loss: Callable[[], torch.Tensor],
    *,
    steps: int,
    tolerance: float,
    control: WorkControl | None = None,
) -> None:
    """Minimise a convex loss, a scalar with its graph, by L-BFGS in place, until gradients are within ``tolerance``."""
    optimizer = torch.optim.LBFGS(parameters, max_iter=steps, tolerance_grad=tolerance, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        if control is not None and control.stopped:
            raise Cancelled
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(closure)


def out_of_fold(
    embeddings_ND: torch.Tensor,
    labels_N: torch.Tensor,
    classes: int,
    *,
    weight_decay: float = 1e-2,
    seed: int = 0,
    groups_N: torch.Tensor | None = None,
    folds: int = _FOLDS,
    control: WorkControl | None = None,
    fit: Fit | None = None,
) -> torch.Tensor:
    """Out-of-fold log-probabilities, float32 N×K: each example is predicted by a probe fitted to the other folds.

    Args:
        embeddings_ND: float32.
        labels_N: int64.
        classes: K.
        weight_decay: As in :func:`fit_linear_probe`.
        groups_N: int64; examples of one group, such as near-duplicates, share a fold. None: each is its own.
        folds: How many, 2 or more; fewer are made of fewer examples.
        fit: Fits a head to embeddings and labels of so many classes; None: :func:`fit_linear_probe`.

    Raises:
        ValueError: One group holds every example.
    """
    fit = fit or partial(fit_linear_probe, weight_decay=weight_decay, control=control)
    result_NK = torch.full((len(labels_N), classes), -torch.inf)
    for held_out_M in _folds(labels_N, groups_N, folds, seed):
        rest_N = torch.ones(len(labels_N), dtype=torch.bool)
        rest_N[held_out_M] = False
        if not bool(rest_N.any()):
            raise ValueError("one group holds every example")
        probe = fit(embeddings_ND[rest_N], labels_N[rest_N], classes)
        result_NK[held_out_M] = probe.logits(embeddings_ND[held_out_M]).log_softmax(dim=1)
    return result_NK


def best_weight_decay(
    embeddings_ND: torch.Tensor,
    labels_N: torch.Tensor,
    classes: int,
    *,
    seed: int = 0,
    groups_N: torch.Tensor | None = None,
    choices: Sequence[float] = WEIGHT_DECAYS,
    control: WorkControl | None = None,
) -> tuple[float, torch.Tensor]:
    """The weight decay of the least out-of-fold loss, and those out-of-fold log-probabilities, float32 N×K.

    Arguments and errors are those of :func:`out_of_fold`.
    """
    tried = []
    for choice in choices:
        log_probabilities_NK = out_of_fold(
            embeddings_ND, labels_N, classes, weight_decay=choice, seed=seed, groups_N=groups_N, control=control
        )
        tried.append((F.nll_loss(log_probabilities_NK, labels_N).item(), choice, log_probabilities_NK))
    _, weight_decay, log_probabilities_NK = min(tried, key=lambda each: each[0])
    return weight_decay, log_probabilities_NK


def _folds(labels_N: torch.Tensor, groups_N: torch.Tensor | None, folds: int, seed: int) -> list[torch.Tensor]:
    """Indices of each fold: stratified by class; every group is in one fold."""
    groups_N = torch.arange(len(labels_N)) if groups_N is None else groups_N.unique(return_inverse=True)[1]
    count = int(groups_N.max()) + 1
    # The class of a group is that of its first example.
    first_G = torch.full((count,), len(labels_N)).scatter_reduce_(0, groups_N, torch.arange(len(labels_N)), "amin")
    order_G = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    by_class_G = order_G[labels_N[first_G[order_G]].argsort(stable=True)]
    fold_G = torch.empty(count, dtype=torch.int64)
    fold_G[by_class_G] = torch.arange(count) % max(min(folds, count), 2)
    return [found for fold in range(folds) if len(found := (fold_G[groups_N] == fold).nonzero().flatten())]


def fit_l2_sp_head(
    head: LinearProbe,
    embeddings_MD: torch.Tensor,
    targets_MK: torch.Tensor,
    weights_M: torch.Tensor,
    control: WorkControl,
    *,
    decay: float,
) -> LinearProbe:
    """L2-SP fitting: multinomial logistic regression that starts at a given head and is held near it.

    The penalty is on the change of the weights (L2-SP; Li et al. 2018, arXiv:1802.01483).

    Args:
        embeddings_MD: float32; M at least 1.
        targets_MK: Target probabilities, float32, each row summing to 1.
        weights_M: Weight of each example, float32, above 0.
        decay: L2 penalty on the change, for embeddings centred and scaled to a root mean square of 1.
    """
    mean_D = embeddings_MD.mean(dim=0)
    scale = (embeddings_MD - mean_D).square().mean().sqrt().clamp_min(1e-6)
    scaled_MD = (embeddings_MD - mean_D) / scale
    initial_MK = head.logits(embeddings_MD)
    weighted_MK = targets_MK * (weights_M / weights_M.sum())[:, None]
    change_KD = torch.zeros_like(head.weight_KD, requires_grad=True)
    change_K = torch.zeros_like(head.bias_K, requires_grad=True)

    def loss() -> torch.Tensor:
        log_probabilities_MK = (initial_MK + scaled_MD @ change_KD.T + change_K).log_softmax(dim=1)
        value = -(weighted_MK * log_probabilities_MK).sum()
        return value + 0.5 * decay * (change_KD.square().sum() + change_K.square().sum())

    minimise([change_KD, change_K], loss, steps=_L2_SP_STEPS, tolerance=1e-6, control=control)
    change_KD = change_KD.detach() / scale
    return LinearProbe(head.weight_KD + change_KD, head.bias_K + change_K.detach() - change_KD @ mean_D)
