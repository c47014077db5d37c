"""Watches a run for the moment when it goes out of hand: a loss or gradient that is no number, or one that explodes.

A step is judged before it is taken, so that the weights never take up what is wrong. What the guard knows is part of
the checkpoint: a run that goes on later is judged as one that was never interrupted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

MOST_SETBACKS = 2
"""So often a run may fall back and go on more slowly; then it is given up."""

SLOWER = 3.0
"""The learning rate is divided by this at each setback."""

_WINDOW = 50
_ENOUGH = 20  # steps whose median says what is usual
_EXPLODED = 100.0  # times the median gradient; clipping aside, good runs were seen to jump tenfold

Reason = Literal["loss", "gradient", "explosion"]


@dataclass(frozen=True, slots=True)
class GuardState:
    """What the guard remembers.

    Attributes:
        norms: Gradient norms of the last steps, at most 50, oldest first.
        first_loss: Loss of the run's first step, in nats; None before it.
        setbacks: How often the run has fallen back.
    """

    norms: tuple[float, ...] = ()
    first_loss: float | None = None
    setbacks: int = 0

    @property
    def rate_factor(self) -> float:
        """What the learning rate of the schedule is multiplied by, (0, 1]."""
        return SLOWER**-self.setbacks

    @property
    def gives_up(self) -> bool:
        """Whether another setback would be one too many."""
        return self.setbacks >= MOST_SETBACKS

    def judged(self, loss: float, norm: float) -> Reason | None:
        """What is wrong with a step that is about to be taken; None when it may be taken.

        An explosion needs both: a gradient a hundred times the usual one, and a loss above that of the untaught
        network. A rare hard batch late in a run has the first alone.

        Args:
            loss: Of the batch.
            norm: Euclidean length of the gradient of all weights, before any clipping.
        """
        if not math.isfinite(loss):
            return "loss"
        if not math.isfinite(norm):
            return "gradient"
        if len(self.norms) < _ENOUGH or self.first_loss is None:
            return None
        return "explosion" if norm > _EXPLODED * median(self.norms) and loss > self.first_loss else None

    def after(self, loss: float, norm: float) -> GuardState:
        """With one more step taken."""
        first = loss if self.first_loss is None else self.first_loss
        return replace(self, norms=(*self.norms, norm)[-_WINDOW:], first_loss=first)

    def after_setback(self) -> GuardState:
        """Fallen back: what is usual is learnt anew, as the weights are others."""
        return replace(self, norms=(), setbacks=self.setbacks + 1)
