"""All evaluated photos in one row, with predicted and actual class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos, Order
from fashionlens_gui.window.gallery.photo_cards import PhotoCards
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from trainer import number_format

PICTURE_SIDE = 56


class PredictionsStrip(QWidget):
    """A row of cards that can be sorted; by default the confident mistakes come first."""

    opened = Signal(object, int)
    """(indices shown: np.ndarray, position) of a photo to be shown large."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: EvaluatedPhotos | None = None
        self._loader: PhotoLoader | None = None
        self.order = ChoiceBox()
        for each in Order:
            self.order.addItem(each.value, each)
        self.order.setMinimumContentsLength(max(len(each.value) for each in Order))
        self.order.setAccessibleName("Order of the predictions")
        self.mistakes_only = QCheckBox("Mistakes only")
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self.view = PhotoCards(PICTURE_SIDE, single_row=True)
        self.view.setAccessibleName("Predictions against actual categories")
        bar = layouts.row(
            theme.heading("Predictions and actual categories"),
            self._count,
            layouts.FILL,
            self.mistakes_only,
            1,
            self.order,
        )
        layouts.column(bar, self.view, parent=self)
        self.order.currentIndexChanged.connect(self._refill)
        self.mistakes_only.toggled.connect(self._refill)
        self.view.opened.connect(self._open)

    @property
    def indices(self) -> np.ndarray:
        """Indices in the test set (int64) in the order shown."""
        return self.view.cards.indices

    def show_photos(self, images: EvaluatedPhotos, loader: PhotoLoader) -> None:
        self._images, self._loader = images, loader
        self._refill()

    @Slot()
    def _refill(self) -> None:
        if self._images is None or self._loader is None:
            return
        order = self.order.currentData()
        indices = self._images.indices(order, mistakes_only=self.mistakes_only.isChecked())
        self.view.cards.show(self._images, self._loader, indices)
        self.view.horizontalScrollBar().setValue(0)
        self._count.setText(number_format.photos(len(indices)))

    @Slot(int)
    def _open(self, row: int) -> None:
        self.opened.emit(self.indices, row)
