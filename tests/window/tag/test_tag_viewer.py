"""The viewer: keys, zoom and choices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.window.tag.conftest import Stage

Photos = Callable[..., Path]
Key = Qt.Key


@pytest.fixture
def viewing(stage: Stage, photos: Photos) -> Stage:
    """Three photos, the first one open."""
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    stage.panel.table.selectRow(0)
    QTest.keyClick(stage.panel.table, Key.Key_Space)
    assert stage.panel.pages.currentWidget() is stage.panel.viewer
    return stage


def test_double_click_opens_and_escape_goes_back(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    panel = stage.panel
    where = panel.table.visualRect(panel.model.index(1, 0)).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    QTest.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert panel.pages.currentWidget() is panel.viewer
    assert panel.viewer.position.text() == "2 of 2"
    QTest.keyClick(panel.viewer, Key.Key_Escape)
    assert panel.pages.currentWidget() is panel.list_page
    assert panel.table.currentIndex().row() == 1


def test_shows_the_photo_and_the_nine_most_probable(viewing: Stage) -> None:
    viewer, tag = viewing.panel.viewer, viewing.tags()[0]
    assert tag.ranking is not None
    viewing.qtbot.waitUntil(lambda: viewer.canvas.photo_size.width() == 48, timeout=10_000)
    assert [viewer.bars.item(n).text() for n in range(viewer.bars.count())] == list(tag.ranking.labels[:9])
    assert viewer.position.text() == "1 of 3"


def test_arrow_keys_move_through_the_photos_and_stop_at_the_ends(viewing: Stage) -> None:
    viewer = viewing.panel.viewer
    for key, position in ((Key.Key_Right, "2 of 3"), (Key.Key_End, "3 of 3"), (Key.Key_Right, "3 of 3")):
        QTest.keyClick(viewer, key)
        assert viewer.position.text() == position
    QTest.mouseClick(viewer.previous_button, Qt.MouseButton.LeftButton)
    assert viewer.position.text() == "2 of 3"
    assert not viewer.next_button.isEnabled() or viewer.position.text() != "3 of 3"


def test_a_number_key_corrects_and_shows_the_next_photo(viewing: Stage) -> None:
    ranking = viewing.tags()[0].ranking
    assert ranking is not None
    QTest.keyClick(viewing.panel.viewer, Key.Key_2)
    assert viewing.tags()[0].category == ranking.labels[1]
    assert viewing.panel.viewer.position.text() == "2 of 3"


def test_unshifted_number_keys_of_a_french_keyboard_correct(viewing: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are é and -, and on Windows their virtual keys are those of 2 and 6."""
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "windows")
    panel, rankings = viewing.panel, [tag.ranking for tag in viewing.tags()]
    assert rankings[0] is not None and rankings[1] is not None
    first = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Eacute, Qt.KeyboardModifier.NoModifier, 3, 0x32, 0, "é")
    QApplication.sendEvent(panel.viewer, first)
    assert viewing.tags()[0].category == rankings[0].labels[1]
    second = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Minus, Qt.KeyboardModifier.NoModifier, 7, 0x36, 0, "-")
    QApplication.sendEvent(panel.viewer, second)
    assert viewing.tags()[1].category == rankings[1].labels[5]
    panel.viewer.closed.emit()
    QApplication.sendEvent(panel.table, QKeyEvent(first.type(), Key.Key_Eacute, first.modifiers(), 4, 0x33, 0, "è"))
    row = panel.table.currentIndex().row()
    ranking = viewing.tags()[row].ranking
    assert ranking is not None and viewing.tags()[row].category == ranking.labels[2]


def test_click_on_a_bar_corrects(viewing: Stage) -> None:
    bars = viewing.panel.viewer.bars
    label = bars.item(3).text()
    QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=bars.visualItemRect(bars.item(3)).center())
    assert viewing.tags()[0].category == label


@pytest.mark.parametrize("key", [Key.Key_F2, Key.Key_Slash])
def test_list_of_categories_opens_by_key_and_corrects(viewing: Stage, key: Qt.Key) -> None:
    QTest.keyClick(viewing.panel.viewer, key)
    picker = viewing.panel.review.picker
    assert picker.isVisible() and not picker.search.text()
    QTest.keyClicks(picker.search, "ankle")
    QTest.keyClick(picker.search, Key.Key_Return)
    assert viewing.tags()[0].category == "Ankle boot"


def test_every_letter_searches(viewing: Stage) -> None:
    viewer, picker = viewing.panel.viewer, viewing.panel.review.picker
    QTest.keyClick(viewer, Key.Key_2)  # something that undo could undo
    before = viewing.tags(), viewer.position.text()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        QTest.keyClick(viewer, letter)
        assert picker.isVisible() and picker.search.text() == letter
        QTest.keyClick(picker.search, Key.Key_Escape)
    assert (viewing.tags(), viewer.position.text()) == before
    assert not viewer.saliency_button.isChecked()
    assert not [key for key in dict(viewer.keys.keys()) if len(key) == 1 and key.isalpha()]


def test_typing_a_word_searches_it_and_adds_what_is_unknown(viewing: Stage) -> None:
    picker, places = viewing.panel.review.picker, []
    QTest.keyClick(viewing.panel.viewer, Key.Key_U)
    for letter in "nderwear":
        places.append(picker.geometry())
        QTest.keyClick(picker.search, letter)
    assert len(set(map(str, places))) == 1  # it does not jump
    shown = [picker.list.item(n).text() for n in range(picker.list.count())]
    assert shown == ["Add “underwear”", "Other (none of these)"]
    QTest.keyClick(picker.search, Key.Key_Return)
    assert viewing.tags()[0].category == "underwear"
    viewing.panel.tag_actions.undo.trigger()
    viewing.wait_until_written()
    assert "underwear" in viewing.panel.review.categories()  # and offered again
    QTest.keyClicks(viewing.panel.viewer, "u")
    QTest.keyClicks(picker.search, "nder")
    assert picker.list.item(0).text() == "underwear"
    QTest.keyClick(picker.search, Key.Key_Delete)
    assert picker.list.item(0).text() == "Add “under”"
    viewing.settle()
    assert "underwear" not in viewing.panel.review.categories()
    assert "underwear" not in viewing.panel.review.categories()


def test_another_spelling_of_a_category_finds_it(viewing: Stage) -> None:
    picker = viewing.panel.review.picker
    QTest.keyClick(viewing.panel.viewer, Key.Key_F2)
    QTest.keyClicks(picker.search, "ANKLEBOOT")
    shown = [picker.list.item(n).text() for n in range(picker.list.count())]
    assert shown == ["Ankle boot", "Other (none of these)"]  # no second spelling can be added


def test_the_list_of_categories_selects_the_current_one(viewing: Stage) -> None:
    viewer, picker = viewing.panel.viewer, viewing.panel.review.picker
    ranking = viewing.tags()[0].ranking
    assert ranking is not None
    QTest.keyClick(viewer, Key.Key_5)
    QTest.keyClick(viewer, Key.Key_Left)
    QTest.keyClick(viewer, Key.Key_F2)
    QTest.keyClick(picker.search, Key.Key_Return)
    assert viewing.tags()[0].category == ranking.labels[4]


def test_enter_confirms_and_shows_the_next_photo(viewing: Stage) -> None:
    before = viewing.tags()[0]
    QTest.keyClick(viewing.panel.viewer, Key.Key_Return)
    after = viewing.tags()[0]
    assert (after.category, after.source, after.status) == (before.category, "user", "ok")
    assert viewing.panel.viewer.position.text() == "2 of 3"


def test_zoom_in_with_keys_and_wheel_and_back_to_whole(viewing: Stage) -> None:
    canvas = viewing.panel.viewer.canvas
    viewing.qtbot.waitUntil(lambda: canvas.photo_size.width() == 48, timeout=10_000)
    assert canvas.fitted
    QTest.keyClick(viewing.panel.viewer, Key.Key_Plus)
    larger = canvas.scale
    assert not canvas.fitted
    QTest.keyClick(viewing.panel.viewer, Key.Key_Plus)
    assert canvas.scale > larger
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(60, 60))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    QTest.keyClick(viewing.panel.viewer, Key.Key_0)
    assert canvas.fitted


def test_undo_shows_the_photo(viewing: Stage) -> None:
    before = viewing.tags()[0]
    QTest.keyClick(viewing.panel.viewer, Key.Key_3)
    assert viewing.panel.viewer.position.text() == "2 of 3"
    viewing.panel.tag_actions.undo.trigger()
    assert viewing.tags()[0] == before
    assert viewing.panel.viewer.position.text() == "1 of 3"


def test_the_viewer_shows_what_people_said_of_the_photo(viewing: Stage) -> None:
    before = viewing.tags()[0].category
    history = viewing.panel.viewer.details.history
    assert not history.accessibleName()
    for value in ("Dress", "Coat", "Bag"):
        viewing.panel.corrections.set_category(viewing.ids()[:1], value)
    viewing.panel.tag_actions.undo.trigger()
    viewing.settle()
    heading, *lines = history.accessibleName().removeprefix("History of this photo: ").split("\n")
    assert [line.split(",")[0] for line in (heading, *lines)] == ["Dress → Coat", f"{before} → Dress"]
