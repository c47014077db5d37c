"""Loss against learning rate. Imports pyqtgraph (about 0.4 s), so import this module late."""

from __future__ import annotations

import math

import pyqtgraph as pg

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.train.charts.chart import Chart, ChartGroup

_LOWEST, _HIGHEST = -6, 1  # powers of ten


class LearningRatePlot(ChartGroup):
    """The smoothed loss at each rate, and a line at the suggested one."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []
        self.losses: list[float] = []
        self._suggested: float | None = None
        self._chart = Chart("Loss at each learning rate", "Learning rate", "Loss")
        self._line = self._chart.line()
        self._mark = self._chart.line()
        self._chart.set_named_ticks(
            [(power, f"{10.0**power:.{max(-power, 0)}f}") for power in range(_LOWEST, _HIGHEST + 1)]
        )
        layouts.column(self._chart, parent=self)
        self.apply_theme()

    def add(self, rate: float, loss: float) -> None:
        self.rates.append(rate)
        self.losses.append(loss)

    def mark(self, rate: float) -> None:
        self._suggested = rate
        self.apply_theme()

    def draw(self) -> None:
        """Draw all rates; the axis ignores the rise of the loss at the end."""
        if not self.rates:
            return
        self._line.setData([math.log10(rate) for rate in self.rates], self.losses)
        top = 1.5 * max(self.losses[: max(len(self.losses) // 2, 1)])
        self._chart.set_range(_LOWEST, _HIGHEST, 0.0, top)
        if self._suggested is not None:
            self._mark.setData([math.log10(self._suggested)] * 2, [0.0, top])

    def apply_theme(self) -> None:
        tokens, dot = theme.tokens(), self.devicePixelRatioF()
        self._line.setPen(pg.mkPen(tokens.accent, width=2 * dot))
        self._mark.setPen(pg.mkPen(tokens.ok, width=2 * dot, style=pg.QtCore.Qt.PenStyle.DashLine))
        marked = ((tokens.ok, "┆", f"suggested: {self._suggested:g}"),) if self._suggested is not None else ()
        self._chart.apply_theme(((tokens.accent, "▬", "smoothed loss"), *marked))
