"""Accuracies of two models, in a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from fashionlens_gui.messages.evaluation import difference
from fashionlens_gui.window.comparison.class_changes import UNCHANGED, points
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.widgets import SideColumn
from trainer.number_format import percent, photos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison

WIDTH = 34 * theme.SPACE


class AccuracyColumn(SideColumn):
    """A column beside the photos; scrolls when the window is low.

    Args:
        names: What the old and the new model are called.
    """

    def __init__(self, names: tuple[str, str] = ("Before", "Now"), parent: QWidget | None = None) -> None:
        super().__init__(WIDTH, parent)
        self._names = names

    def add_text(self, text: str, tone: str = "") -> None:
        if text:
            self.column.addWidget(theme.plain(text, tone))
            self.column.addSpacing(theme.SPACE)

    def add_comparison(self, heading: str, comparison: Comparison, which: str, verdict: str = "") -> None:
        """Add the accuracies on ``which`` photos; ``verdict`` replaces the sentence about old and new."""
        self.column.addWidget(theme.heading(heading, wraps=True))
        self.column.addWidget(theme.muted(f"{photos(comparison.n)} {which}"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, 13 * theme.SPACE)  # “100.0 %”: all comparisons are aligned
        change = points(comparison.old_accuracy, comparison.new_accuracy)
        better = comparison.new_accuracy > comparison.old_accuracy
        shares = (comparison.old_accuracy, comparison.new_accuracy)
        for column, (name, share) in enumerate(zip(self._names, shares, strict=True)):
            figure = QLabel(percent(share))
            figure.setProperty("role", "title")
            figure.setAccessibleName(f"{heading}, {name.lower()}: {percent(share)} correct")
            if column and change != UNCHANGED:
                figure.setProperty("tone", "ok" if better else "error")
            label = theme.muted(name)
            label.setMinimumWidth(1)
            grid.addWidget(label, 0, column)
            grid.addWidget(figure, 1, column)
        grid.setColumnStretch(2, 1)
        self.column.addLayout(grid)
        verdict = verdict or difference(comparison.test(), comparison.n)
        self.add_text(f"{change if change != UNCHANGED else 'No change'}. {verdict}")
        self.column.addSpacing(theme.SPACE)
