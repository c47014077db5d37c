"""The window goes on while another thread holds the session; what the user did is written afterwards, in order."""

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
from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.tag import ReviewRule, Tag
from fashionlens_gui.window.tag import corrections
from tests.window.tag.conftest import Stage, click_row, close
from trainer.errors import SaveError

Photos = Callable[..., Path]
Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = ("a.png", "b.png", "c.png")


@contextlib.contextmanager
def busy_session(stage: Stage) -> Iterator[threading.Event]:
    """Another thread holds the session's lock, as a worker does that writes; yields what releases it."""
    session = stage.panel.session_loader.session
    assert session is not None
    held, release = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def hold() -> None:
        with session._lock:
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
    assert in_time == [True]  # the window did not wait for the lock


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


def shown(stage: Stage) -> list[tuple[str, str]]:
    return [(tag.category, tag.source) for tag in stage.panel.model.tags()]


def test_keys_in_quick_succession_are_shown_at_once_and_written_in_order(tagged: Stage) -> None:
    before = tagged.tags()
    click_row(tagged, 0)
    with busy_session(tagged):
        press(tagged, Key.Key_Space, Key.Key_2, Key.Key_3)
        assert tagged.panel.viewer.position.text() == "3 of 3"
        press(tagged, Key.Key_Home, Key.Key_3)  # the first photo again
        expected = [(choice(before[0], 3), "user"), (choice(before[1], 3), "user"), (before[2].category, "model")]
        assert shown(tagged) == expected
        assert tagged.panel.filters.user_chips[True].count == 2
        assert all(tag.source == "model" for tag in map(tagged.session().rows.written, range(3)))
    assert [(tag.category, tag.source) for tag in tagged.tags()] == expected
    history = tagged.session().history(0)
    assert [entry.after for entry in history] == [choice(before[0], 2), choice(before[0], 3)]
    assert history[1].before == choice(before[0], 2)
    assert tagged.panel.viewer.position.text() == "2 of 3"  # what was written moves no photo


def test_undo_and_redo_pressed_before_the_correction_is_written(tagged: Stage) -> None:
    before = tagged.tags()
    click_row(tagged, 0)
    actions = tagged.panel.tag_actions
    with busy_session(tagged):
        press(tagged, Key.Key_2)
        tagged.panel._update_actions()
        assert actions.undo.isEnabled()
        actions.undo.trigger()
        tagged.panel._update_actions()
        assert actions.redo.isEnabled()
        actions.redo.trigger()
        actions.undo.trigger()
    assert tagged.tags() == before == tagged.panel.model.tags()
    assert [entry.undone for entry in tagged.session().history(0)] == [True]
    assert (actions.undo.isEnabled(), actions.redo.isEnabled()) == (False, True)


def test_a_correction_after_an_undo_that_waits_stays(tagged: Stage) -> None:
    before = tagged.tags()
    click_row(tagged, 0)
    press(tagged, Key.Key_2)
    tagged.wait_until_written()
    with busy_session(tagged):
        tagged.panel.corrections.undo()
        tagged.panel.corrections.set_category([0], "Bag")
        assert shown(tagged)[0] == ("Bag", "user")
    assert tagged.tags()[0].category == "Bag"
    assert tagged.session().history(0)[-1].before == before[0].category


def test_an_attribute_and_a_category_of_one_photo_wait_together(tagged: Stage) -> None:
    with busy_session(tagged):
        tagged.panel.corrections.set_attribute([1], "season", "Winter")
        tagged.panel.corrections.set_category([1], "Bag")
        tag = tagged.panel.model.tag(1)
        assert (tag.category, tag.attributes.values()[-2]) == ("Bag", "Winter")
    written = tagged.tags()[1]
    assert (written.category, written.attributes.values()) == (tag.category, tag.attributes.values())
    tagged.panel.corrections.undo()
    assert (tagged.tags()[1].category, tagged.tags()[1].attributes.values()[-2]) != ("Bag", "Winter")
    assert tagged.tags()[1].attributes.values()[-2] == "Winter"


def test_changes_of_many_rows_wait_their_turn(tagged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "_MOST_PENDING_ROWS", 2)
    with busy_session(tagged):
        tagged.panel.corrections.set_category([1], "Coat")
        tagged.panel.corrections.set_category(range(3), "Bag")
        tagged.panel.corrections.set_category([2], "Dress")
        tagged.panel.corrections.apply_rule(ReviewRule(below=0.9))
        tagged.panel.corrections.apply_rule(ReviewRule(below=0.5))
    assert [tag.category for tag in tagged.tags()] == ["Bag", "Bag", "Dress"]
    assert tagged.session().review_rule.below == 0.5
    for expected in (["Bag", "Bag", "Bag"], "Coat"):
        tagged.panel.corrections.undo()
        now = [tag.category for tag in tagged.tags()]
        assert (now if isinstance(expected, list) else now[1]) == expected


def test_what_cannot_be_written_is_taken_back_and_the_rest_stays(
    tagged: Stage, no_dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, correct = tagged.tags(), Session.correct

    def full_for_coats(self: Session, rows: list[int], category: str) -> list[int]:
        if category == "Coat":
            raise SaveError("disk_full")
        return correct(self, rows, category)

    monkeypatch.setattr(Session, "correct", full_for_coats)
    with busy_session(tagged):
        for row, category in enumerate(("Bag", "Coat", "Dress")):
            tagged.panel.corrections.set_category([row], category)
        assert [category for category, _ in shown(tagged)] == ["Bag", "Coat", "Dress"]
    assert [tag.category for tag in tagged.tags()] == ["Bag", before[1].category, "Dress"]
    assert no_dialogs == ["disk_full"]
    assert tagged.panel.model.columns.corrected(True) + tagged.panel.model.columns.corrected(False) == 2


def test_closing_writes_what_waits(tagged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = tagged.panel.session_writer
    with busy_session(tagged) as release:
        for row, category in enumerate(("Bag", "Coat", "Dress")):
            tagged.panel.corrections.set_category([row], category)
        wait = writer.wait

        def release_and_wait(milliseconds: int = 0) -> bool:
            release.set()
            return wait(milliseconds)

        monkeypatch.setattr(writer, "wait", release_and_wait)
        close(tagged)
    session = Session(paths.session_file())
    assert [(tag.category, tag.source) for tag in session.rows] == [
        (category, "user") for category in ("Bag", "Coat", "Dress")
    ]
    session.undo()
    assert [tag.source for tag in session.rows] == ["user", "user", "model"]
    session.close()


def test_files_are_added_and_cancelled(make_stage: Callable[..., Stage], photos: Photos) -> None:
    stage = make_stage(model=False)
    stage.wait_until_open()
    with busy_session(stage):
        stage.drop(photos("1.png", folder="first"))
        stage.drop(photos("2.png", folder="second"))
        assert stage.panel.queue.busy
        QTest.mouseClick(stage.panel.progress.cancel_button, Qt.MouseButton.LeftButton)
        assert not stage.panel.queue.busy
        stage.drop(photos("3.png", folder="third"))
    stage.active_model.begin()
    stage.wait_until_done(rows=1)
    stage.qtbot.waitUntil(stage.panel.unfinished_notice.isVisible, timeout=10_000)
    with busy_session(stage):
        QTest.mouseClick(stage.panel.unfinished_notice.buttons[1], Qt.MouseButton.LeftButton)
        assert not stage.panel.unfinished_notice.isVisible()
    stage.wait_until_written()
    assert stage.session().unfinished_imports() == []


def test_files_that_are_added_while_the_list_is_cleared_are_the_new_list(
    tagged: Stage, photos: Photos, no_dialogs: list[str]
) -> None:
    with busy_session(tagged):
        tagged.panel.corrections.set_category([0], "Bag")
        tagged.drop(photos("old.png", folder="old"))
        tagged.panel.tag_actions.clear.trigger()
        assert tagged.panel.model.rowCount() == 0
        tagged.drop(photos("new.png", folder="new"))
    tagged.wait_until_done()
    assert tagged.shown() == ["new.png"] == [tag.file for tag in tagged.tags()]
    assert not tagged.panel.corrections.can_undo
    assert tagged.session().unfinished_imports() == []
    assert not tagged.panel.unfinished_notice.has_message
