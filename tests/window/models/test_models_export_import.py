"""The Models tab: models are exported and imported."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MODELS, MainWindow
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.drop_overlay import DropOverlay
from tests.tiny_model import tiny_model
from tests.window.models.conftest import CARD, idle, select_model, type_name


def test_an_exported_model_comes_back_under_another_name(
    page: ModelsPanel, models: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    select_model(page, "autumn")
    page.export_to(tmp_path / "autumn.zip")
    idle(qtbot)
    assert "saved as autumn.zip" in page.notice.text.text()
    page.import_files([tmp_path / "autumn.zip"])
    qtbot.waitUntil(lambda: page.importing.dialog is not None, timeout=60_000)
    assert page.importing.dialog is not None and page.importing.dialog.name == "autumn 2"
    page.importing.dialog.dialog.reject()
    assert page.notice.isHidden(), "it says that something goes on"
    page.import_files([tmp_path / "autumn.zip"])
    qtbot.waitUntil(lambda: page.importing.dialog is not None and page.importing.dialog.is_open, timeout=60_000)
    type_name(page.importing.dialog, "winter").click()
    idle(qtbot)
    assert "“winter” is imported" in page.notice.text.text()
    assert page.list.entry is not None and page.list.entry.path == models / "winter.safetensors"
    assert (models / "winter.md").read_text(encoding="utf-8") == CARD.replace("autumn", "winter")


def test_the_outcome_of_each_file_is_reported(page: ModelsPanel, models: Path, tmp_path: Path, qtbot: QtBot) -> None:
    good = tiny_model(tmp_path / "good.safetensors", name="good")
    again = shutil.copy(good, tmp_path / "spring.safetensors")
    evil = tmp_path / "evil.safetensors"
    evil.write_bytes(pickle.dumps({"a": 1}))
    page.import_files([evil, Path(again), good])
    qtbot.waitUntil(lambda: page.importing.dialog is not None, timeout=60_000)
    assert page.importing.dialog is not None
    page.importing.dialog.dialog.reject()  # this one fails, the next is still imported
    qtbot.waitUntil(lambda: "“good” is imported" in page.notice.text.text(), timeout=60_000)
    idle(qtbot)
    assert "“evil.safetensors” is a pickle" in page.notice.text.text()
    assert sorted(file.stem for file in models.glob("*.safetensors")) == ["autumn", "good", "spring"]


def test_a_model_is_imported_where_it_is_dropped(models: Path, tmp_path: Path, qtbot: QtBot) -> None:
    model = tiny_model(tmp_path / "dropped.safetensors", name="dropped")
    settings = Settings()
    window = MainWindow(settings, ActiveModel(settings))
    with qtbot.waitExposed(window):
        window.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(model))])
    left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    QApplication.sendEvent(window.windowHandle(), QDragEnterEvent(QPoint(300, 300), copy, data, left, none))
    overlay = window.findChild(DropOverlay)
    assert "import this model" in "\n".join(label.text() for label in overlay.findChildren(QLabel))
    QApplication.sendEvent(window.windowHandle(), QDropEvent(QPointF(300, 300), copy, data, left, none))
    assert window.views.currentIndex() == MODELS
    qtbot.waitUntil(lambda: (models / "dropped.safetensors").is_file(), timeout=60_000)
    idle(qtbot)
    window.shut_down()
    window.close()
    window.deleteLater()
