"""How a row is drawn: picture and name, category, confidence as a bar, second choice, status as a chip.

Drawn by delegates, not by widgets, so that a hundred thousand rows cost no more than the few on the screen.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fashionlens_gui.window import icons, theme
from fashionlens_gui.window.tag.results_model import TAG_ROLE
from fashionlens_gui.window.tag.thumbnails import SIDE, Thumbnails
from fashionlens_gui.window.tag.wording import STATUS_WORDS, percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

ROW_HEIGHT = SIDE + theme.SPACE
STATUS_COLOURS = {"ok": "ok", "needs review": "review", "error": "error"}
STATUS_ICONS = {"ok": "check", "needs review": "warning", "error": "error"}

_RADIUS = 6.0
_LINE_GAP = 2
_BAR_HEIGHT = 6
_ICON = 16
Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Draws what all cells share (background, selection, line below, focus); each column draws its content."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tag = index.data(TAG_ROLE)
        if tag is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(option.font)
        self._paint_ground(painter, option, index)
        inside = option.rect.adjusted(theme.SPACE, 0, -theme.SPACE, -1)
        self.paint_content(painter, inside, option, tag)
        painter.restore()

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        """Draw one cell's content inside ``rect``."""
        raise NotImplementedError

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(12 * theme.SPACE, ROW_HEIGHT)

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.tokens()
        ground = ground_of(option)
        if ground:
            painter.fillRect(option.rect, QColor(ground))
        bottom = option.rect.bottom()
        painter.fillRect(QRect(option.rect.left(), bottom, option.rect.width(), 1), QColor(colours.border))
        if option.state & QStyle.StateFlag.State_HasFocus and index.column() == 0:
            mark = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height() - 1)
            painter.fillRect(mark, QColor(colours.accent))


class PhotoDelegate(RowDelegate):
    """The picture, the file's name, and below it the folder or what is wrong."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        box = QRect(rect.left(), rect.top() + (rect.height() - SIDE) // 2, SIDE, SIDE)
        picture = self._thumbnails.get(tag.path) if tag.status != "error" else None
        paint_picture(painter, box, picture, broken=tag.status == "error")
        name = PurePosixPath(tag.file)
        folder = "" if str(name.parent) == "." else str(name.parent)
        failed = tag.status == "error"
        text = rect.adjusted(SIDE + theme.SPACE + 4, 0, 0, 0)
        paint_two_lines(
            painter,
            text,
            name.name,
            tag.message if failed else folder,
            "error" if failed else "text_muted",
            Qt.TextElideMode.ElideRight if failed else Qt.TextElideMode.ElideMiddle,
        )


class CategoryDelegate(RowDelegate):
    """The category; below it, where a person chose it, what the model had said."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if not tag.category:
            paint_text(painter, rect, "–", "text_muted")
            return
        below = ""
        if tag.source == "user":
            said = tag.ranking.label if tag.ranking else ""
            below = f"was {said}" if said and said != tag.category else "confirmed by you"
        paint_two_lines(painter, rect, tag.category, below, "text_muted", Qt.TextElideMode.ElideRight, strong=True)


class ConfidenceDelegate(RowDelegate):
    """The probability as a bar with its figure above; a person's word needs none."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if tag.confidence is None:
            paint_text(painter, rect, "set by you" if tag.source == "user" else "–", "text_muted")
            return
        metrics = QFontMetrics(option.font)
        content = metrics.height() + 4 + _BAR_HEIGHT
        top = rect.top() + (rect.height() - content) // 2
        line = QRect(rect.left(), top, rect.width(), metrics.height())
        paint_text(painter, line, percent(tag.confidence), "text")
        bar = QRectF(rect.left(), line.bottom() + 5, rect.width() - theme.SPACE, _BAR_HEIGHT)
        paint_bar(painter, bar, tag.confidence, "review" if tag.status == "needs review" else "accent")


class SecondDelegate(RowDelegate):
    """The model's second choice and its probability."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if not tag.second_category:
            paint_text(painter, rect, "–", "text_muted")
            return
        paint_two_lines(
            painter,
            rect,
            tag.second_category,
            percent(tag.second_confidence),
            "text_muted",
            Qt.TextElideMode.ElideRight,
        )


class StatusDelegate(RowDelegate):
    """The status as a chip: sign, word and colour, so that none of them is needed alone."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        paint_status(painter, rect, tag.status, ground_of(option) or theme.tokens().surface)


def paint_picture(painter: QPainter, box: QRect, picture: QPixmap | None, broken: bool) -> None:
    """A picture fitted into a rounded box, or a quiet sign where there is none."""
    colours = theme.tokens()
    frame = QPainterPath()
    frame.addRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
    painter.fillPath(frame, QColor(colours.surface_raised) if picture is None else QColor("#ffffff"))
    if picture is None or picture.isNull():
        side = 2 * theme.SPACE + 4
        sign = QRect(box.center().x() - side // 2 + 1, box.center().y() - side // 2 + 1, side, side)
        icons.icon("error" if broken else "photos", "error" if broken else "text_muted").paint(painter, sign)
    else:
        painter.save()
        painter.setClipPath(frame)
        size = picture.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        x = box.x() + (box.width() - size.width()) // 2
        y = box.y() + (box.height() - size.height()) // 2
        painter.drawPixmap(QRect(x, y, size.width(), size.height()), picture)
        painter.restore()
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(frame)


def paint_text(painter: QPainter, rect: QRect, text: str, colour: str) -> None:
    """One line, centred in height, cut with an ellipsis."""
    painter.setPen(QColor(getattr(theme.tokens(), colour)))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def paint_two_lines(
    painter: QPainter,
    rect: QRect,
    first: str,
    second: str,
    second_colour: str,
    elide: Qt.TextElideMode,
    strong: bool = False,
) -> None:
    """A line and, where there is something to say, a quieter one below; both cut with an ellipsis."""
    font = QFont(painter.font())
    small = QFont(font)
    small.setPointSizeF(max(8.0, font.pointSizeF() - 1))
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    above, below = QFontMetrics(font), QFontMetrics(small)
    height = above.height() + (_LINE_GAP + below.height() if second else 0)
    top = rect.top() + (rect.height() - height) // 2
    line = QRect(rect.left(), top, rect.width(), above.height())
    painter.setFont(font)
    painter.setPen(QColor(theme.tokens().text))
    left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    painter.drawText(line, left, above.elidedText(first, Qt.TextElideMode.ElideMiddle, rect.width()))
    if second:
        line = QRect(rect.left(), top + above.height() + _LINE_GAP, rect.width(), below.height())
        painter.setFont(small)
        painter.setPen(QColor(getattr(theme.tokens(), second_colour)))
        painter.drawText(line, left, below.elidedText(second.replace("\n", " "), elide, rect.width()))


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


def ground_of(option: QStyleOptionViewItem) -> str:
    """The colour behind a selected or hovered cell; empty for the view's own."""
    if option.state & QStyle.StateFlag.State_Selected:
        return theme.tokens().selection
    return theme.tokens().hover if option.state & QStyle.StateFlag.State_MouseOver else ""


def mixed(colour: str, ground: str, share: float) -> QColor:
    """``share`` of a colour on a ground, opaque: Qt fills translucent shapes some twenty times slower."""
    top, below = QColor(colour), QColor(ground)
    parts = ((top.red(), below.red()), (top.green(), below.green()), (top.blue(), below.blue()))
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in parts)
    return QColor(red, green, blue)


def paint_status(painter: QPainter, rect: QRect, status: str, ground: str) -> None:
    """A status as a rounded label with sign and word, tinted in its colour.

    Args:
        painter: Antialiasing.
        rect: The label stands at its left, centred in height.
        status: ``ok``, ``needs review`` or ``error``.
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
    painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
