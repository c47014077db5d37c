"""Attribute columns of the table: shown when used, sorted, searched, quick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui.catalogue.lists.current_list import clear_list
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.tag import Status, Tag, predicted
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.table.cells import Column
from fashionlens_gui.window.tag.table.painting import status_width
from tests.window.tag.listed_photos import ListedPhotos
from trainer.inference.prediction import Prediction, Ranking, Swatch
from trainer.preprocessing.photo import PhotoNote
from trainer.taxonomy import ATTRIBUTES

Role = Qt.ItemDataRole
UNKNOWN = np.zeros(1, np.float32)


def plain(file: str) -> Tag:
    """A row of a model without attributes."""
    return predicted(Path("/photos") / file, file, Prediction(Ranking(("Dress", "Coat"), (0.75, 0.25)), False, UNKNOWN))


def full(file: str, colour: str = "Navy blue", pattern: str = "Striped", unsure: str = "") -> Tag:
    attributes = {
        "colour": Ranking((colour, "Black"), (0.75, 0.25)),
        "pattern": Ranking((pattern, "Solid"), (0.625, 0.375)),
    }
    swatches = (Swatch("Navy blue", (12, 20, 70), 0.71), Swatch("White", (250, 250, 250), 0.18))
    unsure_of = frozenset({unsure} - {""})
    ranking = Ranking(("Dress", "Coat"), (0.75, 0.25))
    prediction = Prediction(ranking, False, UNKNOWN, attributes, swatches, unsure_of)
    return predicted(Path("/photos") / file, file, prediction)


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[ListedPhotos]:
    made = ListedPhotos(qtbot)
    yield made
    made.close()


def test_columns_appear_with_the_first_value_and_hide_when_the_list_is_cleared(table: ListedPhotos) -> None:
    usual = ["Photo", "Status", "Category", "Confidence", "Second choice"]
    assert table.columns() == usual
    table.add(plain("a.jpg"))
    assert table.columns() == usual
    table.add(full("b.jpg"))
    assert table.columns() == [*usual, "Colour", "Pattern"]
    table.set([0], "season", "Winter")
    assert table.columns() == [*usual, "Colour", "Pattern", "Season"]
    table.change(clear_list)
    assert table.columns() == usual
    table.list.set_source(Source.EVERYTHING)
    table.settle()
    assert table.columns() == [*usual, "Colour", "Pattern", "Season"]


def test_switched_off_attributes_are_not_shown(table: ListedPhotos) -> None:
    table.add(full("a.jpg", pattern="Floral"), full("b.jpg"))
    table.model.show_attributes(["colour", "season"])
    assert table.columns()[5:] == ["Colour"]
    table.model.show_attributes(ATTRIBUTES)
    assert table.columns()[5:] == ["Colour", "Pattern"]
    table.filter(Query(text="FLOR"))
    assert table.files() == ["a.jpg"]


def test_rows_with_an_attribute_set_by_hand_count_as_corrected_or_confirmed(table: ListedPhotos) -> None:
    table.add(full("a.jpg"), full("b.jpg"), plain("c.jpg"), plain("d.jpg"))
    table.filter(Query(corrected=True))
    assert table.files() == []
    table.set([0, 2], "season", "Winter")
    table.set([2, 3], "category", "Coat")
    assert (table.list.state.figures.corrected, table.list.state.figures.confirmed) == (3, 0)
    assert sorted(table.files()) == ["a.jpg", "c.jpg", "d.jpg"]
    table.undo()
    assert sorted(table.files()) == ["a.jpg", "c.jpg"]
    table.undo()
    assert (table.list.state.figures.corrected, table.files()) == (0, [])
    table.set([0, 1], "category", "Dress")  # as predicted
    table.set([0], "colour", "Navy blue")
    table.set([1], "colour", "Red")
    assert table.files() == ["b.jpg"]
    table.filter(Query(corrected=False))
    assert table.files() == ["a.jpg"]


def test_every_column_can_be_read_and_nothing_is_lost_at_the_right(table: ListedPhotos) -> None:
    table.add(full("a.jpg"))
    header = table.view.horizontalHeader()
    widths = [header.sectionSize(column) for column in Column if not table.view.isColumnHidden(column)]
    assert min(widths) >= 80
    assert sum(widths) == table.view.viewport().width()
    assert widths[0] == max(widths)


def test_headings_are_not_cut_nor_covered_by_the_arrow_on_a_small_screen(table: ListedPhotos) -> None:
    table.add(full("a.jpg"))
    for name in ATTRIBUTES:
        table.set([0], name, "Something")
    header = table.view.horizontalHeader()
    for sorted_by in Column:
        table.view.sortByColumn(sorted_by, Qt.SortOrder.AscendingOrder)
        for column in Column:
            header.setSortIndicatorShown(column == sorted_by)
            assert header.sectionSize(column) >= header.sectionSizeHint(column), (sorted_by, column)
        assert sum(header.sectionSize(column) for column in Column) == table.view.viewport().width()


@pytest.mark.parametrize("width", [960, 1000, 1216])
def test_the_status_is_in_sight_and_whole_in_a_narrow_window(table: ListedPhotos, width: int) -> None:
    table.add(full("a.jpg"))
    for name in ATTRIBUTES:
        table.set([0], name, "Something")
    table.view.resize(width, 400)
    cell = table.view.visualRect(table.model.index(0, Column.STATUS))
    assert table.view.viewport().rect().contains(cell)
    widest = max(status_width(table.view.fontMetrics(), status) for status in Status)
    assert cell.width() >= widest + 16  # the space of the cell


def test_a_ring_shows_which_row_has_the_focus(table: ListedPhotos) -> None:
    table.add(*(plain(f"{name}.jpg") for name in "abc"))
    accent = QColor(theme.tokens().accent)
    table.view.window().activateWindow()
    table.view.setFocus()
    table.view.select_position(0)
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    QTest.keyClick(table.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)  # away from the selection

    def edges(position: int) -> list[bool]:
        picture, ratio = table.view.viewport().grab().toImage(), table.view.devicePixelRatio()
        top = table.view.rowViewportPosition(position)
        width, height = table.view.viewport().width(), table.view.rowHeight(position)
        places = [(width // 2, 0), (width // 2, height - 2), (0, height // 2), (width - 1, height // 2)]
        return [picture.pixelColor(round(x * ratio), round((top + y) * ratio)) == accent for x, y in places]

    assert [edges(position) for position in range(3)] == [[False] * 4, [False] * 4, [True] * 4]
    table.view.clearFocus()
    assert edges(2) == [False] * 4


def test_a_failed_row_shows_its_error_across_its_empty_cells_and_in_every_tooltip(table: ListedPhotos) -> None:
    sentence = "broken.jpg is cut short: part of it is missing. Copy or download it again."
    notes = (PhotoNote("photo_truncated", {"name": "broken.jpg"}),)
    table.add(full("a.jpg"), Tag(Path("/photos/broken.jpg"), "broken.jpg", status=Status.ERROR, notes=notes))
    error = QColor(theme.tokens().error)
    shown = [column for column in Column if not table.view.isColumnHidden(column)]
    assert {table.cell(1, column, Role.ToolTipRole) for column in shown[1:]} == {sentence}
    assert sentence in str(table.cell(1, Column.PHOTO, Role.ToolTipRole))

    def red_columns() -> set[Column]:
        picture, ratio = table.view.viewport().grab().toImage(), table.view.devicePixelRatio()
        found = set()
        for column in shown[2:]:
            cell = table.view.visualRect(table.model.index(1, column))
            middle = [
                picture.pixelColor(round(x * ratio), round(y * ratio))
                for x in range(cell.left(), cell.right())
                for y in range(cell.center().y() - 8, cell.center().y() + 8)
            ]
            if error in middle:
                found.add(column)
        return found

    assert red_columns() >= {Column.CATEGORY, Column.CONFIDENCE, Column.SECOND}
    table.set([1], "colour", "Red")
    assert Column.CATEGORY in red_columns()
    assert table.cell(1, Column.COLOUR, Role.ToolTipRole) == "You chose this."


def test_a_colour_has_a_dot_of_that_colour(table: ListedPhotos) -> None:
    table.add(full("a.jpg"), full("b.jpg", colour="Red"), full("c.jpg", colour="No such colour"), plain("d.jpg"))
    assert [table.cell(position, Column.COLOUR) for position in range(4)] == ["Navy blue", "Red", "No such colour", ""]
    measured, usual, unknown, none = (table.cell(position, Column.COLOUR, Role.DecorationRole) for position in range(4))
    assert measured == QColor(12, 20, 70)
    assert isinstance(usual, QColor) and usual.red() > 2 * usual.blue()
    assert unknown is None and none is None
    assert table.cell(0, Column.PATTERN, Role.DecorationRole) is None
    about = table.cell(0, Column.COLOUR, Role.ToolTipRole)
    assert about == "Navy blue (75 %)\nColours in the photo: navy blue 71 %, white 18 %"
    picture = table.view.grab().toImage()
    spot = table.view.visualRect(table.model.index(0, Column.COLOUR))
    middle = table.view.viewport().mapTo(table.view, spot.center())
    left = table.view.viewport().mapTo(table.view, spot.topLeft()).x()
    ratio = picture.devicePixelRatio()
    dot = picture.pixelColor(round((left + 8 + 7) * ratio), round(middle.y() * ratio))
    assert dot == QColor(12, 20, 70)


def test_unsure_values_have_a_question_mark_and_explain_the_export(table: ListedPhotos) -> None:
    table.add(full("a.jpg", unsure="pattern"), full("b.jpg", unsure="colour"))
    assert [table.cell(0, Column.PATTERN), table.cell(1, Column.COLOUR)] == ["Striped?", "Navy blue?"]
    assert "leave it empty until you confirm it" in str(table.cell(0, Column.PATTERN, Role.ToolTipRole))
    assert "leave it empty" not in str(table.cell(1, Column.COLOUR, Role.ToolTipRole))
    assert table.cell(0, Column.PATTERN, Role.AccessibleTextRole) == "Pattern: Striped?"
    table.set([0], "pattern", "Striped")
    assert table.cell(0, Column.PATTERN) == "Striped"
    assert table.cell(0, Column.PATTERN, Role.ToolTipRole) == "You chose this. The model predicted Striped (62 %)."
    table.undo()
    assert table.cell(0, Column.PATTERN) == "Striped?"


def test_attributes_sort_and_search_together_with_names(table: ListedPhotos) -> None:
    table.add(
        full("white one.jpg", "Red"), full("b.jpg", "Off White"), plain("c.jpg"), full("d.jpg", "Beige", "Floral")
    )
    table.sort(Column.COLOUR, Qt.SortOrder.AscendingOrder)
    assert table.files() == ["c.jpg", "d.jpg", "b.jpg", "white one.jpg"]
    table.sort(-1)
    table.filter(Query(text="white"))
    assert table.files() == ["white one.jpg", "b.jpg"]
    table.filter(Query(text="white striped off"))
    assert table.files() == ["b.jpg"]
    table.filter(Query(text="floral"))
    table.set([1], "pattern", "Floral")
    assert sorted(table.files()) == ["b.jpg", "d.jpg"]
    table.add(full("e.jpg", pattern="Floral"), full("f.jpg"))
    assert sorted(table.files()) == ["b.jpg", "d.jpg", "e.jpg"]
