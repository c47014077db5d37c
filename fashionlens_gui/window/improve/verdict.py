"""Old and new side by side in figures, and whether that is more than chance."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from fashionlens_gui.window.improve.class_changes import UNCHANGED, points
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.side_column import SideColumn
from trainer.evaluation.comparison import Comparison
from trainer.number_format import number, percent

WIDTH = 34 * theme.SPACE


class Verdict(SideColumn):
    """A column beside the pictures; scrolls where the window is low."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(WIDTH, parent)

    def show_comparisons(
        self, attribute: str, corrections: Comparison, known: Comparison | None, remark: str, besides: str
    ) -> None:
        """Fill it, once.

        Args:
            attribute: What is compared where it is not the category; else empty.
            corrections: Both models on corrected photos that were held out.
            known: Both on photos that stand for what the model knew; None when there are none.
            remark: What to know first, or empty.
            besides: What was learnt beside that, or empty.
        """
        if remark:
            label = QLabel(remark)
            label.setWordWrap(True)
            label.setProperty("tone", "review")
            self.column.addWidget(label)
            self.column.addSpacing(theme.SPACE)
        of_what = f": {attribute}" if attribute else ""
        self._add(f"Your corrected photos{of_what}", corrections, "held back to judge")
        if known is not None:
            self._add(f"What it knew before{of_what}", known, "as a sample")
        if besides:
            label = QLabel(besides)
            label.setWordWrap(True)
            self.column.addWidget(label)
        self.column.addStretch(1)

    def _add(self, heading: str, comparison: Comparison, which: str) -> None:
        self.column.addWidget(theme.heading(heading))
        photos = f"{number(comparison.n)} photo{'' if comparison.n == 1 else 's'}"
        self.column.addWidget(theme.muted(f"{photos} {which}"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, 13 * theme.SPACE)  # “100.0 %”: both comparisons stand in line
        said = points(comparison.old_accuracy, comparison.new_accuracy)
        better = comparison.new_accuracy > comparison.old_accuracy
        for column, (name, share) in enumerate((("Before", comparison.old_accuracy), ("Now", comparison.new_accuracy))):
            figure = QLabel(percent(share))
            figure.setProperty("role", "title")
            figure.setAccessibleName(f"{heading}, {name.lower()}: {percent(share)} right")
            if column and said != UNCHANGED:
                figure.setProperty("tone", "ok" if better else "error")
            grid.addWidget(theme.muted(name), 0, column)
            grid.addWidget(figure, 1, column)
        grid.setColumnStretch(2, 1)
        self.column.addLayout(grid)
        test = comparison.test().sentence()
        text = QLabel(f"{said if said != UNCHANGED else 'No change'}. {test}")
        text.setWordWrap(True)
        self.column.addWidget(text)
        self.column.addSpacing(2 * theme.SPACE)
