"""Refits the head of a model on corrections, without losing what it knew.

Three things keep the new head close to the old one. It is regularised towards it
(:mod:`trainer.networks.linear_probe`). The targets of the replay sample are the old head's own outputs (Li and Hoiem
2016, arXiv:1606.09282). And the strength of the update is chosen by cross-validation on the corrections: when they
follow no rule, such as a few random mistakes, the head hardly changes; when a shop names things differently, it
follows.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl
from trainer.networks.linear_probe import LinearProbe, fit_l2_sp_head

_FOLDS = 2
_REPLAY_LOSS_WEIGHT = 0.25  # against the loss on corrections: labels set by people are newer
_MAX_WEIGHT = 5.0  # all corrections together weigh at most so many times as much as the replay sample


@dataclass(frozen=True, slots=True)
class UpdateStrength:
    """Hyperparameters of the refit.

    Attributes:
        weight: Of a corrected photo, relative to a photo of the replay sample.
        decay: L2 penalty on the change of the weights, for embeddings scaled to a root mean square of 1.
    """

    weight: float
    decay: float


STRENGTHS = (UpdateStrength(1, 0.1), UpdateStrength(1, 0.01), UpdateStrength(3, 0.03), UpdateStrength(10, 0.01))
STRENGTHS_WITHOUT_REPLAY = (UpdateStrength(1, 3.0), UpdateStrength(1, 0.3), UpdateStrength(1, 0.03))
"""Without a replay sample, only the penalty preserves the old head's outputs."""


@dataclass(frozen=True)
class RefitData:
    """C corrected photos and a replay sample of N photos.

    Attributes:
        corrected_CD: Embeddings, float32; C at least 2.
        labels_C: int64 in [0, K).
        replay_ND: Embeddings, float32; N may be 0.
        group_C: int64, the same for near-duplicates, which are kept in one fold; at least 2 different ones. None: each
            photo is a group of its own.
    """

    corrected_CD: torch.Tensor
    labels_C: torch.Tensor
    replay_ND: torch.Tensor
    group_C: torch.Tensor | None = None

    def subset(self, corrected_C: torch.Tensor, replay_N: torch.Tensor) -> RefitData:
        return RefitData(self.corrected_CD[corrected_C], self.labels_C[corrected_C], self.replay_ND[replay_N])


def refit_head(
    head: LinearProbe, data: RefitData, control: WorkControl, *, seed: int, attribute: str = ""
) -> Generator[ProgressEvent, None, LinearProbe]:
    """A new head, fitted with the best strength of the update; yields progress.

    The logits of ``head`` should be calibrated, so that the fit does not have to correct their scale. ``attribute`` is
    empty for the category.
    """
    strengths = STRENGTHS if len(data.replay_ND) else STRENGTHS_WITHOUT_REPLAY
    total = len(strengths) * _FOLDS + 1
    generator = torch.Generator().manual_seed(seed)
    corrected_C = _folds(data, generator)
    replay_N = torch.randperm(len(data.replay_ND), generator=generator) % _FOLDS
    losses: list[float] = []
    step = "training_attribute" if attribute else "training_head"
    for strength in strengths:
        loss = 0.0
        for fold in range(_FOLDS):
            yield ProgressEvent(step, len(losses) * _FOLDS + fold, total, attribute)
            fitted = _fit(head, data.subset(corrected_C != fold, replay_N != fold), strength, control)
            loss += _loss(head, fitted, data.subset(corrected_C == fold, replay_N == fold))
        losses.append(loss)
    yield ProgressEvent(step, total - 1, total, attribute)
    result = _fit(head, data, strengths[losses.index(min(losses))], control)
    yield ProgressEvent(step, total, total, attribute)
    return result


def _folds(data: RefitData, generator: torch.Generator) -> torch.Tensor:
    """The fold of each corrected photo, int64 C. Near-duplicates in two folds would reward overfitting."""
    group_C = torch.arange(len(data.labels_C)) if data.group_C is None else data.group_C
    numbers_G, place_C = group_C.unique(return_inverse=True)
    return (torch.randperm(len(numbers_G), generator=generator) % _FOLDS)[place_C]


def _loss(old: LinearProbe, new: LinearProbe, validation: RefitData) -> float:
    """Cross-entropy on corrections, plus the divergence from the old head's outputs on the replay sample."""
    loss = F.cross_entropy(new.logits(validation.corrected_CD), validation.labels_C).item()
    if len(validation.replay_ND):
        old_NK, new_NK = (head.logits(validation.replay_ND).log_softmax(dim=1) for head in (old, new))
        loss += _REPLAY_LOSS_WEIGHT * F.kl_div(new_NK, old_NK, reduction="batchmean", log_target=True).item()
    return loss


def _fit(head: LinearProbe, data: RefitData, strength: UpdateStrength, control: WorkControl) -> LinearProbe:
    replay, corrected = len(data.replay_ND), len(data.labels_C)
    soft_NK = head.logits(data.replay_ND).softmax(dim=1)
    hard_CK = F.one_hot(data.labels_C, len(head.bias_K)).float()
    total_weight = strength.weight * corrected
    if replay:
        total_weight = min(total_weight, _MAX_WEIGHT * replay)
    return fit_l2_sp_head(
        head,
        torch.cat([data.replay_ND, data.corrected_CD]),
        torch.cat([soft_NK, hard_CK]),
        torch.cat([torch.ones(replay), torch.full((corrected,), total_weight / corrected)]),
        control,
        decay=strength.decay,
    )
