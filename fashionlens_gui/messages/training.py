"""Sentences and words about training."""

from __future__ import annotations

from collections.abc import Callable

from trainer.recipe import ClassBalancing
from trainer.training.fit.events import Rollback

CLASS_BALANCING: dict[ClassBalancing, str] = {
    "none": "as they are",
    "weights": "count for more",
    "sampling": "seen more often",
}
"""What happens to photos of rare categories (:attr:`trainer.recipe.FitRecipe.class_balancing`)."""


def _training_diverged(epoch: int, best_epoch: int, learning_rate: float) -> str:
    kept = (
        f"The weights after epoch {best_epoch} are kept and can be saved as a model; or start"
        if best_epoch
        else "Start"
    )
    return (
        f"Training stopped in epoch {epoch}: it diverged again, also with a lower learning rate. {kept} again with a "
        "much smaller learning rate, for example a tenth."
    )


def _training_diverged_with_options(can_save: bool, learning_rate: float, **parameters: int) -> str:
    options = f"{'--save-now, or --restart ' if can_save else ''}--learning-rate {learning_rate / 10:g}"
    return f"{_training_diverged(learning_rate=learning_rate, **parameters)} Here that is {options}."


SENTENCES: dict[str, str | Callable[..., str]] = {
    "training_diverged": _training_diverged,
    "training_diverged_with_options": _training_diverged_with_options,
    "unexpected": "Something unexpected happened: {problem}",
}


_DIVERGED = {
    "loss": "the loss was not a number",
    "gradient": "the gradient was not a number",
    "explosion": "the gradient exploded",
}


def rollback_sentence(event: Rollback) -> str:
    """What happened, and what is done about it."""
    weights = f"those after epoch {event.best_epoch}" if event.best_epoch else "the initial ones"
    return (
        f"Training diverged in epoch {event.epoch}: {_DIVERGED[event.reason]}. The weights were set back to {weights}, "
        f"and training continues with 1/{round(1 / event.lr_factor)} of your learning rate."
    )
