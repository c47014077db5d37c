"""Fits the tests for photos of other things than a model was trained on; see :mod:`trainer.model_files.open_set`.

Limits are chosen on the model's own photos alone, so that a given share of them is sent to review. No photo of
anything else is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trainer.model_files.open_set import Distance, NoProduct, OpenSet, Reference, reference_probabilities

UNTYPICAL_SHARE = 0.02
"""Share of the model's own photos below the limit of the reference."""
FAR_SHARE, FAR_SHARE_ALONE = 0.005, 0.02
"""Share of its own photos beyond the limit of the distance; where there is no reference, the distance has to do."""
_NO_PRODUCT_SHARE = 0.005
_LEAST_HELD_OUT = 20  # with fewer, no limit can be chosen; photos that the network was trained on are too near
_FOLDS = 5


@dataclass(frozen=True)
class OwnPhotos:
    """Embeddings of photos of a model's classes.

    Attributes:
        embeddings_ND: float32.
        labels_N: int64.
        held_out_N: bool, photos that the network was not trained on. Limits are chosen on them; without any, on folds
            of the others.
    """

    embeddings_ND: np.ndarray
    labels_N: np.ndarray
    held_out_N: np.ndarray


def fit_open_set(
    photos: OwnPhotos, classes: int, reference: tuple[np.ndarray, np.ndarray] | None, no_product: NoProduct | None
) -> OpenSet:
    """The tests of a newly trained model.

    Args:
        classes: K.
        reference: Weight, C×D, and bias, C, of the calibrated head of the model that the training began with, for the
            same embeddings; None for none.
        no_product: Of that model. Where its own photos look like none, as swatches do, the limit is raised.
    """
    found = OpenSet()
    if no_product is not None:
        raised = max(0.0, _limit(no_product.scores(photos.embeddings_ND), 1 - _NO_PRODUCT_SHARE))
        found = OpenSet(no_product=replace(no_product, bias=no_product.bias - raised))
    if 0 < photos.held_out_N.sum() < _LEAST_HELD_OUT:
        return found
    far_share = FAR_SHARE_ALONE if reference is None else FAR_SHARE
    distances_M, typical_M = [], []
    for fitted_N, judged_N in _parts(photos):
        fold = Distance(_class_means(photos.embeddings_ND, photos, fitted_N, classes), np.inf)
        distances_M.append(fold.scores(photos.embeddings_ND[judged_N]))
        if reference is not None:
            known = _reference(photos, fitted_N, classes, *reference)
            typical_M.append(known.scores(photos.embeddings_ND[judged_N], photos.labels_N[judged_N]))
    means_KD = _class_means(photos.embeddings_ND, photos, ~photos.held_out_N, classes)
    found = replace(found, distance=Distance(means_KD, _limit(np.concatenate(distances_M), 1 - far_share)))
    if reference is not None:
        known = _reference(photos, ~photos.held_out_N, classes, *reference)
        limit = _limit(np.concatenate(typical_M), UNTYPICAL_SHARE)
        found = replace(found, reference=replace(known, limit=limit))
    return found


def _limit(scores_M: np.ndarray, share: float) -> float:
    return float(np.quantile(scores_M, share))


def _parts(photos: OwnPhotos) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which photos to fit and to judge, as bool (N,): the held-out photos, or folds that each have all classes."""
    if photos.held_out_N.any():
        return [(~photos.held_out_N, photos.held_out_N)]
    fold_N = np.empty(len(photos.labels_N), np.int64)
    for label in np.unique(photos.labels_N):
        members_M = np.flatnonzero(photos.labels_N == label)
        fold_N[members_M] = np.arange(len(members_M)) % _FOLDS
    return [(fold_N != fold, fold_N == fold) for fold in range(_FOLDS) if (fold_N == fold).any()]


def _class_means(values_ND: np.ndarray, photos: OwnPhotos, of_N: np.ndarray, classes: int) -> np.ndarray:
    """float32 K×D; that of all photos for a class without any."""
    every_D = values_ND[of_N].mean(0) if of_N.any() else values_ND.mean(0)
    labels_N = photos.labels_N
    return np.stack(
        [values_ND[m].mean(0) if (m := of_N & (labels_N == k)).any() else every_D for k in range(classes)]
    ).astype(np.float32)


def _reference(
    photos: OwnPhotos, of_N: np.ndarray, classes: int, weight_CD: np.ndarray, bias_C: np.ndarray
) -> Reference:
    probabilities_NC = reference_probabilities(weight_CD, bias_C, photos.embeddings_ND)
    return Reference(weight_CD, bias_C, _class_means(probabilities_NC, photos, of_N, classes), -np.inf)
