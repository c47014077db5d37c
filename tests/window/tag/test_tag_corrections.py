"""Finding and correcting rows with the mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell.keys import delete_keys
from fashionlens_gui.window.tag.table.cells import Column
from tests.window.conftest import RecordedDialogs
from tests.window.tag.conftest import Stage, click_row

Photos = Callable[..., Path]
Key = Qt.Key


def test_filter_by_status_category_and_name(stage: Stage, photos: Photos) -> None:
    folder = photos("red shirt.png", "blue shirt.png", "shoe.png")
    (folder / "empty.png").write_bytes(b"")
    stage.drop(folder)
    stage.wait_until_done(rows=4)
    panel = stage.panel
    QTest.mouseClick(panel.filters.status_chips[Status.ERROR], Qt.MouseButton.LeftButton)
    assert stage.shown() == ["empty.png"]
    QTest.mouseClick(panel.filters.all_chip, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.filters.search, "SHIRT red")
    stage.qtbot.waitUntil(lambda: stage.shown() == ["red shirt.png"], timeout=3_000)
    panel.filters.search.clear()
    stage.qtbot.waitUntil(lambda: len(stage.shown()) == 4, timeout=3_000)
    category = stage.tags()[0].category
    QTest.mouseClick(panel.filters.category_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.filters.picker.search, category)
    QTest.keyClick(panel.filters.picker.search, Key.Key_Return)
    assert stage.shown() == [tag.file for tag in stage.tags() if tag.category == category]
    panel.filters.search.setText("no such name")
    stage.qtbot.waitUntil(panel.list_page.no_matches.isVisible, timeout=3_000)
    QTest.mouseClick(panel.list_page.no_matches.button, Qt.MouseButton.LeftButton)
    assert len(stage.shown()) == 4


def test_a_filter_begins_at_its_first_photo_or_keeps_the_current_one(stage: Stage, photos: Photos) -> None:
    stage.drop(photos(*(f"{kind} {number:02}.png" for kind in ("coat", "dress") for number in range(20))))
    stage.wait_until_done(rows=40)
    table, search = stage.panel.table, stage.panel.filters.search
    click_row(stage, 0)
    search.setText("dress")
    stage.qtbot.waitUntil(lambda: stage.shown()[0] == "dress 00.png", timeout=10_000)
    assert (table.currentIndex().row(), table.rowAt(0)) == (0, 0)
    table.select_position(19)
    search.clear()
    stage.qtbot.waitUntil(lambda: len(stage.shown()) == 40, timeout=10_000)
    assert table.currentIndex().row() == 39 and table.rowAt(0) > 0


def test_correct_by_typing_then_undo_and_redo_with_keys(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    panel, before = stage.panel, stage.tags()[0]
    click_row(stage, 0)
    QTest.keyClick(panel.table, Key.Key_S)
    assert panel.review.picker.isVisible()
    assert panel.review.picker.search.text() == "s"
    QTest.keyClicks(panel.review.picker.search, "nea")
    QTest.keyClick(panel.review.picker.search, Key.Key_Return)
    assert not panel.review.picker.isVisible()
    after = stage.tags()[0]
    assert (after.category, after.source, after.status) == ("Sneaker", "user", "ok")
    assert panel.model.index(0, Column.CATEGORY).data() == "Sneaker"
    assert panel.filters.user_chips[True].count == 1
    assert panel.tag_actions.undo.text() == "Undo Sneaker for a.png"
    panel.tag_actions.undo.trigger()
    assert stage.tags()[0] == before
    assert panel.model.index(0, Column.CATEGORY).data() == before.category
    panel.tag_actions.redo.trigger()
    assert stage.tags()[0] == after


def test_one_row_is_selected_also_while_the_keys_of_a_shortcut_are_held(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    table = stage.panel.table
    click_row(stage, 0)
    window = stage.panel.window().windowHandle()
    for key, modifier in ((Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier),
                          (Key.Key_Control, Qt.KeyboardModifier.ControlModifier)):  # fmt: skip
        QTest.keyPress(window, key, modifier)
        assert QApplication.keyboardModifiers() == modifier
        table.select_position(2)
        assert table.selected_photos() == stage.ids()[2:]
        QTest.keyRelease(window, key)
        table.select_position(0)


def test_a_long_name_does_not_fill_the_menu(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("fe69a500-6a1f-4a2f-9b52-1d2f3a4b5c6d.png"))
    stage.wait_until_done(rows=1)
    click_row(stage, 0)
    stage.panel.review.set_category("Dress")
    stage.wait_until_written()
    assert stage.panel.tag_actions.undo.text() == "Undo Dress for fe69a500-6a1f…6d.png"


def test_the_filter_has_a_chip_for_corrected_and_one_for_confirmed_photos(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    chips = stage.panel.filters.user_chips
    assert not chips[True].isVisible() and not chips[False].isVisible()
    click_row(stage, 0)
    QTest.keyClick(stage.panel.table, Key.Key_2)
    click_row(stage, 1)
    QTest.keyClick(stage.panel.table, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    assert (chips[True].count, chips[False].count) == (1, 1)
    QTest.mouseClick(chips[True], Qt.MouseButton.LeftButton)
    assert stage.shown() == ["a.png"]
    QTest.mouseClick(chips[False], Qt.MouseButton.LeftButton)
    assert stage.shown() == ["b.png"]


def test_number_keys_set_each_photos_own_choice_and_one_undo_undoes_all(stage: Stage, photos: Photos) -> None:
    stage.drop(photos(*(f"{n}.png" for n in range(12))))
    stage.wait_until_done(rows=12)
    before = stage.tags()
    click_row(stage, 1)
    click_row(stage, 11, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(stage.panel.table, Key.Key_2)
    after = stage.tags()
    assert after[0] == before[0]
    for old, new in zip(before[1:], after[1:], strict=True):
        assert old.ranking is not None
        assert (new.category, new.source) == (old.ranking.labels[1], "user")
    stage.panel.tag_actions.undo.trigger()
    assert stage.tags() == before


def test_several_rows_are_corrected_together(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    click_row(stage, 0)
    click_row(stage, 2, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(stage.panel.table, Key.Key_Return)
    picker = stage.panel.review.picker
    assert picker.isVisible() and picker.prompt.text() == "Category for 2 photos"
    QTest.keyClicks(picker.search, "bag")
    QTest.keyClick(picker.search, Key.Key_Return)
    assert [tag.source for tag in stage.tags()] == ["user", "model", "user"]
    assert stage.tags()[2].category == "Bag"


def test_context_menu_corrects(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    click_row(stage, 0)
    ranking = stage.tags()[0].ranking
    assert ranking is not None
    menu = stage.panel.row_menu.build()
    entry = next(a for a in menu.actions() if ranking.labels[2] in a.text())
    entry.trigger()
    menu.deleteLater()
    assert stage.tags()[0].category == ranking.labels[2]


def test_keys_alone_find_a_photo_and_correct_it(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("red shirt.png", "blue shirt.png", "shoe.png"))
    stage.wait_until_done(rows=3)
    panel = stage.panel
    panel.tag_actions.find.trigger()
    QTest.keyClicks(panel.filters.search, "blue")
    QTest.keyClick(panel.filters.search, Key.Key_Return)
    assert stage.shown() == ["blue shirt.png"]
    QTest.keyClick(panel.table, Key.Key_F2)
    QTest.keyClicks(panel.review.picker.search, "dress")
    QTest.keyClick(panel.review.picker.search, Key.Key_Return)
    assert [tag.category for tag in stage.tags() if tag.source == "user"] == ["Dress"]
    QTest.keyClick(panel.filters.search, Key.Key_Escape)
    assert len(stage.shown()) == 3


def test_delete_forgets_after_asking_and_undo_brings_back(
    stage: Stage, photos: Photos, dialogs: RecordedDialogs
) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    click_row(stage, 0)
    click_row(stage, 1, Qt.KeyboardModifier.ShiftModifier)
    dialogs.agree = False
    QTest.keyClick(stage.panel.table, delete_keys()[0][0].key())
    assert len(stage.shown()) == 3
    dialogs.agree = True
    QTest.keyClick(stage.panel.table, delete_keys()[0][0].key())
    assert stage.shown() == ["c.png"]
    assert [question.split("?")[0] for question in dialogs.questions] == ["Forget these 2 photos"] * 2
    assert stage.panel.tag_actions.undo.text() == "Undo forgetting 2 photos"
    stage.panel.tag_actions.undo.trigger()
    assert stage.shown() == ["a.png", "b.png", "c.png"]
