"""Gallery, strip, table and large view, with a known evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos, Order
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.results.results_view import ResultsView
from fashionlens_gui.window.shell import workers
from tests.window.results.results_sample import COUNTS, evaluation, large_evaluation

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ResultsView]:
    widget = ResultsView(ConfusionHeatmap())
    qtbot.addWidget(widget)
    widget.resize(1280, 600)
    widget.show_evaluation(evaluation())
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    widget.stop_loading()


def click_cell(qtbot: QtBot, view: ResultsView, row: int, column: int) -> None:
    place = view.heatmap.cell_position(row, column).toPoint()
    qtbot.mouseClick(view.heatmap.canvas.viewport(), LEFT, pos=place)


@pytest.mark.parametrize(("actual", "predicted", "count"), COUNTS)
def test_clicking_a_cell_shows_exactly_its_images(
    qtbot: QtBot, view: ResultsView, actual: int, predicted: int, count: int
) -> None:
    click_cell(qtbot, view, actual, predicted)
    shown = view.evaluation
    assert shown is not None
    wanted = np.flatnonzero((shown.labels_N == actual) & (shown.predictions_N == predicted))
    assert sorted(view.gallery.indices.tolist()) == wanted.tolist()
    assert len(wanted) == count
    cards = view.gallery.view.cards
    pixels = [cards.data(cards.cell(k), Qt.ItemDataRole.DecorationRole).pixelColor(0, 0).red() for k in range(count)]
    assert pixels == view.gallery.indices.tolist()  # image i is of brightness i


def test_an_empty_cell_shows_a_message(qtbot: QtBot, view: ResultsView) -> None:
    click_cell(qtbot, view, 2, 0)
    assert len(view.gallery.indices) == 0
    assert view.gallery.nothing.isVisible()


def test_clicking_a_name_shows_the_mistakes_of_that_class(qtbot: QtBot, view: ResultsView) -> None:
    shown = view.evaluation
    assert shown is not None
    click_cell(qtbot, view, 0, -1)
    assert set(view.gallery.indices) == set(np.flatnonzero((shown.labels_N == 0) & (shown.predictions_N != 0)))
    click_cell(qtbot, view, -1, 0)
    assert set(view.gallery.indices) == set(np.flatnonzero((shown.labels_N != 0) & (shown.predictions_N == 0)))


def test_the_table_sorts_and_a_click_shows_the_mistakes(qtbot: QtBot, view: ResultsView) -> None:
    qtbot.mouseClick(view.page_choice.button(1), LEFT)
    table = view.table
    assert [table.model().index(row, 0).data() for row in range(3)] == ["Shirt", "T-shirt/top", "Sandal"]  # by F1
    table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    assert [table.model().index(row, 4).data() for row in range(3)] == ["15", "15", "14"]
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.model().index(0, 1)).center())
    assert view.gallery.heading == "Mistakes with T-shirt/top"
    assert set(view.gallery.indices) == set(view.evaluation.errors_of(1))  # type: ignore[union-attr]


def test_the_strip_starts_with_confident_mistakes_and_sorts(qtbot: QtBot, view: ResultsView) -> None:
    shown = view.evaluation
    assert shown is not None
    wrong = shown.labels_N != shown.predictions_N
    strip = view.strip
    assert strip.indices[: wrong.sum()].tolist() == shown.mistakes_by_confidence().tolist()
    assert len(strip.indices) == shown.n
    strip.mistakes_only.click()
    assert strip.indices.tolist() == shown.mistakes_by_confidence().tolist()
    strip.mistakes_only.click()
    for order, sign in ((Order.MOST_CONFIDENT, -1), (Order.LEAST_CONFIDENT, 1)):
        strip.order.setCurrentIndex(strip.order.findData(order))
        assert (np.diff(shown.confidences_N[strip.indices]) * sign >= 0).all()
    strip.order.setCurrentIndex(strip.order.findData(Order.TEST_SET))
    assert strip.indices.tolist() == list(range(shown.n))


def test_the_focus_is_seen_in_both_galleries(qtbot: QtBot, view: ResultsView) -> None:
    view.window().activateWindow()
    for cards in (view.gallery.view, view.strip.view):
        without = cards.grab().toImage()
        cards.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(cards.hasFocus)
        assert cards.cards.card(cards.currentIndex()) == 0
        assert cards.grab().toImage() != without
    view.page_choice.button(1).click()
    without = view.table.grab().toImage()
    view.table.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.table.selectionModel().isRowSelected(0) and view.table.grab().toImage() != without
    view.gallery.view.setFocus()
    view.show_cell(0, 1)  # other photos: there is a current one again
    assert view.gallery.view.cards.card(view.gallery.view.currentIndex()) == 0


@pytest.mark.parametrize("width", [1024, 1366])
def test_nothing_is_cut_in_a_narrow_window(qtbot: QtBot, view: ResultsView, width: int) -> None:
    view.resize(width, 560)
    QApplication.processEvents()
    for button in view.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    view.page_choice.button(1).click()
    QApplication.processEvents()
    metrics = view.table.fontMetrics()
    assert view.table.columnWidth(0) >= metrics.horizontalAdvance("T-shirt/top") + 10, (
        "names of categories are readable"
    )
    hidden = [column for column in range(6) if view.table.isColumnHidden(column)]
    assert hidden == ([3, 4] if width == 1024 else [])
    cards = view.gallery.view
    columns = cards.cards.columnCount()
    assert columns == (2 if width == 1024 else 3)
    assert cards.card_rect(columns - 1).right() <= cards.viewport().width()
    assert cards.viewport().width() - cards.card_rect(columns - 1).right() <= 2, "no free space beside the cards"


@pytest.mark.parametrize("width", [800, 941, 1250])  # 941: in a window on a screen of 1024 pixels
def test_the_matrix_and_the_gallery_never_overlap(view: ResultsView, width: int) -> None:
    view.setMinimumSize(1, 1)  # as inside a window: its layout does not keep it larger
    view.resize(width, 510)
    QApplication.processEvents()
    matrix, gallery = (view.splitter.widget(place).geometry() for place in range(2))
    assert matrix.right() < gallery.left() and gallery.right() < view.splitter.width()
    assert view.gallery.view.cards.columnCount() >= (2 if width > 900 else 1)


def large_view(application: QApplication) -> LargeView:
    return next(widget for widget in application.topLevelWidgets() if isinstance(widget, LargeView))


def test_a_double_click_opens_the_image_large(qtbot: QtBot, qapp: QApplication, view: ResultsView) -> None:
    click_cell(qtbot, view, 0, 1)
    cards = view.gallery.view
    place = cards.card_rect(1).center()
    qtbot.mouseClick(cards.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(cards.viewport(), LEFT, pos=place)
    large = large_view(qapp)
    assert large.index == view.gallery.indices[1]
    qtbot.waitUntil(large.isActiveWindow)
    qtbot.keyClick(large, Qt.Key.Key_Right)
    assert large.index == view.gallery.indices[2]
    assert "T-shirt/top" in large.bars.accessibleDescription()
    large.grab()
    qtbot.keyClick(large, Qt.Key.Key_Escape)


def test_enter_opens_the_current_card(qtbot: QtBot, qapp: QApplication, view: ResultsView) -> None:
    strip = view.strip.view
    strip.setFocus()
    strip.setCurrentIndex(strip.cards.cell(0))
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    large = large_view(qapp)
    assert large.index == view.strip.indices[1]
    large.close()


def test_unreadable_photos_are_listed(qtbot: QtBot, qapp: QApplication, view: ResultsView) -> None:
    from fashionlens_gui.window.results.summary import UnreadablePhotos

    assert view.summary.unreadable.isVisible()
    view.summary.unreadable.click()
    dialog = next(widget for widget in qapp.topLevelWidgets() if isinstance(widget, UnreadablePhotos))
    assert dialog.table.item(0, 0).text() == "broken.jpg"
    assert "cut short" in dialog.table.item(0, 1).text()
    dialog.close()


def test_cards_fill_the_width_and_keep_their_order(qtbot: QtBot, view: ResultsView) -> None:
    click_cell(qtbot, view, 2, 2)
    cards = view.gallery.view
    few = cards.cards.columnCount()
    before = view.gallery.indices.tolist()
    view.splitter.setSizes([300, 900])
    qtbot.waitUntil(lambda: cards.cards.columnCount() > few)
    assert view.gallery.indices.tolist() == before
    rects = [cards.card_rect(k) for k in range(len(before))]
    assert len({(rect.x(), rect.y()) for rect in rects}) == len(before)


def test_ten_thousand_cards_are_not_updated_one_by_one(qtbot: QtBot, view: ResultsView) -> None:
    asked: list[int] = []
    view.strip.view.cards.data = _counting(view.strip.view.cards.data, asked)  # type: ignore[method-assign]
    view.show_evaluation(large_evaluation())
    view.strip.order.setCurrentIndex(2)
    view.strip.view.grab()
    assert len(view.strip.indices) == 10_000
    assert len(asked) < 500


def _counting(function, asked):  # type: ignore[no-untyped-def]
    def counted(index, role=0):  # type: ignore[no-untyped-def]
        asked.append(role)
        return function(index, role)

    return counted


def test_photos_in_files_appear_small_at_once_and_in_full_soon(qtbot: QtBot, tmp_path: Path) -> None:
    files = []
    for k in range(3):
        files.append(tmp_path / f"photo {k}.png")
        Image.new("RGB", (300, 400), (10 * k, 200, 30)).save(files[-1])
    files[2].write_bytes(b"no picture at all")  # it was readable when the model was tested
    labels = np.zeros(3, dtype=np.int64)
    images = EvaluatedPhotos(
        ("a", "b"),
        labels,
        labels,
        np.tile(np.float32([0.9, 0.1]), (3, 1)),
        np.zeros((3, 3, 64, 64), dtype=np.uint8),
        tuple(map(str, files)),
    )
    loader = PhotoLoader(images)
    arrived: list[int] = []
    loader.arrived.connect(arrived.append)
    first = loader.image(0)
    assert first is not None and first.width() == 64  # what the model saw
    loader.image(1)
    loader.image(2)
    qtbot.waitUntil(lambda: set(arrived) == {0, 1} and not workers.busy_slots(), timeout=10_000)
    full = loader.image(1)
    assert full is not None and full.width() >= 192 and full.pixelColor(5, 5).green() == 200
    broken = loader.image(2)
    assert broken is not None and broken.width() == 64
    loader.shutdown()


def test_button_or_escape_shows_all_mistakes_again(qtbot: QtBot, view: ResultsView) -> None:
    mistakes = view.gallery.indices.tolist()
    assert view.gallery.heading == "All mistakes" and not view.gallery.back.isVisible()
    for back in (lambda: view.gallery.back.click(), lambda: qtbot.keyClick(view.heatmap.canvas, Qt.Key.Key_Escape)):
        click_cell(qtbot, view, 2, 0)
        assert view.gallery.back.isVisible() and view.gallery.indices.tolist() != mistakes
        back()
        assert view.gallery.heading == "All mistakes" and not view.gallery.back.isVisible()
        assert view.gallery.indices.tolist() == mistakes


def test_empty_selections_have_a_text(view: ResultsView) -> None:
    assert view.evaluation is not None
    right = replace(view.evaluation, predictions_N=view.evaluation.labels_N)
    view.show_evaluation(right)
    assert view.gallery.nothing.text() == "Every photo was named correctly."
    view.show_mistakes_of(0)
    assert view.gallery.nothing.text() == f"No mistakes with {right.classes[0]}."
    view.show_false_positives(0)
    assert view.gallery.nothing.text() == f"No photos were wrongly predicted as {right.classes[0]}."


def test_the_table_lists_classes_that_occur_and_shows_whole_headings(view: ResultsView) -> None:
    evaluation = view.evaluation
    assert evaluation is not None
    more = replace(
        evaluation,
        classes=("never seen", *evaluation.classes),
        labels_N=evaluation.labels_N + 1,
        predictions_N=evaluation.predictions_N + 1,
        probabilities_NK=np.pad(evaluation.probabilities_NK, ((0, 0), (1, 0))),
    )
    view.show_evaluation(more)
    view.page_choice.chosen.emit(1)
    table = view.table
    names = [table.model().index(row, 0).data() for row in range(table.model().rowCount())]
    assert "never seen" not in names and set(names) == set(evaluation.classes)
    chosen: list[int] = []
    table.chosen.connect(chosen.append)
    table.activated.emit(table.model().index(0, 0))
    assert more.classes[chosen[0]] == names[0]
    bold = QFont(table.font())
    bold.setWeight(QFont.Weight.DemiBold)
    for column in range(6):
        for line in str(table.model().headerData(column, Qt.Orientation.Horizontal)).split("\n"):
            assert table.columnWidth(column) >= QFontMetrics(bold).horizontalAdvance(line) + 16, line
