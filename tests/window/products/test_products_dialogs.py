"""Tables of the shop and own attributes in the real window."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui.catalogue import operations, own_attributes
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.query import Query, counts
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.products.attributes_dialog import AttributesDialog
from fashionlens_gui.window.products.join_dialog import JoinDialog
from fashionlens_gui.window.tag import file_dialogs
from tests.catalogue.catalogue_rows import add, item
from tests.window.conftest import RecordedDialogs
from tests.window.products.conftest import other

Open = Callable[[], MainWindow]


def test_a_table_is_joined_after_a_preview_refreshed_and_removed(
    open_window: Open, grouped: list[int], tmp_path: Path, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    window = open_window()
    window.products.tables.trigger()
    dialog = window.products.dialog
    assert isinstance(dialog, JoinDialog)

    def settle() -> None:
        qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)

    table = tmp_path / "titles.csv"
    table.write_text("Number,title\nA,Red coat\nB,Blue dress\nZ,Hat\n", encoding="utf-8")
    dialog.choose_table(table)
    settle()
    assert "has no column of SKUs" in dialog.summary.text() and not dialog.join_button.isEnabled()
    dialog.columns.setCurrentIndex(dialog.columns.findData("Number"))
    dialog.columns.activated.emit(dialog.columns.currentIndex())
    settle()
    assert dialog.summary.text() == "2 of 3 rows match; 2 products will have a row."
    assert dialog.rows_heading.text() == "Rows without product: 1"
    assert dialog.without.model().index(0, 0).data() == "C"
    dialog.join_button.click()
    settle()
    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    assert [each.fields.get("title") for each in products(catalogue)] == ["Red coat", "Blue dress", None]

    table.write_text("Number,title\nA,Green coat\n", encoding="utf-8")
    dialog.refresh_button.click()
    settle()
    assert dialog.summary.text() == "Read again: titles."
    assert products(catalogue)[0].fields["title"] == "Green coat"
    table.unlink()
    dialog.refresh_button.click()
    settle()
    assert "cannot be opened" in dialog.summary.text() and products(catalogue)[0].fields["title"] == "Green coat"
    dialog.table_list.setCurrentRow(0)
    dialog.remove_button.click()
    settle()
    assert not products(catalogue)[0].fields and dialogs.errors == []


def test_an_attribute_is_defined_labelled_and_trained(
    open_window: Open, grouped: list[int], dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    window = open_window()
    window.products.attributes.trigger()
    dialog = window.products.dialog
    assert isinstance(dialog, AttributesDialog)

    def settle() -> None:
        qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)

    settle()
    dialog.name.setText("colour")
    dialog.values.setPlainText("Round, V-neck")
    dialog.add_button.click()
    settle()
    assert dialog.problem.text().startswith("There is an attribute or a column “colour” already")
    dialog.name.setText("neckline")
    dialog.add_button.click()
    settle()
    assert dialog.selected is not None and dialog.selected.attribute.values == ("Round", "V-neck")
    assert not dialog.train_button.isEnabled() and "“Round” needs 3 more." in dialog.outcome.text()

    catalogue, code = window.catalogue_access.catalogue, dialog.selected.attribute.code
    assert catalogue is not None
    ids = add(catalogue, *(item(f"r{n}.jpg") for n in range(30)), *(other(item(f"v{n}.jpg")) for n in range(30)))
    labels = {"Round": ids[:29], "V-neck": ids[30:59]}
    window.catalogue_access.perform(partial(operations.correct_each, attribute=code, ids_of=labels))
    qtbot.waitUntil(lambda: not window.catalogue_access.busy, timeout=30_000)
    dialog.done(0)
    window.products.attributes.trigger()
    again = window.products.dialog
    assert isinstance(again, AttributesDialog)
    qtbot.waitUntil(lambda: not again.busy, timeout=30_000)
    assert again.labelled.text() == "Round: 29, V-neck: 29"
    again.train_button.click()
    qtbot.waitUntil(lambda: not again.busy, timeout=60_000)
    assert again.outcome.text().startswith("Trained on 58 photos")
    assert counts(catalogue, Query(), code)["Round"] >= 29
    again.remove_button.click()
    qtbot.waitUntil(lambda: not again.busy, timeout=30_000)
    assert again.facts == [] and "labels of 58 photos" in dialogs.questions[0] and dialogs.errors == []


def test_an_own_attribute_is_set_in_the_list_and_exported_by_photo_and_by_product(
    open_window: Open, grouped: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window = open_window()
    panel, access = window.tag_panel, window.catalogue_access
    access.perform(partial(own_attributes.add_attribute, name="neckline", values=["Round", "V-neck"]))
    panel.list_actions.choose_source(Source.EVERYTHING)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 7 and bool(panel.photo_list.state.own), timeout=30_000)
    (code,) = panel.photo_list.state.own
    panel.table.select_position(0)
    panel.attribute_editor.choose_attribute()
    assert panel.attribute_editor.attribute_picker.list.findItems("neckline", Qt.MatchFlag.MatchExactly)
    panel.attribute_editor.attribute_picker.close()
    panel.attribute_editor.open_values(code)
    panel.attribute_editor.value_picker.picked.emit("Round")
    panel.attribute_editor.value_picker.close()
    catalogue = access.catalogue
    assert catalogue is not None
    qtbot.waitUntil(lambda: counts(catalogue, Query(), code).get("Round") == 1, timeout=30_000)

    panel.review.open_viewer()
    chip = panel.viewer.details.chips[code]
    qtbot.waitUntil(lambda: chip.accessibleName() == "neckline: Round, set by you", timeout=30_000)
    panel.review.close_viewer()

    for by_product, rows in ((False, 7), (True, 3)):
        target = tmp_path / f"{rows}.csv"
        monkeypatch.setattr(file_dialogs, "choose_export_file", lambda *_, target=target: target)
        panel.export_actions.export()
        asked = panel.export_actions.dialog
        assert asked is not None
        asked.product_rows.setChecked(by_product)
        with qtbot.waitSignal(panel.export_actions.exported, timeout=30_000):
            asked.save_button.click()
        with target.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))
        assert len(found) == rows and found[0]["neckline"] == "Round"
    assert [each["sku"] for each in found] == ["A", "B", "C"]
    assert found[1]["photos"] == "B_1.jpg, B_2.jpg" and found[0]["status"] == "needs review"
    assert "may be of another product" in found[0]["message"]
