"""The chart of a trend: a line for each value. Imports pyqtgraph (about 0.4 s), so import this module late."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from fashionlens_gui.catalogue.search.trends import Trend
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.train.charts.chart import Chart, ChartGroup, points_of, style_points
from fashionlens_gui.window.train.history.plot import LINE_STYLES, colour

MOST_LINES = len(LINE_STYLES)
_LETTERS_OF_TICKS = 56  # in a window of 1024 pixels
_LARGE, _SMALL, _MOST_LARGE = 9, 4, 60  # symbols in pixels; up to so many periods they are large
_MOST_LETTERS = 24
_RATIO = 2  # pixels per unit of a picture


class _TrendPlot(Chart):
    """A chart whose title and axes change, and whose points can be clicked."""

    def __init__(self) -> None:
        super().__init__("Trend", "", "")
        self._plot.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_texts(self, title: str, up: str) -> None:
        self._title, self._up = html.escape(title), up
        self._plot.setAccessibleName(title)

    @property
    def canvas(self) -> pg.PlotWidget:
        """The plot without its title."""
        return self._plot


class TrendChart(ChartGroup):
    """At most six values, each with a colour and a symbol of its own."""

    point_chosen = Signal(str, str)
    """The period and the value of a point that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = _TrendPlot()
        layouts.column((self.plot, 1), parent=self)
        self._periods: tuple[str, ...] = ()
        self._values: list[str] = []
        self._connected = True
        self._lines = [self.plot.line() for _ in LINE_STYLES]
        for place, line in enumerate(self._lines):
            line.sigPointsClicked.connect(lambda _line, points, _event=None, place=place: self._clicked(place, points))
        self.apply_theme()

    def show_trend(
        self, found: Trend, values: Sequence[str], shares: bool, title: str, up: str, connected: bool
    ) -> None:
        """Draw some values of a trend.

        Args:
            found: The trend.
            values: Of it; at most :data:`MOST_LINES`.
            shares: Draw shares of the period in percent, not amounts.
            title: Of the chart.
            up: Of the vertical axis.
            connected: Draw lines between the points: the periods follow each other in time.
        """
        self._connected = connected
        self._periods, self._values = found.periods, list(values[:MOST_LINES])
        drawn_PV = 100 * found.shares_PV if shares else found.amounts_PV
        across, top = np.arange(len(found.periods), dtype=np.float64), 0.0
        for place, line in enumerate(self._lines):
            if place < len(self._values):
                up_P = drawn_PV[:, found.values.index(self._values[place])]
                known_P = np.isfinite(up_P)
                line.setData(across[known_P], up_P[known_P])
                top = max(top, float(np.max(up_P[known_P], initial=0.0)))
            else:
                line.setData([], [])
        last = max(1, len(found.periods))
        letters = max((len(_short(period)) for period in found.periods), default=1)
        step = max(1, -(-last // max(1, _LETTERS_OF_TICKS // letters)))
        self.plot.set_named_ticks([(n, _short(found.periods[n])) for n in range(0, len(found.periods), step)])
        self.plot.set_range(-0.5, last - 0.5, 0.0, max(top, 1e-9) * 1.1)
        self.plot.set_texts(title, up)
        self.apply_theme()

    def points(self, value: str) -> np.ndarray:
        """The line of a value as drawn, (2, periods)."""
        return points_of(self._lines[self._values.index(value)])

    def picture(self) -> QImage:
        """The chart at two pixels per unit."""
        image = QImage(self.size() * _RATIO, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_RATIO)
        image.fill(QColor(theme.tokens().surface))
        self.render(image)
        return image

    def apply_theme(self) -> None:
        tokens, dot = theme.tokens(), self.devicePixelRatioF()
        for place, (symbol, *_) in enumerate(LINE_STYLES):
            style_points(self._lines[place], colour(place), symbol, tokens.surface, dot)
            self._lines[place].setSymbolSize(_LARGE if len(self._periods) <= _MOST_LARGE else _SMALL)
            if not self._connected:
                self._lines[place].setPen(None)
        self.plot.apply_theme(
            [
                (colour(place), LINE_STYLES[place][1], html.escape(_short(value or "none")))
                for place, value in enumerate(self._values)
            ]
        )

    def _clicked(self, place: int, points: Sequence[pg.SpotItem]) -> None:
        if len(points) and place < len(self._values):
            self.point_chosen.emit(self._periods[round(points[0].pos().x())], self._values[place])


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"…{text[1 - _MOST_LETTERS :]}"
