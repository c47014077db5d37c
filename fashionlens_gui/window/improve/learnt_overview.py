"""What was done with the corrections of the category and of each attribute, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from fashionlens_gui.window.shell import theme
from trainer.number_format import number, percent

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison
    from trainer.training.improve.improvement import Outcome

_HEADINGS = ("", "Your corrected photos", "What it knew before")
_ROWS_EACH = 2  # of the grid: a line of figures, and the sentence below


class LearntOverview(QScrollArea):
    """Scrolls where there is much."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("What was learnt")
        inner = QWidget()
        inner.setObjectName("learnt")
        inner.setStyleSheet("#learnt { background: transparent; }")
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, theme.SPACE, 0)
        self._grid.setHorizontalSpacing(3 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE // 2)
        for column in range(len(_HEADINGS)):
            self._grid.setColumnStretch(column, 1)
        self.setWidget(inner)

    def show_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Fill it, once."""
        for column, heading in enumerate(_HEADINGS):
            self._grid.addWidget(theme.muted(heading), 0, column)
        for place, outcome in enumerate(outcomes):
            row = 1 + _ROWS_EACH * place
            self._grid.addWidget(theme.heading(outcome.attribute.capitalize()), row, 0)
            if outcome.judged is not None:
                for column, comparison in ((1, outcome.judged.corrections), (2, outcome.judged.known)):
                    self._grid.addWidget(_figures(comparison, outcome.learnt), row, column)
            sentence = theme.muted(_sentence(outcome))
            sentence.setWordWrap(True)
            sentence.setContentsMargins(0, 0, 0, 2 * theme.SPACE)
            self._grid.addWidget(sentence, row + 1, 0, 1, len(_HEADINGS))
        self._grid.setRowStretch(1 + _ROWS_EACH * len(outcomes), 1)


def _figures(comparison: Comparison | None, learnt: bool) -> QLabel:
    """How often it was right and is; a head that is not used shows what it would have been, without a tone."""
    if comparison is None or not comparison.n:
        return theme.muted("–")
    label = QLabel(f"{percent(comparison.old_accuracy)} → {percent(comparison.new_accuracy)}")
    change = round(comparison.new_accuracy - comparison.old_accuracy, 4)
    if learnt and change > 0:
        label.setProperty("tone", "ok")
    label.setToolTip(f"{number(comparison.n)} photos, {comparison.data_name}: right before and now")
    label.setAccessibleName(
        f"Right before {percent(comparison.old_accuracy)}, now {percent(comparison.new_accuracy)}, of "
        f"{number(comparison.n)} photos"
    )
    return label


def _sentence(outcome: Outcome) -> str:
    told = f"Learnt from {_photos(outcome.learnt_from)}." if outcome.learnt else f"Stays as it was. {outcome.why_not}"
    if outcome.unknown:
        names = ", ".join(f"“{name}”" for name, _ in outcome.unknown.most_common(3))
        told += f" Left out: {_photos(outcome.unknown.total())} with what it does not know ({names})."
    return told


def _photos(count: int) -> str:
    return f"{number(count)} photo{'' if count == 1 else 's'}"
