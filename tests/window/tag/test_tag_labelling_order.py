"""“Show most useful to correct”, and the order of a review: unsure photos of each kind first, corrected ones last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from fashionlens_gui.catalogue.query import Query, embeddings
from fashionlens_gui.review.labelling_order import labelling_order, review_order
from fashionlens_gui.tagging.tag import ReviewRule
from tests.window.tag.conftest import Stage


def names(stage: Stage, order: Callable[..., object]) -> list[str]:
    """Of the photos in the catalogue, in an order."""
    ids = order(stage.catalogue(), Query())
    tags = stage.catalogue().tags(ids)
    return [tags[int(id_)].file for id_ in ids]


def test_the_list_is_sorted_by_usefulness_until_a_column_is_clicked(stage: Stage, photos: Callable[..., Path]) -> None:
    stage.drop(photos(*(f"{letter}.png" for letter in "abcdefgh")))
    stage.wait_until_done(8)
    assert len(embeddings(stage.catalogue())[0]) == 8
    expected = names(stage, labelling_order)
    assert stage.shown() != expected
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    assert stage.shown() == expected
    assert stage.panel.table.current_photo() == labelling_order(stage.catalogue(), Query())[0]
    assert "helps the model most" in stage.panel.notice.text.text()
    assert stage.panel.notice.buttons[0].text() == "Open the first photo"

    # Sorted again, corrected photos come last; a click on a heading sorts by the column.
    stage.panel.corrections.set_category([int(labelling_order(stage.catalogue(), Query())[0])], "Bag")
    stage.settle()
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    assert stage.shown()[-1] == expected[0]
    stage.panel.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert stage.shown() == sorted(expected)


def test_a_review_begins_with_what_teaches_most(stage: Stage, photos: Callable[..., Path]) -> None:
    """A list that is sorted by a column is reviewed in that order."""
    panel = stage.panel
    stage.drop(photos(*(f"{letter}.png" for letter in "abcdefgh")))
    stage.wait_until_done(8)
    panel.threshold.changed.emit(ReviewRule(below=1.0))  # all need review
    stage.settle()
    panel.navigator.find_review_order()
    arrived = stage.shown()
    expected = names(stage, review_order)
    assert expected != arrived
    panel.tag_actions.review.trigger()
    assert stage.shown() == expected
    assert panel.table.current_photo() == review_order(stage.catalogue(), Query())[0]
    panel.review.close_viewer()
    assert stage.shown() == arrived

    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    panel.tag_actions.review.trigger()
    assert stage.shown() == sorted(expected, reverse=True)
    panel.review.close_viewer()
    stage.settle()


def test_later_photos_follow(stage: Stage, photos: Callable[..., Path]) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(3)
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    stage.settle()
    stage.drop(photos("x.png", "y.png", folder="more"))
    stage.wait_until_done(5)
    assert set(stage.shown()[3:]) == {"x.png", "y.png"}
    stage.panel.tag_actions.sort_by_usefulness.trigger()
    assert len(stage.shown()) == 5
