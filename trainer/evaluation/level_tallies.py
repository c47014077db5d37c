"""Running counts of the levels: the category, the Google product category, the group, and the colour family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from trainer.evaluation.tallies import Selective, share
from trainer.inference import levels
from trainer.inference.prediction import Prediction
from trainer.taxonomy import Level, Taxonomy


@dataclass(slots=True)
class LevelTally:
    """How many photos are correct at one level, and those of which the model is sure at it."""

    correct: int = 0
    selective: Selective = field(default_factory=Selective)

    @property
    def top1(self) -> float | None:
        """Share of correct photos, [0, 1]; None when there are none."""
        return share(self.correct, self.selective.n)

    def add(self, sure: bool, correct: bool) -> None:
        self.correct += correct
        self.selective.add(sure, correct)

    def to_json(self) -> dict[str, Any]:
        return {"n": self.selective.n, "top1": self.top1, "selective": self.selective.to_json()}


class LevelTallies:
    """The levels of the category.

    Attributes:
        of: Tallies by level, finest first.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.of = {level: LevelTally() for level in Level}
        self._taxonomy = taxonomy

    def add(self, prediction: Prediction, true: Iterable[str]) -> None:
        """Count one photo; ``true`` are the categories that it may be."""
        true, predicted = tuple(true), prediction.category.label
        sure = levels.sure_of(prediction, self._taxonomy)
        for level, tally in self.of.items():
            value = levels.value_of(level, self._taxonomy)
            correct = (value(predicted) or predicted) in [value(each) or each for each in true]
            tally.add(levels.reaches(sure, level), correct)

    def to_json(self) -> dict[str, Any]:
        return {str(level): tally.to_json() for level, tally in self.of.items()}
