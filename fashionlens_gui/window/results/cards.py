"""Images as cards in a list view: the picture, what the model called it, and what it is.

Ten thousand cards cost no more than those in sight: the view asks the model, and the delegate paints, only what shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from fashionlens_gui.window import theme
from fashionlens_gui.window.results.judged_images import JudgedImages, Judgement
from fashionlens_gui.window.results.pictures import Pictures
from trainer.evaluation.wording import percent

AnyIndex = QModelIndex | QPersistentModelIndex
JudgementRole = Qt.ItemDataRole.UserRole
_NO_INDICES = np.zeros(0, dtype=np.int64)


def in_words(judgement: Judgement) -> str:
    """What the model said of an image, as one line."""
    if judgement.right:
        return f"{judgement.predicted}, rightly ({percent(judgement.confidence)})"
    return (
        f"Called {judgement.predicted} ({percent(judgement.confidence)}), "
        f"is {judgement.actual} ({percent(judgement.actual_probability)})"
    )


class CardModel(QAbstractListModel):
    """Some images of a test set, in a given order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: JudgedImages | None = None
        self._pictures: Pictures | None = None
        self._indices = _NO_INDICES
        self._row_of: dict[int, int] = {}

    @property
    def indices(self) -> np.ndarray:
        """Places in the test set (int64) in the order of the rows."""
        return self._indices

    def show(self, images: JudgedImages | None, pictures: Pictures | None, indices: np.ndarray) -> None:
        """Replace everything."""
        self.beginResetModel()
        if self._pictures is not None and self._pictures is not pictures:
            self._pictures.arrived.disconnect(self._repaint)
        if pictures is not None and self._pictures is not pictures:
            pictures.arrived.connect(self._repaint)
        self._images, self._pictures, self._indices = images, pictures, indices
        self._row_of = {}
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._indices)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._images is None or not index.isValid():
            return None
        place = int(self._indices[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures.picture(place) if self._pictures is not None else None
        if role == JudgementRole:
            return self._images.judgement(place)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return in_words(self._images.judgement(place))
        if role == Qt.ItemDataRole.ToolTipRole:
            judgement = self._images.judgement(place)
            source = judgement.file.name if judgement.file is not None else f"Test image {place + 1:,}"
            return f"{in_words(judgement)}\n{source}"
        return None

    @Slot(int)
    def _repaint(self, place: int) -> None:
        if not self._row_of:
            self._row_of = {int(index): row for row, index in enumerate(self._indices)}
        row = self._row_of.get(place)
        if row is not None:
            changed = self.index(row)
            self.dataChanged.emit(changed, changed, [Qt.ItemDataRole.DecorationRole])


class CardDelegate(QStyledItemDelegate):
    """Paints a card: the picture, and two lines below or beside it.

    Args:
        picture_side: Side of the square that holds the picture, in logical pixels.
        beside: Lines beside the picture instead of below.
        parent: The view, whose font is used.
    """

    def __init__(self, picture_side: int, beside: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._side, self._beside = picture_side, beside
        self._font = QFont(parent.font())
        self._font.setPointSizeF(parent.font().pointSizeF() * 0.92)
        metrics, space = QFontMetrics(self._font), theme.SPACE
        self._line = metrics.height() + 1
        text = metrics.horizontalAdvance("T-shirt/top  > 99 %")
        if beside:
            self.card = QSize(picture_side + text + 4 * space, picture_side + 2 * space)
        else:
            self.card = QSize(
                max(picture_side, text) + 2 * space, picture_side + 2 * self._line + 2 * space + space // 2
            )

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return self.card

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        tokens, space = theme.tokens(), theme.SPACE
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, QRectF(rect).adjusted(2, 2, -2, -2), state, tokens)
        judgement: Judgement = index.data(JudgementRole)
        if self._beside:
            tile = QRect(rect.left() + space, rect.top() + space, self._side, self._side)
            lines = 1 if judgement.right else 2
            top = tile.center().y() + 1 - lines * self._line // 2
            line = QRect(tile.right() + 1 + space, top, rect.right() - tile.right() - 2 * space, self._line)
        else:
            left = rect.left() + (rect.width() - self._side) // 2
            tile = QRect(left, rect.top() + space, self._side, self._side)
            line = QRect(rect.left() + space, tile.bottom() + 1 + space // 2, rect.width() - 2 * space, self._line)
        _paint_picture(painter, tile, index.data(Qt.ItemDataRole.DecorationRole), tokens)
        painter.setFont(self._font)
        if judgement.right:
            self._paint_line(painter, line, judgement.predicted, judgement.confidence, tokens.text, tokens.ok)
        else:
            self._paint_line(painter, line, judgement.predicted, judgement.confidence, tokens.error, tokens.error)
            line.translate(0, self._line)
            name = f"is {judgement.actual}"
            self._paint_line(painter, line, name, judgement.actual_probability, tokens.text, tokens.text_muted)
        painter.restore()

    def _paint_line(
        self, painter: QPainter, line: QRect, name: str, probability: float, name_colour: str, figure_colour: str
    ) -> None:
        metrics = QFontMetrics(self._font)
        figure = percent(probability, 0)
        width = metrics.horizontalAdvance(figure)
        painter.setPen(QColor(figure_colour))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
        room = line.adjusted(0, 0, -width - theme.SPACE // 2, 0)
        painter.setPen(QColor(name_colour))
        elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


class CardView(QListView):
    """A list of cards, in a grid that wraps or in a single row.

    Args:
        picture_side: Side of the square that holds the picture, in logical pixels.
        single_row: One row that scrolls sideways instead of a grid.
    """

    opened = Signal(int)
    """Row that was double-clicked, or Enter pressed on."""

    def __init__(self, picture_side: int, *, single_row: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = CardModel(self)
        self._delegate = CardDelegate(picture_side, single_row, self)
        self.setModel(self.cards)
        self.setItemDelegate(self._delegate)
        self.setProperty("role", "cards")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(not single_row)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._single_row = single_row
        unused = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if single_row:
            self.setVerticalScrollBarPolicy(unused)
            self.setFixedHeight(self._delegate.card.height() + self.horizontalScrollBar().sizeHint().height() + 2)
            self.horizontalScrollBar().setSingleStep(self._delegate.card.width())
        else:
            self.setHorizontalScrollBarPolicy(unused)
            self.verticalScrollBar().setSingleStep(self._delegate.card.height() // 2)
        self.activated.connect(self._open)
        theme.notifier().changed.connect(self.viewport().update)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def wheelEvent(self, event: Any) -> None:
        """An upright wheel moves a single row sideways."""
        if self._single_row and not event.angleDelta().x():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y())
            event.accept()
            return
        super().wheelEvent(event)


def _paint_ground(painter: QPainter, card: QRectF, state: QStyle.StateFlag, tokens: theme.Tokens) -> None:
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.selection if selected else tokens.hover))
        painter.drawRoundedRect(card, theme.SPACE / 2, theme.SPACE / 2)
    if selected and state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QColor(tokens.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.SPACE / 2, theme.SPACE / 2)


def _paint_picture(painter: QPainter, tile: QRect, picture: QImage | None, tokens: theme.Tokens) -> None:
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(tile), theme.SPACE / 2, theme.SPACE / 2)
    if picture is None or picture.isNull():
        painter.fillPath(outline, QColor(tokens.hover))
        return
    painter.save()
    painter.setClipPath(outline)
    painter.fillPath(outline, QColor(tokens.hover))
    target = fitted(picture.size(), tile)
    # Tiny images are shown pixel by pixel, as they are; photos smoothly.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() * 2 > target.width())
    painter.drawImage(target, picture)
    painter.restore()


def fitted(size: QSize, room: QRect) -> QRect:
    """The largest rectangle of the shape of ``size`` in the middle of ``room``."""
    scaled = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(room.topLeft(), scaled)
    place.moveCenter(room.center())
    return place
