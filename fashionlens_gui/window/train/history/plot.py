"""Several trainings in one pair of charts: validation loss and accuracy per epoch.

Imports pyqtgraph (about 0.4 s), so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.train.charts.chart import (
    Chart,
    ChartGroup,
    epoch_ticks,
    points_of,
    style_points,
    style_ring,
)
from trainer.model_files.metadata import EpochMetrics

# Distinct in symbol and colour; the colours are variants of the palette of Okabe and Ito.
LINE_STYLES = (
    ("o", "●", "#0b6aa8", "#6cb8ee"),
    ("s", "■", "#b8602f", "#eba27a"),
    ("t1", "▲", "#0b7a5b", "#5cc9a7"),
    ("d", "◆", "#9b4583", "#dd9cc9"),
    ("t", "▼", "#8a6d00", "#e0c04e"),
    ("star", "★", "#555555", "#bbbbbb"),
)
"""(symbol, the same as text, colour in the light theme, colour in the dark theme)"""


class HistoryPlot(ChartGroup):
    """The validation curves of at most six runs; of a single one also the training curves, dashed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loss = Chart("Loss", "Epoch", "Loss")
        self._accuracy = Chart("Accuracy", "Epoch", "Correct, %")
        layouts.row((self._loss, 1), (self._accuracy, 1), parent=self, spacing=2)
        self._validation = [(self._loss.line(), self._accuracy.line()) for _ in LINE_STYLES]
        self._training = (self._loss.line(), self._accuracy.line())
        self._kept = (self._loss.line(), self._accuracy.line())
        self._alone = False
        self.apply_theme()

    def show_runs(self, histories: Sequence[Sequence[EpochMetrics]], kept: Sequence[int] = ()) -> None:
        """Draw these runs' epochs, at most six, as in :data:`LINE_STYLES`, and mark the ``kept`` epoch of each."""
        marked = [history[best - 1] for history, best in zip(histories, kept, strict=False) if 0 < best <= len(history)]
        values = [e.validation_loss for e in marked], [e.validation_accuracy for e in marked]
        _draw(self._kept, np.array([epoch.epoch for epoch in marked], dtype=np.float64), *values)
        self._alone = len(histories) == 1
        losses, accuracies, last = [0.0], [1.0], 1
        shown: list[Sequence[EpochMetrics]] = [*histories, *([()] * len(LINE_STYLES))]
        for lines, history in zip(self._validation, shown, strict=False):
            numbers = np.array([epoch.epoch for epoch in history], dtype=np.float64)
            loss, accuracy = [e.validation_loss for e in history], [e.validation_accuracy for e in history]
            _draw(lines, numbers, loss, accuracy)
            losses, accuracies = [*losses, *loss], [*accuracies, *accuracy]
            last = max(last, *(e.epoch for e in history), 1)
        alone = histories[0] if self._alone else ()
        loss, accuracy = [e.training_loss for e in alone], [e.training_accuracy for e in alone]
        _draw(self._training, np.array([epoch.epoch for epoch in alone], dtype=np.float64), loss, accuracy)
        bottom = max(np.floor(100 * min(*accuracies, *accuracy, 1.0) / 5) * 5 - 5, 0.0)
        for chart in (self._loss, self._accuracy):
            chart.set_ticks(epoch_ticks(last))
        self._loss.set_range(0.5, last + 0.5, 0.0, max(*losses, *loss, 1e-3) * 1.1)
        self._accuracy.set_range(0.5, last + 0.5, bottom, 100 + 0.1 * (100 - bottom))
        self.apply_theme()

    def points(self, run: int, what: str) -> np.ndarray:
        """A run's validation line as drawn, (2, epochs); ``what`` is ``loss`` or ``accuracy``."""
        return points_of(self._validation[run][("loss", "accuracy").index(what)])

    def kept_points(self, what: str) -> np.ndarray:
        """The marks of the kept epochs as drawn, (2, runs); ``what`` is ``loss`` or ``accuracy``."""
        return points_of(self._kept[("loss", "accuracy").index(what)])

    def apply_theme(self) -> None:
        tokens, dot = theme.tokens(), self.devicePixelRatioF()
        for run, (symbol, *_) in enumerate(LINE_STYLES):
            for line in self._validation[run]:
                style_points(line, colour(run), symbol, tokens.surface, dot)
        for line in self._training:
            line.setPen(pg.mkPen(tokens.text_muted, width=1.5 * dot, style=pg.QtCore.Qt.PenStyle.DashLine))
        for line in self._kept:
            style_ring(line, tokens.text, dot)
        legend = (
            (
                (colour(0), LINE_STYLES[0][1], "validation"),
                (tokens.text_muted, "╌", "training"),
                (tokens.text, "◯", "kept"),
            )
            if self._alone
            else ()
        )
        for chart in (self._loss, self._accuracy):
            chart.apply_theme(
                legend or ((tokens.text_muted, "", "on the validation photos"), (tokens.text, "◯", "kept"))
            )


def colour(run: int) -> str:
    """Colour of the run's line in the current theme."""
    _, _, light, dark = LINE_STYLES[run]
    return dark if theme.is_dark() else light


def _draw(
    lines: tuple[pg.PlotDataItem, pg.PlotDataItem], numbers: np.ndarray, loss: list[float], accuracy: list[float]
) -> None:
    lines[0].setData(numbers, np.array(loss))
    lines[1].setData(numbers, 100 * np.array(accuracy))
