"""The window goes on while another thread writes; what the user did is written afterwards, in order."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.imports.unfinished_imports import unfinished_imports
from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.tagging.tag import ReviewRule, Tag
from fashionlens_gui.window.tag import corrections
from tests.window.conftest import RecordedDialogs
from tests.window.tag.conftest import Stage, click_row, close
from trainer.errors import SaveError

Photos = Callable[..., Path]
Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = ("a.png", "b.png", "c.png")


@contextlib.contextmanager
def busy_catalogue(stage: Stage) -> Iterator[threading.Event]:
    """Another thread writes to the catalogue, as tagging does; yields what ends it."""
    database = stage.catalogue().database
    held, release = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def hold() -> None:
        with database.transaction(durable=False):
            held.set()
            in_time.append(release.wait(5))

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(5)
    try:
        yield release
    finally:
        release.set()
        thread.join()
    assert in_time == [True]  # the window did not wait for it


def choice(tag: Tag, rank: int) -> str:
    assert tag.ranking is not None
    return tag.ranking.labels[rank - 1]


def press(stage: Stage, *keys: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        target = QApplication.activePopupWidget() or stage.panel.window()
        QTest.keyClick(target.focusWidget() or target, key, modifier)


@pytest.fixture
def tagged(stage: Stage, photos: Photos) -> Stage:
    stage.drop(photos(*NAMES))
    stage.wait_until_done(rows=3)
    stage.wait_until_written()
    return stage


def shown(stage: Stage, ids: list[int]) -> list[tuple[str, str]]:
    return [(tag.category, tag.source) for tag in stage.panel.model.tags(ids)]


def test_keys_in_quick_succession_are_shown_at_once_and_written_in_order(tagged: Stage) -> None:
    before, ids = tagged.tags(), tagged.ids()
    click_row(tagged, 0)
    with busy_catalogue(tagged):
        press(tagged, Key.Key_Space, Key.Key_2, Key.Key_3)
        assert tagged.panel.viewer.position.text() == "3 of 3"
        press(tagged, Key.Key_Home, Key.Key_3)  # the first photo again
        expected = [(choice(before[0], 3), "user"), (choice(before[1], 3), "user"), (before[2].category, "model")]
        assert shown(tagged, ids) == expected
        assert all(tag.source == "model" for tag in tagged.catalogue().tags(ids).values())
    assert [(tag.category, tag.source) for tag in tagged.tags()] == expected
    assert tagged.panel.filters.user_chips[True].count == 2
    history = tagged.catalogue().history(ids[0])
    assert [entry.after for entry in history] == [choice(before[0], 2), choice(before[0], 3)]
    assert history[1].before == choice(before[0], 2)
    assert tagged.panel.viewer.position.text() == "2 of 3"  # what was written moves no photo


def test_undo_and_redo_pressed_before_the_correction_is_written(tagged: Stage) -> None:
    before, ids = tagged.tags(), tagged.ids()
    click_row(tagged, 0)
    actions = tagged.panel.tag_actions
    with busy_catalogue(tagged):
        press(tagged, Key.Key_2)
        tagged.panel._update_actions()
        assert actions.undo.isEnabled()
        actions.undo.trigger()
        tagged.panel._update_actions()
        assert actions.redo.isEnabled()
        actions.redo.trigger()
        actions.undo.trigger()
    assert tagged.tags() == before == tagged.panel.model.tags(ids)
    assert [entry.undone for entry in tagged.catalogue().history(ids[0])] == [True]
    assert actions.redo.isEnabled()
    assert actions.undo.text() == "Undo import of 3 photos"


def test_a_correction_after_an_undo_that_waits_stays(tagged: Stage) -> None:
    before, ids = tagged.tags(), tagged.ids()
    click_row(tagged, 0)
    press(tagged, Key.Key_2)
    tagged.settle()
    with busy_catalogue(tagged):
        tagged.panel.corrections.undo()
        tagged.panel.corrections.set_category(ids[:1], "Bag")
        assert shown(tagged, ids)[0] == ("Bag", "user")
    assert tagged.tags()[0].category == "Bag"
    assert tagged.catalogue().history(ids[0])[-1].before == before[0].category


def test_an_attribute_and_a_category_of_one_photo_wait_together(tagged: Stage) -> None:
    photo = tagged.ids()[1]
    with busy_catalogue(tagged):
        tagged.panel.corrections.set_attribute([photo], "season", "Winter")
        tagged.panel.corrections.set_category([photo], "Bag")
        tag = tagged.panel.model.tag(photo)
        assert (tag.category, tag.attributes.values()[-2]) == ("Bag", "Winter")
    written = tagged.tags()[1]
    assert (written.category, written.attributes.values()) == (tag.category, tag.attributes.values())
    tagged.panel.corrections.undo()
    assert (tagged.tags()[1].category == "Bag", tagged.tags()[1].attributes.values()[-2]) == (False, "Winter")


def test_changes_of_many_photos_wait_their_turn(tagged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "_MOST_SHOWN_AT_ONCE", 2)
    ids = tagged.ids()
    with busy_catalogue(tagged):
        tagged.panel.corrections.set_category(ids[1:2], "Coat")
        tagged.panel.corrections.set_category(ids, "Bag")
        tagged.panel.corrections.set_category(ids[2:], "Dress")
        tagged.panel.corrections.apply_rule(ReviewRule(below=0.9))
        tagged.panel.corrections.apply_rule(ReviewRule(below=0.5))
    assert [tag.category for tag in tagged.tags()] == ["Bag", "Bag", "Dress"]
    with tagged.catalogue().database.read() as database:
        assert review_rule(database).below == 0.5
    for expected in (["Bag", "Bag", "Bag"], "Coat"):
        tagged.panel.corrections.undo()
        now = [tag.category for tag in tagged.tags()]
        assert (now if isinstance(expected, list) else now[1]) == expected


def test_what_cannot_be_written_is_taken_back_and_the_rest_stays(
    tagged: Stage, dialogs: RecordedDialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ids, correct = tagged.tags(), tagged.ids(), operations.correct_each
    errors: list[str] = []
    tagged.access.failed.connect(lambda error: errors.append(error.code))

    def full_for_coats(catalogue: Catalogue, attribute: str, ids_of: dict[str, list[int]]) -> Changes:
        if "Coat" in ids_of:
            raise SaveError("disk_full")
        return correct(catalogue, attribute, ids_of)

    monkeypatch.setattr(operations, "correct_each", full_for_coats)
    with busy_catalogue(tagged):
        for photo, category in zip(ids, ("Bag", "Coat", "Dress"), strict=True):
            tagged.panel.corrections.set_category([photo], category)
        assert [category for category, _ in shown(tagged, ids)] == ["Bag", "Coat", "Dress"]
    assert [tag.category for tag in tagged.tags()] == ["Bag", before[1].category, "Dress"]
    assert shown(tagged, ids)[1] == (before[1].category, "model")
    assert errors == ["disk_full"]
    figures = tagged.panel.photo_list.state.figures
    assert figures.corrected + figures.confirmed == 2


def test_closing_writes_what_waits(tagged: Stage) -> None:
    ids = tagged.ids()
    with busy_catalogue(tagged) as release:
        for photo, category in zip(ids, ("Bag", "Coat", "Dress"), strict=True):
            tagged.panel.corrections.set_category([photo], category)
        release.set()
        close(tagged)
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        assert [(tag.category, tag.source) for tag in catalogue.tags(ids).values()] == [
            (category, "user") for category in ("Bag", "Coat", "Dress")
        ]
        operations.undo(catalogue)
        assert [tag.source for tag in catalogue.tags(ids).values()] == ["user", "user", "model"]


def test_files_are_added_and_cancelled(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    with busy_catalogue(stage):
        stage.drop(photos("1.png", folder="first"))
        stage.drop(photos("2.png", folder="second"))
        assert stage.panel.queue.busy
        QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
        assert not stage.panel.queue.busy
        stage.drop(photos("3.png", folder="third"))
    stage.active_model.begin()
    stage.wait_until_done(rows=1)
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    with busy_catalogue(stage):
        QTest.mouseClick(stage.panel.unfinished_notice.buttons[1], Qt.MouseButton.LeftButton)
        assert not stage.panel.unfinished_notice.isVisible()
    stage.settle()
    assert unfinished_imports(stage.catalogue()) == []


def test_files_that_are_added_while_the_list_is_cleared_are_the_new_list(tagged: Stage, photos: Photos) -> None:
    ids = tagged.ids()
    with busy_catalogue(tagged):
        tagged.panel.corrections.set_category(ids[:1], "Bag")
        tagged.panel.tag_actions.clear.trigger()
        tagged.drop(photos("new.png", folder="new"))
    tagged.wait_until_done()
    assert tagged.shown() == ["new.png"] == [tag.file for tag in tagged.tags()]
    assert tagged.catalogue().tags(ids)[ids[0]].category == "Bag"  # remembered
    assert unfinished_imports(tagged.catalogue()) == []
    assert not tagged.panel.unfinished_notice.has_message
