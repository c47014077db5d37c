"""A perceptually even colour scale of one hue, made from the theme's colours, and the bar that is its legend.

Lightness is spaced evenly in OKLab (B. Ottosson 2020, “A perceptual color space for image processing”), so that equal
steps in the value look like equal steps on the screen, in the light theme as in the dark one.

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

_LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_RGB_FROM_LMS = np.linalg.inv(_LMS_FROM_RGB)
_LMS_FROM_LAB = np.linalg.inv(_LAB_FROM_LMS)
_DEEPEST, _BRIGHTEST = 0.36, 0.88
_FULL_CHROMA = 0.15


def single_hue_scale(base: str, accent: str, steps: int = 256) -> np.ndarray:
    """Colours from ``base`` (nothing) to a strong shade of ``accent`` (all).

    Args:
        base: ``#rrggbb`` of the surface that the scale lies on; a light one leads to deep shades, a dark one to bright.
        accent: ``#rrggbb`` whose hue is kept.
        steps: Number of colours.

    Returns:
        uint8, steps×3, sRGB.
    """
    start, hue_source = _lab(base), _lab(accent)
    hue = np.arctan2(hue_source[2], hue_source[1])
    end_lightness = _DEEPEST if start[0] > 0.5 else _BRIGHTEST
    way = np.linspace(0.0, 1.0, steps)
    lightness = start[0] + (end_lightness - start[0]) * way
    # The colour deepens fast and then stays, so that small shares are already seen as the accent, not as grey.
    chroma = _FULL_CHROMA * np.sqrt(way)
    grey = np.hypot(start[1], start[2]) * (1 - way)
    start_hue = np.arctan2(start[2], start[1])
    lab = np.stack(
        [
            lightness,
            chroma * np.cos(hue) + grey * np.cos(start_hue),
            chroma * np.sin(hue) + grey * np.sin(start_hue),
        ],
        axis=1,
    )
    return _rgb_in_gamut(lab)


def contrast(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Contrast ratio of sRGB colours (uint8, …×3), 1 to 21 (WCAG 2.1, 1.4.3); shapes broadcast."""
    one, other = _luminance(first), _luminance(second)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def rgb(colour: str) -> np.ndarray:
    """``#rrggbb`` as uint8, 3."""
    return np.frombuffer(bytes.fromhex(colour.lstrip("#")), dtype=np.uint8)


def _linear(rgb_3: np.ndarray) -> np.ndarray:
    share = np.asarray(rgb_3, dtype=float) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _luminance(rgb_3: np.ndarray) -> np.ndarray:
    return np.asarray(_linear(rgb_3) @ np.array([0.2126, 0.7152, 0.0722]))


def _lab(colour: str) -> np.ndarray:
    return _LAB_FROM_LMS @ np.cbrt(_LMS_FROM_RGB @ _linear(rgb(colour)))


def _rgb_in_gamut(lab_S3: np.ndarray) -> np.ndarray:
    """The sRGB (uint8) of OKLab colours; those that no screen shows get less colour at the same lightness."""
    shown = lab_S3.copy()
    for _ in range(40):
        linear = (shown @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T
        outside = ((linear < -1e-4) | (linear > 1 + 1e-4)).any(axis=1)
        if not outside.any():
            break
        shown[outside, 1:] *= 0.95
    linear = linear.clip(0, 1)
    share = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(share * 255).astype(np.uint8)


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
