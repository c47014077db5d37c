"""The learning-rate finder dialog: it shows the curve, applies the rate, and closing it ends the search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.train.form.starting_point import StartingPoint
from fashionlens_gui.window.train.panel import TrainPanel
from tests.trainer.synthetic import folder_tree

PATIENCE_MS = 60_000


@pytest.fixture
def panel(qtbot: QtBot, own_home: Path, tmp_path: Path) -> Iterator[TrainPanel]:
    settings = Settings()
    panel = TrainPanel(ActiveModel(settings), settings)
    qtbot.addWidget(panel)
    panel.resize(1200, 900)
    with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
        panel.show()
    panel.form.data.set_source(str(folder_tree(tmp_path / "blocks", 16)))
    choice = panel.form.starting_point.choice
    choice.setCurrentIndex(next(i for i in range(choice.count()) if choice.itemData(i) == StartingPoint("cnn")))
    panel.form.batch_size.setValue(8)
    yield panel
    panel.shutdown()


def test_the_suggested_rate_is_used(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.form.learning_rate.setValue(5.0)
    qtbot.mouseClick(panel.form.find_rate_button, Qt.MouseButton.LeftButton)
    search = panel.rate_finder
    assert search is not None and not search.use_button.isEnabled()
    qtbot.waitUntil(search.use_button.isEnabled, timeout=PATIENCE_MS)
    assert search.plot is not None and len(search.plot.rates) > 20
    rate = search.suggestion
    assert rate is not None and search.use_button.text() == f"Use {rate:g}" and f"{rate:g}" in search.text.text()
    with qtbot.waitSignal(search.over, timeout=PATIENCE_MS):
        qtbot.mouseClick(search.use_button, Qt.MouseButton.LeftButton)
    assert panel.form.learning_rate.value() == pytest.approx(rate)
    assert panel.rate_finder is None


def test_closing_the_dialog_ends_the_search_and_keeps_the_rate(panel: TrainPanel, qtbot: QtBot) -> None:
    before = panel.form.learning_rate.value()
    qtbot.mouseClick(panel.form.find_rate_button, Qt.MouseButton.LeftButton)
    search = panel.rate_finder
    assert search is not None
    with qtbot.waitSignal(search.over, timeout=PATIENCE_MS):
        qtbot.mouseClick(search.cancel_button, Qt.MouseButton.LeftButton)
    assert panel.form.learning_rate.value() == before


def test_without_photos_the_missing_data_is_named(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.form.name.setText("")
    qtbot.mouseClick(panel.form.find_rate_button, Qt.MouseButton.LeftButton)
    assert panel.rate_finder is None and panel._missing.isVisible()
