"""Watched folders in the real window: photos come in and are tagged, listed and counted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files.watched_folders import FolderRule, rules, set_rule
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.watching.page import WatchPage
from tests.processes import rows
from tests.window.conftest import RecordedDialogs

_PATIENCE = 60_000


class Window:
    """The main window with the page of watched folders."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.settings = qtbot, Settings()
        self.model = ActiveModel(self.settings)
        self.window = MainWindow(self.settings, self.model)
        self.window.show()
        self.model.begin()
        self.watching = self.window.photo_tools.watching
        self.wait(lambda: not (self.window.catalogue_access.busy or self.watching.watcher.busy))

    def wait(self, done: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(done, timeout=_PATIENCE)

    @property
    def page(self) -> WatchPage:
        self.watching.action.trigger()
        page = self.window.tag_panel.browser.page
        assert page is not None and isinstance(page.panel, WatchPage)
        return page.panel

    def cells(self, row: int = 0) -> list[str]:
        table = self.page.table
        return [table.item(row, column).text() for column in range(table.columnCount())] if table.rowCount() else []


@pytest.fixture
def make_window(qtbot: QtBot, model_file: Path) -> Iterator[Callable[[], Window]]:
    made: list[Window] = []

    def make() -> Window:
        made.append(Window(qtbot))
        return made[-1]

    yield make
    for each in made:
        each.window.destroy_now()


def photo(path: Path, shade: int = 0) -> Path:
    """A photo that has been there for a while."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (60, 80), "white")
    picture.paste((shade, 0, 90), (15, 10, 45, 70))
    picture.save(path)
    os.utime(path, (10**9, 10**9))
    return path


def test_a_folder_is_added_and_its_photos_come_into_the_list(
    make_window: Callable[[], Window], tmp_path: Path, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    folder, table = tmp_path / "incoming", tmp_path / "tags.csv"
    photo(folder / "1.jpg")
    window = make_window()
    page = window.page
    assert page.empty.isVisibleTo(page)
    page.add_button.click()
    dialog = page.dialog
    assert dialog is not None
    dialog.folder.setText(str(tmp_path / "none"))
    dialog.ok_button.click()
    window.wait(lambda: dialog.notice.has_message)
    assert dialog.notice.text.text().startswith(f"There is no folder {tmp_path / 'none'}.")
    dialog.folder.setText(str(folder))
    dialog.csv_box.setChecked(True)
    dialog.ok_button.click()
    assert "Choose the table" in dialog.notice.text.text()
    dialog.csv.setText(str(table))
    with qtbot.waitSignal(window.watching.watcher.tagged, timeout=_PATIENCE):
        dialog.ok_button.click()
    window.wait(lambda: window.window.tag_panel.model.rowCount() == 1)
    assert window.window.statusBar().currentMessage() == "1 photo tagged in incoming."
    window.wait(lambda: window.cells()[1:4] == ["Watching", "1", "1"])
    assert window.cells()[0] == str(folder) and window.cells()[4].startswith("1.jpg, ")
    window.wait(lambda: table.exists() and len(rows(table.read_bytes())) == 1)

    page.pause_button.click()
    window.wait(lambda: not window.watching.watcher.running)
    assert window.cells()[1] == "Paused"
    photo(folder / "2.jpg", 200)
    page.pause_button.click()
    window.wait(lambda: window.window.tag_panel.model.rowCount() == 2)
    page.remove_button.click()
    window.wait(lambda: not window.watching.watcher.folders and not window.watching.watcher.running)
    assert "watch" in dialogs.questions[0].lower() and dialogs.errors == []
    catalogue = window.window.catalogue_access.catalogue
    assert catalogue is not None and rules(catalogue) == [] and catalogue.statistics().photos == 2


def test_stored_folders_are_watched_from_the_start_and_say_what_is_wrong(
    make_window: Callable[[], Window], tmp_path: Path
) -> None:
    photo(tmp_path / "good" / "1.jpg")
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_rule(catalogue, FolderRule(tmp_path / "good"))
        set_rule(catalogue, FolderRule(tmp_path / "off"))
        set_rule(catalogue, FolderRule(tmp_path / "bad", model="nobody's"))
    (tmp_path / "bad").mkdir()
    window = make_window()
    window.wait(lambda: [window.cells(row)[1] for row in range(3)] == ["Watching", "Folder not there", "Does not work"])
    page = window.page
    page.table.selectRow(1)
    assert "Is its drive off?" in page.details.text()
    page.table.selectRow(2)
    assert "nobody's" in page.details.text() and page.retry_button.isVisibleTo(page)
    window.wait(lambda: window.window.tag_panel.model.rowCount() == 1)


def test_closing_the_window_keeps_watching_in_the_tray_where_that_is_wanted(
    make_window: Callable[[], Window], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: dict[QSystemTrayIcon, bool] = {}  # there is no tray without a screen
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "setVisible", lambda self, on: shown.update({self: on}))
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda self: shown.get(self, False))
    photo(tmp_path / "in" / "1.jpg")
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_rule(catalogue, FolderRule(tmp_path / "in"))
    window = make_window()
    page = window.page
    window.wait(lambda: window.watching.tray is not None and "1 photo needs review" in window.watching.tray.toolTip())
    page.tray_box.setChecked(True)
    assert Settings.load().keep_watching_in_tray
    window.window.close()
    assert not window.window.isVisible() and window.watching.watcher.running
    tray = window.watching.tray
    assert tray is not None
    tray.menu.actions()[0].trigger()
    assert window.window.isVisible()
    window.window.close()
    tray.menu.actions()[-1].trigger()  # Quit
    assert not window.watching.watcher.running and window.window.catalogue_access.catalogue is None


def test_nothing_is_watched_while_another_program_has_the_catalogue(make_window: Callable[[], Window]) -> None:
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_rule(catalogue, FolderRule(Path("/photos")))
        window = make_window()
        assert not window.watching.watcher.running
        assert "can only be read" in window.page.details.text() and not window.page.add_button.isEnabled()
