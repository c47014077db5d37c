"""Refits the head of a model with corrections, without losing what it knew.

Three things keep it close to the old head. It is regularized towards it (:mod:`trainer.training.fit.l2_sp_head`). The
replay sample keeps the old head's own outputs as targets (Li and Hoiem 2016, arXiv:1606.09282), so that nothing
changes unless a correction asks for it. And how far corrections may change it is chosen by what it then predicts for
held-out corrections: where they follow no rule, such as a few random mistakes, the head hardly changes; where a shop
names things differently, it follows.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl
from trainer.networks.linear_probe import LinearProbe
from trainer.training.fit.l2_sp_head import fit_l2_sp_head

_FOLDS = 2
_REMEMBERING = 0.25  # of the answers to what was known against those to corrections: people's word is the newer one
_MOST_EMPHASIS = 5.0  # all corrections together count at most so many times as much as all that is rehearsed


@dataclass(frozen=True, slots=True)
class Strength:
    """How far corrections may move the head.

    Attributes:
        emphasis: A corrected photo counts as so many rehearsed ones.
        decay: L2 penalty on the change of the weights, for embeddings scaled to a root mean square of 1.
    """

    emphasis: float
    decay: float


STRENGTHS = (Strength(1, 0.1), Strength(1, 0.01), Strength(3, 0.03), Strength(10, 0.01))
STRENGTHS_ALONE = (Strength(1, 3.0), Strength(1, 0.3), Strength(1, 0.03))
"""Where there is nothing to rehearse, the penalty alone holds on to what was known."""


@dataclass(frozen=True)
class Material:
    """What to learn.

    Attributes:
        corrected_CD: Embeddings of corrected photos, float32; C at least 2.
        labels_C: int64 in [0, K).
        rehearsed_ND: Embeddings of what was known, float32; N may be 0.
        group_C: int64; photos of one number, such as copies of one photo, are learnt from together or not at all when
            the strength is chosen. At least 2 different ones. None: each is its own.
    """

    corrected_CD: torch.Tensor
    labels_C: torch.Tensor
    rehearsed_ND: torch.Tensor
    group_C: torch.Tensor | None = None

    def part(self, corrected_C: torch.Tensor, rehearsed_N: torch.Tensor) -> Material:
        """Those that are true in either bool tensor."""
        return Material(self.corrected_CD[corrected_C], self.labels_C[corrected_C], self.rehearsed_ND[rehearsed_N])


def relearnt(
    head: LinearProbe, material: Material, control: WorkControl, *, seed: int, what: str = "Learning"
) -> Generator[ProgressEvent, None, LinearProbe]:
    """The head after it learnt, as far as is good for it; yields progress.

    Args:
        head: What to begin with; its logits should be calibrated, so that learning need not mend their scale.
        material: What to learn.
        control: Stops it.
        seed: Same seed, same folds.
        what: What progress calls it.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    strengths = STRENGTHS if len(material.rehearsed_ND) else STRENGTHS_ALONE
    total = len(strengths) * _FOLDS + 1
    generator = torch.Generator().manual_seed(seed)
    corrected_C = _folds(material, generator)
    rehearsed_N = torch.randperm(len(material.rehearsed_ND), generator=generator) % _FOLDS
    losses: list[float] = []
    for strength in strengths:
        loss = 0.0
        for fold in range(_FOLDS):
            yield ProgressEvent(what, len(losses) * _FOLDS + fold, total)
            learnt = _fitted(head, material.part(corrected_C != fold, rehearsed_N != fold), strength, control)
            loss += _loss(head, learnt, material.part(corrected_C == fold, rehearsed_N == fold))
        losses.append(loss)
    yield ProgressEvent(what, total - 1, total)
    result = _fitted(head, material, strengths[losses.index(min(losses))], control)
    yield ProgressEvent(what, total, total)
    return result


def _folds(material: Material, generator: torch.Generator) -> torch.Tensor:
    """In which fold each corrected photo is, int64 C; were copies in both, what was learnt by heart would look good."""
    group_C = torch.arange(len(material.labels_C)) if material.group_C is None else material.group_C
    numbers_G, place_C = group_C.unique(return_inverse=True)
    return (torch.randperm(len(numbers_G), generator=generator) % _FOLDS)[place_C]


def _loss(old: LinearProbe, new: LinearProbe, unseen: Material) -> float:
    """How badly the new head does on corrections, and how far it is from the old one's answers elsewhere."""
    loss = F.cross_entropy(new.logits(unseen.corrected_CD), unseen.labels_C).item()
    if len(unseen.rehearsed_ND):
        before_NK, now_NK = (head.logits(unseen.rehearsed_ND).log_softmax(dim=1) for head in (old, new))
        loss += _REMEMBERING * F.kl_div(now_NK, before_NK, reduction="batchmean", log_target=True).item()
    return loss


def _fitted(head: LinearProbe, material: Material, strength: Strength, control: WorkControl) -> LinearProbe:
    rehearsed, corrected = len(material.rehearsed_ND), len(material.labels_C)
    kept_NK = head.logits(material.rehearsed_ND).softmax(dim=1)
    named_CK = F.one_hot(material.labels_C, len(head.bias_K)).float()
    together = strength.emphasis * corrected
    if rehearsed:
        together = min(together, _MOST_EMPHASIS * rehearsed)
    return fit_l2_sp_head(
        head,
        torch.cat([material.rehearsed_ND, material.corrected_CD]),
        torch.cat([kept_NK, named_CK]),
        torch.cat([torch.ones(rehearsed), torch.full((corrected,), together / corrected)]),
        control,
        decay=strength.decay,
    )
