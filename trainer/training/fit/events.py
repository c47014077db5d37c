"""What a training run tells while it goes on. Frozen, small, safe to hand to another thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.history import EpochMetrics
from trainer.training.fit.divergence import Reason


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins, or goes on after ``history``; ``batch`` batches of the running epoch are done already.

    ``data_fingerprint`` changes when any photo to learn from or to check with does.
    """

    epochs: int
    batches: int
    history: tuple[EpochMetrics, ...]
    batch: int
    data_fingerprint: str = ""


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
class SetBack:
    """The run went out of hand before a step was taken: it goes on from the best weights so far, and more slowly.

    Attributes:
        epoch: Which is begun anew, from 1.
        batch: Which went wrong, from 1.
        reason: The loss or the gradient is no number, or the gradient exploded.
        best_epoch: Whose weights were taken back, from 1; 0 for those that the run began with.
        rate: Share of the learning rate asked for that is used from now on, (0, 1).
    """

    epoch: int
    batch: int
    reason: Reason
    best_epoch: int
    rate: float

    def words(self) -> str:
        """What happened and what is done about it, for people."""
        what = {
            "loss": "the error was no longer a number",
            "gradient": "the corrections were no longer numbers",
            "explosion": "the corrections had become far too large",
        }[self.reason]
        back = f"as it was after epoch {self.best_epoch}" if self.best_epoch else "as it began"
        return (
            f"Training went out of hand in epoch {self.epoch}: {what}. The network was put back {back}, and training "
            f"goes on by itself with a learning rate of 1/{round(1 / self.rate)} of yours."
        )


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


TrainingEvent = Started | BatchDone | EpochDone | SetBack | Ended
