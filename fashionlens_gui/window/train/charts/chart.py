"""A titled chart. Imports pyqtgraph (about 0.4 s), so import this module late."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from fashionlens_gui.window.shell import layouts, theme

_MOST_EPOCH_TICKS = 8


class _Canvas(pg.PlotWidget):
    """A plot that measures its painting time."""

    def __init__(self) -> None:
        super().__init__()
        self.painting_seconds = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.thread_time()
        super().paintEvent(event)
        self.painting_seconds += time.thread_time() - began


class Chart(QFrame):
    """A chart with title and legend, without mouse interaction."""

    def __init__(self, title: str, across: str, up: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title, self._across, self._up = title, across, up
        self.range = (0.0, 0.0, 0.0, 0.0)
        self._heading = QLabel()
        self._heading.setTextFormat(Qt.TextFormat.RichText)
        self._heading.setWordWrap(True)  # in a narrow window the legend goes below the title
        self._plot = _Canvas()
        self._plot.setMinimumSize(160, 96)
        self._plot.setAccessibleName(title)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.disableAutoRange()
        self._plot.showGrid(x=False, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, tickTextOffset=6)
            # Drawing the numbers is the slowest part, so they are cached until the range changes.
            axis.setCacheMode(pg.QtWidgets.QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._plot.getAxis("left").setWidth(56)
        self._heading.setIndent(theme.SPACE)
        layouts.column(self._heading, (self._plot, 1), parent=self, spacing=0.5, margins=(1, 1, 2, 1))

    def line(self, *, antialias: bool = True) -> pg.PlotDataItem:
        return self._plot.plot([], [], antialias=antialias)

    def take_painting_seconds(self) -> float:
        seconds, self._plot.painting_seconds = self._plot.painting_seconds, 0.0
        return seconds

    def set_range(self, left: float, right: float, bottom: float, top: float) -> None:
        if (left, right, bottom, top) == self.range:
            return
        self.range = (left, right, bottom, top)
        self._plot.setRange(QRectF(left, bottom, right - left, top - bottom), padding=0)

    def set_ticks(self, numbers: Sequence[int]) -> None:
        """Ticks at these numbers of the horizontal axis."""
        self.set_named_ticks([(number, str(number)) for number in numbers])

    def set_named_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Ticks (position, text) of the horizontal axis."""
        self._plot.getAxis("bottom").setTicks([list(ticks)])

    def apply_theme(self, legend: Sequence[tuple[str, str, str]]) -> None:
        """Use the colours of the theme. ``legend``: (colour, symbol, name) of each line."""
        tokens = theme.tokens()
        self._plot.setBackground(tokens.surface)
        for side, words in (("bottom", self._across), ("left", self._up)):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(tokens.border))
            axis.setTextPen(pg.mkPen(tokens.text_muted))
            axis.setLabel(words, color=tokens.text_muted)
        marks = "&nbsp;&nbsp; ".join(
            f'<span style="color:{colour}">{mark}</span>&nbsp;<span style="color:{tokens.text_muted}">{words}</span>'
            for colour, mark, words in legend
        )
        self._heading.setText(f"<b>{self._title}</b>&nbsp;&nbsp;&nbsp; {marks}")


class ChartGroup(QWidget):
    """Charts that follow the theme and the device pixel ratio. Subclasses call :meth:`apply_theme` when built."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.notifier().changed.connect(self._follow_theme)

    def apply_theme(self) -> None:
        """Set pens, whose widths are in device pixels, and colours."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.apply_theme()
        return super().event(event)

    @Slot()
    def _follow_theme(self) -> None:
        self.apply_theme()  # a slot that a subclass overrides would stay connected after the widget is gone


def points_of(line: pg.PlotDataItem) -> np.ndarray:
    """A line as drawn, (2, M)."""
    across, up = line.getData()
    return np.stack((across, up)) if across is not None else np.empty((2, 0))


def style_points(line: pg.PlotDataItem, colour: str, symbol: str, background: str, dot: float) -> None:
    """A line with points in one colour; ``dot`` is the device pixel ratio."""
    line.setPen(pg.mkPen(colour, width=2 * dot))
    line.setSymbol(symbol)
    line.setSymbolSize(7)
    line.setSymbolBrush(colour)
    line.setSymbolPen(pg.mkPen(background, width=1))


def style_ring(line: pg.PlotDataItem, colour: str, dot: float) -> None:
    """Rings without a line, around points of other lines."""
    line.setPen(None)
    line.setSymbol("o")
    line.setSymbolSize(15)
    line.setSymbolBrush(None)
    line.setSymbolPen(pg.mkPen(colour, width=2 * dot))


def epoch_ticks(epochs: int) -> list[int]:
    """The first, the last, and numbers at a round distance between them."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, epochs) if epochs / step <= _MOST_EPOCH_TICKS)
    between = [number for number in range(step, epochs, step) if number > 1 and epochs - number >= step / 2]
    return sorted({1, *between, epochs})
