"""The saliency map in the viewer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from fashionlens_gui.window.photos import saliency_overlay
from fashionlens_gui.window.shell import theme
from tests.window.tag.conftest import Stage
from tests.window.tag.test_tag_review import press
from trainer.errors import FashionLensError
from trainer.evaluation import saliency
from trainer.inference.predictor import Predictor

Photos = Callable[..., Path]
Key = Qt.Key


@pytest.fixture
def viewing(stage: Stage, photos: Photos) -> Stage:
    """Two photos, the first one open."""
    stage.drop(photos("a.png", "b.png"))
    stage.wait_until_done(rows=2)
    stage.panel.table.setFocus()
    stage.panel.table.select_position(0)
    press(stage, Key.Key_Space)
    return stage


def wait_for_overlay(stage: Stage, category: str) -> QImage:
    canvas = stage.panel.viewer.canvas
    stage.qtbot.waitUntil(lambda: canvas.overlay is not None, timeout=20_000)
    assert canvas.legend == f"What it looked at for “{category}”"
    assert canvas.overlay is not None
    return canvas.overlay


def test_a_key_shows_and_hides_the_map(viewing: Stage) -> None:
    canvas, tag = viewing.panel.viewer.canvas, viewing.tags()[0]
    assert canvas.overlay is None and not canvas.legend
    press(viewing, Key.Key_Question)
    assert wait_for_overlay(viewing, tag.category).size().toTuple() == (48, 64)  # the whole photo
    press(viewing, Key.Key_Question)
    assert canvas.overlay is None and not canvas.legend


def test_the_map_follows_the_photo_and_its_category(viewing: Stage) -> None:
    canvas = viewing.panel.viewer.canvas
    press(viewing, Key.Key_Question)
    wait_for_overlay(viewing, viewing.tags()[0].category)
    press(viewing, Key.Key_3)  # on to the second photo
    assert canvas.overlay is None
    wait_for_overlay(viewing, viewing.tags()[1].category)
    press(viewing, Key.Key_Left)
    ranking = viewing.tags()[0].ranking
    assert ranking is not None
    wait_for_overlay(viewing, ranking.labels[2])


def test_the_map_is_computed_in_a_thread_from_the_pixels(viewing: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def activation(predictor: Predictor, pixels_HWC: np.ndarray, category: str) -> np.ndarray:
        calls.append(
            (threading.current_thread() is threading.main_thread(), predictor.metadata.name, pixels_HWC.shape, category)
        )
        return np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3)

    monkeypatch.setattr(saliency, "class_activation", activation)
    press(viewing, Key.Key_Question)
    category = viewing.tags()[0].category
    wait_for_overlay(viewing, category)
    assert calls == [(False, viewing.active_model.name, (64, 48, 3), category)]


def test_errors_are_shown_in_the_legend(viewing: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def activation(*_: object) -> np.ndarray:
        raise FashionLensError("no_saliency")

    monkeypatch.setattr(saliency, "class_activation", activation)
    canvas = viewing.panel.viewer.canvas
    press(viewing, Key.Key_Question)
    viewing.qtbot.waitUntil(lambda: canvas.legend == "no_saliency", timeout=10_000)
    viewing.panel.review.set_category("Something of my own")
    press(viewing, Key.Key_Left)
    assert "does not know “Something of my own”" in canvas.legend
    assert canvas.overlay is None


def test_low_values_are_transparent_and_high_ones_bright() -> None:
    picture = saliency_overlay.to_overlay(np.array([[0.0, 0.5, 1.0, np.nan]], np.float32))
    clear, half, full, unknown = (picture.pixelColor(x, 0) for x in range(4))
    assert clear.alpha() == unknown.alpha() == 0
    assert 0 < half.alpha() < full.alpha()
    assert half.lightness() < full.lightness()


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_legend_reads_in_both_themes_and_stays_inside(choice: str, qapp) -> None:  # type: ignore[no-untyped-def]
    theme.apply(qapp, choice)
    image = QImage(160, 120, QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    saliency_overlay.paint_legend(
        painter, image.rect().adjusted(10, 10, -10, -10), "What it looked at for " + "a long name " * 9, True
    )
    painter.end()
    assert image.pixelColor(60, 108 - 16) != QColor("magenta")
    edge = [image.pixelColor(x, y).name() for x in (3, 156) for y in range(120)]
    assert set(edge) == {QColor("magenta").name()}
