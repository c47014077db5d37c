"""The pieces that rows, chips and bars are drawn from. All measures in device-independent pixels."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like
from fashionlens_gui.window.tag.table.thumbnails import RADIUS

STATUS_WORDS = {Status.OK: "OK", Status.NEEDS_REVIEW: "Needs review", Status.ERROR: "Failed"}
STATUS_COLOURS = {Status.OK: "ok", Status.NEEDS_REVIEW: "review", Status.ERROR: "error"}
STATUS_ICONS = {Status.OK: "check", Status.NEEDS_REVIEW: "warning", Status.ERROR: "error"}

_LINE_GAP = 2
_ICON = 16
_SIGN = 20
_WRAPPED_LINES = 1.8  # widths of text that fit into two lines, wherever the first one breaks
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def paint_picture(painter: QPainter, box: QRect, framed: QPixmap | None, broken: bool) -> None:
    """A picture that has its round frame already, or a quiet sign where there is none; a hairline around it.

    Args:
        painter: Antialiasing.
        box: Square.
        framed: From :meth:`Thumbnails.framed`.
        broken: There cannot be a picture.
    """
    colours = theme.tokens()
    painter.setPen(QPen(QColor(colours.border), 1))
    if framed is None:
        painter.setBrush(QColor(colours.surface_raised))
    else:
        painter.drawPixmap(box, framed)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    if framed is None:
        sign = QRect(box.center().x() - _SIGN // 2 + 1, box.center().y() - _SIGN // 2 + 1, _SIGN, _SIGN)
        icons.icon("error" if broken else "photos", "error" if broken else "text_muted").paint(painter, sign)


def paint_text(painter: QPainter, rect: QRect, text: str, colour: str) -> None:
    """One line, centred in height, cut with an ellipsis."""
    painter.setPen(QColor(getattr(theme.tokens(), colour)))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, _LEFT, shown)


def paint_two_lines(
    painter: QPainter,
    rect: QRect,
    first: str,
    second: str,
    second_colour: str,
    elide: Qt.TextElideMode,
    strong: bool = False,
    elide_first: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """A line and, where there is something to say, a quieter one below; both cut with an ellipsis."""
    family = fonts_like(painter.font())
    above = family.strong_metrics if strong else family.metrics
    below = family.small_metrics
    height = above.height() + (_LINE_GAP + below.height() if second else 0)
    top = rect.top() + (rect.height() - height) // 2
    line = QRect(rect.left(), top, rect.width(), above.height())
    if strong:
        painter.setFont(family.strong)
    painter.setPen(QColor(theme.tokens().text))
    painter.drawText(line, _LEFT, above.elidedText(first, elide_first, rect.width()))
    if second:
        line = QRect(rect.left(), top + above.height() + _LINE_GAP, rect.width(), below.height())
        painter.setFont(family.small)
        painter.setPen(QColor(getattr(theme.tokens(), second_colour)))
        painter.drawText(line, _LEFT, below.elidedText(second.replace("\n", " "), elide, rect.width()))


def paint_wrapped(painter: QPainter, rect: QRect, text: str, colour: str) -> None:
    """Two lines of text at most, centred in height, cut with an ellipsis."""
    painter.setPen(QColor(getattr(theme.tokens(), colour)))
    room = round(_WRAPPED_LINES * rect.width())
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.drawText(rect, _LEFT | int(Qt.TextFlag.TextWordWrap), shown)


def paint_bar(painter: QPainter, bar: QRectF, value: float, colour: str) -> None:
    """A round-ended bar filled from the left by ``value`` in [0, 1]."""
    colours = theme.tokens()
    radius = bar.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.border))
    painter.drawRoundedRect(bar, radius, radius)
    width = bar.width() * min(1.0, max(0.0, value))
    if value >= 0.005:  # below, the figure says 0 %; a dot would say otherwise
        painter.setBrush(QColor(getattr(colours, colour)))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(width, bar.height()), bar.height()), radius, radius)


def mixed(colour: str, ground: str, share: float) -> QColor:
    """``share`` of a colour on a ground, opaque: Qt fills translucent shapes some twenty times slower."""
    top, below = QColor(colour), QColor(ground)
    parts = ((top.red(), below.red()), (top.green(), below.green()), (top.blue(), below.blue()))
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in parts)
    return QColor(red, green, blue)


def paint_status(painter: QPainter, rect: QRect, status: Status, ground: str) -> None:
    """A status as a rounded label with sign and word, tinted in its colour.

    Args:
        painter: Antialiasing.
        rect: The label stands at its left, centred in height.
        status: The status.
        ground: The colour that it stands on.
    """
    text, icon, colour = STATUS_WORDS[status], STATUS_ICONS[status], STATUS_COLOURS[status]
    shade = getattr(theme.tokens(), colour)
    metrics = painter.fontMetrics()
    height = 3 * theme.SPACE
    width = min(rect.width(), theme.SPACE + _ICON + 6 + metrics.horizontalAdvance(text) + theme.SPACE + 4)
    chip = QRectF(rect.left(), rect.top() + (rect.height() - height) / 2, width, height)
    tint = mixed(shade, ground, 0.16 if theme.is_dark() else 0.10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(chip, height / 2, height / 2)
    sign = QRect(int(chip.left()) + theme.SPACE, int(chip.center().y()) - _ICON // 2, _ICON, _ICON)
    icons.icon(icon, colour).paint(painter, sign, Qt.AlignmentFlag.AlignCenter, QIcon.Mode.Normal)
    painter.setPen(QColor(shade))
    words = QRect(sign.right() + 7, int(chip.top()), int(chip.right()) - sign.right() - 11, height)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, words.width())
    painter.drawText(words, _LEFT, shown)
