"""The comparison of the old and the new model: accuracies, changed photos, categories and confusions.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages.improve import NO_REPLAY_SAMPLE, replaced_files
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto, EvaluatedPhotos
from fashionlens_gui.window.gallery.gallery import Gallery
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.improve.class_changes import ClassChanges
from fashionlens_gui.window.improve.comparison_figures import AccuracyColumn, HeadsOverview
from fashionlens_gui.window.improve.difference_heatmap import DifferenceHeatmap
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import SegmentedChoice
from trainer.number_format import number, photos
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed, Comparison
    from trainer.training.improve.improve import HeadOutcome, Improvement

OVERVIEW = "All results"
"""The page of all heads."""

_MAX_CATEGORIES = 14  # whose numbers fit into the heatmap


class ResultPage(QWidget):
    """The result of an improvement.

    Args:
        improvement: The new model with its comparisons.
    """

    def __init__(self, improvement: Improvement, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loaders: list[PhotoLoader] = []
        self._images: dict[QObject, _ChangedPhotos] = {}
        main, comparisons = improvement.main, improvement.main_comparisons
        self.accuracies = AccuracyColumn()
        self.accuracies.show_comparisons(
            "" if main.attribute == CATEGORY else main.attribute,
            comparisons.corrections,
            comparisons.replay,
            _notice(improvement),
            other_heads(improvement.outcomes, main),
        )
        updated = [each.comparisons.corrections for each in improvement.outcomes if each.updated and each.comparisons]
        self._several_heads = len(updated) > 1
        better = [photo for comparison in updated for photo in comparison.better]
        worse = [photo for comparison in updated for photo in comparison.worse]
        self.better = self._gallery("Got better", better, "In red: the old model's answer")
        self.worse = self._gallery("Got worse", worse, "In red: the new model's answer")
        galleries = QWidget()
        layouts.row((self.better, 1), (self.worse, 1), parent=galleries, spacing=2)
        self.classes = ClassChanges()
        self.classes.show_classes(comparisons.all.per_class(), main.attribute.capitalize())
        self.heatmap = DifferenceHeatmap()
        self.heatmap.show_difference(*_most_changed(comparisons.all))
        self.overview = HeadsOverview()
        self.overview.show_outcomes(improvement.outcomes)
        self._pages = layouts.pages(galleries, self.classes, self.heatmap, self.overview)
        values = "Categories" if main.attribute == CATEGORY else f"{main.attribute.capitalize()}s"
        choices = [("Photos", 0), (values, 1), ("Confusions", 2)]
        if len(improvement.outcomes) > 1:
            choices.append((OVERVIEW, 3))
        self.choice = SegmentedChoice(choices, "Shown as")
        self.choice.chosen.connect(self._pages.setCurrentIndex)
        right = theme.card()
        layouts.column(
            layouts.row(self.choice, layouts.FILL, spacing=None), (self._pages, 1), parent=right, spacing=1.5, margins=2
        )
        layouts.row(self.accuracies, (right, 1), parent=self, spacing=2)

    def stop_loading(self) -> None:
        for loader in self._loaders:
            loader.close()

    def _gallery(self, heading: str, changed: Sequence[Changed], explanation: str) -> Gallery:
        images = _ChangedPhotos(changed)
        loader = PhotoLoader(images, parent=self)
        self._loaders.append(loader)
        gallery = Gallery()
        noun = ("answer" if len(changed) == 1 else "answers") if self._several_heads else "of your photos"
        count = f"{number(len(changed))} {noun}" if changed else "none of your photos"
        gallery.show_photos(
            f"{heading}: {count}",
            explanation if changed else "",
            images,
            loader,
            np.arange(len(changed)),
            f"None of the photos that were not used for training {heading.lower()}.",
        )
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

    def __init__(self, changed: Sequence[Changed]) -> None:
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
            (f"Before: {photo.old.label}", photo.old.confidence),
            (f"Now: {photo.new.label}", photo.new.confidence),
        ]

    def pixels_HWC(self, index: int) -> np.ndarray | None:
        """None: the photos are read from their files."""
        return None


def _most_changed(comparison: Comparison) -> tuple[tuple[str, ...], np.ndarray, int]:
    """The categories that changed most, their part of the difference matrix, and how many categories changed."""
    difference_KK = comparison.difference_KK
    changes_K = np.abs(difference_KK).sum(axis=0) + np.abs(difference_KK).sum(axis=1)
    chosen = np.sort(np.argsort(-changes_K, kind="stable")[:_MAX_CATEGORIES])
    if changes_K.any():
        chosen = chosen[changes_K[chosen] > 0]
    names = tuple(comparison.labels[index] for index in chosen)
    return names, difference_KK[np.ix_(chosen, chosen)], int((changes_K > 0).sum())


def other_heads(outcomes: Sequence[HeadOutcome], main: HeadOutcome) -> str:
    """Which other heads were updated and which were not, in a sentence; empty when there are none."""
    others = [outcome for outcome in outcomes if outcome is not main]
    updated = [outcome.attribute for outcome in others if outcome.updated]
    kept = [outcome.attribute for outcome in others if not outcome.updated]
    parts = [f"{_listed(updated)} improved"] if updated else []
    if kept:
        parts.append(f"{_listed(kept)} {'stays as it was' if len(kept) == 1 else 'stay as they were'}")
    return f"{'; '.join(parts).capitalize()}. See “{OVERVIEW}”." if parts else ""


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _notice(improvement: Improvement) -> str:
    notices = [] if improvement.replay is not None else [NO_REPLAY_SAMPLE]
    replay = improvement.main_comparisons.replay
    if replay is not None and replay.test().new_is_worse:
        notices.append(
            "It got worse on what it knew before. Keep the old one, unless you changed the meaning of a category on "
            "purpose: see “Categories”."
        )
    unknown = next((each.unknown_values for each in improvement.outcomes if each.attribute == CATEGORY), None)
    if unknown:
        names = ", ".join(f"“{name}”" for name, _ in unknown.most_common(3))
        notices.append(f"Left out: {photos(unknown.total())} of categories that it does not have ({names}).")
    if improvement.unreadable:
        notices.append(f"{photos(len(improvement.unreadable))} could no longer be read.")
    notices.append(replaced_files(improvement))
    return "\n\n".join(filter(None, notices))
