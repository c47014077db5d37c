"""A slider for how sure the model must be, with what that means in plain words: how many to review, how right the rest.

The words come from validation photos (the model's ``review_curve``), the count from the list itself. Where another
model tagged photos of the list, the two do not belong together: then that is said, and offered to be mended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.list_summary import shortened
from trainer.number_format import photos

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata, ReviewPoint

_APPLY_AFTER_MS = 200
_STEPS = 100
_SLIDER_WIDTH = 24 * theme.SPACE


class _Slider(QSlider):
    """A slider that goes back to the model's own place with a double-click."""

    reset = Signal()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.reset.emit()


class ThresholdBar(QWidget):
    """Hides itself where the model does not say what a threshold means, unless one was set that is in force."""

    changed = Signal(object)
    """The threshold that the user wants, [0, 1], or None for the model's own; sent once the slider rests."""
    retag = Signal(int)
    """So many photos, which another model tagged, are to be tagged again."""

    def __init__(self) -> None:
        super().__init__()
        self._chosen: float | None = None
        self._own = 0.5
        self._curve: tuple[ReviewPoint, ...] = ()
        self._name = ""
        self._models: Counter[str] = Counter()
        self._doubtful = self._total = 0
        self._showing = False
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(5)
        self.slider.setFixedSize(_SLIDER_WIDTH, 3 * theme.SPACE)  # the style sheet's handle is higher than the hint
        self.slider.setAccessibleName("Confidence below which photos need review")
        self.slider.setToolTip("Photos with a lower confidence need review. Double-click to use the model's threshold.")
        self.figure = QLabel()
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("100 %") + 2)
        self.own_button = theme.quiet_button("", "undo")
        self.own_button.setFixedWidth(5 * theme.SPACE)
        self.own_button.setStyleSheet("padding: 6px 0px;")
        self.own_button.setAccessibleName("Use the model's threshold")
        self.words = theme.muted("")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.again_button = theme.quiet_button("Tag again", "tag")
        self.again_button.hide()
        label = QLabel("Review below")
        label.setBuddy(self.slider)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE + 4)
        for widget in (label, self.slider, self.figure, self.own_button):
            layout.addWidget(widget)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.again_button)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_APPLY_AFTER_MS)
        self._soon.timeout.connect(self._tell)
        self.slider.valueChanged.connect(self._moved)
        self.slider.reset.connect(self.back_to_own)
        self.own_button.clicked.connect(self.back_to_own)
        self.again_button.clicked.connect(lambda: self.retag.emit(self._others().total()))
        self.hide()

    @property
    def threshold(self) -> float | None:
        """What is chosen, [0, 1]; None for the model's own."""
        return self._chosen

    def parts(self) -> tuple[QWidget, ...]:
        """What can have the focus, from left to right."""
        return self.slider, self.own_button, self.again_button

    def show_model(self, metadata: ModelMetadata | None) -> None:
        """Another model is in use."""
        self._name = metadata.name if metadata is not None else ""
        self._own = metadata.review_below if metadata is not None else 0.5
        self._curve = metadata.review_curve if metadata is not None else ()
        self._show()

    def show_threshold(self, threshold: float | None) -> None:
        """This threshold is in force, [0, 1]; None for the model's own."""
        self._chosen = threshold
        self._show()

    def show_counts(self, doubtful: int, total: int, models: Mapping[str, int]) -> None:
        """How many photos of the list need review, and how many each model tagged."""
        self._doubtful, self._total, self._models = doubtful, total, Counter(models)
        self._say()

    def set_retag_enabled(self, may: bool) -> None:
        """Whether photos may be tagged again now."""
        self.again_button.setEnabled(may)

    def _others(self) -> Counter[str]:
        """Photos that other models tagged."""
        return Counter({name: number for name, number in self._models.items() if self._name and name != self._name})

    @Slot()
    def back_to_own(self) -> None:
        """The model's own threshold is wanted."""
        if self._chosen is not None:
            self._chosen = None
            self._show()
            self._soon.start()

    @Slot(int)
    def _moved(self, place: int) -> None:
        if not self._showing:
            self._chosen = place / _STEPS
            self._say()
            self._soon.start()

    @Slot()
    def _tell(self) -> None:
        self.changed.emit(self._chosen)

    def _show(self) -> None:
        self._showing = True  # only the user's hand is a wish
        self.slider.setValue(round(self._in_force() * _STEPS))
        self._showing = False
        self.setVisible(bool(self._curve) or self._chosen is not None)
        self._say()

    def _in_force(self) -> float:
        return self._own if self._chosen is None else self._chosen

    def _say(self) -> None:
        own = f"{self._own * 100:.0f} %"
        self.figure.setText(f"{self._in_force() * 100:.0f} %")
        self.own_button.setEnabled(self._chosen is not None)
        self.own_button.setToolTip(f"Use the model's threshold, {own} (double-click on the slider)")
        others = self._others()
        if others:
            words = other_models(others, self._total, self._name)
            self.again_button.setToolTip(f"Tag them again with “{self._name}”. Your corrections stay.")
        else:
            words = _meaning(self._in_force(), self._curve)
            if self._total:
                words += f" In this list: {self._doubtful:,} of {photos(self._total)}."
        self.again_button.setVisible(bool(others))
        self.words.setText(words)
        self.slider.setAccessibleDescription(words)


def _meaning(threshold: float, curve: Sequence[ReviewPoint]) -> str:
    if not curve:
        return "This model has no accuracy figures for thresholds."
    thresholds = [point.threshold for point in curve]
    coverage = _between(threshold, thresholds, [point.coverage for point in curve])
    # Where nothing was left to be right or wrong, the accuracy says nothing.
    accuracy = _between(threshold, thresholds, [point.accuracy for point in curve])
    return forecast(coverage, accuracy)


def _between(at: float, places: Sequence[float], values: Sequence[float]) -> float:
    """A value between the nearest ascending places, on a straight line; at the ends, the last one known."""
    if at <= places[0]:
        return values[0]
    for left, right, before, after in zip(places, places[1:], values, values[1:], strict=False):
        if at <= right:
            return before + (after - before) * ((at - left) / (right - left) if right > left else 1.0)
    return values[-1]


def forecast(coverage: float, accuracy: float) -> str:
    """What a review threshold means, from validation photos.

    Args:
        coverage: Share of photos that need no review, [0, 1].
        accuracy: Share of those that are right, [0, 1].
    """
    review = round((1 - coverage) * 100)
    if coverage <= 0 or review >= 100:
        return "Nearly all photos will need review."
    right = f"about {round(accuracy * 100)} of 100" if accuracy < 0.995 else "nearly all"
    if not review:
        return f"Hardly any photo will need review; {right} will be correct."
    return f"About {review} of 100 photos will need review; {right} of the others will be correct."


def other_models(others: Mapping[str, int], total: int, name: str) -> str:
    """That photos of the list were tagged with other models than the one in use.

    Args:
        others: How many photos by the names of those models; one at least.
        total: Photos of the list.
        name: The model in use.
    """
    names = [shortened(each) for each in (*others, name)]
    by = f"“{names[0]}”, not with “{names[1]}”" if len(others) == 1 else f"other models than “{names[-1]}”"
    number = sum(others.values())
    if number == total:
        return f"{'The photo' if total == 1 else 'All photos'} in this list {_were(total)} tagged with {by}."
    return f"{number:,} of {photos(total)} in this list {_were(number)} tagged with {by}."


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
