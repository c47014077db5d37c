"""Sentences and words about training."""

from __future__ import annotations

from trainer.recipe import ClassBalancing

CLASS_BALANCING: dict[ClassBalancing, str] = {
    "none": "as they are",
    "weights": "count for more",
    "sampling": "seen more often",
}
"""What happens to photos of rare categories (:attr:`trainer.recipe.FitRecipe.class_balancing`)."""
