"""Learning rate finder: a hundred steps with increasing rates, on a network that is then discarded.

The range test of Smith 2017 (arXiv:1506.01186) with geometric steps. The suggestion is the smaller of two that the
library fastai (Howard and Gugger 2020, arXiv:2002.04688) has: the rate at which the smoothed loss fell fastest, and a
tenth of that at which it was lowest. The second alone is too high where photos are so few or so easy that the network
fits them during the test: the loss then stays near 0 however large the rate.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from trainer import devices
from trainer.control import WorkControl
from trainer.errors import Cancelled
from trainer.recipe import FitRecipe
from trainer.training.fit.optimizer import build_optimizer
from trainer.training.fit.task import Task

_STEPS = 100
_LOWEST, _HIGHEST = 1e-6, 10.0
_SMOOTHED_OVER = 10
_DIVERGED = 4.0  # times the lowest loss: the test ends
_MIN_STEPS = 10  # a lowest loss before is chance
_SLOPE_STEPS = 5  # over which the slope is measured
_MIN_GAIN = 0.05  # of the first loss; less is chance


@dataclass(frozen=True, slots=True)
class LearningRateTried:
    """One step. ``loss`` is smoothed over the last ten steps, in nats; ``step`` of ``steps`` counts from 1."""

    learning_rate: float
    loss: float
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class LearningRateSuggested:
    """The end of the search; ``suggestion`` is None when no rate lowered the loss."""

    suggestion: float | None


def find_learning_rate(
    recipe: FitRecipe,
    task: Task,
    control: WorkControl,
    *,
    start: Mapping[str, torch.Tensor] | None = None,
    device: torch.device | None = None,
) -> Generator[LearningRateTried | LearningRateSuggested, None, None]:
    """Try rates from a millionth to ten; the last event is :class:`LearningRateSuggested`.

    Args:
        recipe: All settings; its learning rate is ignored.
        start: Initial weights, as for :class:`trainer.training.fit.loop.Fit`.
        device: Where to compute; None is the CPU.
    """
    torch.manual_seed(recipe.seed)
    network = task.build(recipe)
    if start is not None:
        network.load_state_dict(start)
    device = device or torch.device("cpu")
    devices.to_device(network, device)
    optimizer = build_optimizer(network, recipe)
    generator = torch.Generator().manual_seed(recipe.seed)
    order = torch.randperm(0)
    network.train()
    tried: list[LearningRateTried] = []
    mean = 0.0
    for step in range(_STEPS):
        if control.stopped:
            raise Cancelled
        if not len(order):
            order = torch.randperm(len(task), generator=generator)
        indices, order = order[: recipe.batch_size], order[recipe.batch_size :]
        rate = _LOWEST * (_HIGHEST / _LOWEST) ** (step / (_STEPS - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate * group["lr_scale"]
        # An epoch of full size, as most of a training is.
        with devices.mixed_precision(device):
            loss, _ = task.loss(network, indices, recipe.progressive_resize_epochs, recipe, generator)
        optimizer.zero_grad()
        loss.backward()
        if recipe.max_grad_norm:
            nn.utils.clip_grad_norm_(network.parameters(), recipe.max_grad_norm)
        optimizer.step()
        mean += (loss.item() - mean) / min(step + 1, _SMOOTHED_OVER)
        if not math.isfinite(mean) or mean > _DIVERGED * min((each.loss for each in tried), default=math.inf):
            break
        tried.append(LearningRateTried(rate, mean, step + 1, _STEPS))
        yield tried[-1]
    yield LearningRateSuggested(_suggestion(tried))


def _suggestion(tried: list[LearningRateTried]) -> float | None:
    """Rounded to one digit: the curve is noisy."""
    if not tried:
        return None
    lowest = min(range(len(tried)), key=lambda step: tried[step].loss)
    if lowest < _MIN_STEPS or tried[lowest].loss > (1 - _MIN_GAIN) * tried[_MIN_STEPS - 1].loss:
        return None
    fastest = max(range(lowest + 1 - _SLOPE_STEPS), key=lambda step: tried[step].loss - tried[step + _SLOPE_STEPS].loss)
    return float(f"{min(tried[fastest + _SLOPE_STEPS // 2].learning_rate, tried[lowest].learning_rate / 10):.0e}")
