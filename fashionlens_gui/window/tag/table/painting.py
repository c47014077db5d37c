"""Painting of thumbnails, texts, bars and statuses. All sizes in device-independent pixels."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPen, QPixmap, QTextOption

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.colours import blend
from fashionlens_gui.window.shell.painting import fonts_like, paint_line
from fashionlens_gui.window.tag.table.thumbnails import RADIUS

STATUS_WORDS = {Status.OK: "OK", Status.NEEDS_REVIEW: "Needs review", Status.ERROR: "Failed"}
STATUS_COLOURS = {Status.OK: "ok", Status.NEEDS_REVIEW: "review", Status.ERROR: "error"}
STATUS_ICONS = {Status.OK: "check", Status.NEEDS_REVIEW: "warning", Status.ERROR: "error"}

_LINE_GAP = 2
_ICON = 16
_PLACEHOLDER = 20
_WRAPPED_LINES = 1.8  # text of so many widths fits into two lines
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def paint_thumbnail(painter: QPainter, box: QRect, thumbnail: QPixmap | None, broken: bool) -> None:
    """Paint a thumbnail with a thin border, or an icon if there is none.

    Args:
        painter: With antialiasing.
        box: A square.
        thumbnail: From :meth:`Thumbnails.get`.
        broken: The photo cannot be read.
    """
    colours = theme.tokens()
    painter.setPen(QPen(QColor(colours.border), 1))
    if thumbnail is None:
        painter.setBrush(QColor(colours.surface_raised))
    else:
        painter.drawPixmap(box, thumbnail)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    if thumbnail is None:
        icon_rect = QRect(
            box.center().x() - _PLACEHOLDER // 2 + 1,
            box.center().y() - _PLACEHOLDER // 2 + 1,
            _PLACEHOLDER,
            _PLACEHOLDER,
        )
        icons.icon("error" if broken else "photos", "error" if broken else "text_muted").paint(painter, icon_rect)


def paint_two_lines(
    painter: QPainter,
    rect: QRect,
    first: str,
    second: str,
    strong: bool = False,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Paint a line and, unless it is empty, a smaller one below; both cut with an ellipsis."""
    family = fonts_like(painter.font())
    above = family.strong_metrics if strong else family.metrics
    below = family.small_metrics
    height = above.height() + (_LINE_GAP + below.height() if second else 0)
    top = rect.top() + (rect.height() - height) // 2
    line = QRect(rect.left(), top, rect.width(), above.height())
    if strong:
        painter.setFont(family.strong)
    paint_line(painter, line, first, theme.tokens().text, elide=elide)
    if second:
        line = QRect(rect.left(), top + above.height() + _LINE_GAP, rect.width(), below.height())
        painter.setFont(family.small)
        paint_line(painter, line, second.replace("\n", " "), theme.tokens().text_muted, elide=elide)


def paint_wrapped(painter: QPainter, rect: QRect, text: str, colour: str, *, name: bool = False) -> None:
    """Paint at most two lines of text, vertically centered, cut with an ellipsis; of a ``name``, in the middle."""
    painter.setPen(QColor(getattr(theme.tokens(), colour)))
    room = round(_WRAPPED_LINES * rect.width())
    elide = Qt.TextElideMode.ElideMiddle if name else Qt.TextElideMode.ElideRight
    shown, option, box = painter.fontMetrics().elidedText(text, elide, room), QTextOption(_LEFT), QRectF(rect)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    if painter.boundingRect(box, shown, option).height() > 2.5 * painter.fontMetrics().height():
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)  # words would need a third line
    painter.drawText(box, shown, option)


def paint_bar(painter: QPainter, bar: QRectF, value: float, colour: str) -> None:
    """Paint a rounded bar, filled from the left by ``value`` in [0, 1]."""
    colours = theme.tokens()
    radius = bar.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.border))
    painter.drawRoundedRect(bar, radius, radius)
    width = bar.width() * min(1.0, max(0.0, value))
    if value >= 0.005:  # less is shown as 0 %
        painter.setBrush(QColor(getattr(colours, colour)))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(width, bar.height()), bar.height()), radius, radius)


def status_width(metrics: QFontMetrics, status: Status) -> int:
    """The width of :func:`paint_status`."""
    return theme.SPACE + _ICON + 6 + metrics.horizontalAdvance(STATUS_WORDS[status]) + theme.SPACE + 4


def paint_status(painter: QPainter, rect: QRect, status: Status, background: str) -> None:
    """Paint a status as a tinted rounded label with icon and word, at the left of ``rect`` on ``background``."""
    text, icon, colour = STATUS_WORDS[status], STATUS_ICONS[status], STATUS_COLOURS[status]
    shade = getattr(theme.tokens(), colour)
    height = 3 * theme.SPACE
    width = min(rect.width(), status_width(painter.fontMetrics(), status))
    chip = QRectF(rect.left(), rect.top() + (rect.height() - height) / 2, width, height)
    tint = blend(shade, background, 0.16 if theme.is_dark() else 0.10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(chip, height / 2, height / 2)
    icon_rect = QRect(int(chip.left()) + theme.SPACE, int(chip.center().y()) - _ICON // 2, _ICON, _ICON)
    icons.icon(icon, colour).paint(painter, icon_rect, Qt.AlignmentFlag.AlignCenter, QIcon.Mode.Normal)
    text_rect = QRect(icon_rect.right() + 7, int(chip.top()), int(chip.right()) - icon_rect.right() - 11, height)
    paint_line(painter, text_rect, text, shade)
