"""Review in groups: a grid of photos that would get the same answer, one key for all of them, one undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue import photos as photo_rows
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import ReviewRule, Status, predicted
from fashionlens_gui.window.tag.group_review.page import GroupPage
from fashionlens_gui.window.tag.group_review.reviewer import GroupReviewer
from tests.window.tag.conftest import Stage
from trainer.errors import SaveError
from trainer.inference.prediction import Prediction, Ranking

DRESSES, COATS = 14, 13  # each more than share a group with other values

RULE = ReviewRule(below=0.9)

Key = Qt.Key


def rows(files: list[Path]) -> list[Tagged]:
    """Doubtful dresses, then doubtful coats; all unsure of their colour."""
    found = []
    for number, file in enumerate(files):
        order = ("Dress", "Coat", "Skirt") if number < DRESSES else ("Coat", "Dress", "Skirt")
        category, colour = Ranking(order, (0.6, 0.3, 0.1)), Ranking(("Navy blue", "Black"), (0.6, 0.4))
        vector = np.array([1, number / 100], np.float32)
        vector /= np.linalg.norm(vector)
        prediction = Prediction(category, True, vector, {"colour": colour}, unsure=frozenset({"colour"}))
        tag = predicted(file, file.name, prediction, rule=RULE)
        found.append(Tagged(tag, None, file.name, vector.astype(np.float16)))
    return found


def store(stage: Stage, tagged: list[Tagged]) -> None:
    """As an import does."""

    def run(catalogue: Catalogue) -> Changes:
        batch = operations.begin_import(catalogue, [tagged[0].tag.path.parent])
        changes, _ = photo_rows.store(catalogue, batch, tagged, ModelIdentity("a model"))
        operations.finish_import(catalogue, batch)
        return changes

    stage.access.perform(run)


@pytest.fixture
def reviewer(stage: Stage, photos: Callable[..., Path]) -> GroupReviewer:
    """The group review of a list of dresses and coats, opened."""
    return opened(stage, photos, slice(None))


def opened(stage: Stage, photos: Callable[..., Path], some: slice) -> GroupReviewer:
    """The group review of some of the dresses and coats."""
    folder = photos(*(f"{number:02}.png" for number in range(DRESSES + COATS)))
    store(stage, rows(sorted(folder.iterdir()))[some])
    stage.panel.corrections.apply_rule(RULE)
    stage.settle()
    stage.panel.tag_actions.review_groups.trigger()
    wait(stage)
    return stage.panel.group_reviewer


def wait(stage: Stage) -> None:
    """Until the groups are found and the answers are written."""
    stage.settle()
    stage.qtbot.waitUntil(lambda: not (stage.panel.group_reviewer.busy or stage.access.busy), timeout=20_000)


def press(stage: Stage, *keys: Qt.Key | str) -> None:
    """Type in the grid, where the focus is."""
    page = stage.panel.group_reviewer.page
    for key in keys:
        target = page.grid if page.grid.isVisible() else page
        QTest.keyClicks(target, key) if isinstance(key, str) else QTest.keyClick(target, key)
    wait(stage)


def texts(page: GroupPage) -> tuple[str, str, str]:
    return page.heading.text(), page.position.text(), page.confirm_button.text()


def categories(stage: Stage) -> list[str]:
    """Of the rows that the user set."""
    return [tag.category if tag.source == "user" else "" for tag in stage.tags()]


def test_enter_confirms_all_but_the_marked_photo_which_comes_again(stage: Stage, reviewer: GroupReviewer) -> None:
    page = reviewer.page
    assert stage.panel.pages.currentWidget() is page
    assert texts(page) == ("These 14 look like Dress", "27 left in 2 groups", "Confirm 14 photos")
    press(stage, Key.Key_Right, Key.Key_Space)
    assert texts(page)[2] == "Confirm 13 photos"
    (odd,) = page.grid.marked
    row = reviewer.id_of(odd) - 1
    press(stage, Key.Key_Return)
    assert categories(stage) == ["" if each == row else "Dress" for each in range(DRESSES)] + [""] * COATS
    assert stage.tags()[row].status == Status.NEEDS_REVIEW
    assert texts(page)[:2] == ("These 13 look like Coat", "14 left in 2 groups")
    press(stage, Key.Key_Return)
    assert texts(page)[0] == "This photo looks like Coat"  # it was called Dress; Coat is its next value
    press(stage, Key.Key_Return)
    assert stage.tags()[row].category == "Coat"
    assert page.at_the_end and page.end.text.text() == "27 photos reviewed."
    press(stage, Key.Key_Return)
    assert stage.panel.pages.currentWidget() is stage.panel.list_page


def test_a_click_marks_and_ctrl_a_marks_all_or_none(stage: Stage, reviewer: GroupReviewer) -> None:
    grid = reviewer.page.grid
    for place in (2, 5):
        center = grid.visualRect(grid.model().index(place, 0)).center()
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=center)
    assert len(grid.marked) == 2
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=center)
    assert len(grid.marked) == 1
    QTest.keySequence(grid, QKeySequence(QKeySequence.StandardKey.SelectAll))
    assert len(grid.marked) == DRESSES and texts(reviewer.page)[2] == "None of these"
    QTest.keySequence(grid, QKeySequence(QKeySequence.StandardKey.SelectAll))
    assert not grid.marked


def test_all_photos_of_a_group_are_visible(stage: Stage, reviewer: GroupReviewer) -> None:
    grid = reviewer.page.grid
    for size in ((700, 420), (1400, 900), (1024, 560)):
        stage.panel.resize(*size)
        stage.qtbot.waitUntil(lambda: stage.panel.pages.width() == reviewer.page.width())
        last = grid.visualRect(grid.model().index(DRESSES - 1, 0))
        assert grid.viewport().rect().contains(last), size


def test_undo_shows_the_group_as_it_was(stage: Stage, reviewer: GroupReviewer) -> None:
    page = reviewer.page
    press(stage, Key.Key_Space)
    marked = page.grid.marked
    press(stage, Key.Key_Return)
    assert texts(page)[0] == "These 13 look like Coat"
    stage.panel.tag_actions.undo.trigger()
    wait(stage)
    assert texts(page) == ("These 14 look like Dress", "27 left in 2 groups", "Confirm 13 photos")
    assert page.grid.marked == marked
    assert categories(stage) == [""] * (DRESSES + COATS)
    stage.panel.tag_actions.redo.trigger()
    wait(stage)
    assert categories(stage).count("Dress") == DRESSES - 1
    assert page.grid.model().rowCount() == 1  # the marked one is left of that group


def test_a_group_that_could_not_be_stored_is_shown_again(
    stage: Stage, reviewer: GroupReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = reviewer.page
    press(stage, Key.Key_Space)
    marked = page.grid.marked

    def full_disk(*_: object, **__: object) -> None:
        raise SaveError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(operations, "correct_each", full_disk)
        press(stage, Key.Key_Return)
    assert texts(page) == ("These 14 look like Dress", "27 left in 2 groups", "Confirm 13 photos")
    assert page.grid.marked == marked and categories(stage) == [""] * (DRESSES + COATS)
    press(stage, Key.Key_Return)
    assert categories(stage).count("Dress") == DRESSES - 1


def test_one_undo_takes_back_a_group_with_several_values(stage: Stage, photos: Callable[..., Path]) -> None:
    page = opened(stage, photos, slice(DRESSES - 3, DRESSES + 2)).page  # too few of each for groups of their own
    assert texts(page) == ("These 5 look like Dress and Coat", "5 left in 1 group", "Confirm 5 photos")
    press(stage, Key.Key_Return)
    assert categories(stage) == ["Dress"] * 3 + ["Coat"] * 2 and page.at_the_end
    assert stage.panel.tag_actions.undo.text() == "Undo confirming 5 photos"
    stage.panel.tag_actions.undo.trigger()
    wait(stage)
    assert categories(stage) == [""] * 5
    assert texts(page)[1] == "5 left in 1 group"


def test_numbers_and_the_search_set_the_marked_photos_or_all(stage: Stage, reviewer: GroupReviewer) -> None:
    page = reviewer.page
    press(stage, Key.Key_Space, Key.Key_Right, Key.Key_Space, "2")
    assert categories(stage).count("Coat") == 2
    assert texts(page)[:2] == ("These 12 look like Dress", "25 left in 2 groups")
    press(stage, Key.Key_Space, "s")
    assert reviewer.picker.isVisible() and reviewer.picker.prompt.text() == "Category for 1 photo"
    QTest.keyClicks(reviewer.picker.search, "kirt")
    QTest.keyClick(reviewer.picker.search, Key.Key_Return)
    wait(stage)
    assert categories(stage).count("Skirt") == 1
    press(stage, "3")
    assert categories(stage).count("Skirt") == 12
    assert texts(page)[0] == "These 13 look like Coat"
    stage.panel.tag_actions.undo.trigger()
    wait(stage)
    assert categories(stage).count("Skirt") == 1
    assert texts(page)[0] == "These 11 look like Dress"


def test_attributes_are_reviewed_too(stage: Stage, reviewer: GroupReviewer) -> None:
    page = reviewer.page
    page.label_chosen.emit("colour")
    wait(stage)
    assert texts(page)[0] == "These 27 look Navy blue"
    press(stage, Key.Key_Space, Key.Key_Return)
    colours = [tag.attributes[0] for tag in stage.tags()]
    assert [(each.source, each.unsure) for each in colours].count(("user", False)) == 26
    assert categories(stage) == [""] * (DRESSES + COATS)
    assert texts(page)[0] == "This photo looks Black"


def test_actions_on_rows_that_are_not_shown_are_disabled(stage: Stage, reviewer: GroupReviewer) -> None:
    actions = stage.panel.tag_actions
    stage.qtbot.waitUntil(lambda: not actions.accept.isEnabled())
    assert not actions.attributes.isEnabled() and not actions.copy.isEnabled()
    QTest.keyClick(reviewer.page.grid, Key.Key_Escape)
    assert stage.panel.pages.currentWidget() is stage.panel.list_page
    stage.qtbot.waitUntil(actions.accept.isEnabled)


def test_the_viewer_and_clearing_the_list_take_its_place(
    stage: Stage, reviewer: GroupReviewer, no_dialogs: list[str]
) -> None:
    actions = stage.panel.tag_actions
    actions.review.trigger()
    stage.qtbot.waitUntil(lambda: stage.panel.pages.currentWidget() is stage.panel.viewer)
    assert not reviewer.showing
    stage.qtbot.waitUntil(actions.review_groups.isEnabled)
    actions.review_groups.trigger()
    wait(stage)
    assert stage.panel.pages.currentWidget() is reviewer.page and not stage.panel.review.viewing
    actions.clear.trigger()
    stage.settle()
    assert no_dialogs == [] and not reviewer.showing
    assert stage.panel.pages.currentWidget() is stage.panel.drop_page


def test_nothing_to_review(stage: Stage, reviewer: GroupReviewer) -> None:
    stage.panel.corrections.apply_rule(ReviewRule(below=0.1))
    stage.settle()
    reviewer.reload()
    wait(stage)
    assert reviewer.page.at_the_end
    assert reviewer.page.end.text.text() == "The model is sure of all photos."
