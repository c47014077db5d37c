"""Keywords and sorting of files in the real window, with real photos."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.file_sorting import sort as sorting
from fashionlens_gui.file_sorting.plan import Layout, make_plan
from fashionlens_gui.photo_keywords.container import Metadata
from fashionlens_gui.photo_keywords.formats import sidecar_of
from fashionlens_gui.photo_keywords.xmp import DC, XmpPacket
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.photo_files.keyword_dialog import KeywordDialog
from fashionlens_gui.window.photo_files.read_dialog import ReadDialog
from fashionlens_gui.window.photo_files.sort_dialog import SortDialog
from fashionlens_gui.window.photo_files.work_dialog import RunDialog, WorkDialog
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.catalogue.catalogue_rows import add, item
from trainer.control import WorkControl


class Window:
    """The main window with what its tests do."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, settings = qtbot, Settings()
        self.window = MainWindow(settings, ActiveModel(settings))
        self.window.show()
        self.files = self.window.photo_tools.files
        self.settle()

    def settle(self) -> None:
        window = self.window

        def still() -> bool:
            parts = (window.catalogue_access, window.tag_panel.photo_list, window.photo_tools.files.unfinished)
            return not any(part.busy for part in parts)

        self.qtbot.waitUntil(still, timeout=30_000)

    def opened(self, action: QAction) -> WorkDialog:
        action.trigger()
        self.settle()
        assert self.files.dialog is not None
        return self.files.dialog

    def run(self, dialog: WorkDialog, start: Callable[[], object] = lambda: None) -> None:
        """Wait until the work of a dialog is done and said."""
        with self.qtbot.waitSignal(dialog.worked, timeout=30_000):
            start()
        self.settle()

    @property
    def said(self) -> str:
        return self.files.notice.text.text()


@pytest.fixture
def shop(tmp_path: Path, own_home: Path) -> Path:
    """Two dresses and a coat that are in the catalogue; the file of a bag is not there."""
    folder = tmp_path / "shop"
    folder.mkdir()
    rows = []
    for number, (name, category) in enumerate((("1.jpg", "Dress"), ("2.png", "Dress"), ("3.jpg", "Coat"))):
        Image.new("RGB", (40, 50), (40 * number, 0, 90)).save(folder / name)
        rows.append(item(name, category, folder=str(folder)))
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        add(catalogue, *rows, item("gone.jpg", "Bag", folder=str(folder)))
    return folder


@pytest.fixture
def window(qtbot: QtBot, shop: Path) -> Iterator[Window]:
    made = Window(qtbot)
    yield made
    made.window.destroy_now()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keywords(photo: Path) -> list[str]:
    return XmpPacket(sidecar_of(photo).read_bytes()).list_of(DC, "subject")


def test_keywords_are_written_read_and_the_files_restored(window: Window, shop: Path, qtbot: QtBot) -> None:
    before = files(shop)
    dialog = window.opened(window.files.write)
    assert isinstance(dialog, KeywordDialog)
    dialog.boxes["colour"].setChecked(False)
    qtbot.waitUntil(lambda: not dialog.checking, timeout=30_000)
    assert dialog.summary.text() == "3 files will be written. 1 file cannot be written:"
    assert "gone.jpg.xmp: the file is not there." in dialog.problems.toPlainText()
    assert files(shop) == before  # so far
    window.run(dialog, dialog.action_button.click)
    assert window.said.startswith("3 files were written. 1 file cannot be written: gone.jpg.xmp")
    assert keywords(shop / "1.jpg") == ["Dress"]

    packet = XmpPacket(sidecar_of(shop / "3.jpg").read_bytes())  # as another program does
    packet.set_list(DC, "subject", ["Jeans", "Green"])
    sidecar_of(shop / "3.jpg").write_bytes(Metadata(packet.to_bytes()).xmp or b"")
    reading = window.opened(window.files.read)
    assert isinstance(reading, ReadDialog)
    qtbot.waitUntil(lambda: not reading.reading, timeout=30_000)
    shown = [[reading.table.item(row, column).text() for column in range(4)] for row in range(reading.table.rowCount())]
    assert shown == [["3.jpg", "Category", "Coat", "Jeans"], ["3.jpg", "Colour", "Navy blue", "Green"]]
    reading.action_button.click()
    window.settle()
    access = window.window.catalogue_access
    assert access.catalogue is not None and "1 photo taken over" in window.said
    tags = {tag.file: tag for tag in access.catalogue.tags(find(access.catalogue, Query())).values()}
    assert (tags["3.jpg"].category, tags["3.jpg"].source) == ("Jeans", "user")
    window.window.tag_panel.tag_actions.undo.trigger()  # one undo for both values
    window.settle()
    tags = {tag.file: tag for tag in access.catalogue.tags(find(access.catalogue, Query())).values()}
    assert (tags["3.jpg"].category, tags["3.jpg"].source) == ("Coat", "model")

    again = window.opened(window.files.write)
    assert isinstance(again, KeywordDialog)
    again.places[2].click()
    qtbot.waitUntil(lambda: not again.checking, timeout=30_000)
    window.run(again, again.action_button.click)
    left = files(shop)
    assert {name: left[name] for name in before} == before and set(left) - set(before) == {"3.jpg.xmp"}
    assert keywords(shop / "3.jpg") == ["Jeans", "Green"]  # another program's stay


def test_files_are_sorted_and_brought_back(window: Window, shop: Path, tmp_path: Path, qtbot: QtBot) -> None:
    before, into = files(shop), tmp_path / "sorted"
    dialog = window.opened(window.files.sort)
    assert isinstance(dialog, SortDialog)
    dialog.into.setText(str(into))
    dialog.pattern.setCurrentText("{kategorie}")
    qtbot.waitUntil(lambda: not dialog.planning, timeout=30_000)
    assert "which is not known of a photo" in dialog.summary.text() and not dialog.action_button.isEnabled()
    dialog.pattern.setCurrentText("{category}")
    dialog.move_button.setChecked(True)
    qtbot.waitUntil(lambda: not dialog.planning, timeout=30_000)
    assert dialog.summary.text() == (
        "3 photos will be moved into 3 new folders. 1 file stays (1: the file is not there)."
    )
    names = [dialog.examples.item(row, 1).text() for row in range(dialog.examples.rowCount())]
    assert names == [str(Path("Dress/1.jpg")), str(Path("Dress/2.png")), str(Path("Coat/3.jpg"))]
    assert not into.exists()
    window.run(dialog, dialog.action_button.click)
    assert set(files(into)) == {"Dress/1.jpg", "Dress/2.png", "Coat/3.jpg"} and files(shop) == {}
    assert window.said.startswith("3 photos moved.")
    window.files.notice.buttons[0].click()  # Undo
    undoing = window.files.dialog
    assert isinstance(undoing, RunDialog)
    window.run(undoing)
    assert files(shop) == before and not into.exists()


@pytest.mark.parametrize("goes_on", [True, False])
def test_an_interrupted_sorting_is_offered_at_the_start(
    goes_on: bool, shop: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    before, into = files(shop), tmp_path / "sorted"
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        plan = make_plan(catalogue, find(catalogue, Query()).tolist(), Layout(into, "{category}"), moves=True)
        control = WorkControl()
        for event in sorting.sort(catalogue, plan, True, control):
            if event.done == 1:
                control.stop()
    assert len(files(into)) == 1
    window = Window(qtbot)
    try:
        unfinished = window.files.unfinished
        assert unfinished.text.text().startswith("Sorting files was interrupted: 1 of 3 files moved.")
        unfinished.buttons[0 if goes_on else 1].click()
        assert window.files.dialog is not None
        window.run(window.files.dialog)
        assert len(files(into)) == (3 if goes_on else 0)
        assert goes_on or files(shop) == before
        assert not unfinished.has_message
    finally:
        window.window.destroy_now()


def test_actions_say_why_they_cannot_be_used(shop: Path, qtbot: QtBot) -> None:
    shutil.rmtree(shop)
    with Catalogue(paths.catalogue_file(), write=True):  # another program has it
        window = Window(qtbot)
        try:
            assert not window.files.write.isEnabled()
            assert window.files.sort.toolTip() == "The catalogue can only be read now."
        finally:
            window.window.destroy_now()


def test_the_selected_photos_are_the_ones_that_are_offered_first(window: Window, qtbot: QtBot) -> None:
    panel = window.window.tag_panel
    flags = QItemSelectionModel.SelectionFlag
    for row in (0, 1):
        panel.table.selectionModel().select(panel.model.index(row, 0), flags.Select | flags.Rows)
    menu = panel.row_menu.build()
    assert window.files.write in menu.actions()
    menu.deleteLater()
    dialog = window.opened(window.files.write)
    assert isinstance(dialog, KeywordDialog)
    assert [button.text() for button in dialog.scopes.buttons] == ["All 4 photos", "The 2 photos selected"]
    qtbot.waitUntil(lambda: not dialog.checking, timeout=30_000)
    assert dialog.summary.text() == "2 files will be written."
    dialog.reject()
