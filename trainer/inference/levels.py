"""Confidence at the levels of the taxonomy: where the category is in doubt, its group need not be.

The confidence of a level is the summed probability of the labels that share the first one's value of that level, such
as the group Shoes. A ranking of colours has one such level, the family. No torch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from itertools import compress, repeat
from operator import eq

import numpy as np

from trainer.inference.prediction import Prediction, Ranking, below_threshold
from trainer.taxonomy import COLOUR_FAMILY, Level, Taxonomy

LEVELS = tuple(Level)
_LEFT_SHARE = 0.95
_MOST_LEFT = 3

ValueOf = Callable[[str], Hashable]
"""The value of a level for a label; None or empty where the taxonomy has none."""


class _Values(dict[str, Hashable]):
    """Values by label, each asked for once: rows of a table ask for them a hundred times each."""

    def __init__(self, value: ValueOf) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, label: str) -> Hashable:
        found = self[label] = self._value(label)
        return found


@cache
def value_of(level: Level, taxonomy: Taxonomy) -> ValueOf:
    """The values of a level of the categories."""
    if level == Level.CATEGORY:
        return str
    if level == Level.GOOGLE:
        return _Values(lambda label: taxonomy.place(label).google).__getitem__
    return _Values(lambda label: taxonomy.place(label).group).__getitem__


def confidence(ranking: Ranking, value: ValueOf) -> float | None:
    """The confidence of a level, [0, 1]; None where the first label has no value of it."""
    wanted = value(ranking.label)
    if not wanted:
        return None
    shared = map(eq, map(value, ranking.labels), repeat(wanted))
    return min(1.0, sum(compress(ranking.probabilities, shared)))


def left(ranking: Ranking, value: ValueOf) -> tuple[str, ...]:
    """The labels to choose from when a level is sure, most probable first: those that share the first one's value and
    have 95 % of its probability, two or three where there are as many.
    """
    wanted = value(ranking.label)
    shared = [
        (label, p) for label, p in zip(ranking.labels, ranking.probabilities, strict=True) if value(label) == wanted
    ]
    enough = _LEFT_SHARE * sum(p for _, p in shared)
    found: list[str] = []
    total = 0.0
    for label, probability in shared[:_MOST_LEFT]:
        if total >= enough and len(found) > 1:
            break
        found.append(label)
        total += probability
    return tuple(found)


def sure_of(prediction: Prediction, taxonomy: Taxonomy) -> Level | None:
    """The finest level of which the model is sure by its own thresholds; None for none, and for a doubtful photo."""
    if prediction.doubt is not None:
        return None
    if not prediction.needs_review:
        return Level.CATEGORY
    return finest(prediction.category, prediction.review_below, taxonomy) if prediction.review_below else None


def finest(ranking: Ranking, review_below: Mapping[str, float], taxonomy: Taxonomy) -> Level | None:
    """The finest level that is sure; None for none.

    Args:
        review_below: Confidence of each level below which it is in doubt, [0, 1].
    """
    for level in LEVELS:
        reached = confidence(ranking, value_of(level, taxonomy))
        if reached is not None and not below_threshold(reached, review_below[level]):
            return level
    return None


def sure_of_family(prediction: Prediction, taxonomy: Taxonomy) -> bool:
    """Whether the model is sure of the colour's family; whoever is sure of the colour is."""
    if "colour" not in prediction.attributes:
        return False
    if "colour" not in prediction.unsure:
        return True
    reached = confidence(prediction.attributes["colour"], taxonomy.family)
    return reached is not None and not below_threshold(reached, prediction.review_below.get(COLOUR_FAMILY, 1.0))


def reaches(sure: Level | None, wanted: Level) -> bool:
    """Whether a model that is sure of one level is sure of another: of the same or a coarser one."""
    return sure is not None and LEVELS.index(sure) <= LEVELS.index(wanted)


def confidences(probabilities_NK: np.ndarray, classes: Sequence[str], value: ValueOf) -> tuple[np.ndarray, np.ndarray]:
    """The confidence of a level for N photos, and which classes share its value.

    Returns:
        float32 (N,), that of the label itself where it has no value; and bool (N, K).
    """
    values = [value(label) or (index,) for index, label in enumerate(classes)]  # none shares what it lacks
    same_KK = np.array([[one == other for other in values] for one in values])
    shared_NK = same_KK[probabilities_NK.argmax(axis=1)]
    return np.minimum(1.0, (probabilities_NK * shared_NK).sum(axis=1)), shared_NK
