"""Events of a training run; immutable, so other threads may have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.model_files.metadata import EpochMetrics
from trainer.training.fit.divergence import DivergenceReason


@dataclass(frozen=True, slots=True)
class Started:
    """The run starts, or resumes after ``history`` and ``batch`` batches of the current epoch.

    ``data_fingerprint`` changes when any training or validation photo does. ``losses`` are those of all batches before,
    in nats; empty where the checkpoint has none.
    """

    epochs: int
    batches: int
    history: tuple[EpochMetrics, ...]
    batch: int
    data_fingerprint: str = ""
    losses: tuple[float, ...] = ()


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
class Rollback:
    """The run diverged: it continues from the best weights so far, with a lower learning rate.

    Attributes:
        epoch: The epoch that is repeated, from 1.
        batch: The batch that diverged, from 1.
        reason: The loss or the gradient is not finite, or the gradient exploded.
        best_epoch: The epoch whose weights were restored, from 1; 0 for the initial weights.
        lr_factor: Factor of the scheduled learning rate from now on, (0, 1).
    """

    epoch: int
    batch: int
    reason: DivergenceReason
    best_epoch: int
    lr_factor: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One epoch with its validation."""

    metrics: EpochMetrics
    best: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over: it ``completed`` all epochs, made no progress for ``patience`` epochs (``early``), or was
    ``stopped`` by the user; the checkpoint then holds the exact place. ``history`` has every epoch so far.
    """

    reason: Literal["completed", "early", "stopped"]
    history: tuple[EpochMetrics, ...]


TrainingEvent = Started | BatchDone | EpochDone | Rollback | Ended
