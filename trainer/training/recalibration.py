"""Temperature and review threshold of a head that learnt more."""

from __future__ import annotations

from dataclasses import replace

import torch

from trainer.evaluation import calibration
from trainer.model_files.metadata import ModelMetadata
from trainer.training.product_description import OK_ACCURACY


def recalibrated(
    metadata: ModelMetadata,
    old_NK: torch.Tensor,
    new_NK: torch.Tensor,
    labels_N: torch.Tensor,
    *,
    unseen: bool,
) -> ModelMetadata:
    """The description with a temperature for the new head, and a review threshold and curve where they can be known.

    Args:
        metadata: Of the model, with the old threshold.
        old_NK: Calibrated logits of the old head, float32, on photos that the new head did not learn from.
        new_NK: Logits of the new head on the same photos.
        labels_N: int64, what they show.
        unseen: The backbone has not learnt from them either. Otherwise both heads are surer of them than of new
            photos: they tell by how much the new one is surer than the old, but not how sure one may be.
    """
    temperature = calibration.fit_temperature(new_NK, labels_N)
    if not unseen:
        return replace(metadata, temperature=temperature / calibration.fit_temperature(old_NK, labels_N))
    confidences_N, answers_N = (new_NK / temperature).softmax(dim=1).max(dim=1)
    confidences, right = confidences_N.numpy(), (answers_N == labels_N).numpy()
    target = OK_ACCURACY if metadata.attributes else calibration.OK_ACCURACY
    return replace(
        metadata,
        temperature=temperature,
        review_below=calibration.review_threshold(confidences, right, target),
        review_curve=calibration.review_curve(confidences, right),
    )
