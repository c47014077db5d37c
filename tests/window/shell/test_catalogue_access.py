"""The window's access to the catalogue: it is opened, changed and closed, also where it cannot be written or read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import backups, operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from tests.catalogue.catalogue_rows import add, item
from trainer.errors import FashionLensError

SESSION = Path(__file__).parents[2] / "compatibility" / "v0.1" / "session.sqlite"


class Heard:
    """What the signals of an access said, in order."""

    def __init__(self, access: CatalogueAccess) -> None:
        self.catalogues: list[Catalogue] = []
        self.changes: list[Changes] = []
        self.errors: list[str] = []
        access.opened.connect(self.catalogues.append)
        access.changed.connect(self.changes.append)
        access.failed.connect(lambda error: self.errors.append(error.code))


@pytest.fixture
def access(own_home: Path) -> Iterator[CatalogueAccess]:
    made = CatalogueAccess()
    yield made
    made.shutdown()


@pytest.fixture
def heard(access: CatalogueAccess) -> Heard:
    return Heard(access)


@pytest.fixture
def settle(access: CatalogueAccess, qtbot: QtBot) -> Callable[[], None]:
    """Wait until all that was asked is done."""
    return lambda: qtbot.waitUntil(lambda: not access.busy)


def open_now(access: CatalogueAccess, settle: Callable[[], None]) -> Catalogue:
    access.open()
    settle()
    assert access.catalogue is not None
    return access.catalogue


def damage(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)


def test_a_change_is_told_once_and_is_stored(access: CatalogueAccess, heard: Heard, settle: Callable[[], None]) -> None:
    first, second = add(open_now(access, settle), item("a.jpg"), item("b.jpg"))
    results: list[Changes] = []
    access.perform(partial(operations.correct, ids=[first, second], values={"category": "Coat"}), results.append)
    access.perform(partial(operations.correct, ids=[first], values={"category": "Coat"}), results.append)  # as before
    settle()
    assert [list(each.ids) for each in heard.changes] == [[first, second]]
    assert [bool(each) for each in results] == [True, False]
    assert access.undo_operation is not None and access.undo_operation.value == "Coat"
    access.perform(operations.undo)
    settle()
    assert access.redo_operation is not None and access.redo_operation.value == "Coat"
    access.perform(operations.redo)
    access.shutdown()  # does not wait for the window's events
    with Catalogue(paths.catalogue_file()) as stored:
        assert [tag.category for tag in stored.tags([first, second]).values()] == ["Coat", "Coat"]


def test_changes_of_other_workers_are_told(access: CatalogueAccess, heard: Heard, settle: Callable[[], None]) -> None:
    ids = add(open_now(access, settle), item("a.jpg"))
    access.announce(Changes.of(Kind.PHOTOS, ids))
    settle()
    assert [list(each.ids) for each in heard.changes] == [ids]
    assert access.undo_operation is not None and access.undo_operation.kind == "import"


def test_an_error_is_told_and_nothing_is_changed(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None]
) -> None:
    def fail(_catalogue: Catalogue) -> Changes:
        raise FashionLensError("disk_full")

    errors: list[FashionLensError] = []
    access.perform(fail, on_error=errors.append)  # nothing is open yet
    open_now(access, settle)
    access.perform(fail, on_error=errors.append)
    settle()
    assert heard.errors == ["catalogue_not_open", "disk_full"] == [error.code for error in errors]
    assert heard.changes == []


def test_the_list_of_an_earlier_version_is_taken_over_once(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path
) -> None:
    shutil.copy(SESSION, paths.session_file())
    catalogue = open_now(access, settle)
    assert access.taken_over is not None and access.taken_over.photos == catalogue.statistics().photos > 0
    access.shutdown()
    again = CatalogueAccess()
    try:
        open_now(again, lambda: again._slot.wait())
        assert again.taken_over is None
    finally:
        again.shutdown()
    assert heard.errors == []


def test_an_unreadable_list_of_an_earlier_version_is_told_and_kept(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path
) -> None:
    paths.session_file().write_bytes(b"no database")
    open_now(access, settle)
    assert access.writable and access.taken_over is None
    assert heard.errors == ["earlier_file_damaged"]
    assert paths.session_file().read_bytes() == b"no database"


def test_the_second_window_can_read_and_later_write(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path
) -> None:
    with Catalogue(paths.catalogue_file(), write=True) as other:
        ids = add(other, item("a.jpg"))
        found = open_now(access, settle)
        assert access.read_only and not access.writable
        assert access.writer is not None and access.writer.user and access.writer.computer and access.writer.since
        assert list(found.tags(ids)) == ids
        access.perform(partial(operations.forget, ids=ids))
        access.open()
        settle()
        assert heard.errors == ["catalogue_in_use", "catalogue_read_only", "catalogue_in_use"]
        assert heard.catalogues == [found] and access.catalogue is found
    access.open()
    settle()
    assert access.writable and access.problem is None and access.writer is None
    access.perform(partial(operations.forget, ids=ids))
    settle()
    assert len(heard.changes) == 1


def test_a_damaged_catalogue_waits_for_a_backup(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path
) -> None:
    with Catalogue(paths.catalogue_file(), write=True) as made:
        ids = add(made, item("a.jpg"))
        backup = backups.back_up(made.file)
    damage(paths.catalogue_file())
    damaged = paths.catalogue_file().read_bytes()
    access.open()
    settle()
    assert access.catalogue is None and heard.errors == ["catalogue_damaged"]
    assert paths.catalogue_file().read_bytes() == damaged
    access.restore(backup)
    settle()
    assert access.writable and access.catalogue is not None
    assert list(access.catalogue.tags(ids)) == ids
    assert [each.read_bytes() for each in own_home.glob("backups/* replaced *")] == [damaged]


def test_a_damaged_catalogue_is_put_aside_for_an_empty_one(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path
) -> None:
    paths.catalogue_file().write_bytes(b"no database")
    access.open()
    settle()
    assert heard.errors == ["catalogue_damaged"]
    access.start_empty()
    settle()
    assert access.writable and access.catalogue is not None and access.catalogue.statistics().photos == 0
    assert [each.read_bytes() for each in own_home.glob("backups/*")] == [b"no database"]


@pytest.mark.parametrize("code", ["catalogue_too_new", "catalogue_foreign"])
def test_without_a_usable_catalogue_the_window_works_with_one_that_is_not_kept(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], own_home: Path, code: str
) -> None:
    Catalogue(paths.catalogue_file(), write=True).close()
    with paths.catalogue_file().open("r+b") as opened:
        opened.seek(60 if code == "catalogue_too_new" else 68)
        opened.write((99).to_bytes(4, "big"))
    before = paths.catalogue_file().read_bytes()
    catalogue = open_now(access, settle)
    assert access.temporary and access.problem is not None and access.problem.code == code
    assert heard.errors == [code]
    add(catalogue, item("a.jpg"))
    access.shutdown()
    assert paths.catalogue_file().read_bytes() == before
    assert not catalogue.file.parent.exists()


def test_where_no_catalogue_can_be_made_the_window_works_with_one_that_is_not_kept(
    access: CatalogueAccess, heard: Heard, settle: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("where the folder should be")
    monkeypatch.setenv("FASHIONLENS_HOME", str(tmp_path / "a file"))
    catalogue = open_now(access, settle)
    assert access.temporary and heard.errors == ["catalogue_not_saved"]
    ids = add(catalogue, item("a.jpg"))
    access.perform(partial(operations.correct, ids=ids, values={"category": "Coat"}))
    settle()
    assert len(heard.changes) == 1


def test_closing_while_it_is_opened_leaves_nothing_open(own_home: Path) -> None:
    access = CatalogueAccess()
    access.open()
    access.shutdown()
    Catalogue(paths.catalogue_file(), write=True).close()
    access.open()
    access.perform(operations.undo)
    assert access.catalogue is None and not access.busy
