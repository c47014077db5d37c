"""Evaluated photos as a Qt item model."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto, EvaluatedPhotos, filed_under
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from trainer.number_format import percent

AnyIndex = QModelIndex | QPersistentModelIndex
EvaluatedPhotoRole = Qt.ItemDataRole.UserRole
_NO_INDICES = np.zeros(0, dtype=np.int64)


def caption(photo: EvaluatedPhoto) -> str:
    """Prediction and actual class in one line."""
    if photo.correct:
        return f"{photo.predicted}, correct ({percent(photo.confidence)})"
    return (
        f"Predicted as {photo.predicted} ({percent(photo.confidence)}). "
        f"{filed_under(photo)} ({percent(photo.actual_probability)})."
    )


class PhotoCardModel(QAbstractTableModel):
    """Some photos of a test set in a given order, in rows of equal length."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: EvaluatedPhotos | None = None
        self._loader: PhotoLoader | None = None
        self._indices = _NO_INDICES
        self._place_of: dict[int, int] = {}
        self._columns = 0  # 0: all in a single line

    @property
    def indices(self) -> np.ndarray:
        """Indices in the test set (int64) in the order of the cards."""
        return self._indices

    @property
    def classes(self) -> tuple[str, ...]:
        """The names that may be on the cards."""
        return self._images.occurring if self._images is not None else ()

    def show(self, images: EvaluatedPhotos, loader: PhotoLoader, indices: np.ndarray) -> None:
        self.beginResetModel()
        if self._loader is not loader:
            if self._loader is not None:
                self._loader.arrived.disconnect(self._repaint)
            loader.arrived.connect(self._repaint)
        self._images, self._loader, self._indices = images, loader, indices
        self._place_of = {}
        self.endResetModel()

    def set_columns(self, columns: int) -> None:
        """Cards per row; 0 for a single row."""
        if columns != self._columns:
            self.beginResetModel()
            self._columns = columns
            self.endResetModel()

    def card(self, index: AnyIndex) -> int:
        """Index of the card in a cell; −1 for the empty cells of the last row."""
        card = index.row() * self.columnCount() + index.column()
        return card if index.isValid() and card < len(self._indices) else -1

    def cell(self, card: int) -> QModelIndex:
        return self.index(card // max(self.columnCount(), 1), card % max(self.columnCount(), 1))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() or not len(self._indices) else -(-len(self._indices) // self.columnCount())

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._columns or len(self._indices)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) if self.card(index) >= 0 else Qt.ItemFlag.NoItemFlags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        card = self.card(index)
        if self._images is None or self._loader is None or card < 0:
            return None
        place = int(self._indices[card])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._loader.image(place)
        if role == EvaluatedPhotoRole:
            return self._images.photo(place)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return caption(self._images.photo(place))
        if role == Qt.ItemDataRole.ToolTipRole:
            photo = self._images.photo(place)
            source = photo.file.name if photo.file is not None else f"Test photo {place + 1:,}"
            return f"{caption(photo)}\n{source}"
        return None

    @Slot(int)
    def _repaint(self, place: int) -> None:
        if not self._place_of:
            self._place_of = {int(index): card for card, index in enumerate(self._indices)}
        card = self._place_of.get(place)
        if card is not None:
            changed = self.cell(card)
            self.dataChanged.emit(changed, changed, [Qt.ItemDataRole.DecorationRole])
