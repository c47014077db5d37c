"""Fixtures of the Models tab tests: the tab with three tiny models, and a separate trash."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.models.name_dialog import NameDialog
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.workers import busy_slots
from tests.tiny_model import tiny_model

CARD = "# autumn\n\nKnows **scarves** well.\n"


@pytest.fixture
def models(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder with “autumn”, which has a card, and “spring”; “products” is bundled."""
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "bundled")
    folder = own_home / "models"
    first = tiny_model(folder / "autumn.safetensors", name="autumn")
    first.with_suffix(".md").write_text(CARD, encoding="utf-8")
    tiny_model(folder / "spring.safetensors", name="spring", classes=("Shirt", "Bag"))
    tiny_model(own_home / "bundled" / "products.safetensors", name="products")
    return folder


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the system trash."""
    folder = tmp_path / "trash"
    folder.mkdir()
    monkeypatch.setattr("send2trash.send2trash", lambda file: shutil.move(file, folder / Path(file).name))
    return folder


@pytest.fixture
def page(qtbot: QtBot, models: Path) -> Iterator[ModelsPanel]:
    """The tab with “products” in use, in a separate window."""
    settings = Settings()
    active = ActiveModel(settings)
    panel = ModelsPanel(active, settings)
    panel.resize(1280, 640)
    panel.show()
    with qtbot.waitSignal(active.ready, timeout=60_000):
        active.begin()
    idle(qtbot)
    yield panel
    panel.shutdown()
    active.shutdown()
    panel.deleteLater()
    active.deleteLater()


def idle(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)


def select_model(page: ModelsPanel, name: str) -> None:
    (item,) = page.list.findItems(name, Qt.MatchFlag.MatchExactly)
    page.list.setCurrentItem(item)


def listed(page: ModelsPanel) -> list[str]:
    return [page.list.item(row).text() for row in range(page.list.count())]


def words_of(page: ModelsPanel) -> str:
    QApplication.processEvents()  # new labels are shown, old ones go
    return "\n".join(label.text() for label in page.details.findChildren(QLabel) if not label.isHidden())


def button(page: ModelsPanel, text: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == text)


def type_name(dialog: NameDialog | None, name: str) -> QPushButton:
    """Type into the open dialog; returns its accept button."""
    assert dialog is not None and dialog.is_open
    line = dialog.dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setText(name)
    return dialog.yes
