"""What comes back from shops, and images for them, through the window."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import file_choice
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shops import shop_file_dialog, table_dialog
from fashionlens_gui.window.shops.images_dialog import ImagesDialog
from fashionlens_gui.window.shops.shop_file_dialog import ShopFileDialog
from fashionlens_gui.window.shops.table_dialog import TableDialog


def table(file: Path, *rows: tuple[str, ...]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    file.write_text(text.getvalue(), encoding="utf-8")
    return file


def colours(window: MainWindow, photos: list[int]) -> list[str]:
    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    found = (catalogue.tags([id_])[id_].attributes.named("colour") for id_ in photos)
    return [each.value if each is not None else "" for each in found]


def open_table(window: MainWindow, file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TableDialog:
    monkeypatch.setattr(file_choice, "open_file", lambda *_: file)
    window.shops.table.trigger()
    dialog = window.shops.dialogs["table"]
    assert isinstance(dialog, TableDialog)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    return dialog


def test_an_edited_table_shows_its_changes_and_is_one_undo(
    window: MainWindow, photos: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    rows = (("sku", "colour"), ("A-1", "Red"), ("B-2", "Mauvelous"), ("C-3", "Red"))
    dialog = open_table(window, table(tmp_path / "edited.csv", *rows), qtbot, monkeypatch)
    changes, _conflicts, unknown, unmatched = dialog.tables
    assert changes.texts.rows == [("2", "A-1", "Colour", "Navy blue", "Red", "2")]
    assert unknown.texts.rows[0][3] == "Mauvelous" and unmatched.texts.rows == [("4", "C-3")]
    assert dialog.tabs.tabText(table_dialog.UNKNOWN) == "Unknown values (1)"
    dialog.new_values_box.setChecked(True)
    qtbot.waitUntil(lambda: len(changes.texts.rows) == 2, timeout=30_000)
    dialog.apply_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and "Undo" in dialog.notice.text.text(), timeout=30_000)
    assert colours(window, photos) == ["Red", "Red", "Mauvelous"]
    window.tag_panel.tag_actions.undo.trigger()
    qtbot.waitUntil(lambda: colours(window, photos) == ["Navy blue"] * 3, timeout=30_000)


def test_a_table_without_a_key_is_explained(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    dialog = open_table(window, table(tmp_path / "x.csv", ("colour", "size"), ("Red", "M")), qtbot, monkeypatch)
    assert "no column that says which product" in dialog.notice.text.text()
    assert not dialog.apply_button.isEnabled()


def test_what_the_shop_lacks_is_filled_and_its_categories_are_for_training(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    header = ("Handle", "Title", "Type", "Tags", "Variant SKU", "Google Shopping / Gender")
    shop = table(
        tmp_path / "products.csv",
        header,
        ("a-1", "A dress", "Kleid", "", "A-1", ""),
        ("z-9", "Unknown", "", "", "Z-9", ""),
    )
    monkeypatch.setattr(file_choice, "open_file", lambda *_: shop)
    window.shops.shop_file.trigger()
    dialog = window.shops.dialogs["shop_file"]
    assert isinstance(dialog, ShopFileDialog)
    qtbot.waitUntil(lambda: not dialog.busy and dialog.compared is not None, timeout=30_000)
    assert "A file of Shopify with 2 products; 1 are in FashionLens" in dialog.summary.text()
    assert {row[1] for row in dialog.fills.texts.rows} == {"Tags", "Google Shopping / Gender"}
    assert [row[1:] for row in dialog.others.texts.rows] == [("Type", "Kleid", "Dress")]
    assert dialog.tabs.tabText(shop_file_dialog.ONLY_HERE) == "Only here (1)"

    target = tmp_path / "update.csv"
    monkeypatch.setattr(file_choice, "save_file", lambda *_: target)
    dialog.save_button.click()
    qtbot.waitUntil(target.exists, timeout=30_000)
    (row,) = csv.DictReader(io.StringIO(target.read_text("utf-8")))
    assert row["Google Shopping / Gender"] == "female" and row["Type"] == "Kleid", "without a tick it stays"
    qtbot.waitUntil(lambda: not dialog.busy)
    box = dialog.others.texts.index(0, 0)
    dialog.others.texts.setData(box, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    target.unlink()
    dialog.save_button.click()
    qtbot.waitUntil(target.exists, timeout=30_000)
    (row,) = csv.DictReader(io.StringIO(target.read_text("utf-8")))
    assert row["Type"] == "Dress"

    labels = tmp_path / "labels.csv"
    qtbot.waitUntil(lambda: not dialog.busy)
    monkeypatch.setattr(file_choice, "save_file", lambda *_: labels)
    with qtbot.waitSignal(dialog.training_asked, timeout=30_000):
        dialog.train_button.click()
    assert window.views.tabText(window.views.currentIndex()).startswith("Train")
    panel = window._train_page.panel
    assert panel is not None and panel.form.data.source == str(labels)
    assert [row["category"] for row in csv.DictReader(io.StringIO(labels.read_text("utf-8")))] == ["Kleid"] * 2


def test_images_are_checked_and_copied(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    Image.new("RGB", (900, 200), "white").save(tmp_path / "photos" / "a2.jpg")
    window.shops.images.trigger()
    dialog = window.shops.dialogs["images"]
    assert isinstance(dialog, ImagesDialog)
    dialog.scope_choice.setCurrentIndex(dialog.scope_choice.count() - 1)
    dialog.shop_choice.setCurrentIndex(dialog.shop_choice.findData("google"))
    assert not dialog.write_button.isEnabled()
    dialog.check_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and dialog.found is not None, timeout=30_000)
    assert dialog.summary.text() == "3 photos: Google would refuse 1."
    assert dialog.table.texts.rows[0][:3] == ("Refused", "A-1", "a2.jpg")
    out = tmp_path / "out"
    dialog.copies.folder_field.setText(str(out))
    dialog.write_button.click()
    dialog.cancel_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and dialog.notice.text.text().startswith("Stopped"), timeout=30_000)
    dialog.write_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and "copies written" in dialog.notice.text.text(), timeout=30_000)
    assert sorted(file.name for file in out.iterdir()) == ["a-1-1.jpg", "a-1-2.jpg", "b-2-1.jpg"]


def test_a_catalogue_that_is_only_read_is_exported_and_not_changed(
    photos: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    with Catalogue(paths.catalogue_file(), write=True):
        settings = Settings()
        window = MainWindow(settings, ActiveModel(settings))
        try:
            window.show()
            qtbot.waitUntil(lambda: window.catalogue_access.read_only, timeout=30_000)
            edited = table(tmp_path / "edited.csv", ("sku", "colour"), ("A-1", "Red"))
            dialog = open_table(window, edited, qtbot, monkeypatch)
            assert len(dialog.tables[table_dialog.CHANGES].texts.rows) == 1
            assert not dialog.apply_button.isEnabled() and "Somebody else" in dialog.apply_button.toolTip()
            assert window.shops.export.isEnabled()
        finally:
            window.destroy_now()
