"""Export as CSV and copying."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import file_choice
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.export_dialog import ExportDialog
from tests.held_files import held_files
from tests.window.tag.conftest import Stage, click_row
from trainer.taxonomy import ATTRIBUTES

Photos = Callable[..., Path]
Key = Qt.Key


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the user chooses."""
    target = tmp_path / "out" / "shop.csv"
    target.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "exec", lambda self: self.selectFile(str(target)) or 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda self: [str(target)])
    return target


def ask(stage: Stage) -> ExportDialog:
    """Open the export dialog with the mouse."""
    QTest.mouseClick(stage.panel.list_page.export_button, Qt.MouseButton.LeftButton)
    dialog = stage.panel.export_actions.dialog
    assert dialog is not None and dialog.dialog.isVisible()
    return dialog


def save(stage: Stage, dialog: ExportDialog, target: Path) -> list[dict[str, str]]:
    """Press Save; returns the rows of the file."""
    with stage.qtbot.waitSignal(stage.panel.export_actions.exported, timeout=10_000):
        QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    with target.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_export_has_all_rows_with_corrections(
    stage: Stage, photos: Photos, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(file_choice, "show_in_folder", shown.append)
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    click_row(stage, 1)
    QTest.keyClick(stage.panel.table, Key.Key_3)
    dialog = ask(stage)
    assert [button.text() for button in dialog.scope_buttons] == ["All 2 photos"]
    assert not dialog.scope_buttons[0].isVisible()  # there is nothing to choose
    assert dialog.save_button.text() == "Save 2 photos…"
    stage.drop(photos("c.png", folder="later"))  # while the dialog is open
    stage.wait_until_done(rows=3)
    assert dialog.save_button.text() == "Save 3 photos…"
    rows = save(stage, dialog, target)
    assert [row["file"] for row in rows] == ["a.png", "b.png", "c.png"]
    ranking = stage.tags()[1].ranking
    assert ranking is not None
    assert (rows[1]["category"], rows[1]["status"]) == (ranking.labels[2], "ok")
    assert stage.panel.notice.text.text() == "3 photos saved in shop.csv."
    QTest.mouseClick(stage.panel.notice.buttons[0], Qt.MouseButton.LeftButton)
    assert shown == [target]
    assert stage.settings.last_folder == str(target.parent)


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_rows_for_a_file_that_is_open_in_excel_are_saved_beside_it(
    stage: Stage, photos: Photos, target: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    target.write_text("old")
    beside = target.with_name("shop (2).csv")
    shown: list[Path] = []
    monkeypatch.setattr(file_choice, "show_in_folder", shown.append)
    held_files(monkeypatch, winerror, "shop.csv")
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    with stage.qtbot.waitSignal(stage.panel.export_actions.exported, timeout=10_000):
        QTest.mouseClick(ask(stage).save_button, Qt.MouseButton.LeftButton)
    said = stage.panel.notice.text.text()
    assert "Excel" in said and str(beside) in said
    QTest.mouseClick(stage.panel.notice.buttons[0], Qt.MouseButton.LeftButton)
    assert shown == [beside]
    assert (target.read_text(), len(beside.read_text().splitlines())) == ("old", 2)


def test_a_failed_export_shows_the_error_and_keeps_the_old_file(
    stage: Stage, photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_dialogs: list[str], own_home: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("I am no folder")
    (own_home / "rescued").write_text("nor am I")
    monkeypatch.setattr(file_dialogs, "choose_export_file", lambda *_: blocked / "tags.csv")
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    QTest.mouseClick(ask(stage).save_button, Qt.MouseButton.LeftButton)
    stage.qtbot.waitUntil(lambda: bool(no_dialogs), timeout=10_000)
    assert "tags.csv" in no_dialogs[0]
    assert blocked.read_text() == "I am no folder"


@pytest.mark.parametrize(
    ("choice", "files"), [(0, ["xq1.png", "xq2.png", "xq3.png", "z.png"]), (1, ["xq1.png", "xq2.png", "xq3.png"]),
                          (2, ["xq2.png", "xq3.png"])]
)  # fmt: skip
def test_export_asks_which_photos_when_some_are_hidden_or_selected(
    stage: Stage, photos: Photos, target: Path, choice: int, files: list[str]
) -> None:
    stage.drop(photos("xq1.png", "xq2.png", "xq3.png", "z.png"))
    stage.wait_until_done(rows=4)
    stage.panel.filters.search.setText("xq")
    stage.qtbot.waitUntil(lambda: len(stage.shown()) == 3, timeout=3_000)
    click_row(stage, 1)
    click_row(stage, 2, Qt.KeyboardModifier.ShiftModifier)
    dialog = ask(stage)
    texts = [button.text() for button in dialog.scope_buttons]
    assert texts == ["All 4 photos", "The 3 photos shown", "The 2 photos selected"]
    assert dialog.save_button.text() == "Save 4 photos…"
    QTest.mouseClick(dialog.scope_buttons[choice], Qt.MouseButton.LeftButton)
    assert dialog.save_button.text() == f"Save {len(files)} photos…"
    assert [row["file"] for row in save(stage, dialog, target)] == files


def test_skus_are_shown_before_they_are_saved(stage: Stage, photos: Photos, target: Path) -> None:
    stage.drop(photos("A12_1.png", "A12_2.png", "B7-1.png", "z.png"))
    stage.wait_until_done(rows=4)
    dialog = ask(stage)
    for box in (dialog.path_box, dialog.confidence_box, dialog.sku_box):
        box.click()
    assert dialog.preview.text().splitlines() == ["A12_1.png → A12", "B7-1.png → B7", "z.png → z"]
    assert not dialog.pattern.isVisible()
    dialog.pattern_choice.setCurrentIndex(dialog.pattern_choice.count() - 1)
    dialog.pattern.clear()
    QTest.keyClicks(dialog.pattern, "([A-Z]")
    assert "no regular expression" in dialog.preview.text() and not dialog.save_button.isEnabled()
    QTest.keyClicks(dialog.pattern, r"\d+)")
    assert dialog.preview.text().splitlines() == [
        "A12_1.png → A12", "B7-1.png → B7", "Nothing found in 1 of 4, such as z.png.",
    ]  # fmt: skip
    rows = save(stage, dialog, target)
    assert [(row["name"], row["sku"]) for row in rows] == [
        ("A12_1.png", "A12"), ("A12_2.png", "A12"), ("B7-1.png", "B7"), ("z.png", ""),
    ]  # fmt: skip
    assert [Path(row["path"]) for row in rows] == [tag.path for tag in stage.tags()]
    assert list(rows[0])[-9:] == ["path", "name", "sku", *(f"{name}_confidence" for name in ATTRIBUTES)]
    kept = Settings.load()
    assert (kept.sku_pattern, kept.with_path, kept.with_confidence) == (r"([A-Z]\d+)", True, True)
    again = ask(stage)  # as it was
    assert again.pattern.text() == r"([A-Z]\d+)" and again.sku_box.isChecked() and again.path_box.isChecked()
    again.dialog.reject()


def test_a_table_for_excel_is_a_second_choice(
    stage: Stage, photos: Photos, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QLocale, "decimalPoint", lambda _: ",")
    stage.drop(photos("Größe.png"))
    stage.wait_until_done(rows=1)
    dialog = ask(stage)
    assert dialog.shop_button.isChecked()
    dialog.excel_button.click()
    save(stage, dialog, target)
    assert target.read_bytes().startswith("\ufefffile;category;confidence;".encode())
    assert "\r\nGröße.png;".encode() in target.read_bytes()
    assert ask(stage).excel_button.isChecked()  # as it was


def test_a_file_that_lacks_later_changes_can_be_saved_again(stage: Stage, photos: Photos, target: Path) -> None:
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    save(stage, ask(stage), target)
    notice = stage.panel.notice
    click_row(stage, 1)
    QTest.keyClick(stage.panel.table, Key.Key_3)
    corrected = stage.tags()[1].category
    stage.qtbot.waitUntil(lambda: notice.text.text() == "shop.csv does not have your latest changes.", timeout=3_000)
    with stage.qtbot.waitSignal(stage.panel.export_actions.exported, timeout=10_000):
        QTest.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert [row["category"] for row in csv.DictReader(file)][1] == corrected
    assert notice.text.text() == "2 photos saved in shop.csv."
    stage.drop(photos("c.png", folder="later"))  # no message of before stands above the progress
    stage.qtbot.waitUntil(stage.panel.progress.isVisible, timeout=10_000)
    assert not notice.isVisible()
    stage.wait_until_done(rows=3)


def test_copied_rows_paste_into_a_spreadsheet(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    click_row(stage, 1)
    click_row(stage, 2, Qt.KeyboardModifier.ShiftModifier)
    with stage.qtbot.waitSignal(stage.panel.export_actions.copied, timeout=10_000):
        stage.panel.tag_actions.copy.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["file", "b.png", "c.png"]


def test_the_file_browser_selects_files_with_spaces_and_commas() -> None:
    file = PureWindowsPath(r"C:\Fotos Mai, Juni\tags.csv")
    assert file_choice.file_browser("win32", file) == r'explorer.exe /select,"C:\Fotos Mai, Juni\tags.csv"'
    assert file_choice.file_browser("darwin", PurePosixPath("/a b/c.csv")) == ["open", "-R", "/a b/c.csv"]
    assert file_choice.file_browser("linux", PurePosixPath("/a b/c.csv")) is None
