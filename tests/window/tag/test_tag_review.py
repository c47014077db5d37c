"""Reviews with keys alone, corrections of many rows, and errors halfway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fashionlens_gui.tagging.tag import Status
from tests.window.tag.conftest import Stage

Photos = Callable[..., Path]
Key = Qt.Key
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def press(stage: Stage, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Press a key in the widget with the focus."""
    target = QApplication.activePopupWidget() or stage.panel.window()
    if not target.isActiveWindow():  # a popup that was closed stays active where there is no window system
        target.activateWindow()
        QApplication.processEvents()
    QTest.keyClick(target.focusWidget() or target, key, modifier)


def tag_unsure_photos(stage: Stage, photos: Photos, number: int) -> list[int]:
    """Tag ``number`` photos; returns the places of those that need review in the list, in the order of the review."""
    stage.drop(photos(*(f"{n:03}.png" for n in range(number))))
    stage.wait_until_done(rows=number)
    stage.qtbot.waitUntil(lambda: not stage.panel.navigator.finding_review_order)
    order, tags = stage.panel.navigator.review_order, stage.tags()
    assert order is not None and len(order) == number
    ids = stage.ids()
    rows = [ids.index(photo) for photo in order.tolist() if tags[ids.index(photo)].status == Status.NEEDS_REVIEW]
    assert len(rows) > 0.9 * number  # the tiny model is unsure of nearly everything
    return rows


def position_text(left: int, done: int, position: int = 1) -> str:
    """The text of the position in a review."""
    return f"{position} of {left} left  ·  {done} done"


def test_a_hundred_photos_are_reviewed_without_the_mouse(stage: Stage, photos: Photos) -> None:
    rows = tag_unsure_photos(stage, photos, 100)
    before = stage.tags()
    panel = stage.panel
    panel.activateWindow()
    panel.table.setFocus()
    assert panel.tag_actions.review.text() == f"Review {len(rows)} photos"
    press(stage, Key.Key_R, CONTROL)
    stage.settle()
    assert panel.pages.currentWidget() is panel.viewer
    assert panel.viewer.position.text() == position_text(len(rows), 0)
    expected: dict[int, str] = {}
    for number, row in enumerate(rows):
        ranking = before[row].ranking
        assert ranking is not None
        assert panel.viewer.position.text() == position_text(len(rows) - number, number)
        kind = number % 4
        if kind == 0:  # confirmed
            press(stage, Key.Key_Return)
            expected[row] = before[row].category
        elif kind == 1:  # another of the first nine
            choice = 2 + number % 8
            press(stage, Qt.Key(Key.Key_0 + choice))
            expected[row] = ranking.labels[choice - 1]
        elif kind == 2:  # typed
            press(stage, Key.Key_D)
            assert panel.review.picker.isVisible()
            press(stage, Key.Key_R)
            press(stage, Key.Key_Return)
            expected[row] = "Dress"
        else:  # corrected, undone and confirmed
            press(stage, Key.Key_3)
            assert stage.tags()[row].category == ranking.labels[2]
            press(stage, Key.Key_Z, CONTROL)
            assert stage.tags()[row] == before[row]
            assert panel.viewer.caption.text() == before[row].file
            assert panel.viewer.position.text() == position_text(len(rows) - number, number)
            press(stage, Key.Key_1)
            expected[row] = ranking.labels[0]
        tag = stage.tags()[row]
        assert (tag.category, tag.source, tag.status) == (expected[row], "user", "ok")
    assert panel.viewer.at_the_end
    assert panel.viewer.position.text() == f"0 left  ·  {len(rows)} done"
    right = sum(expected[row] == before[row].category for row in rows)
    assert panel.viewer.end.text.text() == (
        f"{len(rows)} photos reviewed: {right} confirmed, {len(rows) - right} corrected."
    )
    press(stage, Key.Key_Return)
    assert panel.pages.currentWidget() is panel.list_page
    assert len(stage.shown()) == 100
    assert not panel.tag_actions.review.isEnabled()
    assert {row: stage.tags()[row].category for row in rows} == expected
    for _ in rows:
        panel.tag_actions.undo.trigger()
    assert stage.tags() == before


def test_skipped_photos_are_shown_again(stage: Stage, photos: Photos) -> None:
    rows = tag_unsure_photos(stage, photos, 4)
    viewer = stage.panel.viewer
    press(stage, Key.Key_R, CONTROL)
    stage.settle()
    press(stage, Key.Key_Right)
    assert viewer.position.text() == position_text(len(rows), 0, position=2)
    for done in range(1, len(rows)):
        press(stage, Key.Key_Return)
        assert not viewer.at_the_end
        assert viewer.position.text().endswith(f"{done} done")
    assert viewer.caption.text() == stage.tags()[rows[0]].file
    press(stage, Key.Key_Return)
    assert viewer.at_the_end


def test_undo_at_the_end_returns_to_the_last_photo(stage: Stage, photos: Photos) -> None:
    rows = tag_unsure_photos(stage, photos, 3)
    viewer = stage.panel.viewer
    press(stage, Key.Key_R, CONTROL)
    stage.settle()
    for _ in rows:
        press(stage, Key.Key_2)
    assert viewer.at_the_end
    press(stage, Key.Key_Z, CONTROL)
    stage.wait_until_written()
    assert not viewer.at_the_end
    assert viewer.position.text() == position_text(1, len(rows) - 1)
    assert viewer.caption.text() == stage.tags()[rows[-1]].file
    assert stage.tags()[rows[-1]].source == "model"


def test_escape_restores_the_filter(stage: Stage, photos: Photos) -> None:
    tag_unsure_photos(stage, photos, 4)
    panel = stage.panel
    panel.filters.search.setText("002")
    stage.qtbot.waitUntil(lambda: stage.shown() == ["002.png"], timeout=3_000)
    panel.table.setFocus()
    press(stage, Key.Key_R, CONTROL)
    stage.settle()
    press(stage, Key.Key_Escape)
    assert panel.pages.currentWidget() is panel.list_page
    assert stage.shown() == ["002.png"]
    assert panel.filters.search.text() == "002"


def test_one_button_starts_the_review_and_a_correction_ends_the_summary(stage: Stage, photos: Photos) -> None:
    rows = tag_unsure_photos(stage, photos, 3)
    panel = stage.panel
    assert panel.notice.isVisible() and not panel.notice.buttons
    QTest.mouseClick(panel.list_page.review_button, Qt.MouseButton.LeftButton)
    stage.settle()
    assert panel.viewer.position.text() == position_text(len(rows), 0)
    press(stage, Key.Key_Return)
    press(stage, Key.Key_Escape)
    stage.settle()
    assert not panel.notice.isVisible()  # its figures would contradict the chips


def test_the_notice_after_a_later_import_starts_with_its_photos(stage: Stage, photos: Photos) -> None:
    tag_unsure_photos(stage, photos, 3)
    panel = stage.panel
    stage.drop(photos("new 1.png", "new 2.png", folder="later"))
    stage.wait_until_done(rows=5)
    waiting = [tag.file for tag in stage.tags() if tag.status == Status.NEEDS_REVIEW]
    later = [file for file in waiting if file.startswith("new")]
    assert panel.notice.buttons[0].text() == "Review these first"
    QTest.mouseClick(panel.notice.buttons[0], Qt.MouseButton.LeftButton)
    stage.settle()
    for _ in later:
        assert panel.viewer.caption.text() in later
        press(stage, Key.Key_Return)
    assert panel.viewer.caption.text() in set(waiting) - set(later)  # then the others
    for _ in waiting[len(later) :]:
        press(stage, Key.Key_Return)
    assert panel.viewer.at_the_end


def test_accepting_a_selection_is_one_undo_step(stage: Stage, photos: Photos) -> None:
    tag_unsure_photos(stage, photos, 12)
    before = stage.tags()
    panel = stage.panel
    panel.table.setFocus()
    panel.table.selectAll()
    press(stage, Key.Key_Return, CONTROL)
    assert [(tag.category, tag.source) for tag in stage.tags()] == [(tag.category, "user") for tag in before]
    panel.tag_actions.undo.trigger()
    assert stage.tags() == before


def test_a_chosen_category_beyond_the_nine_is_listed_below_them(stage: Stage, photos: Photos) -> None:
    tag_unsure_photos(stage, photos, 1)
    ranking = stage.tags()[0].ranking
    assert ranking is not None
    panel = stage.panel
    press(stage, Key.Key_Space)
    tenth = ranking.labels[9]
    panel.review.set_category(tenth)
    shown = [panel.viewer.bars.item(n).text() for n in range(panel.viewer.bars.count())]
    assert shown == [*ranking.labels[:9], tenth]
