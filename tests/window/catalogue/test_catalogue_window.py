"""The catalogue in the real window: its dialog, backups, merging, damage, and what is said when it is read-only."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import backups, operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.catalogue.dialog import CatalogueDialog
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell.active_model import ActiveModel
from tests.catalogue.catalogue_rows import add, item
from tests.window.conftest import RecordedDialogs

SESSION = Path(__file__).parents[2] / "compatibility" / "v0.1" / "session.sqlite"
MakeWindow = Callable[[], MainWindow]


@pytest.fixture
def make_window(qtbot: QtBot, own_home: Path) -> Iterator[MakeWindow]:
    """A window whose catalogue is open, or could not be opened."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        settings = Settings()
        made.append(MainWindow(settings, ActiveModel(settings)))
        made[-1].show()
        qtbot.waitUntil(lambda: not made[-1].catalogue_access.busy, timeout=30_000)
        return made[-1]

    yield make
    for each in made:
        each.destroy_now()


@pytest.fixture
def stored(own_home: Path) -> list[int]:
    """Two photos in the catalogue, with a backup of the first one alone; Ada corrected that one."""
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        ids = add(catalogue, item("a.jpg"))
        operations.correct(catalogue, ids, {"category": "Coat"})
        backups.back_up(catalogue.file)
        return ids + add(catalogue, item("b.jpg", confidence=0.4))


def opened(window: MainWindow, qtbot: QtBot) -> CatalogueDialog:
    window.catalogue_action.action.trigger()
    dialog = window.catalogue_action.dialog
    assert dialog is not None
    settle(dialog, qtbot)
    return dialog


def settle(dialog: CatalogueDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)


def shown(widget: QWidget, window: QWidget) -> bool:
    return widget.isVisibleTo(window)


def photos_of(window: MainWindow) -> int:
    assert window.catalogue_access.catalogue is not None
    return window.catalogue_access.catalogue.statistics().photos


def test_the_dialog_says_what_there_is_and_restores_a_backup(
    make_window: MakeWindow, stored: list[int], dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    window = make_window()
    assert not shown(window.catalogue_action.notice, window)
    dialog = opened(window, qtbot)
    texts = {name: label.text() for name, label in dialog.facts.items()}
    assert texts["File"] == str(paths.catalogue_file())
    assert texts["Photos"] == "2 (1 need review)"
    assert (texts["Set by people"], texts["Imports"]) == ("1 corrected, 0 confirmed", "2")
    assert [dialog.table.item(0, column).text() for column in (1, 2)] == ["Backup", "1"]

    dialog.backup_button.click()
    settle(dialog, qtbot)
    assert "Saved as catalogue 20" in dialog.notice.text.text()
    dialog.check_button.click()
    settle(dialog, qtbot)
    assert dialog.notice.text.text() == "The file is in order."

    assert dialog.table.item(0, 2).text() == "2"  # the newest; of one day the last is kept
    window.catalogue_access.perform(partial(operations.forget, ids=stored[:1]))
    settle(dialog, qtbot)
    assert photos_of(window) == 1
    dialog.restore_button.click()
    settle(dialog, qtbot)
    assert "with 2 photos?" in dialogs.questions[0]
    assert photos_of(window) == 2 and dialog.notice.text.text() == "The backup is restored."
    assert "Was replaced" in [dialog.table.item(row, 1).text() for row in range(dialog.table.rowCount())]
    assert dialogs.errors == []


def test_a_cancelled_backup_leaves_nothing(make_window: MakeWindow, stored: list[int], qtbot: QtBot) -> None:
    window = make_window()
    dialog = opened(window, qtbot)
    before = sorted(paths.catalogue_file().parent.glob("backups/*"))
    dialog.backup_button.click()
    dialog.cancel_button.click()
    settle(dialog, qtbot)
    assert sorted(paths.catalogue_file().parent.glob("backups/*")) == before
    assert dialog.backup_button.isEnabled()


def test_while_somebody_else_has_the_catalogue_it_can_be_read(
    make_window: MakeWindow, stored: list[int], dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    with Catalogue(paths.catalogue_file(), write=True):
        window = make_window()
        notice = window.catalogue_action.notice
        assert shown(notice, window) and "has the catalogue open since" in notice.text.text()
        assert photos_of(window) == 2
        assert not window.tag_panel.tag_actions.add_files.isEnabled()
        dialog = opened(window, qtbot)
        assert not dialog.restore_button.isEnabled() and not dialog.merge_button.isEnabled()
        assert "Somebody else" in dialog.restore_button.toolTip()
        dialog.close()
        notice.buttons[0].click()
        qtbot.waitUntil(lambda: not window.catalogue_access.busy)
        assert shown(notice, window)  # still open there
    notice.buttons[0].click()
    qtbot.waitUntil(lambda: window.catalogue_access.writable)
    assert not shown(notice, window)
    qtbot.waitUntil(window.tag_panel.tag_actions.add_files.isEnabled)
    assert dialogs.errors == []


@pytest.mark.parametrize("choice", ["restore", "empty", "without"])
def test_a_damaged_catalogue_is_restored_or_put_aside_or_left(
    make_window: MakeWindow, stored: list[int], dialogs: RecordedDialogs, qtbot: QtBot, choice: str
) -> None:
    file = paths.catalogue_file()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    damaged = file.read_bytes()
    window = make_window()
    dialog = window.catalogue_action.damaged_dialog
    assert dialog is not None and dialog.isVisible()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    assert dialog.table.item(0, 2).text() == "1"
    getattr(dialog, f"{choice}_button").click()
    qtbot.waitUntil(lambda: not window.catalogue_access.busy and window.catalogue_access.catalogue is not None)
    assert photos_of(window) == (1 if choice == "restore" else 0)
    assert window.catalogue_access.temporary == (choice == "without")
    kept = [each for each in file.parent.glob("backups/*replaced*") if not each.name.endswith(("-wal", "-shm"))]
    assert [each.read_bytes() for each in kept] == ([] if choice == "without" else [damaged])
    assert (file.read_bytes() == damaged) == (choice == "without")
    notice = window.catalogue_action.notice
    assert shown(notice, window) == (choice == "without")
    assert dialogs.errors == []


def test_a_newer_catalogue_is_left_alone_and_the_window_works(
    make_window: MakeWindow, stored: list[int], qtbot: QtBot
) -> None:
    with paths.catalogue_file().open("r+b") as changed:
        changed.seek(60)
        changed.write((99).to_bytes(4, "big"))
    before = paths.catalogue_file().read_bytes()
    window = make_window()
    text = window.catalogue_action.notice.text.text()
    assert "newer version" in text and "this list is not kept" in text
    assert window.tag_panel.tag_actions.add_files.isEnabled()
    assert paths.catalogue_file().read_bytes() == before


def test_the_list_of_an_earlier_version_is_taken_over_and_said(make_window: MakeWindow, qtbot: QtBot) -> None:
    shutil.copy(SESSION, paths.session_file())
    window = make_window()
    assert "photos of your list are in the catalogue now" in window.catalogue_action.notice.text.text()


def test_conflicts_of_a_merge_are_decided_in_a_table_and_undone_together(
    make_window: MakeWindow, stored: list[int], tmp_path: Path, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    other = tmp_path / "bea.sqlite"
    shutil.copy(paths.catalogue_file(), other)
    with Catalogue(other, write=True, who="Bea") as theirs:
        operations.correct(theirs, [stored[0]], {"category": "Skirt", "colour": "Teal"})
        operations.correct(theirs, [stored[1]], {"category": "Bag"})
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as ours:
        operations.correct(ours, [stored[0]], {"category": "Hat", "colour": "Red"})
    window = make_window()
    dialog = opened(window, qtbot)
    dialog.merge(other)
    settle(dialog, qtbot)
    merging = dialog.merge_dialog
    assert merging is not None
    assert "1 value comes in, of 1 photo." in merging.text.text()
    table = merging.table
    what = [table.item(row, 1).text() for row in range(table.rowCount())]
    assert sorted(what) == ["Category", "Colour"]
    row = what.index("Category")
    assert table.item(row, 2).text().startswith("Hat (Ada, ") and table.item(row, 3).text().startswith("Skirt (Bea, ")
    table.item(row, 3).setCheckState(Qt.CheckState.Checked)
    assert table.item(row, 2).checkState() == Qt.CheckState.Unchecked
    merging.merge_button.click()
    settle(dialog, qtbot)
    catalogue = window.catalogue_access.catalogue
    assert catalogue is not None
    first, second = catalogue.tags(stored).values()
    assert (first.category, first.attributes.values()[0], second.category) == ("Skirt", "Red", "Bag")
    assert "2 photos changed" in dialog.notice.text.text()
    dialog.close()
    window.catalogue_access.perform(operations.undo)
    qtbot.waitUntil(lambda: not window.catalogue_access.busy)
    assert [tag.category for tag in catalogue.tags(stored).values()] == ["Hat", "Dress"]


def test_a_file_that_is_no_catalogue_is_not_merged(
    make_window: MakeWindow, stored: list[int], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "diary.sqlite").write_text("Dear diary " * 20)
    dialog = opened(make_window(), qtbot)
    dialog.merge(tmp_path / "diary.sqlite")
    settle(dialog, qtbot)
    assert "is damaged and was not changed" in dialog.notice.text.text()
    assert dialog.merge_dialog is None
