"""The confusion matrix under a real mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.confusion_matrix import colour_scale
from fashionlens_gui.window.confusion_matrix.cell_style import Quantity
from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
from fashionlens_gui.window.shell import colours, theme
from tests.window.results.results_sample import CLASSES, evaluation

Key = Qt.Key


@pytest.fixture
def heatmap(qtbot: QtBot) -> Iterator[ConfusionHeatmap]:
    widget = ConfusionHeatmap()
    qtbot.addWidget(widget)
    widget.resize(600, 480)
    widget.show_matrix(CLASSES, evaluation().confusion_KK)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget


def click(qtbot: QtBot, heatmap: ConfusionHeatmap, row: int, column: int) -> None:
    qtbot.mouseClick(
        heatmap.canvas.viewport(), Qt.MouseButton.LeftButton, pos=heatmap.cell_position(row, column).toPoint()
    )


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("column", range(3))
def test_a_click_names_the_cell(qtbot: QtBot, heatmap: ConfusionHeatmap, row: int, column: int) -> None:
    with qtbot.waitSignal(heatmap.cell_chosen) as chosen:
        click(qtbot, heatmap, row, column)
    assert chosen.args == [row, column]


@pytest.mark.parametrize("place", range(3))
def test_a_click_on_a_name_chooses_the_class(qtbot: QtBot, heatmap: ConfusionHeatmap, place: int) -> None:
    with qtbot.waitSignal(heatmap.actual_chosen) as actual:
        click(qtbot, heatmap, place, -1)
    with qtbot.waitSignal(heatmap.predicted_chosen) as predicted:
        click(qtbot, heatmap, -1, place)
    assert (actual.args, predicted.args) == ([place], [place])


def test_the_keyboard_starts_at_the_largest_mistake_and_opens_cells(qtbot: QtBot, heatmap: ConfusionHeatmap) -> None:
    heatmap.canvas.setFocus()
    qtbot.waitUntil(lambda: heatmap.cursor_cell == (0, 1))
    assert "5 of 15 Shirt photos were predicted as T-shirt/top" in heatmap.canvas.accessibleDescription()
    for key in (Key.Key_Down, Key.Key_Right, Key.Key_Right, Key.Key_Right):
        qtbot.keyClick(heatmap.canvas, key)
    assert heatmap.cursor_cell == (1, 2)
    with qtbot.waitSignal(heatmap.cell_chosen) as chosen:
        qtbot.keyClick(heatmap.canvas, Key.Key_Return)
    assert chosen.args == [1, 2]


def test_the_keyboard_reaches_names(qtbot: QtBot, heatmap: ConfusionHeatmap) -> None:
    heatmap.canvas.setFocus()
    qtbot.waitUntil(lambda: heatmap.cursor_cell is not None)
    qtbot.keyClick(heatmap.canvas, Key.Key_Home)
    with qtbot.waitSignal(heatmap.actual_chosen) as actual:
        qtbot.keyClick(heatmap.canvas, Key.Key_Return)
    assert actual.args == [0]
    assert "predicted as something else" in heatmap.canvas.accessibleDescription()
    qtbot.keyClick(heatmap.canvas, Key.Key_Right)
    qtbot.keyClick(heatmap.canvas, Key.Key_Up)
    with qtbot.waitSignal(heatmap.predicted_chosen) as predicted:
        qtbot.keyClick(heatmap.canvas, Key.Key_Space)
    assert predicted.args == [0]


def test_hovering_describes_the_cell(qtbot: QtBot, heatmap: ConfusionHeatmap) -> None:
    viewport = heatmap.canvas.viewport()
    qtbot.mouseMove(viewport, QPoint(2, 2))
    qtbot.mouseMove(viewport, heatmap.cell_position(1, 0).toPoint())
    qtbot.waitUntil(lambda: "3 of 15 T-shirt/top photos were predicted as Shirt" in heatmap.canvas.toolTip())


def pixel(heatmap: ConfusionHeatmap, row: int, column: int, offset: QPoint) -> np.ndarray:
    picture: QImage = heatmap.canvas.grab().toImage()
    colour = picture.pixelColor(heatmap.cell_position(row, column).toPoint() + offset)
    return np.array([colour.red(), colour.green(), colour.blue()])


def test_colours_follow_the_share_of_the_row_and_the_theme(qapp: QApplication, heatmap: ConfusionHeatmap) -> None:
    beside_number = QPoint(-30, -20)
    surface = colour_scale.rgb(theme.tokens().hover)

    def strength(row: int, column: int) -> float:
        return float(np.abs(pixel(heatmap, row, column, beside_number).astype(int) - surface).sum())

    # 0 < 1 of 15 < 5 of 15 < 14 of 14
    assert strength(1, 2) == 0 < strength(0, 2) < strength(0, 1) < strength(2, 2)
    heatmap.set_mistakes_only(True)
    assert strength(0, 1) > 300  # the largest mistake has the strongest colour now
    light = pixel(heatmap, 1, 2, beside_number)
    theme.apply(qapp, "dark")
    assert pixel(heatmap, 1, 2, beside_number).sum() < light.sum() / 2


@pytest.mark.parametrize("quantity", Quantity)
@pytest.mark.parametrize("size", [2, 10, 80])
def test_any_number_of_classes_is_drawn(qtbot: QtBot, quantity: Quantity, size: int) -> None:
    widget = ConfusionHeatmap()
    qtbot.addWidget(widget)
    names = tuple(f"A category with a rather long name {k}" for k in range(size))
    counts = np.eye(size, dtype=np.int64) * 90 + np.tri(size, dtype=np.int64)
    widget.set_quantity(quantity)
    widget.show_matrix(names, counts)
    widget.resize(560, 400)
    with qtbot.waitExposed(widget):
        widget.show()
    # The names leave the cells at least half of the room.
    first, last = widget.cell_position(0, 0), widget.cell_position(size - 1, size - 1)
    assert (last.x() - first.x()) * size / (size - 1) > 560 * 0.4
    assert (last.y() - first.y()) * size / (size - 1) > 400 * 0.35
    with qtbot.waitSignal(widget.cell_chosen) as chosen:
        click(qtbot, widget, size - 1, 0)
    assert chosen.args == [size - 1, 0]


def test_a_class_without_images_does_not_divide_by_zero(qtbot: QtBot) -> None:
    widget = ConfusionHeatmap()
    qtbot.addWidget(widget)
    with np.errstate(all="raise"):
        widget.show_matrix(("a", "b"), np.zeros((2, 2), dtype=np.int64))
        widget.set_mistakes_only(True)
        widget.grab()
    assert widget.describe((0, 1)) == "There are no a photos in this test set."


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_colour_scale_is_perceptually_even_and_its_numbers_are_legible(name: str) -> None:
    tokens = colours.read(name)
    scale = colour_scale.single_hue_scale(tokens.hover, tokens.accent)
    lightness = np.array([colour_scale._lab("#" + bytes(c).hex())[0] for c in scale])  # OKLab L
    steps = np.diff(lightness)
    assert (np.sign(steps) == np.sign(steps.sum()))[np.abs(steps) > 2e-3].all()
    thirds = lightness[[0, 85, 170, 255]]
    assert np.ptp(np.diff(thirds)) < 0.02
    inks = [colour_scale.rgb(ink) for ink in ("#ffffff", "#000000")]
    best = np.max([colour_scale.contrast(scale, ink) for ink in inks], axis=0)
    assert best.min() >= 4.5
