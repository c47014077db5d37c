"""The metrics of each epoch of a training, in model files and run records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One finished epoch.

    Attributes:
        epoch: From 1.
        training_loss: Mean cross-entropy in nats over the augmented training images, while the weights changed.
        training_accuracy: [0, 1], likewise.
        validation_loss: Mean cross-entropy in nats over the validation images, not augmented.
        validation_accuracy: [0, 1].
        seconds: Wall time of the epoch with its validation, without pauses.
    """

    epoch: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
