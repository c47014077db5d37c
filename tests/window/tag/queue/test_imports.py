"""Imports in the Tag tab: queued, cancelled, continued, restored, cleared; and errors of the catalogue's file."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag import list_actions
from fashionlens_gui.window.tag.table.cells import Column
from tests.window.tag.conftest import Stage, click_row, close
from trainer.errors import SaveError

Photos = Callable[..., Path]
Key = Qt.Key


def test_an_added_folder_becomes_rows_with_thumbnails_and_counts_that_add_up(stage: Stage, photos: Photos) -> None:
    folder = photos("a.png", "b.png", "sub/c.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    panel = stage.panel
    assert panel.pages.currentWidget() is panel.drop_page
    stage.drop(folder)
    stage.wait_until_done(rows=4)
    assert panel.pages.currentWidget() is panel.list_page
    assert stage.shown() == ["a.png", "b.png", "broken.jpg", "sub/c.png"]
    chips = panel.filters.status_chips
    assert panel.filters.all_chip.count == 4 == sum(chip.count for chip in chips.values())
    assert chips[Status.ERROR].count == 1
    broken = stage.tags()[2]
    assert broken.status == "error" and broken.notes
    assert panel.model.index(2, Column.STATUS).data(Qt.ItemDataRole.ToolTipRole) == row_message(broken.notes)
    assert panel.thumbnails.get(stage.tags()[0].path) is not None
    assert panel.notice.text.text().startswith("3 of 4 photos tagged")
    assert panel.notice.text.text().endswith("1 failed.")
    assert not panel.progress.isVisible()


def test_skipped_files_are_counted_beside_the_summary_and_listed(stage: Stage, photos: Photos) -> None:
    folder = photos("a.png", "b.png")
    (folder / "b.png").rename(folder / "b.png?v=15")
    (folder / "list.csv").write_text("file,price")
    (folder / "terms.pdf").write_bytes(b"%PDF-1.7")
    (folder / "video.mov").write_bytes(b"\0\0\0\x14ftypqt  ")
    notice = stage.panel.skipped_notice
    stage.drop(folder)
    stage.wait_until_done(rows=2)
    assert stage.panel.notice.text.text().startswith("2 photos tagged")
    assert notice.isVisible()
    assert notice.text.text() == "3 files skipped: 2 documents, 1 video."
    assert notice.x() > stage.panel.notice.x()
    for _ in range(2):  # the line stays, for another look
        QTest.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
        assert notice.isVisible() and notice.dialog is not None
        listed = ["2 documents", f"    {folder / 'list.csv'}", f"    {folder / 'terms.pdf'}", "1 video"]
        assert notice.dialog.text.toPlainText().splitlines() == [*listed, f"    {folder / 'video.mov'}"]
        QTest.mouseClick(notice.dialog.copy_button, Qt.MouseButton.LeftButton)
        assert QApplication.clipboard().text() == notice.dialog.text.toPlainText()
        QTest.keyClick(notice.dialog, Key.Key_Escape)
    stage.drop(photos("c.png", folder="others"))
    stage.wait_until_done(rows=3)
    assert not notice.isVisible()


def test_a_folder_without_photos_says_what_is_in_it(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    for number in range(3):
        (tmp_path / "documents" / f"{number}.txt").write_text("text")
    stage.drop(tmp_path / "documents")
    stage.wait_until_done(rows=0)
    assert stage.panel.notice.text.text() == "There are no photos in what you added."
    assert stage.panel.skipped_notice.text.text() == "3 files skipped: 3 documents."


def test_an_import_waits_for_the_model(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("a.png"))
    assert stage.panel.progress.isVisible()
    assert "model" in stage.panel.progress.headline.text()
    assert stage.panel.model.rowCount() == 0
    stage.active_model.begin()
    stage.wait_until_done(rows=1)


def test_a_second_import_waits_for_the_first(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("1.png", "2.png", folder="first"))
    stage.drop(photos("3.png", folder="second"))
    stage.drop(photos("4.png", folder="third"))
    assert "2 more imports are waiting" in stage.panel.progress.figures.text()
    stage.active_model.begin()
    stage.wait_until_done(rows=4)
    assert stage.shown() == ["1.png", "2.png", "3.png", "4.png"]


def test_cancel_keeps_the_rows_and_the_import_can_be_continued(stage: Stage, photos: Photos) -> None:
    folder = photos(*(f"{number}.png" for number in range(300)))
    stage.drop(folder)
    stage.qtbot.waitUntil(lambda: stage.panel.model.rowCount() > 0, timeout=60_000)
    stage.panel.progress.cancel_button.setFocus()
    QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    stage.wait_until_done()
    assert stage.panel.window().focusWidget() is stage.panel.table  # not a button that Space would press
    done = stage.panel.model.rowCount()
    assert 0 < done < 300
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    button = stage.panel.unfinished_notice.buttons[0]
    assert button.text() == f"Continue tagging {300 - done} photos"
    button.setFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert stage.panel.window().focusWidget() is stage.panel.table
    stage.wait_until_done(rows=300)
    assert not stage.panel.unfinished_notice.isVisible()
    # Only the rest was tagged.
    assert stage.panel.notice.text.text().startswith(f"{300 - done} photos tagged")


def test_names_that_differ_in_the_middle_look_different_in_a_narrow_column(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("0ad8629f-2e9f-4591-a661.png", "0ad8629f-2b31-4591-a661.png"))
    stage.wait_until_done(rows=2)
    table = stage.panel.table
    table.horizontalHeader().resizeSection(Column.PHOTO, 184)  # as with all attributes in a window 1280 pixels wide
    table.setCurrentIndex(QModelIndex())
    cells = [table.visualRect(stage.panel.model.index(row, Column.PHOTO)) for row in range(2)]
    pictures = [table.viewport().grab(cell.adjusted(64, 4, -4, -4)).toImage() for cell in cells]  # without the photo
    assert pictures[0] != pictures[1]


def test_a_portrait_has_no_white_bars_beside_it_in_the_dark_theme(
    stage: Stage, photos: Photos, qapp: QApplication
) -> None:
    theme.apply(qapp, "dark")
    stage.drop(photos("a.png"))  # 48 pixels wide, 64 high
    stage.wait_until_done(rows=1)
    table, tag = stage.panel.table, stage.tags()[0]
    stage.qtbot.waitUntil(lambda: stage.panel.thumbnails.get(tag.path) is not None)
    cell = table.visualRect(stage.panel.model.index(0, Column.PHOTO))
    shown = table.viewport().grab(cell).toImage()
    levels = [shown.pixelColor(x, cell.height() // 2).lightness() for x in range(cell.height())]
    # 6 pixels of the photo on both sides of the garment are white; bars would be 12 more.
    assert 6 <= sum(level > 200 for level in levels) <= 16


def test_no_message_stands_above_the_progress_of_an_import(make_stage: Callable[..., Stage], photos: Photos) -> None:
    first = make_stage(model=False)
    first.wait_until_open()
    first.drop(photos("a.png", "b.png"))
    close(first)
    stage = make_stage()
    stage.wait_until_open()
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    stage.drop(photos("c.png", folder="later"))
    stage.qtbot.waitUntil(stage.panel.progress.isVisible, timeout=10_000)
    assert not stage.panel.unfinished_notice.isVisible()
    stage.wait_until_done(rows=1)
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    QTest.keyClick(stage.panel.table, Qt.Key.Key_Space)
    assert stage.panel.pages.currentWidget() is stage.panel.viewer
    assert not stage.panel.unfinished_notice.isVisible()


def test_cancel_also_empties_the_queue(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("1.png", "2.png", folder="first"))
    stage.drop(photos("3.png", folder="second"))
    QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    stage.active_model.begin()
    stage.qtbot.waitUntil(lambda: stage.active_model.state == "ready", timeout=60_000)
    stage.wait_until_done(rows=0)
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    assert stage.panel.unfinished_notice.buttons[0].text() == "Continue tagging 3 photos"


def test_a_restart_restores_rows_corrections_and_undo(make_stage: Callable[..., Stage], photos: Photos) -> None:
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
    second.qtbot.waitUntil(lambda: second.panel.thumbnails.get(kept[0].path) is not None, timeout=10_000)
    second.panel.tag_actions.undo.trigger()
    assert second.tags()[0].source == "model"


def test_a_list_that_is_being_opened_does_not_look_empty(
    make_stage: Callable[..., Stage], photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_stage()
    first.wait_until_open()
    assert first.panel.drop_page.headline.text() == "Drop photos or a folder here"
    first.drop(photos("a.png"))
    first.wait_until_done(rows=1)
    close(first)
    may_open = threading.Event()
    open_catalogue = Catalogue.__init__

    def open_slowly(self: Catalogue, *arguments: Any, **options: Any) -> None:
        may_open.wait()
        open_catalogue(self, *arguments, **options)

    monkeypatch.setattr(Catalogue, "__init__", open_slowly)
    second = make_stage(model=False)
    page = second.panel.drop_page
    assert second.panel.pages.currentWidget() is page
    assert page.headline.text() == "Opening your list…"
    assert not page.files_button.isVisible() and not page.lead.isVisible()
    may_open.set()
    second.wait_until_open()
    assert second.panel.pages.currentWidget() is second.panel.list_page
    second.panel.tag_actions.clear.trigger()
    second.settle()
    assert page.headline.text() == "Drop photos or a folder here" and page.files_button.isVisible()


def test_an_empty_list_opens_to_the_page_for_dropping(make_stage: Callable[..., Stage]) -> None:
    first = make_stage(model=False)
    first.wait_until_open()
    close(first)
    second = make_stage(model=False)
    second.panel.activateWindow()
    second.panel.setFocus()
    second.wait_until_open()
    assert second.panel.drop_page.files_button.isVisible()
    assert second.panel.window().focusWidget() is second.panel.drop_page.files_button


def test_closing_during_an_import_offers_to_continue_it(make_stage: Callable[..., Stage], photos: Photos) -> None:
    first = make_stage(model=False)
    first.wait_until_open()
    first.drop(photos("a.png", "b.png", "c.png"))
    assert first.panel.close_question()
    close(first)
    second = make_stage()
    second.wait_until_open()
    assert second.panel.unfinished_notice.buttons[0].text() == "Continue tagging 3 photos"
    QTest.mouseClick(second.panel.unfinished_notice.buttons[0], Qt.MouseButton.LeftButton)
    second.wait_until_done(rows=3)
    assert second.panel.close_question() is None


def test_an_import_before_the_list_is_open_is_not_lost(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage()
    stage.panel.add_paths([photos("a.png")])
    stage.wait_until_done(rows=1)


def test_deleted_photos_stay_in_the_list_and_show_an_error_in_the_viewer(
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


def test_clear_empties_the_list_and_nothing_else(stage: Stage, photos: Photos, no_dialogs: list[str]) -> None:
    folder = photos("a.png", "b.png")
    stage.drop(folder)
    stage.wait_until_done(rows=2)
    stage.panel.tag_actions.clear.trigger()
    stage.settle()
    assert stage.panel.pages.currentWidget() is stage.panel.drop_page
    assert stage.panel.model.rowCount() == 0 and no_dialogs == []
    assert stage.tags() == [] and len(find(stage.catalogue(), Query())) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.png"]
    stage.drop(photos("c.png", folder="others"))
    stage.wait_until_done(rows=1)
    stage.drop(folder)
    stage.wait_until_done(rows=3)


def test_photos_that_were_tagged_before_are_known(stage: Stage, photos: Photos) -> None:
    folder = photos("a.png", "b.png", "c.png")
    for name in ("a.png", "b.png"):
        os.utime(folder / name, (10**9, 10**9))
    stage.drop(folder)
    stage.wait_until_done(rows=3)
    assert stage.panel.notice.text.text().startswith("3 photos tagged in ")
    assert "known" not in stage.panel.notice.text.text()
    stage.drop(folder)
    stage.wait_until_done(rows=3)
    assert stage.panel.notice.text.text().startswith("3 photos tagged in ")
    assert ", 2 of them known already" in stage.panel.notice.text.text()
    stage.drop(folder / "a.png", folder / "b.png")
    stage.wait_until_done(rows=3)
    assert stage.panel.notice.text.text().startswith("All 2 photos were known already")


def test_an_import_of_broken_photos_only(stage: Stage, photos: Photos, tmp_path: Path) -> None:
    broken = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for path in broken:
        path.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    stage.drop(*broken)
    stage.wait_until_done(rows=2)
    assert stage.panel.notice.text.text() == "None of the 2 photos could be tagged."
    stage.drop(broken[0])
    stage.wait_until_done(rows=2)
    assert stage.panel.notice.text.text() == "The photo could not be tagged."


def test_a_folder_without_photos(stage: Stage, tmp_path: Path) -> None:
    drop_page = tmp_path / "nothing here"
    drop_page.mkdir()
    stage.drop(drop_page)
    stage.wait_until_done(rows=0)
    assert "no photos" in stage.panel.notice.text.text()
    assert stage.panel.pages.currentWidget() is stage.panel.drop_page


def test_importing_photos_again_replaces_their_rows_and_keeps_corrections(stage: Stage, photos: Photos) -> None:
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


def test_an_import_that_cannot_be_marked_as_finished_does_not_block_the_queue(
    make_stage: Callable[..., Stage], photos: Photos, no_dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.drop(photos("1.png", folder="first"))
    stage.drop(photos("2.png", folder="second"))
    monkeypatch.setattr(operations, "finish_import", full_disk)
    stage.active_model.begin()
    stage.wait_until_done(rows=2)
    assert no_dialogs == ["disk_full"] * 2
    assert not stage.panel.progress.isVisible()
    assert stage.panel.notice.text.text().startswith("1 photo tagged")


def test_an_early_import_that_cannot_be_stored_does_not_block_the_others(
    make_stage: Callable[..., Stage], photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = operations.begin_import

    def first_fails(catalogue: Catalogue, paths: list[Path]) -> int:
        return full_disk() if paths[0].name == "first" else begin(catalogue, paths)

    monkeypatch.setattr(operations, "begin_import", first_fails)
    stage = make_stage()
    errors = errors_of(stage)
    stage.panel.add_paths([photos("1.png", folder="first")])
    stage.panel.add_paths([photos("2.png", folder="second")])
    stage.wait_until_done(rows=1)
    assert errors == ["disk_full"]
    assert stage.shown() == ["2.png"]


def test_an_unfinished_import_that_cannot_be_dismissed_is_offered_again(
    make_stage: Callable[..., Stage], photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    errors = errors_of(stage)
    stage.drop(photos("1.png", "2.png"))
    QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    with monkeypatch.context() as patch:
        patch.setattr(operations, "finish_import", full_disk)
        QTest.mouseClick(stage.panel.unfinished_notice.buttons[1], Qt.MouseButton.LeftButton)
        assert not stage.panel.unfinished_notice.isVisible()
        stage.settle()
    assert errors == ["disk_full"]
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    QTest.mouseClick(stage.panel.unfinished_notice.buttons[1], Qt.MouseButton.LeftButton)
    stage.settle()
    assert not stage.panel.unfinished_notice.isVisible() and len(errors) == 1


def test_a_list_that_cannot_be_cleared_stays_as_it_is(
    stage: Stage, photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = errors_of(stage)
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    stage.panel.filters.search.setText("a.png")
    stage.qtbot.waitUntil(lambda: stage.shown() == ["a.png"], timeout=3_000)
    monkeypatch.setattr(list_actions, "clear_list", full_disk)
    stage.panel.tag_actions.clear.trigger()
    stage.settle()
    assert errors == ["disk_full"]
    assert stage.shown() == ["a.png"]


def errors_of(stage: Stage) -> list[str]:
    """The codes of errors that changing the catalogue will give."""
    codes: list[str] = []
    stage.access.failed.connect(lambda error: codes.append(error.code))
    return codes


def full_disk(*_: object) -> int:
    raise SaveError("disk_full")
