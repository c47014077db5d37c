"""Delegates that paint the cells of the table; widgets would be too slow for 100,000 rows."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from fashionlens_gui.messages.photos import group_and_choice, row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_dot, paint_line
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.list_summary import shortened
from fashionlens_gui.window.tag.table.cells import ATTRIBUTE_OF, SIMILARITY_ROLE, TAG_ROLE, Column
from fashionlens_gui.window.tag.table.painting import (
    paint_bar,
    paint_status,
    paint_thumbnail,
    paint_two_lines,
    paint_wrapped,
)
from fashionlens_gui.window.tag.table.thumbnails import SIDE, Thumbnails
from fashionlens_gui.window.tag.vocabulary import family_and_choice
from trainer.number_format import whole_percent
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

ROW_HEIGHT = SIDE + theme.SPACE

_HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
_BAR_HEIGHT = 6
_DOT = 14
Index = QModelIndex | QPersistentModelIndex


def background_of(option: QStyleOptionViewItem) -> str:
    """The background of a selected or hovered cell; empty for the view's."""
    if option.state & QStyle.StateFlag.State_Selected:
        return theme.tokens().selection
    return theme.tokens().hover if option.state & QStyle.StateFlag.State_MouseOver else ""


class RowDelegate(QStyledItemDelegate):
    """Paints background, selection, line and focus of a cell; subclasses paint the content."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tag = index.data(TAG_ROLE)
        if tag is None:
            return
        painter.save()
        painter.setRenderHints(_HINTS)
        painter.setFont(option.font)
        self._paint_background(painter, option)
        _paint_focus(painter, option, index)
        error_rect = _error_rect(option, index.column(), tag)
        if error_rect is None:
            self.paint_content(painter, _inside(option.rect), option, tag)
        else:
            painter.setClipRect(option.rect)
            paint_wrapped(painter, _inside(error_rect), _error_text(tag), "error")
        painter.restore()

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        """Paint a cell's content inside ``rect``."""
        raise NotImplementedError

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(12 * theme.SPACE, ROW_HEIGHT)

    @staticmethod
    def _paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours = theme.tokens()
        background = background_of(option)
        if background:
            painter.fillRect(option.rect, QColor(background))
        bottom = option.rect.bottom()
        painter.fillRect(QRect(option.rect.left(), bottom, option.rect.width(), 1), QColor(colours.border))


def _paint_focus(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    """This cell's part of the ring around the current row, if the table has the focus."""
    table = option.widget
    if not isinstance(table, QTableView) or not table.hasFocus() or index.row() != table.currentIndex().row():
        return
    width = min(table.horizontalHeader().length(), table.viewport().width())
    painter.save()
    painter.setClipRect(option.rect)
    painter.setPen(QPen(QColor(theme.tokens().accent), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRect(1, option.rect.top() + 1, width - 2, option.rect.height() - 3))
    painter.restore()


def _inside(cell: QRect) -> QRect:
    return cell.adjusted(theme.SPACE, 0, -theme.SPACE, -1)


def _error_rect(option: QStyleOptionViewItem, column: int, tag: Tag) -> QRect | None:
    """The united rectangle of the cells that are empty because the photo failed, if this is one of them.

    The error runs through all of them: each cell paints the whole text and shows its part.
    """
    end = Column.COLOUR if tag.attributes else len(Column)  # the user may have set attributes
    table = option.widget
    if tag.status != Status.ERROR or not Column.CATEGORY <= column < end or not isinstance(table, QTableView):
        return None
    shown = [each for each in range(Column.CATEGORY, end) if not table.isColumnHidden(each)]
    left = table.columnViewportPosition(shown[0])
    right = table.columnViewportPosition(shown[-1]) + table.columnWidth(shown[-1])
    return QRect(left, option.rect.top(), right - left, option.rect.height())


def _error_text(tag: Tag) -> str:
    """The error of a photo, with its file name shortened."""
    name = PurePosixPath(tag.file).name
    return row_message(tag.notes).replace(name, shortened(name)).replace("\n", " ")


class PhotoDelegate(RowDelegate):
    """The picture, the file's name, and below it how similar the photo is, and the folder."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._similarity: float | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self._similarity = index.data(SIMILARITY_ROLE)
        super().paint(painter, option, index)

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        box = QRect(rect.left(), rect.top() + (rect.height() - SIDE) // 2, SIDE, SIDE)
        thumbnail = self._thumbnails.get(tag.path) if tag.status != Status.ERROR else None
        paint_thumbnail(painter, box, thumbnail, broken=tag.status == Status.ERROR)
        name = PurePosixPath(tag.file)
        folder = "" if str(name.parent) == "." else str(name.parent)
        if self._similarity is not None:
            folder = f"{whole_percent(self._similarity)} similar{f'  ·  {folder}' if folder else ''}"
        text = rect.adjusted(SIDE + theme.SPACE + 4, 0, 0, 0)
        if folder:
            paint_two_lines(painter, text, name.name, folder, elide=Qt.TextElideMode.ElideMiddle)
        else:
            paint_wrapped(painter, text, name.name, "text", name=True)


class CategoryDelegate(RowDelegate):
    """The category, below it, if the user set it, the model's; or a group that is sure, below it what is left."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if not tag.category:
            paint_line(painter, rect, "–", theme.tokens().text_muted)
            return
        if tag.choice is not None:
            paint_two_lines(painter, rect, *group_and_choice(**tag.choice.parameters), strong=True)
            return
        below = ""
        if tag.source == "user":
            predicted = tag.ranking.label if tag.ranking else ""
            below = (
                f"was {shown(CATEGORY, predicted)}" if predicted and predicted != tag.category else "confirmed by you"
            )
        paint_two_lines(painter, rect, shown(CATEGORY, tag.category), below, strong=True)


class ConfidenceDelegate(RowDelegate):
    """The confidence as a number above a bar."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if tag.confidence is None:
            paint_line(painter, rect, "set by you" if tag.source == "user" else "–", theme.tokens().text_muted)
            return
        metrics = fonts_like(option.font).metrics
        content = metrics.height() + 4 + _BAR_HEIGHT
        top = rect.top() + (rect.height() - content) // 2
        line = QRect(rect.left(), top, rect.width(), metrics.height())
        paint_line(painter, line, whole_percent(tag.confidence), theme.tokens().text)
        bar = QRectF(rect.left(), line.bottom() + 5, rect.width() - theme.SPACE, _BAR_HEIGHT)
        paint_bar(painter, bar, tag.confidence, "review" if tag.status == Status.NEEDS_REVIEW else "accent")


class SecondDelegate(RowDelegate):
    """The model's second choice and its probability."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        if not tag.second_category:
            paint_line(painter, rect, "–", theme.tokens().text_muted)
            return
        paint_two_lines(painter, rect, shown(CATEGORY, tag.second_category), whole_percent(tag.second_confidence))


class AttributeDelegate(RowDelegate):
    """One attribute, muted if it is unsure; a colour with a dot."""

    def __init__(self, column: int, parent: QObject) -> None:
        super().__init__(parent)
        self._name = ATTRIBUTE_OF[column]
        self._colour: object = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self._colour = index.data(Qt.ItemDataRole.DecorationRole)
        super().paint(painter, option, index)

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        attribute = tag.attributes.named(self._name)
        if attribute is None or not attribute.value:
            none = "none" if attribute is not None and attribute.source == "user" else "–"
            paint_line(painter, rect, none, theme.tokens().text_muted)
            return
        if isinstance(self._colour, QColor):
            colour = self._colour
            middle = rect.center().y() - _DOT // 2 + 1
            srgb = (colour.red(), colour.green(), colour.blue())
            paint_dot(painter, QRect(rect.left(), middle, _DOT, _DOT), srgb)
            rect = rect.adjusted(_DOT + 6, 0, 0, 0)
        choice, value = family_and_choice(attribute), shown(self._name, attribute.value)
        if choice is not None:
            paint_two_lines(painter, rect, *choice)
        elif attribute.unsure:
            paint_line(painter, rect, f"{value}?", theme.tokens().text_muted)
        else:
            below = "by you" if attribute.source == "user" else ""
            paint_two_lines(painter, rect, value, below)


class StatusDelegate(RowDelegate):
    """The status with icon, word and colour."""

    def paint_content(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, tag: Tag) -> None:
        paint_status(painter, rect, tag.status, background_of(option) or theme.tokens().surface)
