"""What several views paint: font variants, lines of text, key caps, colour dots."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from fashionlens_gui.window.shell import theme


@dataclass(frozen=True, slots=True)
class Fonts:
    """The bold and the small variant of a font, and the metrics of all three."""

    strong: QFont
    small: QFont
    metrics: QFontMetrics
    strong_metrics: QFontMetrics
    small_metrics: QFontMetrics


_fonts: dict[str, Fonts] = {}


def fonts_like(font: QFont) -> Fonts:
    """The variants of a font, cached, since tables ask for them at each repaint."""
    key = font.key()
    if key not in _fonts:
        strong, small = QFont(font), QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(max(8.0, font.pointSizeF() - 1))
        _fonts[key] = Fonts(strong, small, QFontMetrics(font), QFontMetrics(strong), QFontMetrics(small))
    return _fonts[key]


def paint_line(
    painter: QPainter,
    box: QRect,
    text: str,
    colour: str,
    *,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Paint one line in the painter's font, vertically centred in a box and cut with an ellipsis."""
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, elide, box.width())
    whole = Qt.TextFlag.TextDontClip  # what is cut in the middle is some pixels wider than Qt says
    painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter) | int(whole), shown)


def paint_line_with_figure(
    painter: QPainter, box: QRect, text: str, figure: str, colours: tuple[str, str], gap: int = theme.SPACE
) -> None:
    """Paint a figure at the right of a box and a line in the rest of it; ``colours`` of the line and the figure."""
    paint_line(painter, box, figure, colours[1], align=Qt.AlignmentFlag.AlignRight)
    width = painter.fontMetrics().horizontalAdvance(figure)
    paint_line(painter, box.adjusted(0, 0, -width - gap, 0), text, colours[0])


def paint_key_cap(painter: QPainter, cap: QRect, key: str, strong: bool = False) -> None:
    """Paint a key cap: a small box with a label.

    Args:
        painter: With antialiasing and the font of the label.
        cap: The box.
        key: The label.
        strong: Painted in the accent colour, for the current choice.
    """
    colours = theme.tokens()
    painter.setPen(QPen(QColor(colours.accent if strong else colours.border), 1))
    painter.setBrush(QColor(colours.surface))
    painter.drawRoundedRect(QRectF(cap).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(QColor(colours.accent if strong else colours.text_muted))
    painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), key)


def paint_dot(painter: QPainter, box: QRect, srgb: tuple[int, int, int]) -> None:
    """Paint a colour as a round dot with an edge, so that white is visible on white."""
    painter.setPen(QPen(QColor(theme.tokens().text_muted), 1))
    painter.setBrush(QColor(*srgb))
    painter.drawEllipse(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))
