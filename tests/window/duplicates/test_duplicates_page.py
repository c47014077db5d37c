"""Duplicates in the real window: searched, settled with the keyboard, moved to the trash, kept and undone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.duplicates.page import DuplicatesPage
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.catalogue.catalogue_rows import add, item
from tests.window.conftest import RecordedDialogs
from trainer.errors import PhotoError

Open = Callable[[], MainWindow]


def draw(file: Path, seed: int, side: int) -> None:
    """A picture of large blocks, which is the same at each size."""
    blocks_HWC = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(blocks_HWC).resize((side, side), Image.Resampling.BICUBIC).save(file, quality=92)


@pytest.fixture
def photo_ids(own_home: object, tmp_path: Path) -> list[int]:
    """``large`` and ``small`` show the same; ``a`` and ``b`` are the same file; ``other`` is alone."""
    for name, seed, side in (("large", 1, 320), ("small", 1, 160), ("a", 2, 200), ("other", 3, 200)):
        draw(tmp_path / f"{name}.jpg", seed, side)
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        names = ("small", "large", "a", "b", "other")
        return add(catalogue, *(item(f"{name}.jpg", folder=str(tmp_path)) for name in names))


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the trash of the system."""
    folder = tmp_path / "trash"
    folder.mkdir()

    def move(photo: Path) -> None:
        if photo.name == "b.jpg":
            raise PhotoError("photo_not_trashed", name=photo.name, folder=str(photo.parent))
        photo.rename(folder / photo.name)

    monkeypatch.setattr("fashionlens_gui.catalogue.files.trash.move_to_trash", move)
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, own_home: object) -> Iterator[Open]:
    made: list[MainWindow] = []

    def make() -> MainWindow:
        settings = Settings()
        window = MainWindow(settings, ActiveModel(settings))
        made.append(window)
        window.show()
        qtbot.waitUntil(lambda: not window.catalogue_access.busy, timeout=30_000)
        return window

    yield make
    for each in made:
        each.destroy_now()


def searched(window: MainWindow, qtbot: QtBot) -> DuplicatesPage:
    window.photo_tools.duplicates.show_page.trigger()
    page = window.photo_tools.duplicates.page
    assert page is not None
    page.search_button.click()
    qtbot.waitUntil(lambda: not page.busy and page.found is not None, timeout=60_000)
    return page


def rows(page: DuplicatesPage) -> list[list[str]]:
    return [[photo.file.path.name for photo in group.photos] for group in page.groups.groups]


def listed(window: MainWindow) -> list[int]:
    assert window.catalogue_access.catalogue is not None
    found: list[int] = find(window.catalogue_access.catalogue, Query()).tolist()
    return found


def test_groups_are_settled_by_keyboard_and_the_others_go_to_the_trash(
    open_window: Open, photo_ids: list[int], trash: Path, tmp_path: Path, qtbot: QtBot, dialogs: RecordedDialogs
) -> None:
    window = open_window()
    page = searched(window, qtbot)
    assert rows(page) == [["small.jpg", "large.jpg"], ["a.jpg", "b.jpg"]]
    assert "it has most pixels" in page.groups.headline(0)[1]
    assert "it came into the catalogue first" in page.groups.headline(1)[1]
    assert not page.trash_button.isEnabled()

    QTest.keyClick(page.list, Qt.Key.Key_Right)
    QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert page.groups.kept(0) == {photo_ids[1]} and "One photo of each group stays" in page.notice.text.text()
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert page.trash_button.text() == "Move 2 photos to the trash…"
    dialogs.agree = False
    page.trash_button.click()
    assert dialogs.questions and listed(window) == photo_ids and (tmp_path / "small.jpg").exists()

    dialogs.agree = True
    page.trash_button.click()
    qtbot.waitUntil(lambda: not page.busy and len(page.groups.groups) == 1, timeout=30_000)
    assert os.listdir(trash) == ["small.jpg"] and rows(page) == [["a.jpg", "b.jpg"]]
    assert "b.jpg could not be moved to the trash" in page.notice.text.text()
    assert listed(window) == photo_ids[1:]

    window.tag_panel.tag_actions.undo.trigger()
    qtbot.waitUntil(lambda: not page.busy and len(page.groups.groups) == 2, timeout=30_000)
    assert listed(window) == photo_ids


def test_what_is_kept_as_not_duplicate_is_not_suggested_again_until_it_is_undone(
    open_window: Open, photo_ids: list[int], qtbot: QtBot
) -> None:
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        operations.confirm(catalogue, photo_ids[:1])
    window = open_window()
    page = searched(window, qtbot)
    assert page.groups.kept(0) == {photo_ids[0]} and "a person set its tags" in page.groups.headline(0)[1]
    QTest.keyClick(page.list, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: not page.busy and rows(page) == [["a.jpg", "b.jpg"]], timeout=30_000)
    QTest.keyClick(page.list, Qt.Key.Key_Right)
    QTest.keyClick(page.list, Qt.Key.Key_Space)  # both are kept
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.busy and not page.groups.groups, timeout=30_000)
    assert page.empty.headline.text() == "No duplicates to settle any more"
    page.search_button.click()
    qtbot.waitUntil(lambda: not page.busy, timeout=60_000)
    assert not page.groups.groups
    assert "keeping all of 2 photos" in window.tag_panel.tag_actions.undo.text()
    window.tag_panel.tag_actions.undo.trigger()
    qtbot.waitUntil(lambda: not page.busy and rows(page) == [["a.jpg", "b.jpg"]], timeout=30_000)


def test_a_file_that_changed_since_stays(
    open_window: Open, photo_ids: list[int], trash: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    page = searched(open_window(), qtbot)
    page.list.go_to(0)
    page.settle()
    draw(tmp_path / "small.jpg", 9, 300)
    page.move_to_trash()
    qtbot.waitUntil(lambda: not page.busy and page.notice.has_message, timeout=30_000)
    assert "small.jpg has changed since it was compared" in page.notice.text.text()
    assert os.listdir(trash) == [] and (tmp_path / "small.jpg").exists()


def test_a_catalogue_that_cannot_be_written_says_why_nothing_can_be_settled(
    open_window: Open, photo_ids: list[int], qtbot: QtBot
) -> None:
    with Catalogue(paths.catalogue_file(), write=True):
        page = searched(open_window(), qtbot)
        QTest.keyClick(page.list, Qt.Key.Key_Return)
        assert not page.groups.settled(0) and not page.keep_button.isEnabled()
        assert page.keep_button.toolTip() != "" and "open" in page.keep_button.toolTip()
