"""Small pieces that views draw alike: a font's family, a key as it looks on a keyboard, a colour as a dot."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from fashionlens_gui.window.shell import theme


@dataclass(frozen=True, slots=True)
class Fonts:
    """A font, its stronger and its smaller sister, and their measures; made once, since a table asks for them often."""

    strong: QFont
    small: QFont
    metrics: QFontMetrics
    strong_metrics: QFontMetrics
    small_metrics: QFontMetrics


_fonts: dict[str, Fonts] = {}


def fonts_like(font: QFont) -> Fonts:
    """The family of a font."""
    key = font.key()
    if key not in _fonts:
        strong, small = QFont(font), QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(max(8.0, font.pointSizeF() - 1))
        _fonts[key] = Fonts(strong, small, QFontMetrics(font), QFontMetrics(strong), QFontMetrics(small))
    return _fonts[key]


def paint_key_cap(painter: QPainter, cap: QRect, key: str, strong: bool = False) -> None:
    """A key as it looks on a keyboard: a small box with its sign.

    Args:
        painter: Antialiasing, with the font of the sign.
        cap: The box.
        key: The sign.
        strong: Drawn in the accent, for the key that stands for what is chosen.
    """
    colours = theme.tokens()
    painter.setPen(QPen(QColor(colours.accent if strong else colours.border), 1))
    painter.setBrush(QColor(colours.surface))
    painter.drawRoundedRect(QRectF(cap).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(QColor(colours.accent if strong else colours.text_muted))
    painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), key)


def paint_dot(painter: QPainter, box: QRect, srgb: tuple[int, int, int]) -> None:
    """A colour as a round dot; its edge keeps white visible on white and black on black."""
    painter.setPen(QPen(QColor(theme.tokens().text_muted), 1))
    painter.setBrush(QColor(*srgb))
    painter.drawEllipse(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))
