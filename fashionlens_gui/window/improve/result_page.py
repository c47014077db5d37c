"""Old and new model side by side on the same photos: figures, pictures, categories, and what is mixed up otherwise.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fashionlens_gui.window.gallery.gallery import Gallery
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.improve.changed_images import ChangedImages
from fashionlens_gui.window.improve.class_changes import ClassChanges
from fashionlens_gui.window.improve.difference_heatmap import DifferenceHeatmap
from fashionlens_gui.window.improve.learnt_overview import LearntOverview
from fashionlens_gui.window.improve.verdict import Verdict
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.segmented_choice import SegmentedChoice
from trainer.number_format import number
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed, Comparison
    from trainer.training.improve.improvement import Improvement, Outcome

OVERVIEW = "All learnt"
"""What the page of everything that was spoken of is called."""

_MOST_CATEGORIES = 14  # so many have room for their numbers


class ResultPage(QWidget):
    """What came out.

    Args:
        improvement: The new model with its comparisons.
    """

    def __init__(self, improvement: Improvement, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[PhotoLoader] = []
        self._images: dict[QObject, ChangedImages] = {}
        main, judged = improvement.main, improvement.main_judged
        self.verdict = Verdict()
        self.verdict.show_comparisons(
            "" if main.attribute == CATEGORY else main.attribute,
            judged.corrections,
            judged.known,
            _remark(improvement),
            besides(improvement.outcomes, main),
        )
        learnt = [each.judged.corrections for each in improvement.outcomes if each.learnt and each.judged is not None]
        self._several = len(learnt) > 1
        better = [photo for comparison in learnt for photo in comparison.better]
        worse = [photo for comparison in learnt for photo in comparison.worse]
        self.better = self._gallery("Got better", better, "In red what the old model said")
        self.worse = self._gallery("Got worse", worse, "In red what the new model says")
        galleries = QWidget()
        row = QHBoxLayout(galleries)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.SPACE)
        row.addWidget(self.better, 1)
        row.addWidget(self.worse, 1)
        self.classes = ClassChanges()
        self.classes.show_classes(judged.all.per_class(), main.attribute.capitalize())
        self.heatmap = DifferenceHeatmap()
        classes, difference_KK, changed_in_all = _changes(judged.all)
        self.heatmap.show_difference(classes, difference_KK, changed_in_all)
        self._pages = QStackedWidget()
        self.overview = LearntOverview()
        self.overview.show_outcomes(improvement.outcomes)
        for page in (galleries, self.classes, self.heatmap, self.overview):
            self._pages.addWidget(page)
        values = "Categories" if main.attribute == CATEGORY else f"{main.attribute.capitalize()}s"
        choices = [("Photos", 0), (values, 1), ("Mix-ups", 2)]
        if len(improvement.outcomes) > 1:
            choices.append((OVERVIEW, 3))
        self.choice = SegmentedChoice(choices, "Shown as")
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

    def stop_loading(self) -> None:
        """Read no more photos."""
        for pictures in self._pictures:
            pictures.close()

    def _gallery(self, heading: str, photos: Sequence[Changed], explanation: str) -> Gallery:
        images = ChangedImages(photos)
        pictures = PhotoLoader(images, parent=self)
        self._pictures.append(pictures)
        gallery = Gallery()
        noun = ("answer" if len(photos) == 1 else "answers") if self._several else "of your photos"
        count = f"{number(len(photos))} {noun}" if photos else "none of your photos"
        gallery.show_photos(
            f"{heading}: {count}",
            explanation if photos else "",
            images,
            pictures,
            np.arange(len(photos)),
            f"Of the photos held out, none {heading.lower()}.",
        )
        gallery.opened.connect(self._enlarge)
        self._images[gallery] = images
        return gallery

    @Slot(object, int)
    def _enlarge(self, indices: np.ndarray, row: int) -> None:
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


def besides(outcomes: Sequence[Outcome], main: Outcome) -> str:
    """What else was learnt, and what was not, in a sentence; empty when nothing else was spoken of."""
    others = [outcome for outcome in outcomes if outcome is not main]
    learnt = [outcome.attribute for outcome in others if outcome.learnt]
    kept = [outcome.attribute for outcome in others if not outcome.learnt]
    told = [f"{_listed(learnt)} learnt"] if learnt else []
    if kept:
        told.append(f"{_listed(kept)} {'stays as it was' if len(kept) == 1 else 'stay as they were'}")
    return f"{'; '.join(told).capitalize()}. “{OVERVIEW}” tells more." if told else ""


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _remark(improvement: Improvement) -> str:
    remarks = [improvement.may_forget]
    known = improvement.main_judged.known
    if known is not None and known.test().new_is_worse:
        remarks.append(
            "It names what it knew worse than before. Keep the old one, unless you gave a category another meaning "
            "on purpose: “Categories” shows which."
        )
    unknown = next((each.unknown for each in improvement.outcomes if each.attribute == CATEGORY), None)
    if unknown:
        names = ", ".join(f"“{name}”" for name, _ in unknown.most_common(3))
        remarks.append(f"Left out were {number(unknown.total())} photos of categories that it does not know ({names}).")
    if improvement.unreadable:
        remarks.append(f"{number(len(improvement.unreadable))} corrected photos could not be read any more.")
    remarks.append(improvement.replaced_words)
    return "\n\n".join(filter(None, remarks))
