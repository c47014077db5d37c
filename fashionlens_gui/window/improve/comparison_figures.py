"""Accuracies of all heads before and after an improvement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from fashionlens_gui.messages.improve import DATA_NAMES, kept_because
from fashionlens_gui.window.shell import theme
from trainer.number_format import percent, photos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison
    from trainer.training.improve.improve import HeadOutcome

CORRECTIONS, REPLAY = "Your corrected photos", "What it knew before"
_HEADINGS = ("", CORRECTIONS, REPLAY)
_ROWS_PER_HEAD = 2  # figures, and the sentence below


class HeadsOverview(QScrollArea):
    """The outcome for the category and each attribute, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Category and attributes")
        inner = QWidget()
        inner.setObjectName("heads")
        inner.setStyleSheet("#heads { background: transparent; }")
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, theme.SPACE, 0)
        self._grid.setHorizontalSpacing(3 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE // 2)
        for column in range(len(_HEADINGS)):
            self._grid.setColumnStretch(column, 1)
        self.setWidget(inner)

    def show_outcomes(self, outcomes: Sequence[HeadOutcome]) -> None:
        for column, heading in enumerate(_HEADINGS):
            self._grid.addWidget(theme.muted(heading), 0, column)
        for place, outcome in enumerate(outcomes):
            row = 1 + _ROWS_PER_HEAD * place
            self._grid.addWidget(theme.heading(outcome.attribute.capitalize()), row, 0)
            if outcome.comparisons is not None:
                for column, comparison in ((1, outcome.comparisons.corrections), (2, outcome.comparisons.replay)):
                    self._grid.addWidget(_figures(comparison, outcome.updated), row, column)
            sentence = theme.muted(_sentence(outcome))
            sentence.setContentsMargins(0, 0, 0, 2 * theme.SPACE)
            self._grid.addWidget(sentence, row + 1, 0, 1, len(_HEADINGS))
        self._grid.setRowStretch(1 + _ROWS_PER_HEAD * len(outcomes), 1)


def _figures(comparison: Comparison | None, updated: bool) -> QLabel:
    """Accuracy before and after; of a rejected head without a tone."""
    if comparison is None or not comparison.n:
        return theme.muted("–")
    label = QLabel(f"{percent(comparison.old_accuracy)} → {percent(comparison.new_accuracy)}")
    if updated and round(comparison.new_accuracy - comparison.old_accuracy, 4) > 0:
        label.setProperty("tone", "ok")
    label.setToolTip(f"{photos(comparison.n)}, {DATA_NAMES[comparison.data_name]}: correct before and now")
    label.setAccessibleName(
        f"Correct before {percent(comparison.old_accuracy)}, now {percent(comparison.new_accuracy)}, of "
        f"{photos(comparison.n)}"
    )
    return label


def _sentence(outcome: HeadOutcome) -> str:
    if outcome.updated:
        text = f"Trained on {photos(outcome.trained_on)}."
    else:
        text = f"Stays as it was. {kept_because(outcome)}"
    if outcome.unknown_values:
        names = ", ".join(f"“{name}”" for name, _ in outcome.unknown_values.most_common(3))
        text += (
            f" Left out: {photos(outcome.unknown_values.total())} with values that the model does not have ({names})."
        )
    return text
