"""The three charts of a training run.

Imports pyqtgraph (about 0.4 s), so import this module late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.train.charts.chart import (
    Chart,
    ChartGroup,
    epoch_ticks,
    points_of,
    style_points,
    style_ring,
)
from fashionlens_gui.window.train.charts.curves import LossCurve
from trainer.model_files.metadata import EpochMetrics
from trainer.number_format import percent

# Of the validation lines, which also have square points.
_VALIDATION_LIGHT = "#b8602f"
_VALIDATION_DARK = "#eba27a"


class LivePlot(ChartGroup):
    """Loss of each batch above; loss and accuracy of each epoch below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._batch_loss = Chart("Loss per batch", "Batches so far", "Loss")
        self._epoch_loss = Chart("Loss per epoch", "Epoch", "Loss")
        self._epoch_accuracy = Chart("Accuracy per epoch", "Epoch", "Correct, %")
        self._batch_loss.setToolTip("Loss on each batch of photos. It should fall, quickly at first.")
        self._epoch_loss.setToolTip(
            "Loss per pass over all photos. If the validation line rises while the training line falls, the model "
            "overfits and more epochs do not help."
        )
        self._epoch_accuracy.setToolTip(
            "Share of correct photos. The model is not trained on the validation photos, so their line shows how good "
            "it is."
        )
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self._batch_loss, 0, 0, 1, 2)
        layout.addWidget(self._epoch_loss, 1, 0)
        layout.addWidget(self._epoch_accuracy, 1, 1)
        for stretch in (0, 1):
            layout.setRowStretch(stretch, 1)
            layout.setColumnStretch(stretch, 1)
        self._top = 0.0
        self._raw = self._batch_loss.line(antialias=False)  # antialiasing would double the cost
        self._smooth = self._batch_loss.line()
        self._smooth.curve.setSegmentedLineMode("on")  # a third faster
        self._lines = [
            (chart.line(), chart.line()) for chart in (self._epoch_loss, self._epoch_accuracy)
        ]  # (training, validation)
        self._kept = [chart.line() for chart in (self._epoch_loss, self._epoch_accuracy)]
        for accuracy, (training, validation) in enumerate(self._lines):
            training.scatter.setData(hoverable=True, tip=_tip("training", bool(accuracy)))
            validation.scatter.setData(hoverable=True, tip=_tip("validation", bool(accuracy)))
        self.apply_theme()

    def show_losses(self, curve: LossCurve, batches: int = 0) -> None:
        """Draw the loss of each batch. The cost does not depend on the number of batches.

        Args:
            curve: The losses.
            batches: Of the whole run, 0 if unknown; the axis is never longer.
        """
        points = max(self._batch_loss.width(), 200)
        self._raw.setData(*curve.raw(points // 2))
        steps, losses = curve.smooth(points // 4)
        self._smooth.setData(steps, losses)
        last = float(steps[-1]) if len(steps) else 0.0
        first = float(steps[0]) - 1 if len(steps) else 0.0
        self._top = _steady(self._top, curve.visible_top())
        room = _room_for(last - first)
        right = max(min(first + room, batches), last, first + 1) if batches else first + room
        self._batch_loss.set_range(first, right, 0.0, self._top)

    def show_epochs(self, history: Sequence[EpochMetrics], epochs: int, kept: EpochMetrics | None = None) -> None:
        """Draw every finished epoch and mark the ``kept`` one; the horizontal axis shows all ``epochs`` to come."""
        numbers = np.array([epoch.epoch for epoch in history], dtype=np.float64)
        losses = np.array([(epoch.training_loss, epoch.validation_loss) for epoch in history]).reshape(-1, 2)
        rights = np.array([(epoch.training_accuracy, epoch.validation_accuracy) for epoch in history]).reshape(-1, 2)
        for lines, values in zip(self._lines, (losses, 100 * rights), strict=True):
            for line, column in zip(lines, values.T, strict=True):
                line.setData(numbers, column)
        for mark, value in zip(
            self._kept, (kept.validation_loss, 100 * kept.validation_accuracy) if kept else (0, 0), strict=True
        ):
            mark.setData(*([[kept.epoch], [value]] if kept else [[], []]))
        ticks = epoch_ticks(epochs)
        for chart in (self._epoch_loss, self._epoch_accuracy):
            chart.set_ticks(ticks)
        top = float(losses.max()) * 1.1 if len(history) else 1.0
        lowest = float(rights.min()) * 100 if len(history) else 0.0
        self._epoch_loss.set_range(0.5, epochs + 0.5, 0.0, max(top, 1e-3))
        bottom = max(float(np.floor(lowest / 5)) * 5 - 5, 0.0)
        # Without room above it the axis would drop the number 100.
        self._epoch_accuracy.set_range(0.5, epochs + 0.5, bottom, 100 + 0.1 * (100 - bottom))

    def smoothed_batch_losses(self) -> np.ndarray:
        """The bold line as drawn, (2, M): batches and losses."""
        return points_of(self._smooth)

    def epoch_points(self, line: str) -> np.ndarray:
        """A line of the lower charts as drawn, (2, epochs): ``training loss``, ``validation accuracy`` and so on."""
        which, what = line.split()
        return points_of(self._lines[("loss", "accuracy").index(what)][("training", "validation").index(which)])

    @property
    def kept_epoch(self) -> int:
        """The epoch that is marked; 0 for none."""
        marked = points_of(self._kept[0])
        return int(marked[0, 0]) if marked.size else 0

    @property
    def batch_axis(self) -> tuple[float, float]:
        """The ends of the batch axis."""
        return self._batch_loss.range[:2]

    def take_painting_seconds(self) -> float:
        """Processor time that painting took since last asked."""
        return sum(
            chart.take_painting_seconds() for chart in (self._batch_loss, self._epoch_loss, self._epoch_accuracy)
        )

    def apply_theme(self) -> None:
        tokens = theme.tokens()
        validation = _VALIDATION_DARK if theme.is_dark() else _VALIDATION_LIGHT
        faint = QColor(tokens.accent)
        faint.setAlpha(90 if theme.is_dark() else 70)
        dot = self.devicePixelRatioF()  # pens are in device pixels
        self._raw.setPen(pg.mkPen(faint, width=dot))
        self._smooth.setPen(pg.mkPen(tokens.accent, width=2 * dot))
        for training_line, validation_line in self._lines:
            style_points(training_line, tokens.accent, "o", tokens.surface, dot)
            style_points(validation_line, validation, "s", tokens.surface, dot)
        self._batch_loss.apply_theme(
            ((faint.name(QColor.NameFormat.HexArgb), "▬", "each batch"), (tokens.accent, "▬", "smoothed"))
        )
        for mark in self._kept:
            style_ring(mark, validation, dot)
        for chart in (self._epoch_loss, self._epoch_accuracy):
            chart.apply_theme(
                ((tokens.accent, "●", "training"), (validation, "■", "validation"), (validation, "◯", "kept"))
            )


def _tip(which: str, accuracy: bool) -> Callable[..., str]:
    def words(x: float, y: float, data: object) -> str:
        return f"Epoch {x:.0f}, {which}: " + (f"{percent(y / 100)} correct" if accuracy else f"loss {y:.3f}")

    return words


def _room_for(batches: float) -> float:
    """Length of the batch axis; grows in steps of a quarter."""
    room = 64.0
    while room < batches:
        room *= 1.25
    return room


def _steady(before: float, wanted: float) -> float:
    """The upper end of an axis, changed only when necessary."""
    return before if 0.7 * before <= wanted <= before else wanted * 1.1
