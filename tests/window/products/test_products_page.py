"""Products in the real window: review with the keyboard, moving photos, grouping by a rule."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.products.group_dialog import GroupDialog
from fashionlens_gui.window.products.page import ProductsPage
from tests.catalogue.catalogue_rows import add, item
from tests.window.conftest import RecordedDialogs

Open = Callable[[], MainWindow]


def opened(window: MainWindow, qtbot: QtBot) -> ProductsPage:
    window.products.open_page()
    page = window.products.page
    assert page is not None
    settle(page, qtbot)
    return page


def settle(page: ProductsPage, qtbot: QtBot) -> None:
    """All is written and read again."""
    qtbot.waitUntil(lambda: not page.busy and page.found.all > 0, timeout=30_000)
    qtbot.waitUntil(lambda: page.listed is not None and not page.model.reading, timeout=30_000)


def shown_sku(page: ProductsPage) -> str:
    assert page.listed is not None
    return page.listed.product.sku


def stored(window: MainWindow) -> dict[str, tuple[int, ...]]:
    assert window.catalogue_access.catalogue is not None
    return {each.sku: each.photos for each in products(window.catalogue_access.catalogue)}


def id_of(window: MainWindow, sku: str) -> int:
    assert window.catalogue_access.catalogue is not None
    return next(each.id for each in products(window.catalogue_access.catalogue) if each.sku == sku)


def press(page: ProductsPage, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(page.detail.tiles, key, modifier)


def test_products_are_reviewed_with_the_keyboard_and_one_undo_takes_a_decision_back(
    open_window: Open, grouped: list[int], qtbot: QtBot
) -> None:
    window = open_window()
    page = opened(window, qtbot)
    assert page.which.button(True).text() == "To review 2"
    assert shown_sku(page) == "A" and "may be of another product" in page.detail.reason.text()
    assert page.detail.tiles.selected == [grouped[2]]  # the odd one

    page.show_next()
    qtbot.waitUntil(lambda: page.detail.sku.text() == "C")
    settle(page, qtbot)
    assert page.detail.answers[0] == "Dress"
    press(page, Qt.Key.Key_2)
    settle(page, qtbot)
    assert page.found.all_to_review == 1 and shown_sku(page) == "A"
    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    second = page.model.product(int(page.model.ids[2]))
    assert second is not None and second.product.values["category"] == "Coat"
    assert {tag.category for tag in catalogue.tags(grouped[5:]).values()} == {"Coat"}

    press(page, Qt.Key.Key_Return)
    settle(page, qtbot)
    assert page.found.all_to_review == 0 and not page.detail.reason.isVisibleTo(page)
    window.tag_panel.tag_actions.undo.trigger()
    settle(page, qtbot)
    assert page.found.all_to_review == 1


def test_photos_are_moved_ordered_split_and_merged(open_window: Open, grouped: list[int], qtbot: QtBot) -> None:
    a1, a2, a3, b1, b2, c1, c2 = grouped
    window = open_window()
    page = opened(window, qtbot)
    page.arrange.move.trigger()  # the odd one is selected
    dialog = page.arrange.move_dialog
    assert dialog is not None
    dialog.sku.setText("new")
    assert dialog.move_button.text() == "Move to a new product"
    dialog.move_button.click()
    settle(page, qtbot)
    assert stored(window)["new"] == (a3,) and stored(window)["A"] == (a1, a2)

    page.detail.tiles.select_photos([a2])
    press(page, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    settle(page, qtbot)
    assert stored(window)["A"] == (a2, a1)
    page.detail.tiles.drop_photos([a2], 2)
    settle(page, qtbot)
    assert stored(window)["A"] == (a1, a2)

    page.list.dropped.emit(id_of(window, "B"), [a2])  # what a drop on its row emits
    settle(page, qtbot)
    assert stored(window)["B"] == (b1, b2, a2)
    page.list.select_product(id_of(window, "B"))
    settle(page, qtbot)
    page.detail.tiles.select_photos([a2])
    page.arrange.split.trigger()
    settle(page, qtbot)
    assert stored(window)["B-2"] == (a2,) and stored(window)["B"] == (b1, b2)

    page.list.selectAll()
    page.arrange.merge.trigger()
    settle(page, qtbot)
    assert len(stored(window)) == 1 and len(next(iter(stored(window).values()))) == 7
    window.catalogue_access.perform(operations.undo)
    settle(page, qtbot)
    assert stored(window)["C"] == (c1, c2)


def test_a_rule_is_tried_while_one_types_applied_and_offered_for_new_photos(
    open_window: Open, photo_ids: list[int], dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    window = open_window()
    window.products.open_page()
    page = window.products.page
    assert page is not None
    qtbot.waitUntil(lambda: page.empty.lead.text().startswith("A product has several photos"), timeout=30_000)
    window.products.group.trigger()
    dialog = window.products.dialog
    assert isinstance(dialog, GroupDialog)
    qtbot.waitUntil(lambda: not dialog.busy and bool(dialog.names.names), timeout=30_000)
    assert dialog.patterns.toPlainText() == "{sku}_{n}"
    assert dialog.summary.text().startswith("7 photos in 3 products.")

    dialog.patterns.setPlainText("{sku")
    qtbot.waitUntil(lambda: "brace" in dialog.summary.text(), timeout=30_000)
    assert not dialog.apply_button.isEnabled()
    dialog.patterns.setPlainText("A_{sku}")
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    assert dialog.which.button(True).text() == "Not matched 4"
    dialog.patterns.setPlainText("{sku}_{n}")
    qtbot.waitUntil(lambda: not dialog.busy and dialog.found.matched == 7, timeout=30_000)
    dialog.apply_button.click()
    settle(page, qtbot)
    assert sorted(stored(window)) == ["A", "B", "C"]

    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    add(catalogue, item("D_1.jpg"), item("other.jpg"))
    page.ask()
    qtbot.waitUntil(lambda: page.notice.has_message, timeout=30_000)
    assert "1 photo without product" in page.notice.text.text()
    page.notice.buttons[0].click()
    settle(page, qtbot)
    assert "D" in stored(window) and dialogs.errors == []


def test_where_the_catalogue_is_only_read_nothing_can_be_changed_and_the_reason_is_said(
    open_window: Open, grouped: list[int], qtbot: QtBot
) -> None:
    with Catalogue(paths.catalogue_file(), write=True, who="Grace"):
        window = open_window()
        page = opened(window, qtbot)
        assert not page.detail.confirm_button.isEnabled() and not page.arrange.move.isEnabled()
        assert "cannot be written to" in page.arrange.move.toolTip()
        assert not window.products.group.isEnabled() and "cannot be written to" in window.products.group.toolTip()
        press(page, Qt.Key.Key_Return)
        assert page.found.all_to_review == 2
