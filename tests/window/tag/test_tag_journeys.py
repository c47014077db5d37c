"""The round of a working day, with mouse and keys: drop, watch, filter, look closer, correct, take back, export."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from fashionlens_gui.window.tag import exporting
from fashionlens_gui.window.tag.results_model import Column
from tests.window.tag.conftest import Stage, close

Photos = Callable[..., Path]
Key = Qt.Key


def click_row(stage: Stage, place: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Click the name in a row of the table."""
    table = stage.panel.table
    where = table.visualRect(stage.panel.order.index(place, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, where)


def test_dropped_folder_becomes_rows_with_pictures_and_counts_that_add_up(stage: Stage, photos: Photos) -> None:
    folder = photos("a.png", "b.png", "sub/c.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    panel = stage.panel
    assert panel.pages.currentWidget() is panel.empty
    stage.drop(folder)
    stage.wait_until_done(rows=4)
    assert panel.pages.currentWidget() is panel.list_page
    assert stage.shown() == ["a.png", "b.png", "broken.jpg", "sub/c.png"]
    chips = panel.filters.status_chips
    assert panel.filters.all_chip.count == 4 == sum(chip.count for chip in chips.values())
    assert chips["error"].count == 1
    broken = stage.tags()[2]
    assert broken.status == "error" and broken.message
    assert panel.order.index(2, Column.STATUS).data(Qt.ItemDataRole.ToolTipRole) == broken.message
    assert panel.thumbnails.framed(stage.tags()[0].path) is not None
    assert "4 photos tagged" in panel.notice.text.text()
    assert not panel.progress.isVisible()


def test_drop_waits_for_the_model_and_says_so(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("a.png"))
    assert stage.panel.progress.isVisible()
    assert "model" in stage.panel.progress.headline.text()
    assert stage.panel.model.rowCount() == 0
    stage.active_model.begin()
    stage.wait_until_done(rows=1)


def test_second_drop_queues_and_is_tagged_after_the_first(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("1.png", "2.png", folder="first"))
    stage.drop(photos("3.png", folder="second"))
    stage.drop(photos("4.png", folder="third"))
    assert "2 more drops wait" in stage.panel.progress.figures.text()
    stage.active_model.begin()
    stage.wait_until_done(rows=4)
    assert stage.shown() == ["1.png", "2.png", "3.png", "4.png"]


def test_cancel_keeps_the_rows_and_the_rest_can_be_continued(stage: Stage, photos: Photos) -> None:
    folder = photos(*(f"{number}.png" for number in range(300)))
    stage.drop(folder)
    stage.qtbot.waitUntil(lambda: stage.panel.model.rowCount() > 0, timeout=60_000)
    QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    stage.wait_until_done()
    done = stage.panel.model.rowCount()
    assert 0 < done < 300
    stage.qtbot.waitUntil(stage.panel.left_notice.isVisible, timeout=10_000)
    button = stage.panel.left_notice.buttons[0]
    assert button.text() == f"Continue tagging {300 - done} photos"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    stage.wait_until_done(rows=300)
    assert not stage.panel.left_notice.isVisible()
    # What had a row was not tagged once more.
    assert stage.panel.notice.text.text().startswith(f"{300 - done} photos tagged")


def test_cancel_also_stops_what_waits_in_line(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("1.png", "2.png", folder="first"))
    stage.drop(photos("3.png", folder="second"))
    QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    stage.active_model.begin()
    stage.qtbot.waitUntil(lambda: stage.active_model.state == "ready", timeout=60_000)
    stage.wait_until_done(rows=0)
    assert stage.panel.left_notice.buttons[0].text() == "Continue tagging 3 photos"


def test_filter_by_status_category_and_name(stage: Stage, photos: Photos) -> None:
    folder = photos("red shirt.png", "blue shirt.png", "shoe.png")
    (folder / "empty.png").write_bytes(b"")
    stage.drop(folder)
    stage.wait_until_done(rows=4)
    panel = stage.panel
    QTest.mouseClick(panel.filters.status_chips["error"], Qt.MouseButton.LeftButton)
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
    stage.qtbot.waitUntil(panel.list_page.nothing.isVisible, timeout=3_000)
    QTest.mouseClick(panel.list_page.nothing.button, Qt.MouseButton.LeftButton)
    assert len(stage.shown()) == 4


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
    assert panel.order.index(0, Column.CATEGORY).data() == "Sneaker"
    assert panel.filters.corrected_chip.count == 1
    assert panel.undo_action.text() == "Undo a.png to Sneaker"
    panel.undo_action.trigger()
    assert stage.tags()[0] == before
    assert panel.order.index(0, Column.CATEGORY).data() == before.category
    panel.redo_action.trigger()
    assert stage.tags()[0] == after


def test_number_keys_take_each_photos_own_choice_and_one_undo_takes_all_back(stage: Stage, photos: Photos) -> None:
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
    stage.panel.undo_action.trigger()
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


def test_export_has_all_rows_and_corrections_win(
    stage: Stage, photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "shop.csv"
    target.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "exec", lambda self: self.selectFile(str(target)) or 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda self: [str(target)])
    shown: list[Path] = []
    monkeypatch.setattr(exporting, "show_in_folder", shown.append)
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    click_row(stage, 1)
    QTest.keyClick(stage.panel.table, Key.Key_3)
    stage.panel.filters.search.setText("a.png")  # what is hidden is exported all the same
    stage.qtbot.waitUntil(lambda: stage.shown() == ["a.png"], timeout=3_000)
    with stage.qtbot.waitSignal(stage.panel.exporter.exported, timeout=10_000):
        QTest.mouseClick(stage.panel.list_page.export_button, Qt.MouseButton.LeftButton)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["a.png", "b.png"]
    ranking = stage.tags()[1].ranking
    assert ranking is not None
    assert (rows[1]["category"], rows[1]["status"]) == (ranking.labels[2], "ok")
    assert stage.panel.notice.text.text() == "2 photos saved in shop.csv."
    QTest.mouseClick(stage.panel.notice.buttons[0], Qt.MouseButton.LeftButton)
    assert shown == [target]
    assert stage.settings.last_folder == str(target.parent)


def test_export_that_fails_says_why_and_leaves_the_old_file(
    stage: Stage, photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_dialogs: list[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("I am no folder")
    monkeypatch.setattr(exporting, "ask_where", lambda *_: blocked / "tags.csv")
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    stage.panel.export_action.trigger()
    stage.qtbot.waitUntil(lambda: bool(no_dialogs), timeout=10_000)
    assert "tags.csv" in no_dialogs[0]
    assert blocked.read_text() == "I am no folder"


def test_copied_rows_paste_into_a_spreadsheet(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    click_row(stage, 1)
    click_row(stage, 2, Qt.KeyboardModifier.ShiftModifier)
    with stage.qtbot.waitSignal(stage.panel.exporter.copied, timeout=10_000):
        stage.panel.copy_action.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["file", "b.png", "c.png"]


def test_opening_again_brings_back_rows_corrections_and_undo(make_stage: Callable[..., Stage], photos: Photos) -> None:
    first = make_stage()
    first.wait_until_open()
    first.drop(photos("a.png", "b.png"))
    first.wait_until_done(rows=2)
    click_row(first, 0)
    QTest.keyClick(first.panel.table, Key.Key_4)
    kept = first.tags()
    close(first)
    second = make_stage(model=False)
    second.wait_until_open()
    assert second.tags() == kept
    assert second.panel.pages.currentWidget() is second.panel.list_page
    assert second.shown() == ["a.png", "b.png"]
    second.qtbot.waitUntil(lambda: second.panel.thumbnails.framed(kept[0].path) is not None, timeout=10_000)
    second.panel.undo_action.trigger()
    assert second.tags()[0].source == "model"


def test_closing_in_the_middle_offers_the_rest_next_time(make_stage: Callable[..., Stage], photos: Photos) -> None:
    first = make_stage(model=False)
    first.wait_until_open()
    first.drop(photos("a.png", "b.png", "c.png"))
    assert first.panel.close_question()
    close(first)
    second = make_stage()
    second.wait_until_open()
    assert second.panel.left_notice.buttons[0].text() == "Continue tagging 3 photos"
    QTest.mouseClick(second.panel.left_notice.buttons[0], Qt.MouseButton.LeftButton)
    second.wait_until_done(rows=3)
    assert second.panel.close_question() is None


def test_drop_before_the_list_is_open_is_not_lost(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage()
    stage.panel.add_paths([photos("a.png")])
    stage.wait_until_done(rows=1)


def test_vanished_photos_stay_in_the_list_and_say_so_when_opened(
    make_stage: Callable[..., Stage], photos: Photos
) -> None:
    folder = photos("a.png")
    first = make_stage()
    first.wait_until_open()
    first.drop(folder)
    first.wait_until_done(rows=1)
    close(first)
    shutil.rmtree(folder)
    second = make_stage(model=False)
    second.wait_until_open()
    second.panel.grab()
    click_row(second, 0)
    QTest.keyClick(second.panel.table, Key.Key_Space)
    second.qtbot.waitUntil(lambda: "a.png" in second.panel.viewer.canvas.note, timeout=10_000)
    assert not second.panel.viewer.canvas.has_picture


def test_clearing_asks_then_forgets_rows_but_not_photos(stage: Stage, photos: Photos, no_dialogs: list[str]) -> None:
    folder = photos("a.png", "b.png")
    stage.drop(folder)
    stage.wait_until_done(rows=2)
    stage.panel.clear_action.trigger()
    assert "2 photos" in no_dialogs[0]
    assert stage.panel.pages.currentWidget() is stage.panel.empty
    assert stage.tags() == [] and stage.panel.model.rowCount() == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.png"]
    stage.drop(folder)
    stage.wait_until_done(rows=2)


def test_folder_without_photos_says_so(stage: Stage, tmp_path: Path) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    stage.drop(empty)
    stage.wait_until_done(rows=0)
    assert "no photo" in stage.panel.notice.text.text()
    assert stage.panel.pages.currentWidget() is stage.panel.empty


def test_same_photos_again_renew_their_rows_and_keep_corrections(stage: Stage, photos: Photos) -> None:
    folder = photos("a.png", "b.png")
    stage.drop(folder)
    stage.wait_until_done(rows=2)
    click_row(stage, 0)
    QTest.keyClick(stage.panel.table, Key.Key_5)
    corrected = stage.tags()[0]
    stage.drop(folder)
    stage.wait_until_done(rows=2)
    renewed = stage.tags()[0]
    assert (renewed.category, renewed.source) == (corrected.category, "user")


def test_keys_alone_find_a_photo_and_correct_it(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("red shirt.png", "blue shirt.png", "shoe.png"))
    stage.wait_until_done(rows=3)
    panel = stage.panel
    panel.find_action.trigger()
    QTest.keyClicks(panel.filters.search, "blue")
    QTest.keyClick(panel.filters.search, Key.Key_Return)
    assert stage.shown() == ["blue shirt.png"]
    QTest.keyClick(panel.table, Key.Key_F2)
    QTest.keyClicks(panel.review.picker.search, "dress")
    QTest.keyClick(panel.review.picker.search, Key.Key_Return)
    assert [tag.category for tag in stage.tags() if tag.source == "user"] == ["Dress"]
    QTest.keyClick(panel.filters.search, Key.Key_Escape)
    assert len(stage.shown()) == 3
