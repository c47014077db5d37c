"""Temperature and review threshold of a head that learnt more."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from msgspec.structs import replace

from trainer.evaluation import calibration
from trainer.model_files.metadata import ModelMetadata, ReviewPoint
from trainer.taxonomy import CATEGORY
from trainer.training.multi_head.calibrated_metadata import ATTRIBUTE_OK_ACCURACY, OK_ACCURACY

_ENOUGH = 100  # photos to measure a threshold with


@dataclass(frozen=True)
class Recalibrated:
    """How sure a head is.

    Attributes:
        temperature: Its logits are divided by it, above 0.
        review_below: Confidence below which photos need review, [0, 1]; None where it could not be measured anew.
        review_curve: What each threshold means; empty where ``review_below`` is None.
    """

    temperature: float
    review_below: float | None = None
    review_curve: tuple[ReviewPoint, ...] = ()

    def put_into(self, metadata: ModelMetadata, attribute: str) -> ModelMetadata:
        """A model's description with this of its ``category`` or another attribute."""
        if attribute != CATEGORY:
            head = metadata.attributes[attribute]
            below = head.review_below if self.review_below is None else self.review_below
            changed = replace(head, temperature=self.temperature, review_below=below)
            return replace(metadata, attributes={**metadata.attributes, attribute: changed})
        if self.review_below is None:
            return replace(metadata, temperature=self.temperature)
        return replace(
            metadata,
            temperature=self.temperature,
            review_below=self.review_below,
            review_curve=self.review_curve,
        )


def recalibrated(
    old_NK: torch.Tensor, new_NK: torch.Tensor, labels_N: torch.Tensor, *, target: float, unseen: bool
) -> Recalibrated:
    """Measure how sure a new head may be.

    Args:
        old_NK: Calibrated logits of the old head, float32, on photos that the new head did not learn from.
        new_NK: Logits of the new head on the same photos.
        labels_N: int64, what they show.
        target: Share of right ones wanted among photos that need no review, [0, 1], see :func:`wanted`.
        unseen: The backbone has not learnt from them either. Otherwise both heads are surer of them than of new
            photos: they tell by how much the new one is surer than the old, but not how sure one may be. Neither do a
            few dozen.
    """
    temperature = calibration.fit_temperature(new_NK, labels_N)
    if not unseen or len(labels_N) < _ENOUGH:
        return Recalibrated(temperature / calibration.fit_temperature(old_NK, labels_N))
    confidences_N, answers_N = (new_NK / temperature).softmax(dim=1).max(dim=1)
    confidences, right = confidences_N.numpy(), (answers_N == labels_N).numpy()
    return Recalibrated(
        temperature,
        calibration.review_threshold(confidences, right, target),
        calibration.review_curve(confidences, right),
    )


def wanted(metadata: ModelMetadata, attribute: str) -> float:
    """How often a model's ``category`` or another attribute has to be right where nobody reviews it, [0, 1]."""
    if attribute != CATEGORY:
        return ATTRIBUTE_OK_ACCURACY
    return OK_ACCURACY if metadata.attributes else calibration.OK_ACCURACY
