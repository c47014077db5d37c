"""A head for an attribute that people define, fitted to the embeddings of the photos that they labelled.

Few labels need doubt that is honest. Confidences are calibrated and the threshold is chosen on out-of-fold predictions;
photos that are nearly the same are in one fold. A threshold counts only where it guarantees a share of correct values
with a probability of 90 % (:func:`trainer.evaluation.calibration.accuracy_bound`); where none does, nothing is sure.
The guarantee is for photos like those that were labelled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from trainer.control import WorkControl
from trainer.evaluation.calibration import OK_ACCURACIES, accuracy_bound, fit_temperature, review_threshold
from trainer.networks.linear_probe import fit_lda, out_of_fold

_NEAR_DUPLICATE = 0.97  # cosine similarity


@dataclass(frozen=True, eq=False)
class AttributeHead:
    """A fitted head. Probabilities are ``softmax(embeddings_ND @ weight_KD.T + bias_K)``.

    Attributes:
        weight_KD: float32.
        bias_K: float32.
        threshold: Probability from which on a value is sure, (0, 1); 1: none is.
        promised: Share of sure values that is correct at least, with a probability of 90 %; None: nothing is sure.
        coverage: Share of the labelled photos that is sure out of fold, [0, 1].
        accuracy: Share of the labelled photos that is correct out of fold, sure or not, [0, 1].
    """

    weight_KD: np.ndarray
    bias_K: np.ndarray
    threshold: float
    promised: float | None
    coverage: float
    accuracy: float


def fit_attribute_head(
    embeddings_ND: np.ndarray,
    labels_N: np.ndarray,
    classes: int,
    groups_N: np.ndarray | None = None,
    *,
    seed: int = 0,
    control: WorkControl | None = None,
) -> AttributeHead:
    """Fit a head: linear discriminant analysis with a shrunk covariance, which suits few photos.

    Args:
        embeddings_ND: Float, L2-normalised.
        labels_N: int64 in [0, classes); each class at least twice.
        classes: K.
        groups_N: int64; photos of one group, such as of one product, share a fold. None: each is its own.
        seed: Of the folds.
        control: Stops it.

    Raises:
        Cancelled: It was stopped.
        ValueError: One group holds every photo.
    """
    embeddings = torch.from_numpy(np.asarray(embeddings_ND, np.float32))
    labels = torch.from_numpy(np.asarray(labels_N, np.int64))
    groups = torch.from_numpy(near_duplicate_groups(embeddings_ND, groups_N))
    log_probabilities_NK = out_of_fold(
        embeddings, labels, classes, groups_N=groups, seed=seed, control=control, fit=fit_lda
    )
    temperature = fit_temperature(log_probabilities_NK, labels)
    probe = fit_lda(embeddings, labels, classes)
    probabilities_NK = (log_probabilities_NK / temperature).softmax(dim=1).numpy()
    confidences_N, correct_N = probabilities_NK.max(axis=1), probabilities_NK.argmax(axis=1) == labels.numpy()
    threshold, promised, coverage = _sure_from(confidences_N, correct_N)
    return AttributeHead(
        (probe.weight_KD / temperature).numpy(),
        (probe.bias_K / temperature).numpy(),
        threshold,
        promised,
        coverage,
        float(correct_N.mean()),
    )


def _sure_from(confidences_N: np.ndarray, correct_N: np.ndarray) -> tuple[float, float | None, float]:
    """The threshold, the share of correct values that it guarantees, and the share of photos that reach it."""
    threshold = review_threshold(confidences_N, correct_N)
    kept_N = confidences_N >= threshold
    bound = accuracy_bound(int(correct_N[kept_N].sum()), int(kept_N.sum())) if kept_N.any() else 0.0
    promised = next((target for target in OK_ACCURACIES if bound >= target - 1e-6), None)
    return (1.0, None, 0.0) if promised is None else (threshold, promised, float(kept_N.mean()))


def near_duplicate_groups(embeddings_ND: np.ndarray, groups_N: np.ndarray | None = None) -> np.ndarray:
    """Groups of photos that are nearly the same or of one given group, int64 (N,), as connected components."""
    vectors_ND = np.asarray(embeddings_ND, np.float32)
    count = len(vectors_ND)
    given_N = np.arange(count) if groups_N is None else np.unique(groups_N, return_inverse=True)[1]
    near_NN = (vectors_ND @ vectors_ND.T >= _NEAR_DUPLICATE) | (given_N[:, None] == given_N[None, :])
    group_N = np.arange(count)
    while True:
        lowest_N = np.where(near_NN, group_N[None, :], count).min(axis=1)
        if (lowest_N == group_N).all():
            return group_N.astype(np.int64)
        group_N = lowest_N
