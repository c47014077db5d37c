"""What a training run tells while it goes on. Frozen, small, safe to hand to another thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One finished epoch.

    Attributes:
        epoch: From 1.
        training_loss: Mean cross-entropy in nats over the augmented training images, as the weights went.
        training_accuracy: [0, 1], likewise.
        validation_loss: Mean cross-entropy in nats over the validation images, not augmented.
        validation_accuracy: [0, 1].
        seconds: Wall time of the epoch with its validation.
    """

    epoch: int
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins, or goes on after ``history``; ``batch`` batches of the running epoch are done already."""

    epochs: int
    batches: int
    history: tuple[EpochMetrics, ...]
    batch: int


@dataclass(frozen=True, slots=True)
class BatchDone:
    """One step. ``epoch`` and ``batch`` count from 1; ``seconds_left`` is to the end of the last epoch."""

    epoch: int
    batch: int
    loss: float
    learning_rate: float
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One epoch with its validation."""

    metrics: EpochMetrics
    best: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over.

    Attributes:
        reason: ``completed`` all epochs, ``early`` (no progress for ``patience`` epochs) or ``stopped`` by the user,
            in which case the checkpoint holds the exact place.
        history: Every epoch so far.
    """

    reason: Literal["completed", "early", "stopped"]
    history: tuple[EpochMetrics, ...]


TrainingEvent = Started | BatchDone | EpochDone | Ended
