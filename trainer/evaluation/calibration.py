"""Making confidences mean what they say, and finding where a person should look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional as F

from trainer.model_files.metadata import ReviewPoint

_CURVE_POINTS = 60
_LOWEST_THRESHOLD = 0.5
_BELOW_ONE = float(np.nextafter(1.0, 0.0))  # lets pass only what is exactly 1; 1 itself would let nothing pass
OK_ACCURACIES = (0.98, 0.95, 0.9)
"""Shares of photos marked ``ok`` that should be correct, best first; few validation photos guarantee a lower one."""
_RISK = 0.1  # that a guarantee does not hold
_LEAST_COVERAGE = 0.2  # a guarantee for fewer photos is of no use


def fit_temperature(logits_NK: torch.Tensor, labels_N: torch.Tensor) -> float:
    """The temperature that minimises the validation cross-entropy (Guo et al. 2017, arXiv:1706.04599).

    Args:
        logits_NK: float32 logits or log-probabilities of validation images.
        labels_N: int64 true classes.

    Returns:
        The temperature, [0.05, 20], to within 0.5 %.
    """
    low, high = np.log(0.05), np.log(20.0)
    golden = (np.sqrt(5) - 1) / 2

    def loss(log_temperature: float) -> float:
        return F.cross_entropy(logits_NK / float(np.exp(log_temperature)), labels_N).item()

    # Cross-entropy is convex in 1/temperature, so golden-section search finds the one minimum.
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = loss(left), loss(right)
    while high - low > 0.005:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = loss(right)
    return float(np.exp((low + high) / 2))


def review_threshold(
    confidences_N: np.ndarray, correct_N: np.ndarray, targets: Sequence[float] = OK_ACCURACIES
) -> float:
    """The lowest confidence from which on enough predictions are correct, also for other photos of the same kind.

    Selection with guaranteed risk (after Geifman and El-Yaniv 2017, arXiv:1705.08500): the share of correct predictions
    at or above the threshold is at least the target with a probability of 90 % over the choice of validation photos.

    Args:
        confidences_N: Calibrated confidences of validation predictions, [0, 1].
        correct_N: Whether each was correct, bool.
        targets: Wanted shares of correct predictions, [0, 1]. The first that can be guaranteed for a fifth of the
            photos counts. Where there are too few photos for any, the observed share reaches the first target.

    Returns:
        A threshold in [0.5, 1). Where none reaches the target, 1: everything needs review, whatever its confidence
        (:func:`trainer.inference.prediction.below_threshold`).
    """
    order = np.argsort(-confidences_N, kind="stable")
    falling_N, sorted_N = confidences_N[order], correct_N[order]
    candidates = int((falling_N >= _LOWEST_THRESHOLD).sum())
    # No threshold tells equal confidences apart.
    ends = np.flatnonzero(np.diff(falling_N[:candidates], append=-1.0) < 0)
    correct_above = np.cumsum(sorted_N)[ends]
    for target in targets:
        best = _guaranteed(ends + 1, correct_above, target, math.ceil(_LEAST_COVERAGE * len(order)))
        if best is not None:
            return min(float(falling_N[ends[best]]), _BELOW_ONE)
    enough = np.flatnonzero(correct_above >= targets[0] * (ends + 1))
    return min(float(falling_N[ends[enough[-1]]]), _BELOW_ONE) if len(enough) else 1.0


def _guaranteed(kept_M: np.ndarray, correct_M: np.ndarray, target: float, least: int) -> int | None:
    """Index of the most photos that can be kept: tests M thresholds one after the other until one fails.

    Each test may use the whole risk, since none follows a failed one (Angelopoulos et al. 2021, arXiv:2110.01052).
    The first keeps at least ``least`` photos, and so many that it can be passed at all.
    """
    least = max(least, math.ceil(math.log(_RISK) / math.log(target)))
    best = None
    for index in range(int(np.searchsorted(kept_M, least)), len(kept_M)):
        kept = int(kept_M[index])
        if _at_most(kept - int(correct_M[index]), kept, 1 - target) > _RISK:
            break
        best = index
    return best


def accuracy_bound(correct: int, n: int, risk: float = _RISK) -> float:
    """The lower bound of an accuracy that holds with a probability of 1 − ``risk`` (Clopper and Pearson 1934).

    Args:
        correct: Correct predictions of ``n``.
        n: 1 or more.
    """
    if not correct:
        return 0.0
    low, high = (n - correct) / n, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(n - correct, n, middle) > risk else (low, middle)
    return 1 - high


def _at_most(errors: int, n: int, error_rate: float) -> float:
    """Probability of at most so many errors among ``n``."""
    terms = np.arange(errors + 1)
    logs = _log_binomials(n, errors) + terms * math.log(error_rate) + (n - terms) * math.log1p(-error_rate)
    return float(np.exp(logs).sum())


@lru_cache(maxsize=64)
def _log_binomials(n: int, most: int) -> np.ndarray:
    """Logarithms of n over 0, 1, … ``most``."""
    lower_K = np.arange(most)
    return np.concatenate([[0.0], np.cumsum(np.log((n - lower_K) / (lower_K + 1)))])


def review_curve(confidences_N: np.ndarray, correct_N: np.ndarray) -> tuple[ReviewPoint, ...]:
    """Coverage and accuracy for thresholds from 0.3 to 0.995, ascending (risk and coverage; El-Yaniv and Wiener 2010).

    ``confidences_N`` are calibrated, of validation predictions, [0, 1]; ``correct_N`` is bool.
    """
    points = []
    for threshold in np.linspace(0.3, 0.995, _CURVE_POINTS):
        kept_N = confidences_N >= threshold
        if kept_N.any():
            correct = int(correct_N[kept_N].sum())
            bound = accuracy_bound(correct, int(kept_N.sum()))
            points.append(ReviewPoint(float(threshold), float(kept_N.mean()), float(correct_N[kept_N].mean()), bound))
    return tuple(points)
