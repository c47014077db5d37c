"""Selected photos as cards in a grid."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos
from fashionlens_gui.window.gallery.photo_cards import PhotoCards
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.shell import layouts, theme

PICTURE_SIDE = 84
"""Three times the 28 pixels of Fashion-MNIST, so that its pixels stay square and even."""


class Gallery(QWidget):
    """A heading that says which photos these are, and the photos."""

    opened = Signal(object, int)
    """(indices shown: np.ndarray, row) of a photo to be shown large."""
    all_asked = Signal()
    """The user wants to go back to all mistakes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = theme.heading("", wraps=True)
        self._explanation = theme.muted("")
        self.back = theme.quiet_button("All mistakes", "chevron-left")
        self.back.setToolTip("Show all mistakes again (Esc)")
        self.back.hide()
        self.back.clicked.connect(self.all_asked)
        self.view = PhotoCards(PICTURE_SIDE, single_row=False)
        self.view.setAccessibleName("Selected photos")
        self.nothing = theme.muted("")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = layouts.pages(self.view, self.nothing)
        above = layouts.row((self._heading, 1), (self.back, Qt.AlignmentFlag.AlignTop))
        layouts.column(above, self._explanation, 0.5, (self._stack, 1), parent=self, spacing=0.5)
        self.view.opened.connect(self._open)

    @property
    def indices(self) -> np.ndarray:
        return self.view.cards.indices

    @property
    def heading(self) -> str:
        return self._heading.text()

    def show_photos(
        self,
        heading: str,
        explanation: str,
        images: EvaluatedPhotos,
        loader: PhotoLoader,
        indices: np.ndarray,
        nothing: str,
    ) -> None:
        """Show the photos at ``indices`` (int64), in that order; without any, show the text ``nothing``."""
        self._heading.setText(heading)
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(explanation))
        self.view.cards.show(images, loader, indices)
        self.view.scrollToTop()
        self.nothing.setText(nothing if not len(indices) else "")
        self._stack.setCurrentWidget(self.view if len(indices) else self.nothing)

    @Slot(int)
    def _open(self, row: int) -> None:
        self.opened.emit(self.indices, row)
