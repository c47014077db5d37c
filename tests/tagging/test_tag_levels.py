"""Rows whose group is sure while the category is in doubt: status, message and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.csv_export import record
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule, Status, Tag, predicted
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import TOO_SMALL
from trainer.taxonomy import COLOUR_FAMILY, Level

SHOES = Ranking(("Sports shoes", "Casual shoes", "T-shirt"), (0.5, 0.46875, 0.03125))
BAGS = Ranking(("Handbag", "Clutch", "Backpack"), (0.5, 0.25, 0.25))
THRESHOLDS = {Level.CATEGORY: 0.9, Level.GOOGLE: 0.8, Level.GROUP: 0.7, COLOUR_FAMILY: 0.6}
BLUES = Ranking(("Navy blue", "Blue", "Teal"), (0.375, 0.25, 0.375))


def row(ranking: Ranking, below: Mapping[str, float] = THRESHOLDS, rule: ReviewRule = MODEL_RULE) -> Tag:
    prediction = Prediction(
        ranking, ranking.confidence < 0.9, np.zeros(1), {"colour": BLUES}, (), frozenset({"colour"}), below
    )
    return predicted(Path("/photos/a.jpg"), "a.jpg", prediction, rule=rule)


@pytest.mark.parametrize(
    ("ranking", "level", "status", "sure"),
    [
        (SHOES, Level.CATEGORY, Status.NEEDS_REVIEW, Level.GOOGLE),
        (SHOES, Level.GOOGLE, Status.OK, Level.GOOGLE),
        (SHOES, Level.GROUP, Status.OK, Level.GOOGLE),
        (BAGS, Level.GOOGLE, Status.NEEDS_REVIEW, Level.GROUP),  # a backpack has its own Google category
        (BAGS, Level.GROUP, Status.OK, Level.GROUP),
        (Ranking(("T-shirt", "Jeans"), (0.5, 0.5)), Level.GROUP, Status.NEEDS_REVIEW, None),
        (Ranking(("T-shirt", "Jeans"), (0.9375, 0.0625)), Level.CATEGORY, Status.OK, Level.CATEGORY),
    ],
)
def test_the_rule_says_which_level_must_be_sure(
    ranking: Ranking, level: Level, status: Status, sure: Level | None
) -> None:
    tag = row(ranking, rule=ReviewRule(level))
    assert (tag.status, tag.sure_of) == (status, sure)
    assert row(ranking).with_review_rule(ReviewRule(level)) == tag
    assert tag.with_review_rule(MODEL_RULE) == row(ranking)


def test_the_message_names_the_group_and_what_is_left() -> None:
    for rule in (MODEL_RULE, ReviewRule(Level.GROUP)):
        assert row_message(row(SHOES, rule=rule).notes) == (
            "Sure of the group Shoes, unsure of the category: sports or casual?"
        )
    assert (
        row_message(row(BAGS).notes) == "Sure of the group Bags, unsure of the category: handbag, clutch or backpack?"
    )
    vests = Ranking(("T-shirt", "Shirt"), (0.5, 0.5))
    assert row_message(row(vests).notes) == "Sure of the group Tops, unsure of the category: T-shirt or shirt?"
    jacket = row(Ranking(("Jacket", "Shirt"), (0.75, 0.25)))  # the only category of its group
    assert (jacket.sure_of, row_message(jacket.notes)) == (Level.GROUP, "Unsure: could also be Shirt.")
    neither = Ranking(("T-shirt", "Jeans"), (0.5, 0.5))
    assert row_message(row(neither).notes) == "Unsure: could also be Jeans."


def test_a_chosen_threshold_holds_for_each_level() -> None:
    high, low = ReviewRule(Level.GROUP, 0.98), ReviewRule(Level.GROUP, 0.96875)
    assert [row(SHOES, rule=rule).status for rule in (high, low)] == [Status.NEEDS_REVIEW, Status.OK]
    assert [row(SHOES, rule=rule).sure_of for rule in (high, low)] == [None, Level.GOOGLE]
    assert row(SHOES, rule=ReviewRule(below=0.5)).sure_of == Level.CATEGORY
    assert row(SHOES, rule=ReviewRule(Level.GROUP, 1.0)).status == Status.NEEDS_REVIEW


def test_a_photo_too_small_to_trust_needs_review_at_every_level() -> None:
    prediction = Prediction(SHOES, True, np.zeros(1), review_below=THRESHOLDS)
    tag = predicted(Path("/a.jpg"), "a.jpg", prediction, (TOO_SMALL,), ReviewRule(Level.GROUP))
    assert tag.status == Status.NEEDS_REVIEW


def test_the_columns_of_the_levels() -> None:
    values = record(row(SHOES))
    assert list(values)[-6:] == [
        *("sure_of", "google_confidence", "group_confidence"),
        *("colour_sure_of", "colour_family", "colour_family_confidence"),
    ]
    assert (values["category"], values["confidence"], values["status"]) == ("Sports shoes", 0.5, "needs review")
    assert (values["group"], values["google_product_category"]) == ("Shoes", 187)
    assert (values["sure_of"], values["google_confidence"], values["group_confidence"]) == ("google", 0.9688, 0.9688)
    assert (values["colour_sure_of"], values["colour_family"], values["colour_family_confidence"]) == (
        *("family", "Blue"),
        0.625,
    )
    assert record(row(BAGS))["google_confidence"] == 0.75
    doubtful = record(row(SHOES, THRESHOLDS | {COLOUR_FAMILY: 0.7}))
    assert (doubtful["colour_sure_of"], doubtful["colour_family"]) == ("", "Blue")
    by_hand = record(row(SHOES).with_user_category("Heels"))
    assert (by_hand["sure_of"], by_hand["group"], by_hand["group_confidence"]) == ("category", "Shoes", None)


def test_a_category_outside_the_taxonomy_has_no_group() -> None:
    values = record(row(Ranking(("Sofa", "Chair"), (0.5, 0.5))))
    assert (values["sure_of"], values["group"], values["group_confidence"]) == ("", "", None)
