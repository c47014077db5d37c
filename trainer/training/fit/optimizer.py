"""Optimizer, learning-rate schedule and EMA."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from trainer.recipe import FitRecipe


def learning_rate(recipe: FitRecipe, step: int, steps: int) -> float:
    """The learning rate of ``step``, [0, steps), by :attr:`FitRecipe.schedule`."""
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if recipe.schedule == "trapezoid":
        warmup, decay = max(steps // recipe.epochs, 1), max(steps // 3, 1)
        return recipe.learning_rate * min((step + 1) / warmup, 1.0, (steps - step) / decay)
    warmup = max(steps // 10, 1)
    if step < warmup:
        return recipe.learning_rate * (step + 1) / warmup
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(steps - warmup, 1)))


def build_optimizer(network: nn.Module, recipe: FitRecipe) -> torch.optim.Optimizer:
    """The recipe's optimizer; each group's ``lr_scale`` is its share of the learning rate."""
    groups = _parameter_groups(list(network.parameters()), recipe)
    if recipe.optimizer == "adam":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate)
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=0.9, nesterov=True)


def _parameter_groups(parameters: list[nn.Parameter], recipe: FitRecipe) -> list[dict[str, Any]]:
    """Groups by weight decay and learning rate; ``parameters`` are in the order of the forward pass."""
    last = max(len(parameters) - 1, 1)
    groups: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for index, parameter in enumerate(parameters):
        factor = recipe.layer_lr_decay ** (1 - index / last)
        groups.setdefault((parameter.ndim > 1, factor), []).append(parameter)
    # Matrices first: the order of the state in checkpoints.
    return [
        {"params": members, "weight_decay": recipe.weight_decay if matrices else 0.0, "lr_scale": factor}
        for (matrices, factor), members in sorted(groups.items(), key=lambda group: not group[0][0])
    ]


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """One EMA step; the decay is lower in the first steps, so that the initial weights fade."""
    move = get_ema_multi_avg_fn(min(decay, (step + 1) / (step + 10)))
    targets, values = average.state_dict(), network.state_dict()
    numbers = [name for name, value in values.items() if value.is_floating_point()]
    move([targets[name] for name in numbers], [values[name] for name in numbers], 0)
    for name in values.keys() - numbers:
        targets[name].copy_(values[name])
