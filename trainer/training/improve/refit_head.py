"""Refits the head of a model on corrections, without losing what it knew.

Four things keep the new head close to the old one. It is regularised towards it
(:mod:`trainer.networks.linear_probe`). The targets of the replay sample are the old head's own outputs (Li and Hoiem
2016, arXiv:1606.09282). Corrections and replay sample together weigh as much in each predicted class as the replay
sample alone, so that many corrections of one class do not outweigh the others. And the strength of the update is chosen
by cross-validation: the least change whose loss is within one standard error of the best (Breiman et al. 1984, section
3.4.3). When corrections follow no rule, such as a few random mistakes, the head does not change; when a shop names
things differently, it follows.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl
from trainer.evaluation.calibration import fit_temperature
from trainer.networks.linear_probe import LinearProbe, best_weight_decay, fit_l2_sp_head, fit_linear_probe

_FOLDS = 5
_REPLAY_LOSS_WEIGHT = 0.25  # against the loss on corrections: labels set by people are newer


@dataclass(frozen=True, slots=True)
class UpdateStrength:
    """Hyperparameters of the refit.

    Attributes:
        weight: Of a corrected photo, relative to a photo of the replay sample of the same class.
        decay: L2 penalty on the change of the weights, for embeddings scaled to a root mean square of 1.
    """

    weight: float
    decay: float


# Least change first.
STRENGTHS = (
    UpdateStrength(1, 3.0),
    UpdateStrength(1, 1.0),
    UpdateStrength(1, 0.3),
    UpdateStrength(1, 0.1),
    UpdateStrength(3, 0.03),
    UpdateStrength(10, 0.01),
)
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
        replay_labels_N: int64 in [0, K), for a linear probe that was fitted to the replay sample: its answers for those
            photos say nothing of others, so probes fitted without them replace it in cross-validation. None otherwise.
    """

    corrected_CD: torch.Tensor
    labels_C: torch.Tensor
    replay_ND: torch.Tensor
    group_C: torch.Tensor | None = None
    replay_labels_N: torch.Tensor | None = None

    def subset(self, corrected_C: torch.Tensor, replay_N: torch.Tensor) -> RefitData:
        return RefitData(self.corrected_CD[corrected_C], self.labels_C[corrected_C], self.replay_ND[replay_N])


@dataclass(frozen=True)
class OutOfFold:
    """Logits for N replay photos and then C corrected photos, by heads that were not fitted to the photo, nor to a
    near-duplicate of a corrected photo; float32. The old head was not fitted to the corrected photos.
    """

    old_MK: torch.Tensor
    new_MK: torch.Tensor
    labels_M: torch.Tensor


@dataclass(frozen=True)
class RefittedHead:
    """The new head; ``out_of_fold`` is None without :attr:`RefitData.replay_labels_N`."""

    probe: LinearProbe
    out_of_fold: OutOfFold | None


def refit_head(
    head: LinearProbe, data: RefitData, control: WorkControl, *, seed: int, attribute: str = ""
) -> Generator[ProgressEvent, None, RefittedHead]:
    """A new head, fitted with the best strength of the update, or the old one; yields progress.

    The logits of ``head`` should be calibrated, so that the fit does not have to correct their scale. ``attribute`` is
    empty for the category.
    """
    strengths = STRENGTHS if len(data.replay_ND) else STRENGTHS_WITHOUT_REPLAY
    total = len(strengths) + 2
    step = "training_attribute" if attribute else "training_head"
    yield ProgressEvent(step, 0, total, attribute)
    folds = _Folds(head, data, control, seed)
    old_MK = folds.logits(None, control)
    logits, losses = [old_MK], [folds.losses(old_MK, old_MK)]
    for number, strength in enumerate(strengths, 1):
        yield ProgressEvent(step, number, total, attribute)
        logits.append(folds.logits(strength, control))
        losses.append(folds.losses(logits[-1], old_MK))
    chosen = _least_change(losses)
    yield ProgressEvent(step, total - 1, total, attribute)
    probe = _fit(head, data, strengths[chosen - 1], control) if chosen else head
    yield ProgressEvent(step, total, total, attribute)
    if data.replay_labels_N is None:
        return RefittedHead(probe, None)
    return RefittedHead(probe, OutOfFold(old_MK, logits[chosen], torch.cat([data.replay_labels_N, data.labels_C])))


def _least_change(losses: list[torch.Tensor]) -> int:
    """The first of these weighted losses of M photos whose sum exceeds the lowest one by chance alone."""
    best_M = min(losses, key=lambda losses_M: losses_M.sum().item())
    for index, losses_M in enumerate(losses):
        difference_M = losses_M - best_M
        error = (len(difference_M) * difference_M.var(correction=0)).sqrt().item()
        if difference_M.sum().item() <= error:
            return index
    return len(losses) - 1


class _Folds:
    """Cross-validation: which photos are in which fold, and the old head of each fold."""

    def __init__(self, head: LinearProbe, data: RefitData, control: WorkControl, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        group_C = torch.arange(len(data.labels_C)) if data.group_C is None else data.group_C
        numbers_G, place_C = group_C.unique(return_inverse=True)
        self._data = data
        self._count = min(_FOLDS, len(numbers_G))
        # Near-duplicates in two folds would reward overfitting.
        self._fold_C = (torch.randperm(len(numbers_G), generator=generator) % self._count)[place_C]
        self._fold_N = torch.randperm(len(data.replay_ND), generator=generator) % self._count
        self._head = head
        self._old = [head] * self._count if data.replay_labels_N is None else self._refitted(control, seed)

    def _refitted(self, control: WorkControl, seed: int) -> list[LinearProbe]:
        embeddings_ND, labels_N, classes = self._data.replay_ND, self._data.replay_labels_N, len(self._head.bias_K)
        assert labels_N is not None
        decay, out_of_fold_NK = best_weight_decay(embeddings_ND, labels_N, classes, seed=seed, control=control)
        temperature = fit_temperature(out_of_fold_NK, labels_N)
        heads = []
        for fold in range(self._count):
            rest_N = self._fold_N != fold
            probe = fit_linear_probe(
                embeddings_ND[rest_N], labels_N[rest_N], classes, weight_decay=decay, control=control
            )
            heads.append(LinearProbe(probe.weight_KD / temperature, probe.bias_K / temperature))
        return heads

    def logits(self, strength: UpdateStrength | None, control: WorkControl) -> torch.Tensor:
        """Out-of-fold logits of the updated head, None for the old one: N replay photos, then C corrected photos."""
        data, count = self._data, len(self._data.replay_ND)
        result_MK = torch.empty(count + len(data.labels_C), len(self._head.bias_K))
        for fold, old in enumerate(self._old):
            in_N, in_C = self._fold_N == fold, self._fold_C == fold
            new = old if strength is None else _fit(old, data.subset(~in_C, ~in_N), strength, control)
            result_MK[:count][in_N] = new.logits(data.replay_ND[in_N])
            result_MK[count:][in_C] = (self._head if strength is None else new).logits(data.corrected_CD[in_C])
        return result_MK

    def losses(self, new_MK: torch.Tensor, old_MK: torch.Tensor) -> torch.Tensor:
        """The weighted loss of each photo, whose sum is to be small: cross-entropy, and for replay photos without
        labels the divergence from the old head's outputs.
        """
        data, count = self._data, len(self._data.replay_ND)
        corrected_C = F.cross_entropy(new_MK[count:], data.labels_C, reduction="none")
        if data.replay_labels_N is not None:
            replay_N = F.cross_entropy(new_MK[:count], data.replay_labels_N, reduction="none")
            weights_M = _class_weights(data.replay_labels_N, data.labels_C, 1.0, new_MK.shape[1])
            return torch.cat([replay_N, corrected_C]) * weights_M / weights_M.sum()
        old_NK, new_NK = old_MK[:count].log_softmax(dim=1), new_MK[:count].log_softmax(dim=1)
        replay_N = F.kl_div(new_NK, old_NK, reduction="none", log_target=True).sum(dim=1)
        return torch.cat([replay_N * _REPLAY_LOSS_WEIGHT / max(count, 1), corrected_C / len(corrected_C)])


def _class_weights(replay_N: torch.Tensor, corrected_C: torch.Tensor, weight: float, classes: int) -> torch.Tensor:
    """Weights of the replay photos, then of the corrected ones, which weigh ``weight`` times as much: of each class all
    together as much as its replay photos are, or 1 without any. Arguments are classes, int64.
    """
    replay_K, corrected_K = (labels.bincount(minlength=classes).float() for labels in (replay_N, corrected_C))
    share_K = replay_K.clamp_min(1) / (replay_K + weight * corrected_K).clamp_min(1)
    return torch.cat([share_K[replay_N], weight * share_K[corrected_C]])


def _fit(head: LinearProbe, data: RefitData, strength: UpdateStrength, control: WorkControl) -> LinearProbe:
    soft_NK = head.logits(data.replay_ND).softmax(dim=1)
    hard_CK = F.one_hot(data.labels_C, len(head.bias_K)).float()
    # Balanced by the predicted class: where all photos of a class are corrected to another one, the new label counts.
    predicted_C = head.logits(data.corrected_CD).argmax(dim=1)
    return fit_l2_sp_head(
        head,
        torch.cat([data.replay_ND, data.corrected_CD]),
        torch.cat([soft_NK, hard_CK]),
        _class_weights(soft_NK.argmax(dim=1), predicted_C, strength.weight, len(head.bias_K)),
        control,
        decay=strength.decay,
    )
