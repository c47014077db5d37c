"""Making confidences mean what they say, and finding where a person should look."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from trainer.model_files.metadata import ReviewPoint

_CURVE_POINTS = 60
_LOWEST_THRESHOLD = 0.5
_BELOW_ONE = float(np.nextafter(1.0, 0.0))  # lets pass only what is exactly 1; 1 itself would let nothing pass
OK_ACCURACY = 0.98
"""Share of photos marked ``ok`` that should be right on validation photos."""


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


def review_threshold(confidences_N: np.ndarray, right_N: np.ndarray, target: float = OK_ACCURACY) -> float:
    """The lowest confidence from which on predictions are right often enough.

    Args:
        confidences_N: Calibrated confidences of validation predictions, [0, 1].
        right_N: Whether each was right, bool.
        target: Wanted share of right ones at or above the threshold, [0, 1].

    Returns:
        A threshold in [0.5, 1). Where none reaches the target, 1: everything needs review, whatever its confidence
        (:func:`trainer.inference.prediction.below_threshold`).
    """
    candidates_N = confidences_N >= _LOWEST_THRESHOLD
    confidences_N, right_N = confidences_N[candidates_N], right_N[candidates_N]
    order = np.argsort(-confidences_N, kind="stable")
    falling_N = confidences_N[order]
    accuracy_above = np.cumsum(right_N[order]) / np.arange(1, len(order) + 1)
    last_of_equals = np.diff(falling_N, append=-1.0) < 0  # no threshold tells equal confidences apart
    enough = np.flatnonzero(last_of_equals & (accuracy_above >= target))
    if not len(enough):
        return 1.0
    return min(float(falling_N[enough[-1]]), _BELOW_ONE)


def review_curve(confidences_N: np.ndarray, right_N: np.ndarray) -> tuple[ReviewPoint, ...]:
    """Coverage and accuracy for thresholds from 0.3 to 0.995, ascending (risk and coverage; El-Yaniv and Wiener 2010).

    ``confidences_N`` are calibrated, of validation predictions, [0, 1]; ``right_N`` is bool.
    """
    points = []
    for threshold in np.linspace(0.3, 0.995, _CURVE_POINTS):
        kept_N = confidences_N >= threshold
        if kept_N.any():
            points.append(ReviewPoint(float(threshold), float(kept_N.mean()), float(right_N[kept_N].mean())))
    return tuple(points)
