"""Shows a model's card. Cards come from elsewhere with their models, so nothing in them is fetched or followed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from fashionlens_gui.window import theme

_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class CardView(QTextBrowser):
    """Markdown, rendered, with nothing that could reach a file or another computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)  # the card names commands and papers, nothing to open from here
        self._nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
        self._nothing.fill(Qt.GlobalColor.transparent)
        self.document().setDocumentMargin(2 * theme.SPACE)

    def show_markdown(self, text: str) -> None:
        """Show another card from its beginning."""
        self.document().setMarkdown(text, _FEATURES)
        self.moveCursor(QTextCursor.MoveOperation.Start)  # else the next layout shows the end

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        """Pictures of a card may name any file, or on Windows any computer of the network; none is asked for.

        Not None, upon which Qt would look for the file itself.
        """
        return self._nothing
