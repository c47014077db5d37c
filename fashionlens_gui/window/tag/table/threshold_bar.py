"""What must be sure and the slider for the review threshold, with what that means for the photos of the list.

The meaning comes from validation photos (the model's ``review_curve``). It does not hold for photos that another model
tagged, so the bar offers to tag those again instead.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QWidget

from fashionlens_gui.messages.photos import LEVEL_NAMES
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.tag.list_summary import shortened
from trainer.number_format import photos
from trainer.taxonomy import Level

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata, ReviewPoint

_SHORT_NAMES = {Level.CATEGORY: "category", Level.GOOGLE: "Google category", Level.GROUP: "group"}
_APPLY_AFTER_MS = 200
_MIN_TO_COMPARE = 30  # photos; fewer say little about a share
_STEPS = 100
_SLIDER_WIDTH = 20 * theme.SPACE
_LEVEL_WIDTH = 19 * theme.SPACE


class _Slider(QSlider):
    """A slider that emits :attr:`reset` on a double-click."""

    reset = Signal()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.reset.emit()


_WIDTH_WITH_TEXT = 780


class ThresholdBar(QWidget):
    """Hides itself if the model has no figures for thresholds, unless something was chosen."""

    changed = Signal(object)
    """The chosen ReviewRule; emitted when the slider rests."""
    retag = Signal(int)
    """Tag the photos again that another model tagged; their number."""

    def __init__(self) -> None:
        super().__init__()
        self._chosen: float | None = None
        self._metadata: ModelMetadata | None = None
        self._default = 0.5
        self._curve: tuple[ReviewPoint, ...] = ()
        self._name = ""
        self._models: Counter[str] = Counter()
        self._need_review = self._total = 0
        self._updating = False
        self._explanation = ""
        self._is_selection = False
        self.level = ChoiceBox()
        self.level.setAccessibleName("What must be sure")
        self.level.setToolTip("What must be sure. Where the group is enough, shoes need no review for their kind.")
        for level in Level:
            self.level.addItem(_SHORT_NAMES[level], level)
        self.level.setFixedWidth(_LEVEL_WIDTH)
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(5)
        self.slider.setFixedSize(_SLIDER_WIDTH, 3 * theme.SPACE)  # the style sheet's handle is higher than the hint
        self.slider.setAccessibleName("Confidence below which photos need review")
        self.slider.setToolTip("Photos with a lower confidence need review. Double-click to use the model's threshold.")
        self.value_label = QLabel()
        self.value_label.setMinimumWidth(self.value_label.fontMetrics().horizontalAdvance("100 %") + 2)
        self.reset_button = theme.quiet_button("", "undo")
        theme.narrow(self.reset_button)
        self.reset_button.setAccessibleName("Use the model's threshold")
        self.text = theme.muted("")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.retag_button = theme.quiet_button("Tag again", "tag")
        self.retag_button.hide()
        level_label, slider_label = QLabel("Review if"), QLabel("is below")
        level_label.setBuddy(self.level)
        slider_label.setBuddy(self.slider)
        layouts.row(
            level_label,
            self.level,
            slider_label,
            self.slider,
            self.value_label,
            self.reset_button,
            (self.text, 1),
            self.retag_button,
            parent=self,
            spacing=1.5,
        )
        self._apply_timer = QTimer(self)
        self._apply_timer.setSingleShot(True)
        self._apply_timer.setInterval(_APPLY_AFTER_MS)
        self._apply_timer.timeout.connect(self._emit_changed)
        self.level.activated.connect(self._level_chosen)
        self.slider.valueChanged.connect(self._slider_moved)
        self.slider.reset.connect(self.reset)
        self.reset_button.clicked.connect(self.reset)
        self.retag_button.clicked.connect(lambda: self.retag.emit(self._other_models().total()))
        self.hide()

    @property
    def rule(self) -> ReviewRule:
        """What was chosen."""
        return ReviewRule(Level(self.level.currentData()), self._chosen)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """The widgets for Tab, from left to right."""
        return self.level, self.slider, self.reset_button, self.retag_button

    def show_model(self, metadata: ModelMetadata | None) -> None:
        self._name = metadata.name if metadata is not None else ""
        self._metadata = metadata
        self._update()

    def show_rule(self, rule: ReviewRule) -> None:
        """Show the rule in force."""
        self._chosen = rule.below
        self.level.setCurrentIndex(self.level.findData(rule.sure_of))
        self._update()

    def show_counts(
        self, need_review: int, total: int, models: Mapping[str, int], *, is_selection: bool = False
    ) -> None:
        """Show how many of all photos need review; ``models`` has the number of photos by the model's name.

        Of photos that were selected by what is known of them (``is_selection``) that says nothing of the model.
        """
        self._need_review, self._total, self._models = need_review, total, Counter(models)
        self._is_selection = is_selection
        self._update_text()

    def set_retag_enabled(self, enabled: bool) -> None:
        self.retag_button.setEnabled(enabled)

    def _other_models(self) -> Counter[str]:
        return Counter({name: count for name, count in self._models.items() if self._name and name != self._name})

    @Slot()
    def reset(self) -> None:
        if self._chosen is not None:
            self._chosen = None
            self._update()
            self._apply_timer.start()

    @Slot(int)
    def _level_chosen(self, _index: int) -> None:
        """A threshold chosen for another level says nothing about this one."""
        self._chosen = None
        self._update()
        self._apply_timer.start()

    @Slot(int)
    def _slider_moved(self, value: int) -> None:
        if not self._updating:
            self._chosen = value / _STEPS
            self._update_text()
            self._apply_timer.start()

    @Slot()
    def _emit_changed(self) -> None:
        self.changed.emit(self.rule)

    def _update(self) -> None:
        review = self._metadata.review_of(self.rule.sure_of) if self._metadata is not None else None
        self._default, self._curve = (review.review_below, review.review_curve) if review is not None else (0.5, ())
        self._updating = True  # not moved by the user
        self.slider.setValue(round(self._in_force() * _STEPS))
        self._updating = False
        self.setVisible(bool(self._metadata and self._metadata.review_curve) or self.rule != MODEL_RULE)
        self._update_text()

    def _in_force(self) -> float:
        return self._default if self._chosen is None else self._chosen

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_explanation()

    def _show_explanation(self) -> None:
        """Beside the slider, or as its tooltip where it would need too many lines."""
        narrow = self.width() < theme.scaled(_WIDTH_WITH_TEXT) and self.isVisible()
        self.text.setText("" if narrow else self._explanation)
        self.value_label.setToolTip(self._explanation)

    def _update_text(self) -> None:
        self.value_label.setText(f"{self._in_force() * 100:.0f} %")
        self.reset_button.setEnabled(self._chosen is not None)
        default = f"{self._default * 100:.0f} %"
        self.reset_button.setToolTip(f"Use the model's threshold, {default} (double-click on the slider)")
        others = self._other_models()
        if others:
            text = other_models(others, self._total, self._name)
            self.retag_button.setToolTip(f"Tag them again with “{self._name}”. Your corrections stay.")
        else:
            text, expected = _meaning(self._in_force(), self._curve, self.rule.sure_of)
            if self._total and not self._is_selection:
                text += f" In this list: {self._need_review:,} of {photos(self._total)}."
                if expected is not None and look_different(self._need_review, self._total, expected):
                    text = f"These photos look different from those it was trained with, so more need review. {text}"
        self.retag_button.setVisible(bool(others))
        self._explanation = text
        self._show_explanation()
        self.slider.setAccessibleDescription(text)


def _meaning(threshold: float, curve: Sequence[ReviewPoint], level: Level) -> tuple[str, float | None]:
    """What a threshold means, and the share of photos that need review, [0, 1]; None where nothing is known."""
    if not curve:
        return "This model has no accuracy figures for thresholds.", None
    thresholds = [point.threshold for point in curve]
    coverage = float(np.interp(threshold, thresholds, [point.coverage for point in curve]))
    bounded = all(point.accuracy_bound is not None for point in curve)
    known = [point.accuracy_bound if bounded else point.accuracy for point in curve]
    accuracy = float(np.interp(threshold, thresholds, np.array(known, float)))
    return forecast(coverage, accuracy, "at least" if bounded else "about", level), 1 - coverage


def forecast(coverage: float, accuracy: float, how: str, level: Level = Level.CATEGORY) -> str:
    """What a review threshold means for photos like the validation photos.

    Args:
        coverage: Share of validation photos that need no review, [0, 1].
        accuracy: Share of those that are correct, [0, 1], or its lower bound.
        how: ``about`` for a share, ``at least`` for a bound.
        level: That must be sure.
    """
    review = round((1 - coverage) * 100)
    if coverage <= 0 or review >= 100:
        return "Nearly all photos will need review."
    percent = math.floor(accuracy * 100) if how == "at least" else round(accuracy * 100)
    correct = f"{how} {percent} of 100" if accuracy < 0.995 else "nearly all"
    be_correct = "be correct" if level == Level.CATEGORY else f"have the correct {LEVEL_NAMES[level]}"
    if not review:
        return f"Hardly any photo like those it was trained with will need review; {correct} will {be_correct}."
    return (
        f"About {review} of 100 photos like those it was trained with will need review; {correct} of the others will "
        f"{be_correct}."
    )


def look_different(need_review: int, total: int, expected: float) -> bool:
    """Whether so many more photos of a list need review than expected that they differ from the validation photos.

    Args:
        expected: Share of validation photos that need review, [0, 1].
    """
    share = need_review / total
    chance = math.sqrt(expected * (1 - expected) / total)
    return total >= _MIN_TO_COMPARE and share > expected + 0.1 + 3 * chance


def other_models(others: Mapping[str, int], total: int, name: str) -> str:
    """How many photos of the list other models tagged.

    Args:
        others: Number of photos by the model's name, at least one.
        total: Photos of the list.
        name: The model in use.
    """
    names = [shortened(each) for each in (*others, name)]
    by = f"“{names[0]}”, not with “{names[1]}”" if len(others) == 1 else f"other models than “{names[-1]}”"
    count = sum(others.values())
    verb = "was" if count == 1 else "were"
    if count == total:
        return f"{'The photo' if total == 1 else 'All photos'} in this list {verb} tagged with {by}."
    return f"{count:,} of {photos(total)} in this list {verb} tagged with {by}."
