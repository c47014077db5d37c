"""Fixtures of the window tests."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shell import message_box, theme
from trainer.errors import FashionLensError


@pytest.fixture(autouse=True)
def garbage_stays_in_the_windows_thread() -> Iterator[None]:
    """As in the program (fashionlens_gui.window.shell.gc_control): garbage collection in a worker thread would destroy
    widgets of earlier tests there, and Qt then crashes occasionally.
    """
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[None]:
    """Every test starts in the light theme."""
    if not qapp.property("fashionlens_themed") or theme.notifier().choice != "light":
        theme.apply(qapp, "light")
    yield


class RecordedDialogs:
    """The messages and questions that the window showed; ``agree`` is the answer to questions."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.infos: list[str] = []
        self.questions: list[str] = []
        self.agree: bool | Callable[[str], bool] = True


@pytest.fixture(autouse=True)
def dialogs(monkeypatch: pytest.MonkeyPatch) -> RecordedDialogs:
    """Replaces modal dialogs: their texts are recorded and questions are answered at once."""
    recorded = RecordedDialogs()

    def error(_parent: QWidget | None, error_: BaseException) -> None:
        recorded.errors.append(sentence(error_) if isinstance(error_, FashionLensError) else repr(error_))

    def ask(_parent: QWidget | None, question: str, _yes_text: str, _no_text: str) -> bool:
        recorded.questions.append(question)
        return recorded.agree(question) if callable(recorded.agree) else recorded.agree

    monkeypatch.setattr(message_box, "error", error)
    monkeypatch.setattr(message_box, "info", lambda _parent, text: recorded.infos.append(text))
    monkeypatch.setattr(message_box, "ask", ask)
    return recorded


@pytest.fixture
def model_file(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real, untrained model in the user's folder, found as "tiny"; there are no bundled models."""
    from fashionlens_gui import paths
    from tests.tiny_model import tiny_model

    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "nothing bundled")
    return tiny_model(own_home / "models" / "tiny.safetensors")
