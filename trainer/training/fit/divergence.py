"""Detects divergence: a loss or gradient that is not finite, or a gradient that explodes.

A step is checked before the optimizer takes it, so that the weights never include a bad one. The state of the monitor
is part of the checkpoint: a resumed run is judged like one that was never interrupted.
"""

from __future__ import annotations

import math
from statistics import median
from typing import Literal

import msgspec
from msgspec.structs import replace

MAX_ROLLBACKS = 2
"""More divergences than this end the run."""

LR_BACKOFF = 3.0
"""The learning rate is divided by this at each rollback."""

_WINDOW = 50
_MIN_STEPS = 20  # before that, the median says nothing
_EXPLOSION = 100.0  # times the median gradient norm; without clipping, good runs were seen to jump tenfold

DivergenceReason = Literal["loss", "gradient", "explosion"]


class DivergenceMonitor(msgspec.Struct, frozen=True, rename={"rollbacks": "setbacks"}):
    """What has to be known of earlier steps. In checkpoints the fields have the names of version 0.1.

    Attributes:
        norms: Gradient norms of the last steps, at most 50, oldest first.
        first_loss: Loss of the run's first step, in nats; None before it.
        rollbacks: How often the run was rolled back.
    """

    norms: tuple[float, ...] = ()
    first_loss: float | None = None
    rollbacks: int = 0

    @property
    def lr_factor(self) -> float:
        """Factor of the scheduled learning rate, (0, 1]."""
        return LR_BACKOFF**-self.rollbacks

    @property
    def exhausted(self) -> bool:
        return self.rollbacks >= MAX_ROLLBACKS

    def check(self, loss: float, norm: float) -> DivergenceReason | None:
        """Why the step must not be taken; None when it may.

        An explosion needs both a gradient a hundred times the usual one and a loss above that of the untrained
        network: a rare hard batch late in a run has only the first.

        Args:
            loss: Of the batch, in nats.
            norm: L2 norm of the gradient of all weights, before clipping.
        """
        if not math.isfinite(loss):
            return "loss"
        if not math.isfinite(norm):
            return "gradient"
        if len(self.norms) < _MIN_STEPS or self.first_loss is None:
            return None
        return "explosion" if norm > _EXPLOSION * median(self.norms) and loss > self.first_loss else None

    def after_step(self, loss: float, norm: float) -> DivergenceMonitor:
        first = loss if self.first_loss is None else self.first_loss
        return replace(self, norms=(*self.norms, norm)[-_WINDOW:], first_loss=first)

    def after_rollback(self) -> DivergenceMonitor:
        """Rolled back: the usual norms are collected again, since the weights are others."""
        return replace(self, norms=(), rollbacks=self.rollbacks + 1)
