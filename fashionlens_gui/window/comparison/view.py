"""Two models compared: their accuracies beside changed photos, categories and confusions.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.comparison.class_changes import ClassChanges
from fashionlens_gui.window.comparison.difference_heatmap import DifferenceHeatmap
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto, EvaluatedPhotos
from fashionlens_gui.window.gallery.gallery import Gallery
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import SegmentedChoice

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed, Comparison

_MAX_CATEGORIES = 14  # whose numbers fit into the heatmap


class ChangedGroup(NamedTuple):
    """Photos that only one of the models has right, their heading, its explanation, and what is said without any."""

    photos: Sequence[Changed]
    heading: str
    explanation: str
    nothing: str


class ComparisonView(QWidget):
    """A column of figures and three pages.

    Args:
        side: The column.
        comparison: What the pages of categories and confusions show.
        better: Photos that only the new model has right.
        worse: Photos that only the old one has right.
        value: What the classes are, in the singular.
        names: What the old and the new model are called.
        more: Further pages: (name, widget).
    """

    def __init__(
        self,
        side: QWidget,
        comparison: Comparison,
        better: ChangedGroup,
        worse: ChangedGroup,
        value: str = "category",
        names: tuple[str, str] = ("Before", "Now"),
        more: Sequence[tuple[str, QWidget]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._loaders: list[PhotoLoader] = []
        self._images: dict[QObject, _ChangedPhotos] = {}
        self._names = names
        self.better, self.worse = self._gallery(better), self._gallery(worse)
        galleries = QWidget()
        layouts.row((self.better, 1), (self.worse, 1), parent=galleries, spacing=2)
        self.classes = ClassChanges(names)
        self.classes.show_classes(comparison.per_class(), value.capitalize())
        self.heatmap = DifferenceHeatmap()
        self.heatmap.show_difference(*_most_changed(comparison))
        pages = layouts.pages(galleries, self.classes, self.heatmap, *(page for _, page in more))
        values = "Categories" if value == "category" else f"{value.capitalize()}s"
        shown = ("Photos", values, "Confusions", *(name for name, _ in more))
        self.choice = SegmentedChoice([(name, place) for place, name in enumerate(shown)], "Shown as")
        self.choice.chosen.connect(pages.setCurrentIndex)
        right = theme.card()
        layouts.column(
            layouts.row(self.choice, layouts.FILL, spacing=None), (pages, 1), parent=right, spacing=1.5, margins=2
        )
        layouts.row(side, (right, 1), parent=self, spacing=2)

    def stop_loading(self) -> None:
        for loader in self._loaders:
            loader.shutdown()

    def _gallery(self, group: ChangedGroup) -> Gallery:
        images = _ChangedPhotos(group.photos, self._names)
        loader = PhotoLoader(images, parent=self)
        self._loaders.append(loader)
        gallery = Gallery()
        explanation = group.explanation if group.photos else ""
        gallery.show_photos(group.heading, explanation, images, loader, np.arange(len(images)), group.nothing)
        gallery.opened.connect(self._enlarge)
        self._images[gallery] = images
        return gallery

    @Slot(object, int)
    def _enlarge(self, indices: np.ndarray, row: int) -> None:
        gallery = self.sender()
        if isinstance(gallery, Gallery):
            LargeView(self._images[gallery], indices, row, self).open()


class _ChangedPhotos(EvaluatedPhotos):
    """Photos in files that only one of two models has right, with the wrong answer."""

    def __init__(self, changed: Sequence[Changed], names: tuple[str, str]) -> None:
        self._names = names
        nothing = np.zeros(0, np.int64)
        super().__init__((), nothing, nothing, np.zeros((0, 0)))
        # The most confident correct answers first.
        self._photos = sorted(changed, key=lambda photo: -(photo.new if photo.new.correct else photo.old).confidence)

    def __len__(self) -> int:
        return len(self._photos)

    def photo(self, index: int) -> EvaluatedPhoto:
        """The wrong model's answer; the probability of the actual class is the other model's."""
        photo = self._photos[index]
        wrong, right = (photo.old, photo.new) if photo.new.correct else (photo.new, photo.old)
        return EvaluatedPhoto(index, photo.actual, wrong.label, wrong.confidence, right.confidence, Path(photo.file))

    def ranking(self, index: int) -> list[tuple[str, float]]:
        photo = self._photos[index]
        return [
            (f"{self._names[0]}: {photo.old.label}", photo.old.confidence),
            (f"{self._names[1]}: {photo.new.label}", photo.new.confidence),
        ]

    def pixels_HWC(self, index: int) -> np.ndarray | None:
        """None: the photos are read from their files."""
        return None


def _most_changed(comparison: Comparison) -> tuple[tuple[str, ...], np.ndarray, int]:
    """The categories that changed most, their part of the difference matrix (rows: those with photos), and how many
    categories changed.
    """
    difference_KK = comparison.difference_KK
    changes_K = np.abs(difference_KK).sum(axis=0) + np.abs(difference_KK).sum(axis=1)
    chosen = np.sort(np.argsort(-changes_K, kind="stable")[:_MAX_CATEGORIES])
    if changes_K.any():
        chosen = chosen[changes_K[chosen] > 0]
    names = tuple(comparison.labels[index] for index in chosen)
    rows = chosen[chosen < len(comparison.classes)]  # the others are only predicted
    return names, difference_KK[np.ix_(rows, chosen)], int((changes_K > 0).sum())
