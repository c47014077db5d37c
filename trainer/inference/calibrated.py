"""From the outputs of a network to predictions, in numpy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer.inference.prediction import Prediction, Ranking, below_threshold
from trainer.model_files.metadata import AttributeHead, ModelMetadata, StudioScore
from trainer.model_files.open_set import NO_PRODUCT, OpenSet
from trainer.taxonomy import OTHER

_NO_TESTS = OpenSet()


def predictions(
    metadata: ModelMetadata,
    category_NK: np.ndarray,
    attributes: Mapping[str, np.ndarray],
    embeddings_ND: np.ndarray,
    open_set: OpenSet = _NO_TESTS,
) -> list[Prediction]:
    """The prediction for each of N photos.

    Args:
        category_NK: Log-probabilities of the categories before calibration, float32.
        attributes: Those of each attribute.
        embeddings_ND: float32; they become of length 1.
        open_set: Finds the photos that show something else. The category of those without a product is Other.
    """
    heads = metadata.attributes
    category_NK = safe_softmax(category_NK / np.float32(metadata.temperature))
    probabilities = {
        name: safe_softmax(logits_NK / np.float32(heads[name].temperature)) for name, logits_NK in attributes.items()
    }
    doubts = open_set.doubts(embeddings_ND, category_NK.argmax(axis=1))
    lengths_N1 = np.linalg.norm(embeddings_ND, axis=1, keepdims=True)
    embeddings_ND = embeddings_ND / np.maximum(lengths_N1, 1e-12)
    studio_N = like_studio(metadata.studio, embeddings_ND)
    categories = _rankings(metadata.classes, category_NK)
    others = {name: _rankings(heads[name].classes, each_NK) for name, each_NK in probabilities.items()}
    found, thresholds = [], metadata.thresholds
    for index, ranking in enumerate(categories):
        rankings = {name: each[index] for name, each in others.items()}
        doubt = doubts[index]
        if doubt == NO_PRODUCT:
            ranking = _as_other(ranking)
        unsure = frozenset(
            name
            for name, each in rankings.items()
            if doubt == NO_PRODUCT or _unsure(each, heads[name], ranking.label, studio_N[index])
        )
        needs_review = below_threshold(ranking.confidence, metadata.review_below)
        found.append(
            Prediction(ranking, needs_review, embeddings_ND[index].copy(), rankings, (), unsure, thresholds, doubt)
        )
    return found


def log_softmax(logits_NK: np.ndarray) -> np.ndarray:
    """Log-probabilities over the classes, float32."""
    shifted_NK = logits_NK - logits_NK.max(axis=1, keepdims=True)
    return shifted_NK - np.log(np.exp(shifted_NK).sum(axis=1, keepdims=True))


def safe_softmax(logits_NK: np.ndarray) -> np.ndarray:
    """Softmax over the classes, float32; all 0 in rows where the network overflowed to NaN or infinity."""
    with np.errstate(invalid="ignore"):
        exponents_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
        return np.nan_to_num(exponents_NK / exponents_NK.sum(axis=1, keepdims=True), nan=0.0)


def like_studio(score: StudioScore | None, embeddings_ND: np.ndarray) -> np.ndarray:
    """Which photos are like the studio photos; all where there is no score. bool N of float32 N×D of length 1."""
    if score is None:
        return np.ones(len(embeddings_ND), bool)
    return embeddings_ND @ np.asarray(score.weight_D, np.float32) + np.float32(score.bias) >= 0


def _unsure(ranking: Ranking, head: AttributeHead, category: str, studio: bool) -> bool:
    if not head.covers(ranking.label, category) or (head.studio_only and not studio):
        return True
    return below_threshold(ranking.confidence, head.review_below)


def _rankings(labels: tuple[str, ...], probabilities_NK: np.ndarray) -> list[Ranking]:
    order_NK = np.argsort(-probabilities_NK, axis=1, kind="stable")
    sorted_NK = np.take_along_axis(probabilities_NK, order_NK, axis=1)
    return [
        Ranking(tuple([labels[index] for index in order]), tuple(probabilities))
        for order, probabilities in zip(order_NK.tolist(), sorted_NK.tolist(), strict=True)
    ]


def _as_other(ranking: Ranking) -> Ranking:
    """The same with Other first, also of a model without such a category, and with half of the probability or more."""
    shares = dict(zip(ranking.labels, ranking.probabilities, strict=True))
    other = shares.pop(OTHER, 0.0)
    rest = sum(shares.values())
    kept = min(1.0, (1 - max(other, 0.5)) / rest) if rest > 0 else 0.0
    labels, probabilities = (OTHER, *shares), (1 - kept * rest, *(kept * share for share in shares.values()))
    return Ranking(labels, probabilities)
