"""Shows a model's card. Cards come from elsewhere with their models, so nothing in them is fetched or followed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QResizeEvent, QTextCursor, QTextDocument, QTextListFormat
from PySide6.QtWidgets import QTextBrowser, QWidget

from fashionlens_gui.window.shell import theme

_WIDEST = 120 * theme.SPACE
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class CardView(QTextBrowser):
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
        """Show another card from its beginning."""
        self.document().setMarkdown(text, _FEATURES)
        self._fill_bullets()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # else the next layout shows the end

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines end where the eye still finds the next one, however wide the window is."""
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
