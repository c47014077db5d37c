"""The legend of a colour scale: a bar and the values along it.

Imports pyqtgraph, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from fashionlens_gui.window.shell.theme import SPACE, Tokens

_BAR = 1.5 * SPACE
_GAP = SPACE / 2


class ScaleBar(pg.GraphicsWidget):
    """Vertical, the largest value at the top. Lighter than pyqtgraph's own, which is a whole plot."""

    def __init__(self) -> None:
        super().__init__()
        self._gradient = QImage()
        self._ticks: tuple[tuple[float, str], ...] = ()
        self._tokens: Tokens | None = None
        self._font = QFont()

    def apply_theme(self, scale_S3: np.ndarray, tokens: Tokens, font: QFont) -> None:
        """Show these colours (uint8, S×3, the smallest value first)."""
        turned = np.ascontiguousarray(scale_S3[::-1])
        self._gradient = QImage(turned.tobytes(), 1, len(turned), 3, QImage.Format.Format_RGB888).copy()
        self._tokens, self._font = tokens, QFont(font)
        self._fit()

    def set_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Texts at positions from 0 (bottom) to 1 (top); of texts that would overlap only the first is drawn."""
        self._ticks = tuple(ticks)
        self._fit()

    def paint(self, painter: QPainter, _option: Any, _widget: Any = None) -> None:
        if self._tokens is None:
            return
        metrics = QFontMetricsF(self._font)
        height = self.size().height()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(2 * SPACE, 0, _BAR, height), self._gradient)
        painter.setFont(self._font)
        painter.setPen(QColor(self._tokens.text_muted))
        written: list[float] = []
        for place, text in self._ticks:
            middle = min(max(height * (1 - place), metrics.height() / 2), height - metrics.height() / 2)
            if any(abs(middle - other) < metrics.height() for other in written):
                continue
            written.append(middle)
            box = QRectF(2 * SPACE + _BAR + _GAP, middle - metrics.height() / 2, self.size().width(), metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _fit(self) -> None:
        metrics = QFontMetricsF(self._font)
        longest = max((metrics.horizontalAdvance(text) for _, text in self._ticks), default=0.0)
        self.setFixedWidth(ceil(2 * SPACE + _BAR + _GAP + longest + 1))
        self.update()
