"""The real Tag panel on a stage: a tiny model, a list of its own, real photo files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.shell import messages, theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.tag.panel import TagPanel
from tests.tiny_model import tiny_model
from trainer.model_files.library import ModelLibrary


@dataclass
class Stage:
    """A panel in front of the test, and what one does with it."""

    panel: TagPanel
    active_model: ActiveModel
    settings: Settings
    qtbot: QtBot

    def drop(self, *paths: Path) -> None:
        """Drop files and folders on the window, which passes them on."""
        self.panel.add_paths(paths)

    def wait_until_done(self, rows: int | None = None) -> None:
        """Until nothing is tagged any more (and there are so many rows)."""
        self.qtbot.waitUntil(lambda: not self.panel.queue.busy, timeout=60_000)
        if rows is not None:
            assert self.panel.model.rowCount() == rows

    def wait_until_open(self) -> None:
        """Until the session is open and it is known what was left untagged."""
        self.qtbot.waitUntil(lambda: self.panel.session_loader.ready, timeout=20_000)

    def tags(self) -> list[Tag]:
        """What the session says."""
        session = self.panel.session_loader.session
        assert session is not None
        return list(session.rows)

    def shown(self) -> list[str]:
        """The names in the table from top to bottom."""
        order = self.panel.proxy
        return [order.index(place, 0).data() for place in range(order.rowCount())]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder / "tiny.safetensors")
    return folder


@pytest.fixture
def make_stage(qtbot: QtBot, model_folder: Path) -> Iterator[Callable[..., Stage]]:
    """Open a panel of 1100 × 700; ``model=False`` leaves the model unloaded until ``active_model.begin()``."""
    made: list[Stage] = []

    def make(model: bool = True) -> Stage:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, "light")
        settings = Settings()
        active_model = ActiveModel(settings, ModelLibrary([model_folder]))
        panel = TagPanel(active_model, settings)
        stage = Stage(panel, active_model, settings, qtbot)
        made.append(stage)
        panel.resize(1100, 700)
        with qtbot.waitExposed(panel):
            panel.show()
        if model:
            active_model.begin()
        return stage

    yield make
    for stage in made:
        close(stage)
        stage.panel.deleteLater()
    # Panels that lived on until the collector came would make every later change of theme slow.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def close(stage: Stage) -> None:
    """As the main window does it."""
    stage.panel.shutdown()
    stage.active_model.shutdown()
    stage.panel.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    """An open panel whose session is open and whose model is being loaded."""
    opened = make_stage()
    opened.wait_until_open()
    return opened


@pytest.fixture
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What dialogs would have said; questions are answered with yes."""
    said: list[str] = []

    def ask(_parent: object, question: str, _yes: str, _no: str) -> bool:
        said.append(question)
        return True

    monkeypatch.setattr(messages, "error", lambda _parent, error: said.append(getattr(error, "sentence", str(error))))
    monkeypatch.setattr(messages, "ask", ask)
    return said


@pytest.fixture
def photos(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of photos with these names; each shows a garment of another shade."""

    def make(*names: str, folder: str = "photos") -> Path:
        root = tmp_path / folder
        for number, name in enumerate(names):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((64, 48, 3), 255, np.uint8)
            pixels[6 + number % 12 : -8, 8 : -8 - number % 7] = (40 + number * 17 % 160, 60, 90)
            Image.fromarray(pixels).save(path)
        return root

    return make


def click_row(stage: Stage, place: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Click the name in a row of the table."""
    table = stage.panel.table
    where = table.visualRect(stage.panel.proxy.index(place, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, where)
