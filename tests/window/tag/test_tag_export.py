"""Export as CSV and copying."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from fashionlens_gui.window.tag import file_dialogs
from tests.window.tag.conftest import Stage, click_row

Photos = Callable[..., Path]
Key = Qt.Key


def test_export_has_all_rows_with_corrections(
    stage: Stage, photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "shop.csv"
    target.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "exec", lambda self: self.selectFile(str(target)) or 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda self: [str(target)])
    shown: list[Path] = []
    monkeypatch.setattr(file_dialogs, "show_in_folder", shown.append)
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    click_row(stage, 1)
    QTest.keyClick(stage.panel.table, Key.Key_3)
    stage.panel.filters.search.setText("a.png")  # hidden rows are exported, too
    stage.qtbot.waitUntil(lambda: stage.shown() == ["a.png"], timeout=3_000)
    with stage.qtbot.waitSignal(stage.panel.export_actions.exported, timeout=10_000):
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


def test_a_failed_export_shows_the_error_and_keeps_the_old_file(
    stage: Stage, photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_dialogs: list[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("I am no folder")
    monkeypatch.setattr(file_dialogs, "choose_export_file", lambda *_: blocked / "tags.csv")
    stage.drop(photos("a.png"))
    stage.wait_until_done(rows=1)
    stage.panel.tag_actions.export.trigger()
    stage.qtbot.waitUntil(lambda: bool(no_dialogs), timeout=10_000)
    assert "tags.csv" in no_dialogs[0]
    assert blocked.read_text() == "I am no folder"


def test_copied_rows_paste_into_a_spreadsheet(stage: Stage, photos: Photos) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(rows=3)
    click_row(stage, 1)
    click_row(stage, 2, Qt.KeyboardModifier.ShiftModifier)
    with stage.qtbot.waitSignal(stage.panel.export_actions.copied, timeout=10_000):
        stage.panel.tag_actions.copy.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["file", "b.png", "c.png"]
