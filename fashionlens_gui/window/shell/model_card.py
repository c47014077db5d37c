"""The card of a model, or a summary of its metadata where it has none."""

from __future__ import annotations

import logging
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QImage, QResizeEvent, QTextCursor, QTextDocument, QTextListFormat
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from fashionlens_gui.messages import data_text
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.about import add_close, dialog_with_room
from trainer.model_files.library import ModelEntry
from trainer.model_files.metadata import ModelMetadata
from trainer.number_format import percent, photos
from trainer.training.runs.holdout import PHOTOS

_log = logging.getLogger(__name__)

_SIZE = QSize(88 * theme.SPACE, 80 * theme.SPACE)
_MOST_NAMED = 40
_WIDEST = 120 * theme.SPACE
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
_FIGURES = (
    ("test_accuracy", "Correct on {photos} that it never saw"),
    ("validation_accuracy", "Correct on validation photos"),
    ("validation_phone_accuracy", "Correct on phone photos of the validation set"),
    ("validation_ok_share", "Validation photos marked “ok”"),
    ("validation_ok_accuracy", "Correct among those marked “ok”"),
)
"""Figures of :class:`trainer.model_files.metadata.ModelMetadata` that are shown, most important first."""


def shown_figures(metadata: ModelMetadata) -> list[tuple[str, str]]:
    """Pairs of a percentage and what it measures; empty when the metadata has none."""
    known = metadata.figures
    tested = photos(int(known.get(PHOTOS, 0)))
    return [(percent(known[name]), label.format(photos=tested)) for name, label in _FIGURES if name in known]


def about_model(parent: QWidget, entry: ModelEntry) -> QDialog:
    """The "About this model" dialog, not yet shown."""
    dialog, layout = dialog_with_room(parent, f"About the model “{entry.path.stem}”")
    dialog.resize(_SIZE.boundedTo(parent.window().size() * 0.95))
    text = ModelCardView()
    text.setAccessibleName("About this model")
    text.show_markdown(card_markdown(entry))
    layout.addWidget(text)
    add_close(dialog, layout)
    return dialog


def card_markdown(entry: ModelEntry) -> str:
    """Markdown: the model's card where it has one, else a summary of its file."""
    if entry.card is not None:
        try:
            return entry.card.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("The card %s cannot be read: %r", entry.card, error)
    metadata = entry.metadata
    names = ", ".join(metadata.classes[:_MOST_NAMED])
    more = f" and {len(metadata.classes) - _MOST_NAMED} more" if len(metadata.classes) > _MOST_NAMED else ""
    lines = [
        f"# {entry.path.stem}",
        f"Trained on {data_text(metadata.data) or 'unknown data'}, {len(metadata.classes)} categories: {names}{more}.",
    ]
    if metadata.attributes:
        lines.append(f"Also predicts {', '.join(metadata.attributes)}.")
    rows = [f"| {label} | {share} |" for share, label in shown_figures(metadata)]
    if rows:
        lines.append("\n".join(["| what | figure |", "|---|---|", *rows]))
    lines.append(f"Photos less certain than {percent(metadata.review_below, 0)} are marked “needs review”.")
    if metadata.created:
        lines.append(f"Made {metadata.created[:10]} with FashionLens {metadata.version}. Its file is {entry.path}.")
    return "\n\n".join(lines)


class ModelCardView(QTextBrowser):
    """Markdown, rendered, with nothing that could reach a file or another computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)  # the card names commands and papers, nothing to open from here
        self._nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
        self._nothing.fill(Qt.GlobalColor.transparent)
        self.document().setDocumentMargin(2 * theme.SPACE)
        self.document().setIndentWidth(3 * theme.SPACE)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)

    def show_markdown(self, text: str) -> None:
        self.document().setMarkdown(text, _FEATURES)
        self._fill_bullets()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # else the next layout shows the end

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Limit the length of lines, so that they stay readable in a wide window."""
        super().resizeEvent(event)
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), _WIDEST))

    def _fill_bullets(self) -> None:
        """Qt draws lists that were written with ``*`` as deeper ones, with small rings."""
        block = self.document().begin()
        while block.isValid():
            listed = block.textList()
            if listed is not None and listed.format().style() == QTextListFormat.Style.ListCircle:
                form = listed.format()
                form.setStyle(QTextListFormat.Style.ListDisc)
                listed.setFormat(form)
            block = block.next()

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        """Pictures of a card may name any file, or on Windows any computer of the network; none is asked for.

        Not None, upon which Qt would look for the file itself.
        """
        return self._nothing
