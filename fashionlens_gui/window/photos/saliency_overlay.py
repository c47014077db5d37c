"""Saliency maps as colours over the photo: transparent for low values, bright for high ones, with a legend.

Lightness rises with the value throughout (dark violet, red, orange, pale yellow), so that the map reads without colour
vision and in print, and it is drawn on the photo, so that light and dark themes show the same.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import fonts_like

# Value, red, green, blue, opacity, each [0, 1].
_STOPS = (
    (0.00, 0.16, 0.07, 0.35, 0.00),
    (0.25, 0.33, 0.10, 0.47, 0.22),
    (0.50, 0.75, 0.20, 0.38, 0.52),
    (0.75, 0.96, 0.49, 0.16, 0.66),
    (1.00, 0.99, 0.90, 0.45, 0.74),
)
_BAR_WIDTH, _BAR_HEIGHT = 12 * theme.SPACE, 10


@cache
def _ramp() -> np.ndarray:
    """uint8 (256, 4): red, green, blue, opacity for each of 256 values."""
    stops = np.array(_STOPS)
    at = np.linspace(0, 1, 256)
    return np.stack([np.interp(at, stops[:, 0], stops[:, part]) * 255 for part in range(1, 5)], axis=1).astype(np.uint8)


def to_overlay(activation_HW: np.ndarray) -> QImage:
    """An overlay for a map of values in [0, 1], H×W, to be drawn over the photo at any size. For any thread."""
    indices = (np.nan_to_num(np.clip(activation_HW, 0, 1)) * 255).astype(np.uint8)
    pixels = np.ascontiguousarray(_ramp()[indices])
    height, width = indices.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def paint_legend(painter: QPainter, room: QRect, words: str, with_ramp: bool) -> None:
    """A label at the lower left of ``room``: words and, where there is a map, its colours from little to much.

    Args:
        painter: Antialiasing.
        room: Where it may stand.
        words: Cut with an ellipsis where they do not fit.
        with_ramp: Whether to show the colours.
    """
    colours = theme.tokens()
    fonts = fonts_like(painter.font())
    small = fonts.small_metrics
    little, much = "little", "much"
    ends = small.horizontalAdvance(little) + small.horizontalAdvance(much) + 2 * theme.SPACE
    most = room.width() - 4 * theme.SPACE
    heading = fonts.strong_metrics.elidedText(words, Qt.TextElideMode.ElideRight, most)
    bar_width = min(_BAR_WIDTH, most - ends)
    inside = max(fonts.strong_metrics.horizontalAdvance(heading) + 1, ends + bar_width if with_ramp else 0)
    height = fonts.strong_metrics.height() + (6 + small.height() if with_ramp else 0)
    box = QRect(0, 0, inside + 3 * theme.SPACE, height + 2 * theme.SPACE)
    box.moveBottomLeft(room.bottomLeft())
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(QColor(colours.surface))
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
    left, top = box.left() + theme.SPACE + 4, box.top() + theme.SPACE
    middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    painter.setFont(fonts.strong)
    painter.setPen(QColor(colours.text))
    painter.drawText(QRect(left, top, inside + 2, fonts.strong_metrics.height()), middle, heading)
    if not with_ramp:
        return
    line = QRect(left, top + fonts.strong_metrics.height() + 6, inside, small.height())
    painter.setFont(fonts.small)
    painter.setPen(QColor(colours.text_muted))
    painter.drawText(line, middle, little)
    bar = QRectF(line.left() + small.horizontalAdvance(little) + theme.SPACE, 0, bar_width, _BAR_HEIGHT)
    bar.moveTop(line.center().y() - _BAR_HEIGHT / 2 + 1)
    painter.drawText(line.adjusted(round(bar.right()) + theme.SPACE - line.left(), 0, 0, 0), middle, much)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for value, red, green, blue, opacity in _STOPS:
        # As over white, which photos of products mostly are.
        gradient.setColorAt(value, QColor.fromRgbF(*(1 - opacity * (1 - part) for part in (red, green, blue))))
    painter.setPen(QPen(QColor(colours.text_muted), 1))
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
