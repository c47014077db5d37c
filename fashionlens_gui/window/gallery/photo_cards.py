"""Evaluated photos as cards: the photo, the predicted and the actual class.

The view is a table with cells of one size, because a list view asks the model for every row when it lays them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
    QResizeEvent,
)
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto
from fashionlens_gui.window.gallery.photo_card_model import AnyIndex, EvaluatedPhotoRole, PhotoCardModel
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import paint_line_with_figure
from trainer.number_format import percent

_WIDEST_TEXT = 26 * theme.SPACE


class PhotoCardDelegate(QStyledItemDelegate):
    """Paints a card: the photo, and two lines below or beside it.

    Args:
        picture_side: Side of the square that holds the photo, in logical pixels.
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
        self.least_width = picture_side + 4 * space
        lines = 0 if beside else 2 * self._line + space // 2
        self.card = QSize(0, picture_side + 2 * space + lines)
        self._metrics = metrics
        self.fit(())

    def fit(self, names: Sequence[str]) -> None:
        """Set the width of a card so that its lines have room for these names, if they are not too long."""
        texts = (f"is {name}  < 1 %" for name in names or ("T-shirt/top",))
        text = min(max(map(self._metrics.horizontalAdvance, texts)), _WIDEST_TEXT) + 2 * theme.SPACE
        beside = self._side + 2 * theme.SPACE
        self.card.setWidth(text + beside if self._beside else max(text, self.least_width))

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return self.card

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        photo: EvaluatedPhoto | None = index.data(EvaluatedPhotoRole)
        if photo is None:
            return
        tokens, space = theme.tokens(), theme.SPACE
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, rect, option.state)
        if self._beside:
            tile = QRect(rect.left() + space, rect.top() + space, self._side, self._side)
            top = tile.center().y() + 1 - (1 if photo.correct else 2) * self._line // 2
            line = QRect(tile.right() + 1 + space, top, rect.right() - tile.right() - 2 * space, self._line)
        else:
            left = rect.left() + (rect.width() - self._side) // 2
            tile = QRect(left, rect.top() + space, self._side, self._side)
            line = QRect(rect.left() + space, tile.bottom() + 1 + space // 2, rect.width() - 2 * space, self._line)
        paint_photo(painter, tile, index.data(Qt.ItemDataRole.DecorationRole))
        painter.setFont(self._font)
        if photo.correct:
            lines = [(photo.predicted, photo.confidence, (tokens.text, tokens.ok))]
        else:
            lines = [
                (photo.predicted, photo.confidence, (tokens.error, tokens.error)),
                (f"is {photo.actual}", photo.actual_probability, (tokens.text, tokens.text_muted)),
            ]
        for name, probability, colours in lines:
            paint_line_with_figure(painter, line, name, percent(probability, 0), colours, space // 2)
            line.translate(0, self._line)
        painter.restore()


class PhotoCards(QTableView):
    """Cards in a grid that wraps, or in a single row.

    Args:
        picture_side: Side of the square that holds the photo, in logical pixels.
        single_row: One row that scrolls sideways instead of a grid.
    """

    opened = Signal(int)
    """Index of the card that was double-clicked or activated with Enter."""

    def __init__(self, picture_side: int, *, single_row: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._single_row = single_row
        self.cards = PhotoCardModel(self)
        self.cards.set_columns(0 if single_row else 1)
        self._delegate = PhotoCardDelegate(picture_side, single_row, self)
        self.setModel(self.cards)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setStyleSheet("QTableView::item:selected { background: transparent; }")  # the delegate paints it
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        card = self._delegate.card
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(card.height())
        if not single_row:  # the cards of a row fill it
            self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.cards.modelReset.connect(self._fit)
        self._fit()
        unused = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if single_row:
            self.setVerticalScrollBarPolicy(unused)
            self.setFixedHeight(card.height() + self.horizontalScrollBar().sizeHint().height() + 2)
        else:
            self.setHorizontalScrollBarPolicy(unused)
        self.activated.connect(self._open)
        theme.notifier().changed.connect(self.viewport().update)

    def card_rect(self, card: int) -> QRect:
        """Where a card is, in the viewport's pixels."""
        return self.visualRect(self.cards.cell(card))

    @Slot()
    def _fit(self) -> None:
        """Fit the cards to the names of the classes, and as many into a row as there is room for."""
        self._delegate.fit(self.cards.classes)
        width, room = self._delegate.card.width(), self.viewport().width()
        if self._single_row:
            self.horizontalHeader().setDefaultSectionSize(width)
        else:  # rather up to three narrow ones than free space beside photos
            self.cards.set_columns(max(room // width, min(room // self._delegate.least_width, 3), 1))
        if self.hasFocus():
            self._select_first()

    def _select_first(self) -> None:
        """The focus is shown at the current card, so there is one; Qt itself makes one current but selects none."""
        if not self.selectedIndexes() and len(self.cards.indices):
            self.setCurrentIndex(self.cards.cell(max(self.cards.card(self.currentIndex()), 0)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._select_first()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The card at the top stays visible."""
        top, columns = max(self.cards.card(self.indexAt(QPoint(2, 2))), 0), self.cards.columnCount()
        self._fit()
        if columns != self.cards.columnCount():
            self.scrollTo(self.cards.cell(top), QTableView.ScrollHint.PositionAtTop)
        super().resizeEvent(event)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        if (card := self.cards.card(index)) >= 0:
            self.opened.emit(card)

    def wheelEvent(self, event: Any) -> None:
        """A vertical wheel scrolls a single row horizontally."""
        if self._single_row and not event.angleDelta().x():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y())
            event.accept()
            return
        super().wheelEvent(event)


def paint_card(painter: QPainter, card: QRect, state: QStyle.StateFlag) -> None:
    """The background of a card that is selected or under the mouse, with a frame when it has the focus."""
    tokens, selected = theme.tokens(), bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(tokens.accent), 2) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.selection if selected else tokens.hover))
        painter.drawRoundedRect(QRectF(card).adjusted(2.5, 2.5, -2.5, -2.5), theme.SPACE / 2, theme.SPACE / 2)


def paint_photo(painter: QPainter, tile: QRect, photo: QImage | None) -> None:
    """The photo in the middle of a tile with rounded corners; without a photo only the tile."""
    ground = theme.tokens().hover
    if photo is None or photo.isNull():
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(tile, theme.SPACE / 2, theme.SPACE / 2)
        return
    painter.drawPixmap(tile, _tile(photo, tile.size(), painter.device().devicePixelRatioF(), ground))


def _tile(picture: QImage, size: QSize, ratio: float, ground: str) -> QPixmap:
    """The photo with rounded corners on its background; cached, because scrolling paints it many times."""
    key = f"fashionlens/tile/{picture.cacheKey()}/{size.width()}/{ratio}/{ground}"
    tile = QPixmap()
    if QPixmapCache.find(key, tile):
        return tile
    tile = QPixmap(size * ratio)
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    room = QRect(QPoint(0, 0), size)
    target = fitted(picture.size(), room)
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(room), theme.SPACE / 2, theme.SPACE / 2)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(outline)
    painter.fillPath(outline, QColor(ground))
    # Enlarged pixels of tiny images stay sharp; photos are interpolated.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() * 2 > target.width())
    painter.drawImage(target, picture)
    painter.end()
    QPixmapCache.insert(key, tile)
    return tile


def fitted(size: QSize, room: QRect) -> QRect:
    """The largest rectangle of the shape of ``size`` in the middle of ``room``."""
    scaled = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(room.topLeft(), scaled)
    place.moveCenter(room.center())
    return place
