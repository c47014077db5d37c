"""Temperatures, review thresholds and figures of a product model, from validation photos."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
from msgspec.structs import replace
from torch.nn import functional as F

from trainer.control import ProgressEvent
from trainer.data.products import ProductData, ProductLabels
from trainer.evaluation import calibration
from trainer.inference import levels
from trainer.inference.batches import predict_images
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Outputs, Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import AttributeHead, LevelReview, ModelMetadata, StudioScore
from trainer.networks.linear_probe import best_weight_decay, fit_linear_probe
from trainer.networks.network import Network
from trainer.taxonomy import ATTRIBUTES, Level, Taxonomy

ATTRIBUTE_OK_ACCURACIES = (0.9, 0.85, 0.8)
_RARE_MATTERS = ("fabric", "occasion", "audience")  # a rare colour or pattern is as often correct as another
STUDIO_ONLY = ("season", "audience")
"""Attributes that are unreliable on phone photos. The audience of children's clothes was Men or Women in 82 % of the
sure cases, and nothing in a photo shows whether its season is correct."""

_MIN_KNOWN = 10  # photos of a category with a value of an attribute
_RARE = 0.01  # share of a category's photos
_UNLIKE_STUDIO = 0.95  # share of the phone photos; then 93 % of 60 full-size studio photos are like studio photos
_BATCH = 256


def calibrate(
    plain: ModelMetadata, network: Network, data: ProductData
) -> Generator[ProgressEvent, None, ModelMetadata]:
    """Metadata with temperatures, review thresholds and figures.

    Args:
        plain: Metadata without them.
        network: The trained network.
        data: Its validation photos are used.

    Returns:
        Figures are of the studio photos unless their name has ``phone``.
    """
    names = data.taxonomy.names
    metadata = replace(plain, attributes={name: AttributeHead(names(name)) for name in ATTRIBUTES})
    outputs = yield from _outputs(Predictor(model_file.Model(metadata, network)), data)
    products, candidates_NK = data.validation.products, data.validation.labels.candidates_NK
    figures: dict[str, float] = {}

    logits_NK, categories_N = outputs.category_NK[:products], candidates_NK[:products].int().argmax(dim=1)
    temperature = calibration.fit_temperature(logits_NK, categories_N)
    probabilities_NK = (outputs.category_NK / temperature).softmax(dim=1).numpy()
    correct_N = candidates_NK.numpy()[np.arange(len(candidates_NK)), probabilities_NK.argmax(axis=1)]
    confidences_N = probabilities_NK.max(axis=1)
    threshold = calibration.review_threshold(confidences_N[:products], correct_N[:products])
    ok_N = ~below_threshold(confidences_N, threshold)
    figures["validation_accuracy"] = float(correct_N[:products].mean())
    figures["validation_phone_accuracy"] = float(correct_N[products:].mean())
    figures["validation_ok_share"] = float(ok_N[:products].mean())
    figures["validation_ok_accuracy"] = _mean(correct_N[:products][ok_N[:products]])
    figures["validation_phone_ok_share"] = float(ok_N[products:].mean())
    figures["validation_phone_ok_accuracy"] = _mean(correct_N[products:][ok_N[products:]])

    heads = {}
    for name in ATTRIBUTES:
        labels_N = data.validation.labels.attributes[name]
        known_N = labels_N >= 0
        attribute_NK, labels_N = outputs.attributes[name][known_N], labels_N[known_N]
        attribute_temperature = calibration.fit_temperature(attribute_NK, labels_N)
        calibrated_NK = (attribute_NK / attribute_temperature).softmax(dim=1).numpy()
        attribute_correct_N = calibrated_NK.argmax(axis=1) == labels_N.numpy()
        below = calibration.review_threshold(calibrated_NK.max(axis=1), attribute_correct_N, ATTRIBUTE_OK_ACCURACIES)
        heads[name] = AttributeHead(
            names(name),
            attribute_temperature,
            below,
            known_for(data, name),
            rare_in=rare_in(data.studio.labels, data.taxonomy, name),
            studio_only=name in STUDIO_ONLY,
        )
        if name == "colour":
            family_below = family_threshold(calibrated_NK, labels_N.numpy(), heads[name].classes, data.taxonomy)
            heads[name] = replace(heads[name], family_below=family_below)
        figures[f"validation_{name}_accuracy"] = _mean(attribute_correct_N)
    return replace(
        metadata,
        temperature=temperature,
        review_below=threshold,
        attributes=heads,
        studio=studio_score(outputs.embeddings_ND, products),
        figures={**plain.figures, **figures},
        review_curve=calibration.review_curve(confidences_N[:products], correct_N[:products]),
        levels=level_reviews(
            probabilities_NK[:products], candidates_NK.numpy()[:products], metadata.classes, data.taxonomy
        ),
    )


def level_reviews(
    probabilities_NK: np.ndarray, candidates_NK: np.ndarray, classes: Sequence[str], taxonomy: Taxonomy
) -> dict[Level, LevelReview]:
    """Review thresholds and curves of the Google product category and the group.

    Args:
        probabilities_NK: Calibrated, of the categories of validation photos.
        candidates_NK: bool, the categories that each photo may be.
    """
    found = {}
    for level in (Level.GOOGLE, Level.GROUP):
        value = levels.value_of(level, taxonomy)
        confidences_N, shared_NK = levels.confidences(probabilities_NK, classes, value)
        correct_N = (candidates_NK & shared_NK).any(axis=1)
        found[level] = LevelReview(
            calibration.review_threshold(confidences_N, correct_N), calibration.review_curve(confidences_N, correct_N)
        )
    return found


def family_threshold(
    probabilities_NK: np.ndarray, labels_N: np.ndarray, classes: Sequence[str], taxonomy: Taxonomy
) -> float:
    """The threshold of the colour family. ``probabilities_NK`` are calibrated, ``labels_N`` the true colours, int64."""
    confidences_N, shared_NK = levels.confidences(probabilities_NK, classes, taxonomy.family)
    correct_N = shared_NK[np.arange(len(labels_N)), labels_N]
    return calibration.review_threshold(confidences_N, correct_N, ATTRIBUTE_OK_ACCURACIES)


def known_for(data: ProductData, attribute: str) -> tuple[str, ...]:
    """The categories of which enough training photos have a value of ``attribute``; empty when all have.

    A head that was trained on fabrics of shirts and shoes is often confident on a backpack, too.
    """
    labels = data.studio.labels
    counts_K = labels.candidates_NK[labels.attributes[attribute] >= 0].sum(dim=0)
    names = data.taxonomy.names("category")
    known = tuple(name for name, count in zip(names, counts_K.tolist(), strict=True) if count >= _MIN_KNOWN)
    return known if len(known) < len(names) else ()


def rare_in(labels: ProductLabels, taxonomy: Taxonomy, attribute: str) -> dict[str, tuple[str, ...]]:
    """For some values the categories in which less than 1 % of the training photos have it.

    None for colours, patterns and seasons. Half a photo is added to each count (Krichevsky and Trofimov 1981), so that
    a category with few photos has no rare values.
    """
    if attribute not in _RARE_MATTERS:
        return {}
    values_N = labels.attributes[attribute]
    known_N = values_N >= 0
    values = taxonomy.names(attribute)
    counts_KV = labels.candidates_NK[known_N].float().T @ F.one_hot(values_N[known_N], len(values)).float()
    rare_KV = counts_KV + 0.5 < _RARE * (counts_KV.sum(dim=1, keepdim=True) + 1)
    names = taxonomy.names("category")
    found = {
        value: tuple(name for name, rare in zip(names, rare_K.tolist(), strict=True) if rare)
        for value, rare_K in zip(values, rare_KV.T, strict=True)
    }
    return {value: categories for value, categories in found.items() if categories}


def studio_score(embeddings_ND: torch.Tensor, products: int) -> StudioScore | None:
    """A linear probe that tells studio photos, the first ``products``, from phone photos.

    None where one of both is missing. The bias comes from scores out of fold.
    """
    labels_N = (torch.arange(len(embeddings_ND)) < products).long()
    if len(labels_N.unique()) < 2:
        return None
    embeddings_ND = F.normalize(embeddings_ND, dim=1)
    weight_decay, out_of_fold_NK = best_weight_decay(embeddings_ND, labels_N, 2)
    probe = fit_linear_probe(embeddings_ND, labels_N, 2, weight_decay=weight_decay)
    threshold = (out_of_fold_NK[products:] @ torch.tensor([-1.0, 1.0])).quantile(_UNLIKE_STUDIO)
    weight_D = probe.weight_KD[1] - probe.weight_KD[0]
    bias = probe.bias_K[1] - probe.bias_K[0] - threshold
    return StudioScore(tuple(float(f"{weight:.5g}") for weight in weight_D.tolist()), float(bias))


def _outputs(predictor: Predictor, data: ProductData) -> Generator[ProgressEvent, None, Outputs]:
    images_NCHW = data.validation.images_NCHW
    return (
        yield from predict_images(
            predictor.outputs, len(images_NCHW), lambda rows: images_NCHW[rows], _BATCH, "classifying_validation_photos"
        )
    )


def _mean(correct_N: np.ndarray) -> float:
    return float(correct_N.mean()) if len(correct_N) else 0.0
