"""The crash handler: uncaught exceptions, Qt messages and their dialogs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt, QTimer, qWarning
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.shell import message_box
from fashionlens_gui.window.shell.crash import CrashReporter
from fashionlens_gui.window.shell.message_box import ask, error  # the originals, before the fixture replaces them
from tests.window.conftest import RecordedDialogs
from trainer.errors import DataError


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[CrashReporter]:
    made = CrashReporter()
    yield made
    made.remove()


def test_an_error_in_a_slot_is_logged_and_shown(
    reporter: CrashReporter, dialogs: RecordedDialogs, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    qtbot.waitUntil(lambda: len(dialogs.errors) == 1)
    assert "ZeroDivisionError" in dialogs.errors[0]
    assert "ZeroDivisionError" in caplog.text


def test_an_error_in_a_thread_is_shown_in_the_windows_thread(
    reporter: CrashReporter, dialogs: RecordedDialogs, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise OSError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert dialogs.errors == [], "not from the other thread"
    qtbot.waitUntil(lambda: len(dialogs.errors) == 1)


def test_errors_that_repeat_open_one_dialog(
    reporter: CrashReporter, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    opened: list[BaseException] = []

    def show(_parent: object, error_: BaseException) -> None:
        opened.append(error_)
        for _ in range(5):
            reporter.exception(ValueError, ValueError("again"), None)
        QApplication.processEvents()

    monkeypatch.setattr(message_box, "error", show)
    reporter.exception(ValueError, ValueError("first"), None)
    qtbot.waitUntil(lambda: len(opened) == 1)
    assert str(opened[0]) == "first"


def test_qt_messages_are_logged(reporter: CrashReporter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        qWarning("the wind is wrong")
    assert "the wind is wrong" in caplog.text


# -- messages ----------------------------------------------------------------------------------------------------------
def _answer(act: Callable[[QMessageBox], object]) -> dict[str, str]:
    """When the dialog opens, record its text and answer it."""
    seen: dict[str, str] = {}

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.update(text=box.text(), detail=box.detailedText(), format=box.textFormat().name)
        act(box)

    QTimer.singleShot(50, look)
    return seen


def test_an_error_message_is_shown_as_plain_text(qtbot: QtBot) -> None:
    seen = _answer(lambda box: box.reject())
    error(None, DataError("The file <b>a&b</b>.jpg is missing.", "errno 2"))
    assert seen == {"text": "The file <b>a&b</b>.jpg is missing.", "detail": "errno 2", "format": "PlainText"}


def test_an_unexpected_error_is_shown_without_jargon(qtbot: QtBot) -> None:
    seen = _answer(lambda box: box.reject())
    error(None, KeyError("x"))
    assert "KeyError" not in seen["text"]
    assert "KeyError" in seen["detail"]


def test_escape_and_return_answer_no(qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        _answer(lambda box, key=key: qtbot.keyClick(box, key))
        assert not ask(None, "Close?", "Close", "Keep")
    _answer(lambda box: next(b for b in box.buttons() if b.text() == "Close").click())
    assert ask(None, "Close?", "Close", "Keep")
