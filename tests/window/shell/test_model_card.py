"""Model cards and descriptions of models in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from msgspec import structs
from PySide6.QtWidgets import QPushButton, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.shell.model_card import about_model, card_markdown, shown_figures
from tests.tiny_model import tiny_model
from trainer.model_files.library import ModelEntry, ModelLibrary


def entry(tmp_path: Path) -> ModelEntry:
    tiny_model(tmp_path / "my shop.safetensors")
    (found,) = ModelLibrary([tmp_path]).entries()
    return found


def test_a_model_with_a_card_shows_it(qtbot: QtBot, tmp_path: Path) -> None:
    card = tmp_path / "my shop.md"
    parent = QWidget()
    qtbot.addWidget(parent)
    card.write_text("# My shop\n\nKnows **scarves** well.\n", encoding="utf-8")
    dialog = about_model(parent, entry(tmp_path))
    shown, close = dialog.findChild(QTextBrowser), dialog.findChild(QPushButton)
    assert isinstance(shown, QTextBrowser)
    assert isinstance(close, QPushButton)
    assert "Knows scarves well." in shown.toPlainText()
    assert "my shop" in dialog.windowTitle()
    dialog.open()
    close.click()
    assert not dialog.isVisible()


def test_a_model_without_a_card_shows_its_metadata(tmp_path: Path) -> None:
    text = card_markdown(entry(tmp_path))
    assert "10 categories" in text
    assert "Ankle boot" in text
    assert "10.0\u00a0%" in text
    assert "less certain than 50\u00a0%" in text


def test_an_unreadable_model_card_falls_back_to_metadata(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_bytes(b"\xff\xfe broken \xff")
    assert "10 categories" in card_markdown(replace(entry(tmp_path), card=card))


def test_each_figure_says_which_photos_it_is_of(tmp_path: Path) -> None:
    known = {"test_accuracy": 0.967, "test_photos": 30.0, "validation_accuracy": 1.0, "validation_ok_share": 0.5}
    metadata = structs.replace(entry(tmp_path).metadata, figures=known)
    assert shown_figures(metadata) == [
        ("96.7\u00a0%", "Correct on 30 photos that it never saw"),
        ("100.0\u00a0%", "Correct on validation photos"),
        ("50.0\u00a0%", "Validation photos marked “ok”"),
    ]
