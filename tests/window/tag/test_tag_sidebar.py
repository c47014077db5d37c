"""The sidebar of the Tag tab: lists, saved searches, filters with counts, similar photos, further pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.own_attributes import add_attribute
from fashionlens_gui.catalogue.query import Days, Query
from fashionlens_gui.paths import catalogue_file
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import predicted
from fashionlens_gui.window.search.side_tree import SideRow, SideTree
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.table.cells import SIMILARITY_ROLE
from tests.catalogue.catalogue_rows import LABELS, add, broken, item
from tests.window.tag.conftest import Stage
from trainer.inference.prediction import Prediction, Ranking, Swatch

Key = Qt.Key
NAVY, RED = Swatch("Navy blue", (16, 24, 64), 0.7), Swatch("Red", (188, 48, 56), 0.7)


def garment(name: str, category: str, swatch: Swatch, confidence: float = 0.9, folder: str = "/photos") -> Tagged:
    """A row of a garment of one colour; those of a category and a colour are alike."""
    other = RED if swatch is NAVY else NAVY
    rankings = {"colour": Ranking((swatch.name, other.name), (0.9, 0.1))}
    rest = [label for label in LABELS if label != category]
    ranking = Ranking((category, *rest), (confidence, (1 - confidence) * 0.6, (1 - confidence) * 0.4))
    embedding = np.array([category == "Dress", category == "Coat", category == "Bag", swatch is RED], np.float32)
    embedding /= np.linalg.norm(embedding)
    prediction = Prediction(ranking, confidence < 0.5, embedding, rankings, (swatch,))
    tag = predicted(Path(folder) / name, name, prediction)
    return Tagged(tag, None, f"digest of {name}", embedding.astype(np.float16), (1000, 1))


@pytest.fixture
def shop(make_stage: Callable[..., Stage], own_home: Path) -> Iterator[Stage]:
    """Seven photos of two imports; the sidebar is shown."""
    catalogue_file().parent.mkdir(parents=True, exist_ok=True)
    with Catalogue(catalogue_file(), write=True) as catalogue:
        add(
            catalogue,
            garment("dress 1.jpg", "Dress", NAVY),
            garment("dress 2.jpg", "Dress", RED),
            garment("dress 3.jpg", "Dress", NAVY, 0.4),
            broken("broken.jpg"),
        )
        add(
            catalogue,
            garment("coat 1.jpg", "Coat", NAVY, folder="/photos/winter"),
            garment("coat 2.jpg", "Coat", RED, folder="/photos/winter"),
            garment("bag.jpg", "Bag", RED, folder="/photos/winter"),
        )
    stage = make_stage(model=False)
    stage.wait_until_open()
    stage.panel.tag_actions.sidebar.setChecked(True)
    settle(stage)
    yield stage


def settle(stage: Stage) -> None:
    """Wait until the list and the sidebar are found, and similar photos, too."""
    panel = stage.panel

    def still() -> bool:
        parts = (stage.access, panel.photo_list, panel.sidebar, panel.similar_list, panel.navigator)
        return not (any(part.busy for part in parts) or panel.update_waits)

    stage.qtbot.waitUntil(still, timeout=20_000)


def click(stage: Stage, tree: SideTree, section: str, key: object) -> None:
    """Click a row, and wait."""
    rect = tree.row_rect(section, key)  # type: ignore[arg-type]
    assert rect.isValid(), f"there is no row {key}"
    tree.scrollTo(tree.indexAt(rect.center()))
    where = tree.row_rect(section, key).center()  # type: ignore[arg-type]
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    settle(stage)


def row(tree: SideTree, section: str, key: object) -> SideRow:
    return next(each for each in tree.rows(section) if each.key == key)


def show_filters(stage: Stage) -> SideTree:
    sidebar = stage.panel.sidebar
    QTest.mouseClick(sidebar.choice.button("filters"), Qt.MouseButton.LeftButton)
    settle(stage)
    for name in sidebar.filters.tree.sections():
        sidebar.filters.tree.open_section(name)
    settle(stage)
    return sidebar.filters.tree


# -- lists ------------------------------------------------------------------------------------------------------------
def test_a_list_shows_its_photos_and_its_count_follows_corrections(shop: Stage) -> None:
    tree = shop.panel.sidebar.lists.tree
    assert {each.key: each.count for each in tree.rows("lists")} == {
        Source.CURRENT: 3,
        Source.EVERYTHING: 7,
        Source.NEEDS_REVIEW: 1,
        Source.FAILED: 1,
    }
    assert "In this list" in shop.panel.threshold.text.text()
    click(shop, tree, "lists", Source.NEEDS_REVIEW)
    assert shop.shown() == ["dress 3.jpg"] and tree.marked() == ("lists", Source.NEEDS_REVIEW)
    assert "In this list" not in shop.panel.threshold.text.text(), "that all of them need it says nothing"
    shop.panel.table.select_position(0)
    shop.panel.review.set_category("Coat")
    settle(shop)
    assert shop.shown() == [] and shop.panel.list_page.no_rows.isVisible()
    assert row(tree, "lists", Source.NEEDS_REVIEW).count == 0
    assert row(tree, "lists", Source.CORRECTED).count == 1
    shop.panel.tag_actions.undo.trigger()
    settle(shop)
    assert shop.shown() == ["dress 3.jpg"]


def test_keys_choose_a_list_and_rows_say_what_they_are(shop: Stage) -> None:
    tree = shop.panel.sidebar.lists.tree
    tree.setFocus()
    assert tree.current() == ("lists", Source.CURRENT)
    QTest.keyClick(tree, Key.Key_Down)
    QTest.keyClick(tree, Key.Key_Return)
    settle(shop)
    assert len(shop.shown()) == 7 and shop.panel.photo_list.source is Source.EVERYTHING
    QTest.keyClick(tree, Key.Key_Left)
    assert not tree.is_open("lists")
    QTest.keyClick(tree, Key.Key_Right)
    assert tree.is_open("lists")
    spoken = QAccessible.queryAccessibleInterface(tree)
    texts = [spoken.child(place).text(QAccessible.Text.Name) for place in range(spoken.childCount())]
    assert "All photos, 7 photos" in texts


def test_an_import_shows_its_photos(shop: Stage) -> None:
    tree = shop.panel.sidebar.lists.tree
    second, first = tree.rows("imports")
    assert (second.count, first.count) == (3, 4) and "photos" in first.text
    click(shop, tree, "imports", first.key)
    assert shop.shown() == ["dress 1.jpg", "dress 2.jpg", "dress 3.jpg", "broken.jpg"]


def test_a_search_is_saved_renamed_deleted_and_brought_back(shop: Stage) -> None:
    panel, lists = shop.panel, shop.panel.sidebar.lists
    panel.filters.set_filter(Query(text="dress", values={"colour": ("Navy blue",)}))
    settle(shop)
    QTest.mouseClick(panel.active_filters.save_button, Qt.MouseButton.LeftButton)
    assert lists.dialog is not None
    lists.dialog.field.setText("Navy dresses")
    lists.dialog.accept()
    settle(shop)
    assert row(lists.tree, "saved", "Navy dresses").count == 2, "it looks through all photos"
    click(shop, lists.tree, "lists", Source.CURRENT)
    assert len(shop.shown()) == 3 and panel.filters.search.text() == ""
    click(shop, lists.tree, "saved", "Navy dresses")
    assert shop.shown() == ["dress 1.jpg", "dress 3.jpg"] and panel.filters.search.text() == "dress"
    assert lists.tree.marked() == ("saved", "Navy dresses")
    QTest.keyClick(lists.tree, Key.Key_F2)
    assert lists.dialog is not None
    lists.dialog.field.setText("Evening")
    lists.dialog.accept()
    settle(shop)
    assert [each.key for each in lists.tree.rows("saved")] == ["Evening"]
    lists.tree.setFocus()
    click(shop, lists.tree, "saved", "Evening")
    QTest.keyClick(lists.tree, Key.Key_Delete)
    settle(shop)
    assert lists.tree.rows("saved") == []
    panel.tag_actions.undo.trigger()
    settle(shop)
    assert [each.key for each in lists.tree.rows("saved")] == ["Evening"]


def test_a_name_of_another_search_cannot_be_taken(shop: Stage) -> None:
    lists = shop.panel.sidebar.lists
    for name in ("One", "Two"):
        lists.save(Query(text=name))
        assert lists.dialog is not None
        lists.dialog.field.setText(name)
        lists.dialog.accept()
        settle(shop)
    lists.rename("One")
    assert lists.dialog is not None
    lists.dialog.field.setText(" TWO ")
    assert not lists.dialog.save_button.isEnabled() and "Another search" in lists.dialog.note.text()
    lists.dialog.reject()
    lists.save(Query(text="other"), "two")
    assert lists.dialog is not None
    assert lists.dialog.save_button.isEnabled() and "replaces it" in lists.dialog.note.text()
    lists.dialog.reject()


# -- filters ----------------------------------------------------------------------------------------------------------
def test_values_of_an_attribute_mean_any_of_them_and_counts_follow(shop: Stage) -> None:
    shop.panel.list_actions.choose_source(Source.EVERYTHING)
    tree = show_filters(shop)
    assert {each.key: each.count for each in tree.rows("category")} == {"Dress": 3, "Coat": 2, "Bag": 1, "": 1}
    click(shop, tree, "colour", "Navy blue")
    assert {each.key: each.count for each in tree.rows("category")} == {"Dress": 2, "Coat": 1}, "zeros are hidden"
    assert {each.key: each.count for each in tree.rows("colour")} == {"Navy blue": 3, "Red": 3, "": 1}
    click(shop, tree, "category", "Coat")
    assert shop.shown() == ["coat 1.jpg"]
    click(shop, tree, "category", "Dress")
    assert shop.shown() == ["dress 1.jpg", "dress 3.jpg", "coat 1.jpg"]
    assert (
        row(tree, "category", "Dress").checked and shop.panel.sidebar.choice.button("filters").text() == "Filters (3)"
    )
    chips = shop.panel.active_filters.chips
    assert [chip.text() for chip in chips] == ["Navy blue", "Coat", "Dress"]
    QTest.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    settle(shop)
    assert len(shop.shown()) == 5 and not row(tree, "colour", "Navy blue").checked
    QTest.mouseClick(shop.panel.active_filters.clear_button, Qt.MouseButton.LeftButton)
    settle(shop)
    assert len(shop.shown()) == 7 and shop.panel.active_filters.isHidden()


def test_a_filtered_list_can_be_corrected_and_its_counts_are_live(shop: Stage) -> None:
    tree = show_filters(shop)
    click(shop, tree, "category", "Coat")
    shop.panel.table.selectAll()
    shop.panel.review.set_category("Parka")
    settle(shop)
    assert shop.shown() == []
    assert {each.key: each.count for each in tree.rows("category")} == {"Parka": 2, "Bag": 1, "Coat": 0}


def test_more_than_eight_values_are_shown_when_asked_for(shop: Stage) -> None:
    shop.access.perform(lambda catalogue: add_many(catalogue, 12))
    settle(shop)
    shop.panel.list_actions.choose_source(Source.EVERYTHING)
    tree = show_filters(shop)
    texts = [each.text for each in tree.rows("category")]
    assert len(texts) == 9 and texts[-1] == "8 more"
    tree.chosen.emit("category", tree.rows("category")[-1].key)
    assert len(tree.rows("category")) == 17 and tree.rows("category")[-1].text == "Show fewer"


def add_many(catalogue: Catalogue, count: int) -> operations.Changes:
    from fashionlens_gui.catalogue.catalogue import Changes, Kind

    return Changes.of(Kind.PHOTOS, add(catalogue, *(item(f"{n}.jpg", f"Category {n}") for n in range(count))))


def test_attributes_that_people_defined_are_filters(shop: Stage) -> None:
    shop.panel.list_actions.choose_source(Source.EVERYTHING)
    shop.access.perform(lambda catalogue: add_attribute(catalogue, "Neckline", ["Round", "V-neck"]))
    shop.access.perform(lambda catalogue: operations.correct(catalogue, [1, 2], {"Neckline": "Round"}))
    tree = show_filters(shop)
    click(shop, tree, "own_1", "Round")
    assert shop.shown() == ["dress 1.jpg", "dress 2.jpg"]
    assert shop.panel.active_filters.chips[0].part.kind == "Neckline"


def test_colour_days_and_folder_are_filters(shop: Stage) -> None:
    panel = shop.panel
    panel.list_actions.choose_source(Source.EVERYTHING)
    tree = show_filters(shop)
    swatches = panel.sidebar.filters.swatches
    place = next(place for place, each in enumerate(swatches.swatches) if each.name == "Red")
    QTest.mouseClick(swatches, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, swatches.box(place).center())
    settle(shop)
    assert shop.shown() == ["dress 2.jpg", "coat 2.jpg", "bag.jpg"]
    click(shop, tree, "folder", Path("/photos/winter"))
    assert shop.shown() == ["coat 2.jpg", "bag.jpg"]
    swatches.setFocus()
    QTest.keyClick(swatches, Key.Key_Space)
    settle(shop)
    assert len(shop.shown()) == 3, "chosen again, a colour is no filter"
    click(shop, tree, "added", "Today")
    assert len(shop.shown()) == 3
    yesterday = date.today() - timedelta(days=1)
    panel.sidebar.filters.wanted.emit(Query(added=Days(None, yesterday)))
    settle(shop)
    assert shop.shown() == []
    assert panel.list_page.no_matches.isVisible()
    assert panel.active_filters.chips[0].text().startswith("Added until")


def test_days_are_chosen_in_a_dialog_in_either_order(shop: Stage) -> None:
    tree, filters = show_filters(shop), shop.panel.sidebar.filters
    tree.chosen.emit("added", tree.rows("added")[-1].key)
    assert filters.dialog is not None
    today = filters.dialog.last.date()
    filters.dialog.first.setDate(today.addDays(1))
    filters.dialog.last.setDate(today.addDays(-7))
    filters.dialog.accept()
    settle(shop)
    added = shop.panel.filters.filter().added
    assert added is not None and added.first is not None and added.last is not None
    assert added.last - added.first == timedelta(days=8) and len(shop.shown()) == 3


def test_filters_that_leave_nothing_are_named_and_can_be_removed(shop: Stage) -> None:
    panel = shop.panel
    panel.filters.set_filter(Query(text="nowhere", values={"category": ("Coat",)}))
    settle(shop)
    no_matches = panel.list_page.no_matches
    assert no_matches.isVisible() and [chip.text() for chip in no_matches.chips] == ["“nowhere”", "Coat"]
    QTest.mouseClick(no_matches.chips[0], Qt.MouseButton.LeftButton)
    settle(shop)
    assert shop.shown() == ["coat 1.jpg", "coat 2.jpg"] and panel.filters.search.text() == ""


def test_words_are_searched_by_their_beginnings_and_escape_clears(shop: Stage) -> None:
    panel = shop.panel
    panel.list_actions.choose_source(Source.EVERYTHING)
    QTest.keyClicks(panel.filters.search, "nav dres")
    shop.qtbot.waitUntil(lambda: shop.shown() == ["dress 1.jpg", "dress 3.jpg"], timeout=5_000)
    QTest.keyClick(panel.filters.search, Key.Key_Escape)
    settle(shop)
    assert len(shop.shown()) == 7 and panel.table.hasFocus()


# -- similar photos ---------------------------------------------------------------------------------------------------
def test_similar_photos_are_listed_nearest_first_and_the_list_comes_back(shop: Stage) -> None:
    panel = shop.panel
    panel.list_actions.choose_source(Source.EVERYTHING, Query(text="jpg"))
    settle(shop)
    panel.table.select_position(5)
    settle(shop)
    panel.tag_actions.similar.trigger()
    settle(shop)
    assert shop.shown()[0] == "coat 1.jpg" and "coat 2.jpg" not in shop.shown()
    assert panel.similar_bar.isVisible() and "similar to coat 2.jpg" in panel.similar_bar.text.text()
    similarity = [panel.model.index(place, 0).data(SIMILARITY_ROLE) for place in range(panel.model.rowCount())]
    assert similarity == sorted(similarity, reverse=True) and 0 < similarity[-1] <= similarity[0] <= 1
    assert "similar" in panel.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    tree = show_filters(shop)
    click(shop, tree, "colour", "Red")
    assert "dress 2.jpg" in shop.shown() and "coat 1.jpg" not in shop.shown()
    QTest.mouseClick(panel.similar_bar.back_button, Qt.MouseButton.LeftButton)
    settle(shop)
    assert panel.photo_list.source is Source.EVERYTHING and panel.filters.filter() == Query(text="jpg")
    assert len(shop.shown()) == 7 and panel.table.current_photo() == panel.model.id_at(5)
    assert panel.similar_bar.isHidden() and panel.model.index(0, 0).data(SIMILARITY_ROLE) is None


def test_photos_like_a_file_are_found_and_a_bad_file_is_named(
    stage: Stage,
    photos: Callable[..., Path],
    no_dialogs: list[str],
    monkeypatch: pytest.MonkeyPatch,
    model_folder: Path,
) -> None:
    monkeypatch.setattr("fashionlens_gui.paths.model_folders", lambda: (model_folder,))
    panel = stage.panel
    other = photos("other.png", folder="elsewhere") / "other.png"
    panel.similar_list.find_like_file(other)
    settle(stage)
    assert len(no_dialogs) == 1 and "no photos to compare with" in no_dialogs[0]
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    monkeypatch.setattr(file_dialogs, "choose_photo", lambda *_: other)
    panel.tag_actions.similar_to_file.trigger()
    settle(stage)
    assert sorted(stage.shown()) == ["a.png", "b.png"] and "similar to other.png" in panel.similar_bar.text.text()
    other.write_bytes(b"no picture")
    panel.similar_list.find_like_file(other)
    settle(stage)
    assert len(no_dialogs) == 2 and "other.png" in no_dialogs[1]
    assert len(stage.shown()) == 2


# -- pages and the sidebar itself -------------------------------------------------------------------------------------
def test_a_page_is_made_when_it_is_opened_and_a_list_closes_it(shop: Stage) -> None:
    panel, made = shop.panel, []

    def make() -> QWidget:
        made.append(QLabel("All products"))
        return made[-1]

    panel.browser.add_page("Products", "grid", make)
    tree = panel.sidebar.lists.tree
    assert made == [] and [each.text for each in tree.rows("more")] == ["Products"]
    click(shop, tree, "more", "Products")
    assert made[0].isVisible() and not panel.list_page.isVisible() and tree.marked() == ("more", "Products")
    panel.browser.show_photos("Coats", Query(values={"category": ("Coat",)}))
    settle(shop)
    assert panel.list_page.isVisible() and shop.shown() == ["coat 1.jpg", "coat 2.jpg"]
    click(shop, tree, "more", "Products")
    assert len(made) == 1
    click(shop, tree, "lists", Source.CURRENT)
    assert panel.list_page.isVisible() and not made[0].isVisible()


def test_the_sidebar_needs_a_wide_window_unless_it_was_asked_for(shop: Stage) -> None:
    panel = shop.panel
    shop.settings.sidebar = None
    panel.resize(1090, 600)
    shop.qtbot.waitUntil(panel.sidebar.isHidden)
    assert panel.filters.category_button.isVisible()
    panel.resize(1110, 600)
    shop.qtbot.waitUntil(panel.sidebar.isVisible)
    assert panel.filters.category_button.isHidden()
    panel.tag_actions.sidebar.trigger()
    assert panel.sidebar.isHidden() and shop.settings.load().sidebar is False
    panel.resize(960, 500)
    panel.tag_actions.sidebar.trigger()
    assert panel.sidebar.isVisible() and shop.settings.load().sidebar is True
    settle(shop)
    panel.table.select_position(0)
    panel.review.open_viewer()
    assert panel.sidebar.isHidden(), "one photo needs the room"
    panel.review.close_viewer()
    assert panel.sidebar.isVisible()


def test_nothing_is_cut_in_a_small_window_with_the_sidebar(shop: Stage) -> None:
    panel = shop.panel
    panel.resize(928, 420)  # the room of the tab in a window of 960 × 528
    settle(shop)
    page = panel.list_page
    for button in (page.review_button, page.export_button, page.add_files_button):
        assert button.width() >= button.minimumSizeHint().width()
        corner = button.mapTo(panel, QPoint(button.width(), button.height()))
        assert panel.rect().contains(corner)
    assert panel.table.height() >= 100
