"""Exports to shops through the window: preview, problems, values, own profiles, files and their history."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import file_choice
from fashionlens_gui.window.shops.export_dialog import ExportDialog
from fashionlens_gui.window.shops.text_table import TextTable
from tests.window.conftest import RecordedDialogs


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> ExportDialog:
    window.shops.export.trigger()
    found = window.shops.dialogs["export"]
    assert isinstance(found, ExportDialog)
    settle(found, qtbot)
    found.scope_choice.setCurrentIndex(found.scope_choice.count() - 1)  # the whole catalogue
    found.scope_choice.activated.emit(0)
    settle(found, qtbot)
    return found


def settle(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.busy and dialog.checked is not None, timeout=30_000)


def column(table: TextTable, name: str) -> list[str]:
    place = list(table.texts.columns).index(name)
    return [row[place] for row in table.texts.rows]


def choose(dialog: ExportDialog, profile: str, qtbot: QtBot) -> None:
    dialog.profile_choice.setCurrentIndex(dialog.profile_choice.findData(profile))
    dialog.profile_choice.activated.emit(dialog.profile_choice.currentIndex())
    settle(dialog, qtbot)


def export(dialog: ExportDialog, target: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    monkeypatch.setattr(file_choice, "save_file", lambda *_: target)
    dialog.export_button.click()
    qtbot.waitUntil(lambda: target.exists() and not dialog.busy, timeout=30_000)
    with target.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t" if target.suffix == ".tsv" else ","))


def test_an_export_is_previewed_checked_written_and_later_only_what_changed(
    dialog: ExportDialog,
    window: MainWindow,
    photos: list[int],
    tmp_path: Path,
    dialogs: RecordedDialogs,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    choose(dialog, "google", qtbot)
    assert column(dialog.preview, "id") == ["A-1", "B-2"]
    assert dialog.checked is not None and dialog.checked.refused
    assert dialog.problems.table.texts.rows[0][0] == "Refused" and "link" in column(dialog.problems.table, "Column")

    dialog.values.edited.emit("price", "19.90")
    dialog.values.edited.emit("link", "https://x.example/{sku}")  # a text: facts are the profile's
    dialog.images.address_field.setText("https://x.example/{image_name|url}")
    dialog.images.changed.emit()
    settle(dialog, qtbot)
    assert column(dialog.preview, "price") == ["19.90 EUR"] * 2
    assert column(dialog.preview, "image_link") == ["https://x.example/a1.jpg", "https://x.example/b1.jpg"]
    assert dialog.images.result.text() == "First product: https://x.example/a1.jpg"

    (tmp_path / "prices.csv").write_text("sku,price\nA-1,29.90\n", encoding="utf-8")
    monkeypatch.setattr(file_choice, "open_file", lambda *_: tmp_path / "prices.csv")
    dialog.join_button.click()
    qtbot.waitUntil(lambda: column(dialog.preview, "price") == ["29.90 EUR", "19.90 EUR"], timeout=30_000)

    choose(dialog, "csv", qtbot)
    rows = export(dialog, tmp_path / "shop.csv", qtbot, monkeypatch)
    assert [row["sku"] for row in rows] == ["A-1", "B-2"] and dialogs.questions == []
    assert dialog.notice.text.text() == "2 products saved in shop.csv."

    dialog.changed_box.setChecked(True)
    settle(dialog, qtbot)
    assert dialog.summary.text().startswith("Nothing is new") and not dialog.export_button.isEnabled()
    window.catalogue_access.perform(partial(operations.correct, ids=photos[2:], values={"colour": "Red"}))
    qtbot.waitUntil(lambda: dialog.export_button.isEnabled(), timeout=30_000)
    assert column(dialog.preview, "sku") == ["B-2"]

    dialog.history_button.click()
    history = dialog.history
    assert history is not None
    qtbot.waitUntil(lambda: len(history.table.texts.rows) == 1, timeout=30_000)
    monkeypatch.setattr(file_choice, "save_file", lambda *_: tmp_path / "again.csv")
    history.repeat_button.click()
    qtbot.waitUntil(lambda: (tmp_path / "again.csv").exists(), timeout=30_000)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "shop.csv").read_bytes()


def test_a_problem_leads_to_the_photos_of_its_product(
    dialog: ExportDialog, window: MainWindow, photos: list[int], dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    choose(dialog, "google", qtbot)
    window.views.setCurrentIndex(1)
    row = next(at for at, sku in enumerate(column(dialog.problems.table, "Product")) if sku == "B-2")
    dialog.problems.table.opened.emit(row)
    panel = window.tag_panel
    qtbot.waitUntil(lambda: panel.table.selected_photos() == photos[2:], timeout=30_000)
    assert window.views.currentIndex() == 0

    dialogs.agree = False
    dialog.export_button.click()
    assert "Google would refuse" in dialogs.questions[0]
    assert dialog.tabs.tabText(dialog.tabs.currentIndex()).startswith("Problems")


def test_columns_are_edited_and_kept_as_a_profile(
    dialog: ExportDialog, tmp_path: Path, dialogs: RecordedDialogs, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    choose(dialog, "csv", qtbot)
    dialog.columns_button.click()
    editor = dialog.editor
    assert editor is not None
    qtbot.waitUntil(lambda: not editor.busy)
    editor.columns.setCurrentRow(1)
    editor.up_button.click()
    editor.form.name_field.setText("Titel")
    editor.form.name_field.textEdited.emit("Titel")
    editor.form.value_field.setText("{category|upper} {nonsense")
    editor.form.value_field.textEdited.emit("")
    editor.name_field.setText("Mein Laden")
    assert "cannot be read" in editor.form.result.text() and not editor.save_button.isEnabled()
    editor.form.value_field.setText("{category|upper}")
    editor.form.value_field.textEdited.emit("")
    assert editor.form.result.text() == "DRESS"
    editor.save_button.click()
    qtbot.waitUntil(lambda: dialog.profile_name == "Mein Laden" and not dialog.busy, timeout=30_000)
    assert (paths.profiles_dir() / "Mein Laden.json").exists()
    assert list(dialog.preview.texts.columns[:3]) == ["Row", "Titel", "sku"]
    rows = export(dialog, tmp_path / "mine.csv", qtbot, monkeypatch)
    assert [row["Titel"] for row in rows] == ["DRESS", "SHIRT"]

    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    dialog.columns_button.click()
    again = dialog.editor
    assert again is not None
    qtbot.waitUntil(again.delete_button.isEnabled, timeout=30_000)
    again.delete_button.click()
    qtbot.waitUntil(lambda: dialog.profile_choice.findData("Mein Laden") < 0 and not dialog.busy, timeout=30_000)
    assert "no undo" in dialogs.questions[-1] and not list(paths.profiles_dir().glob("*.json"))


def test_an_empty_catalogue_has_nothing_to_export(empty_window: MainWindow, qtbot: QtBot) -> None:
    empty_window.shops.export.trigger()
    dialog = empty_window.shops.dialogs["export"]
    assert isinstance(dialog, ExportDialog)
    settle(dialog, qtbot)
    assert dialog.summary.text().startswith("There are no products") and not dialog.export_button.isEnabled()
