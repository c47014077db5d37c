"""The figures of past evaluations, kept in the settings: of models tested on the same photos, and the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.data.data_paths import FASHION_MNIST
from trainer.model_files.library import ModelEntry
from trainer.number_format import percent, photos

HOLDOUT = "holdout"
"""The test set of the photos that were held out of the training of a model: another one for each model."""

MOST_KEPT = 50


@dataclass(frozen=True)
class PastEvaluation:
    """How good a model was on a test set.

    Attributes:
        model: :func:`identity` of the model.
        source: A folder, :data:`HOLDOUT` or :data:`FASHION_MNIST`.
        right: Photos that were named correctly.
        n: Photos that were tested.
    """

    model: str
    source: str
    right: int
    n: int

    @property
    def sentence(self) -> str:
        """``83.6 % of 341 photos in “phone”``."""
        place = Path(self.source).name or self.source
        names = {HOLDOUT: "held out of its training", FASHION_MNIST: "of Fashion-MNIST"}
        share = percent(self.right / self.n if self.n else 0.0)
        return f"{share} of {photos(self.n)} {names.get(self.source, f'in “{place}”')}"


def identity(entry: ModelEntry) -> str:
    """The same for a model that was renamed, another one for a new model of its name."""
    return entry.metadata.created or str(entry.path)


def with_newest(past: Sequence[PastEvaluation], new: PastEvaluation) -> tuple[PastEvaluation, ...]:
    """The evaluations, newest first, of which there is one per model and test set."""
    others = (each for each in past if (each.model, each.source) != (new.model, new.source))
    return (new, *others)[:MOST_KEPT]


def comparable(past: Sequence[PastEvaluation], model: str) -> PastEvaluation | None:
    """That of a model on the photos that any model was tested on last; None when it was not tested on just these."""
    last = next((each for each in past if each.source != HOLDOUT), None)
    same = (each for each in past if last is not None and (each.source, each.n) == (last.source, last.n))
    return next((each for each in same if each.model == model), None)
