"""The levels of the taxonomy: what is sure where the category is in doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from trainer.inference import levels
from trainer.inference.prediction import Prediction, Ranking
from trainer.taxonomy import COLOUR_FAMILY, Level, Taxonomy

SHOES = (("Sports shoes", 0.5), ("Casual shoes", 0.375), ("T-shirt", 0.0625), ("Heels", 0.0625))


def ranking(pairs: Sequence[tuple[str, float]]) -> Ranking:
    labels, probabilities = zip(*pairs, strict=True)
    return Ranking(labels, probabilities)


def prediction(pairs: Sequence[tuple[str, float]], **below: float) -> Prediction:
    first = ranking(pairs)
    return Prediction(first, first.confidence < below.get("category", 1), np.zeros(1, np.float32), review_below=below)


@pytest.mark.parametrize(
    ("pairs", "level", "sum_of"),
    [
        (SHOES, Level.CATEGORY, 0.5),
        (SHOES, Level.GOOGLE, 0.9375),
        (SHOES, Level.GROUP, 0.9375),
        ((("Handbag", 0.5), ("Backpack", 0.25), ("Clutch", 0.25)), Level.GOOGLE, 0.75),  # a backpack has its own number
        ((("Handbag", 0.5), ("Backpack", 0.25), ("Clutch", 0.25)), Level.GROUP, 1.0),
        ((("Ankle boot", 0.5), ("Sneaker", 0.25), ("Bag", 0.25)), Level.GROUP, 0.75),  # names of the benchmark
        ((("Free gift", 0.5), ("Other", 0.5)), Level.GOOGLE, None),  # Google has no category for them
        ((("Sofa", 0.5), ("Chair", 0.5)), Level.GROUP, None),
    ],
)
def test_the_confidence_of_a_level_is_the_sum_of_what_shares_it(
    pairs: Sequence[tuple[str, float]], level: Level, sum_of: float | None, names: Taxonomy
) -> None:
    assert levels.confidence(ranking(pairs), levels.value_of(level, names)) == sum_of


@pytest.mark.parametrize(
    ("category", "google", "group", "sure"),
    [
        (0.5, 0.5, 0.5, Level.CATEGORY),
        (0.75, 0.9375, 0.9375, Level.GOOGLE),
        (0.75, 0.95, 0.9375, Level.GROUP),
        (0.75, 0.95, 0.95, None),
        (1.0, 1.0, 1.0, None),  # a threshold of 1 trusts nothing
    ],
)
def test_the_finest_level_that_reaches_its_threshold_is_sure(
    category: float, google: float, group: float, sure: Level | None, names: Taxonomy
) -> None:
    assert levels.sure_of(prediction(SHOES, category=category, google=google, group=group), names) == sure


def test_whoever_is_sure_of_a_level_is_sure_of_the_coarser_ones() -> None:
    assert [levels.reaches(Level.GOOGLE, wanted) for wanted in Level] == [False, True, True]
    assert not any(levels.reaches(None, wanted) for wanted in Level)


def test_without_thresholds_only_the_category_is_known(names: Taxonomy) -> None:
    answer = Prediction(ranking(SHOES), True, np.zeros(1, np.float32))
    assert levels.sure_of(answer, names) is None


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        (SHOES, ("Sports shoes", "Casual shoes", "Heels")),
        ((("Sports shoes", 0.53), ("Casual shoes", 0.46), ("Heels", 0.01)), ("Sports shoes", "Casual shoes")),
        ((("Sports shoes", 0.99), ("T-shirt", 0.007), ("Heels", 0.003)), ("Sports shoes", "Heels")),
        ((("Jacket", 0.9), ("Shirt", 0.1)), ("Jacket",)),  # the only one of its group
    ],
)
def test_what_is_left_is_what_has_nearly_all_of_the_probability(
    pairs: Sequence[tuple[str, float]], left: tuple[str, ...], names: Taxonomy
) -> None:
    assert levels.left(ranking(pairs), levels.value_of(Level.GROUP, names)) == left


def test_the_colour_family(names: Taxonomy) -> None:
    colours = ranking((("Navy blue", 0.5), ("Teal", 0.25), ("Blue", 0.25)))  # teal is green

    def sure(below: float, unsure: bool) -> bool:
        answer = Prediction(
            ranking(SHOES), True, np.zeros(1), {"colour": colours}, (), frozenset({"colour"} if unsure else ()),
            {COLOUR_FAMILY: below},
        )  # fmt: skip
        return levels.sure_of_family(answer, names)

    assert [sure(0.75, True), sure(0.8, True), sure(0.8, False)] == [True, False, True]
    assert not levels.sure_of_family(prediction(SHOES), names)


def test_confidences_of_many_photos(names: Taxonomy) -> None:
    classes = ("Heels", "Flats", "T-shirt", "Sofa")
    probabilities_NK = np.array([[0.5, 0.25, 0.25, 0], [0.125, 0.25, 0.5, 0.125], [0, 0, 0.25, 0.75]], np.float32)
    value = levels.value_of(Level.GROUP, names)
    confidences_N, shared_NK = levels.confidences(probabilities_NK, classes, value)
    assert confidences_N.tolist() == [0.75, 0.5, 0.75]
    assert shared_NK.tolist() == [[True, True, False, False], [False, False, True, False], [False, False, False, True]]
