"""“My words”: names that people give, in the window and in files; what is stored stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.own_names import own_names
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import file_choice
from fashionlens_gui.window.shops.names_dialog import NamesDialog
from fashionlens_gui.window.shops.names_table import MY_NAME
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.table.cells import Column


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> NamesDialog:
    window.shops.names.trigger()
    found = window.shops.dialogs["names"]
    assert isinstance(found, NamesDialog)
    qtbot.waitUntil(lambda: len(found.table.names.rows) > 100, timeout=30_000)
    return found


def give(dialog: NamesDialog, value: str, text: str, column: int = MY_NAME) -> bool:
    model = dialog.table.names
    row = next(at for at, pair in enumerate(model.rows) if pair[1] == value)
    return model.setData(model.index(row, column), text)


def category(window: MainWindow, row: int) -> str:
    model = window.tag_panel.model
    return str(model.index(row, Column.CATEGORY).data(Qt.ItemDataRole.DisplayRole))


def names(window: MainWindow) -> dict[tuple[str, str, str], str]:
    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    return own_names(catalogue)


def test_a_name_is_shown_in_the_window_and_in_files_and_undone(
    window: MainWindow, dialog: NamesDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    panel = window.tag_panel
    panel.list_actions.choose_source(Source.EVERYTHING)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3, timeout=30_000)
    assert [category(window, row) for row in range(3)] == ["Dress", "Dress", "Shirt"]
    assert give(dialog, "Dress", "Sommerkleid")
    qtbot.waitUntil(lambda: category(window, 0) == "Sommerkleid", timeout=30_000)
    assert panel.model.tag(panel.model.ids[0]).category == "Dress", "what is stored stays"

    panel.table.select_position(0)
    panel.review.open_viewer()
    bars = panel.viewer._photo_page.bars
    labels = [bars.item(row).text() for row in range(bars.count())]
    assert "Sommerkleid" in labels and "Dress" not in labels
    with qtbot.waitSignal(bars.picked) as picked:
        bars._choose(bars.item(labels.index("Sommerkleid")))
    assert picked.args == ["Dress"]
    panel.review.close_viewer()

    target = tmp_path / "tags.csv"
    monkeypatch.setattr(file_dialogs, "choose_export_file", lambda *_: target)
    panel.tag_actions.export.trigger()
    asked = panel.export_actions.dialog
    assert asked is not None
    with qtbot.waitSignal(panel.export_actions.exported, timeout=30_000):
        asked.save_button.click()
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert [row["category"] for row in rows] == ["Sommerkleid", "Sommerkleid", "Shirt"]

    qtbot.waitUntil(dialog.undo_button.isEnabled, timeout=30_000)
    dialog.undo_button.click()
    qtbot.waitUntil(lambda: category(window, 0) == "Dress", timeout=30_000)
    assert names(window) == {}


def test_the_window_speaks_another_language(window: MainWindow, dialog: NamesDialog, qtbot: QtBot) -> None:
    window.tag_panel.list_actions.choose_source(Source.EVERYTHING)
    qtbot.waitUntil(lambda: window.tag_panel.model.rowCount() == 3, timeout=30_000)
    dialog.language_choice.setCurrentIndex(dialog.language_choice.findData("de"))
    dialog.language_choice.activated.emit(0)
    qtbot.waitUntil(lambda: [category(window, row) for row in (0, 2)] == ["Kleid", "Hemd"], timeout=30_000)


def test_a_table_of_words_is_written_read_and_checked(
    window: MainWindow, dialog: NamesDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    assert not give(dialog, "Dress", "nothing like that", 7)
    assert "neither an id nor a path" in dialog.notice.text.text() and names(window) == {}
    assert give(dialog, "Dress", "Apparel & Accessories > Clothing > Skirts", 7)
    qtbot.waitUntil(lambda: names(window) == {("category", "Dress", "google"): "1581"}, timeout=30_000)

    file = tmp_path / "words.csv"
    monkeypatch.setattr(file_choice, "save_file", lambda *_: file)
    qtbot.waitUntil(dialog.write_button.isEnabled)
    dialog.write_button.click()
    qtbot.waitUntil(lambda: file.exists() and not dialog.busy, timeout=30_000)
    text = file.read_text("utf-8-sig").replace("category,Shirt,,", "category,Shirt,Oberhemd,")
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(file_choice, "open_file", lambda *_: file)
    dialog.read_button.click()
    qtbot.waitUntil(lambda: names(window).get(("category", "Shirt", "name")) == "Oberhemd", timeout=30_000)
    dialog.mine_box.setChecked(True)
    qtbot.waitUntil(lambda: [value for _, value in dialog.table.names.rows] == ["Dress", "Shirt"], timeout=30_000)

    file.write_text("attribute,value\nshoe size,44\n", encoding="utf-8")
    dialog.read_button.click()
    qtbot.waitUntil(lambda: "line 2" in dialog.notice.text.text(), timeout=30_000)
