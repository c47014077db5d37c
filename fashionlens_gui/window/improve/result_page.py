"""Old and new model side by side on the same photos: figures, pictures, categories, and what is mixed up otherwise.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fashionlens_gui.window import theme
from fashionlens_gui.window.improve.changed_images import ChangedImages
from fashionlens_gui.window.improve.class_changes import ClassChanges
from fashionlens_gui.window.improve.difference_heatmap import DifferenceHeatmap
from fashionlens_gui.window.improve.verdict import Verdict
from fashionlens_gui.window.results.gallery import Gallery
from fashionlens_gui.window.results.large_view import LargeView
from fashionlens_gui.window.results.pictures import Pictures
from fashionlens_gui.window.results.segmented_choice import SegmentedChoice
from trainer.evaluation.wording import number

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed, Comparison
    from trainer.training.improve import Improvement


_UNLIKELY = 0.05
_MOST_CATEGORIES = 14  # so many have room for their numbers


class ResultPage(QWidget):
    """What came out.

    Args:
        improvement: The new model with its comparisons.
    """

    def __init__(self, improvement: Improvement, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[Pictures] = []
        self._images: dict[QObject, ChangedImages] = {}
        self.verdict = Verdict()
        self.verdict.show_comparisons(improvement.on_corrections, improvement.on_known, _remark(improvement))
        changed = improvement.on_corrections
        self.better = self._gallery("Got better", changed.better, "In red what the old model said")
        self.worse = self._gallery("Got worse", changed.worse, "In red what the new model says")
        galleries = QWidget()
        row = QHBoxLayout(galleries)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.SPACE)
        row.addWidget(self.better, 1)
        row.addWidget(self.worse, 1)
        self.classes = ClassChanges()
        self.classes.show_classes(improvement.comparison.per_class())
        self.heatmap = DifferenceHeatmap()
        classes, difference_KK, changed_in_all = _changes(improvement.comparison)
        self.heatmap.show_difference(classes, difference_KK, changed_in_all)
        self._pages = QStackedWidget()
        for page in (galleries, self.classes, self.heatmap):
            self._pages.addWidget(page)
        self.choice = SegmentedChoice([("Photos", 0), ("Categories", 1), ("Mix-ups", 2)], "Shown as")
        self.choice.chosen.connect(self._pages.setCurrentIndex)
        above = QHBoxLayout()
        above.addWidget(self.choice)
        above.addStretch(1)
        right = theme.card()
        column = QVBoxLayout(right)
        column.setContentsMargins(*[2 * theme.SPACE] * 4)
        column.setSpacing(theme.SPACE + 4)
        column.addLayout(above)
        column.addWidget(self._pages, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self.verdict)
        layout.addWidget(right, 1)

    def close_pictures(self) -> None:
        """Read no more photos."""
        for pictures in self._pictures:
            pictures.close()

    def _gallery(self, heading: str, photos: Sequence[Changed], explanation: str) -> Gallery:
        images = ChangedImages(photos)
        pictures = Pictures(images, parent=self)
        self._pictures.append(pictures)
        gallery = Gallery()
        count = f"{number(len(photos))} of your photos" if photos else "none of your photos"
        gallery.show_images(
            f"{heading}: {count}", explanation if photos else "", images, pictures, np.arange(len(photos))
        )
        gallery.nothing.setText(f"Of the photos held out, none {heading.lower()}." if not photos else "")
        gallery.opened.connect(self._look_large)
        self._images[gallery] = images
        return gallery

    @Slot(object, int)
    def _look_large(self, indices: np.ndarray, row: int) -> None:
        gallery = self.sender()
        if isinstance(gallery, Gallery):
            LargeView(self._images[gallery], indices, row, self).open()


def _changes(comparison: Comparison) -> tuple[tuple[str, ...], np.ndarray, int]:
    """The categories of which most changed, their part of the difference, and of how many something changed at all."""
    difference_KK = comparison.difference_KK
    moves_K = np.abs(difference_KK).sum(axis=0) + np.abs(difference_KK).sum(axis=1)
    places = np.sort(np.argsort(-moves_K, kind="stable")[:_MOST_CATEGORIES])
    if moves_K.any():
        places = places[moves_K[places] > 0]
    names = tuple(comparison.named[place] for place in places)
    return names, difference_KK[np.ix_(places, places)], int((moves_K > 0).sum())


def _remark(improvement: Improvement) -> str:
    remarks = [improvement.may_forget]
    known = improvement.on_known
    if known is not None and known.new_accuracy < known.old_accuracy and known.test().p < _UNLIKELY:
        remarks.append(
            "It names what it knew worse than before. Keep the old one, unless you gave a category another meaning "
            "on purpose: “Categories” shows which."
        )
    if improvement.unknown:
        names = ", ".join(f"“{name}”" for name, _ in improvement.unknown.most_common(3))
        remarks.append(
            f"Left out were {number(improvement.unknown.total())} photos of categories that it does not know ({names})."
        )
    if improvement.unreadable:
        remarks.append(f"{number(len(improvement.unreadable))} corrected photos could not be read any more.")
    return "\n\n".join(filter(None, remarks))
