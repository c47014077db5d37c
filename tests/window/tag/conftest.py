"""The Tag panel with a tiny model, its own catalogue and photo files."""

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

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import find
from fashionlens_gui.messages import sentence
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.shell import message_box, theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.tag.panel import TagPanel
from tests.tiny_model import tiny_model
from trainer.model_files.library import ModelLibrary


@dataclass
class Stage:
    """A panel with helpers to use it."""

    panel: TagPanel
    active_model: ActiveModel
    settings: Settings
    access: CatalogueAccess
    qtbot: QtBot

    def drop(self, *paths: Path) -> None:
        """Add files and folders as the main window does after a drop."""
        self.panel.add_paths(paths)

    def settle(self) -> None:
        """Wait until nothing is tagged, stored or looked for, and the window shows it."""
        panel = self.panel

        def still() -> bool:
            parts = (panel.queue, self.access, panel.photo_list, panel.unfinished_notice, panel.navigator)
            return not (any(part.busy for part in (*parts, panel.group_reviewer)) or panel.update_waits)

        self.qtbot.waitUntil(still, timeout=60_000)

    def wait_until_done(self, rows: int | None = None) -> None:
        """Wait until the queue is empty and the list is found, and check the number of rows."""
        self.settle()
        if rows is not None:
            assert self.panel.model.rowCount() == rows

    def wait_until_open(self) -> None:
        """Wait until the catalogue is open, the list is found and unfinished imports are known."""
        self.qtbot.waitUntil(lambda: self.panel.photo_list.ready, timeout=20_000)
        self.settle()

    def wait_until_written(self) -> None:
        """Wait until the catalogue has all that was changed in the window."""
        self.settle()

    def ids(self) -> list[int]:
        """The photos of the list in the order of arrival, when all changes are written, whatever the filter."""
        self.settle()
        found: list[int] = find(self.catalogue(), self.panel.photo_list.source_query()(self.catalogue())).tolist()
        return found

    def tags(self) -> list[Tag]:
        """Their rows in the catalogue."""
        return list(self.catalogue().tags(self.ids()).values())

    def catalogue(self) -> Catalogue:
        assert self.access.catalogue is not None
        return self.access.catalogue

    def shown(self) -> list[str]:
        """The names in the table from top to bottom, when all changes are written."""
        self.settle()
        model = self.panel.model
        return [model.index(position, 0).data() for position in range(model.rowCount())]


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
        access = CatalogueAccess()
        panel = TagPanel(active_model, settings, access)
        stage = Stage(panel, active_model, settings, access, qtbot)
        made.append(stage)
        panel.resize(1100, 700)
        with qtbot.waitExposed(panel):
            panel.show()
        access.open()
        if model:
            active_model.begin()
        return stage

    yield make
    for stage in made:
        close(stage)
        stage.panel.deleteLater()
    # Panels that are not deleted yet slow down each change of the theme.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def close(stage: Stage) -> None:
    """Close the panel as the main window does."""
    stage.panel.shutdown()
    stage.access.shutdown()
    stage.active_model.shutdown()
    stage.panel.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    """A panel with an open session; the model is being loaded."""
    opened = make_stage()
    opened.wait_until_open()
    return opened


@pytest.fixture
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of dialogs, which are not shown; questions are answered with yes."""
    shown_texts: list[str] = []

    def ask(_parent: object, question: str, _yes: str, _no: str) -> bool:
        shown_texts.append(question)
        return True

    monkeypatch.setattr(message_box, "error", lambda _parent, error: shown_texts.append(sentence(error)))
    monkeypatch.setattr(message_box, "ask", ask)
    return shown_texts


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


def click_row(stage: Stage, position: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Click the name in a row of the table."""
    table = stage.panel.table
    where = table.visualRect(stage.panel.model.index(position, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, where)
