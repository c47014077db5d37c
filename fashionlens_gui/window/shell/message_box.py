"""Dialogs that show an error or information, or ask a question."""

from __future__ import annotations

import logging

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from fashionlens_gui.messages import sentence as sentence_of
from trainer.errors import FashionLensError

_log = logging.getLogger(__name__)

TITLE = "FashionLens"


def error(parent: QWidget | None, trouble: BaseException) -> None:
    """Show an error: the sentence of a :class:`FashionLensError`; anything else is logged with its traceback."""
    if isinstance(trouble, FashionLensError):
        sentence, detail = sentence_of(trouble), trouble.detail
        _log.warning("Shown to the user: %s %s", sentence, detail)
    else:
        sentence = (
            "Something unexpected went wrong. What was saved before is kept. "
            "If it happens again, the log file (Help menu) says more."
        )
        detail = f"{type(trouble).__name__}: {trouble}"
        _log.error("Shown to the user: unexpected error", exc_info=trouble)
    box = _box(parent, QMessageBox.Icon.Warning, sentence)
    if detail:
        box.setDetailedText(detail)
    box.addButton("Close", QMessageBox.ButtonRole.AcceptRole)
    box.exec()
    box.deleteLater()


def info(parent: QWidget | None, text: str) -> None:
    """Show information."""
    box = _box(parent, QMessageBox.Icon.Information, text)
    box.addButton("Close", QMessageBox.ButtonRole.AcceptRole)
    box.exec()
    box.deleteLater()


def ask(parent: QWidget | None, question: str, yes_text: str, no_text: str) -> bool:
    """Ask a question with two answers; Escape and Return mean ``no_text``, which changes nothing."""
    box = _box(parent, QMessageBox.Icon.Question, question)
    yes = box.addButton(yes_text, QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(no_text, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    agreed = box.clickedButton() is yes
    box.deleteLater()
    return agreed


def _box(parent: QWidget | None, kind: QMessageBox.Icon, text: str) -> QMessageBox:
    """A dialog with plain text, since file names may look like HTML."""
    box = QMessageBox(kind, TITLE, text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box
