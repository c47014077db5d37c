"""Two models compared on the same photos, in a dialog.

Imports pyqtgraph through the comparison, so import this module late.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QWidget

from fashionlens_gui.messages.evaluation import difference
from fashionlens_gui.window.comparison.accuracy_column import AccuracyColumn
from fashionlens_gui.window.comparison.view import ChangedGroup, ComparisonView
from fashionlens_gui.window.shell import layouts, theme
from trainer.evaluation.comparison import Comparison
from trainer.number_format import photos

_SIZE = QSize(150 * theme.SPACE, 84 * theme.SPACE)


class ComparisonDialog(QDialog):
    """Which of two models is better, and on which photos they differ."""

    def __init__(self, comparison: Comparison, place: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.comparison = comparison
        old, new = names = (comparison.old_name, comparison.new_name)
        self.setWindowTitle(f"{old} and {new}")
        self.column = AccuracyColumn(names)
        verdict = difference(comparison.test(), comparison.n, f"“{old}”", f"“{new}”")
        self.column.add_comparison(place, comparison, "that both models were tested on", verdict)
        self.column.column.addStretch(1)
        self.view = ComparisonView(
            self.column,
            comparison,
            ChangedGroup(comparison.better, *_texts(new, old, len(comparison.better))),
            ChangedGroup(comparison.worse, *_texts(old, new, len(comparison.worse))),
            names=names,
        )
        close = theme.quiet_button("Close")
        close.clicked.connect(self.accept)
        layouts.column(
            (self.view, 1), layouts.row(layouts.FILL, close, spacing=None), parent=self, spacing=2, margins=2
        )
        self.resize(_SIZE.boundedTo(parent.window().size() * 0.95))

    def done(self, result: int) -> None:
        self.view.stop_loading()
        super().done(result)


def _texts(right: str, wrong: str, count: int) -> tuple[str, str, str]:
    heading = f"Only {right} is correct: {photos(count) if count else 'no photos'}"
    return heading, f"In red: the answer of {wrong}", "No photos."
