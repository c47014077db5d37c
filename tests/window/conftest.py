"""What tests of the window share."""

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
    """As in the program (fashionlens_gui.window.shell.gc_control): a round of Python's collector in a worker's thread
    would destroy widgets of earlier tests there, and Qt then crashes now and then.
    """
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[None]:
    """Every test begins in the light theme, whatever the one before left."""
    if not qapp.property("fashionlens_themed") or theme.notifier().choice != "light":
        theme.apply(qapp, "light")
    yield


class Said:
    """What the user would have been told and asked; ``agree`` is the answer to questions."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.infos: list[str] = []
        self.questions: list[str] = []
        self.agree: bool | Callable[[str], bool] = True


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """No test waits for somebody to close a dialog; it reads here what was said."""
    heard = Said()

    def error(_parent: QWidget | None, trouble: BaseException) -> None:
        heard.errors.append(sentence(trouble) if isinstance(trouble, FashionLensError) else repr(trouble))

    def ask(_parent: QWidget | None, question: str, _yes_text: str, _no_text: str) -> bool:
        heard.questions.append(question)
        return heard.agree(question) if callable(heard.agree) else heard.agree

    monkeypatch.setattr(message_box, "error", error)
    monkeypatch.setattr(message_box, "info", lambda _parent, text: heard.infos.append(text))
    monkeypatch.setattr(message_box, "ask", ask)
    return heard


@pytest.fixture
def model_file(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real, untrained model in the user's folder, found as "tiny"; no bundled one stands beside it."""
    from fashionlens_gui import paths
    from tests.tiny_model import tiny_model

    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "nothing bundled")
    return tiny_model(own_home / "models" / "tiny.safetensors")
