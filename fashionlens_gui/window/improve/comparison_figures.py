"""Accuracies before and after an improvement: of the main head in a column, of all heads on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from fashionlens_gui.messages.evaluation import difference
from fashionlens_gui.messages.improve import DATA_NAMES, kept_because
from fashionlens_gui.window.improve.class_changes import UNCHANGED, points
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.widgets import SideColumn
from trainer.number_format import percent, photos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison
    from trainer.training.improve.improve import HeadOutcome

WIDTH = 34 * theme.SPACE
CORRECTIONS, REPLAY = "Your corrected photos", "What it knew before"
_HEADINGS = ("", CORRECTIONS, REPLAY)
_ROWS_PER_HEAD = 2  # figures, and the sentence below


class AccuracyColumn(SideColumn):
    """A column beside the photos; scrolls when the window is low."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(WIDTH, parent)

    def show_comparisons(
        self, attribute: str, corrections: Comparison, replay: Comparison | None, notice: str, other_heads: str
    ) -> None:
        """Fill it, once.

        Args:
            attribute: What is compared if it is not the category; else empty.
            corrections: Both models on corrected photos that were held out.
            replay: Both on the replay sample; None without one.
            notice: Shown first, as a warning; may be empty.
            other_heads: What happened to the other heads; may be empty.
        """
        if notice:
            label = theme.plain(notice, "review")
            self.column.addWidget(label)
            self.column.addSpacing(theme.SPACE)
        suffix = f": {attribute}" if attribute else ""
        self._add(f"{CORRECTIONS}{suffix}", corrections, "not used for training")
        if replay is not None:
            self._add(f"{REPLAY}{suffix}", replay, "as a sample")
        if other_heads:
            label = theme.plain(other_heads)
            self.column.addWidget(label)
        self.column.addStretch(1)

    def _add(self, heading: str, comparison: Comparison, which: str) -> None:
        self.column.addWidget(theme.heading(heading))
        self.column.addWidget(theme.muted(f"{photos(comparison.n)} {which}"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, 13 * theme.SPACE)  # “100.0 %”: both comparisons are aligned
        change = points(comparison.old_accuracy, comparison.new_accuracy)
        better = comparison.new_accuracy > comparison.old_accuracy
        for column, (name, share) in enumerate((("Before", comparison.old_accuracy), ("Now", comparison.new_accuracy))):
            figure = QLabel(percent(share))
            figure.setProperty("role", "title")
            figure.setAccessibleName(f"{heading}, {name.lower()}: {percent(share)} correct")
            if column and change != UNCHANGED:
                figure.setProperty("tone", "ok" if better else "error")
            grid.addWidget(theme.muted(name), 0, column)
            grid.addWidget(figure, 1, column)
        grid.setColumnStretch(2, 1)
        self.column.addLayout(grid)
        sentence = difference(comparison.test(), comparison.n)
        text = theme.plain(f"{change if change != UNCHANGED else 'No change'}. {sentence}")
        self.column.addWidget(text)
        self.column.addSpacing(2 * theme.SPACE)


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
