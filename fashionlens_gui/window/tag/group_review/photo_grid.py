"""The photos of a group as tiles that fill the room without scrolling; some of them marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fashionlens_gui.window.gallery.photo_cards import paint_photo
from fashionlens_gui.window.photos.image_queue import ImageQueue
from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_line
from trainer.errors import PhotoError

Index = QModelIndex | QPersistentModelIndex
_MARKED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_CAPTION_ROLE = _MARKED_ROLE + 1
_PICTURE_SIDE = 256  # pixels of the shorter side that is read
_KEPT, _MOST_REQUESTS = 200, 96
_SMALLEST, _LARGEST = 7 * theme.SPACE, 22 * theme.SPACE
_GAP = theme.SPACE
_BADGE = 20
_MOVES = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One photo.

    Attributes:
        photo: Its number in the review.
        path: Its file.
        caption: Shown below it; empty for no caption.
        about: File, value and probability, for the tooltip and for screen readers.
    """

    photo: int
    path: Path
    caption: str
    about: str


class TilePictures(ImageQueue[Path, QImage]):
    """Photos in the size of large tiles."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("reading photos of a group", _read, lambda image: image, _KEPT, _MOST_REQUESTS, parent)


def _read(path: Path) -> QImage | None:
    from trainer.preprocessing.photo import load_photo

    try:
        return to_qimage(load_photo(path, short_side=_PICTURE_SIDE).pixels_HWC)
    except PhotoError:
        return None  # the file is gone; the tile stays empty


class _TileModel(QAbstractListModel):
    def __init__(self, pictures: TilePictures, parent: QObject) -> None:
        super().__init__(parent)
        self.tiles: tuple[Tile, ...] = ()
        self.marked: set[int] = set()
        self._pictures = pictures
        pictures.arrived.connect(self._arrived)

    def show(self, tiles: Sequence[Tile], marked: Collection[int]) -> None:
        self.beginResetModel()
        self.tiles, self.marked = tuple(tiles), set(marked)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures.get(tile.path)
        if role == _CAPTION_ROLE:
            return tile.caption
        if role == _MARKED_ROLE:
            return tile.photo in self.marked
        if role == Qt.ItemDataRole.ToolTipRole:
            return tile.about
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tile.about}, marked" if tile.photo in self.marked else tile.about
        return None

    def set_marked(self, photos: set[int]) -> None:
        self.marked = photos
        self.dataChanged.emit(self.index(0), self.index(len(self.tiles) - 1))

    @Slot(object)
    def _arrived(self, path: Path) -> None:
        for place, tile in enumerate(self.tiles):
            if tile.path == path:
                self.dataChanged.emit(self.index(place), self.index(place), [Qt.ItemDataRole.DecorationRole])


class PhotoGrid(QListView):
    """Tiles as large as fit. A click or Space marks a tile, arrow keys move, Ctrl+A marks all or none."""

    marks_changed = Signal()

    def __init__(self, pictures: TilePictures) -> None:
        super().__init__()
        self._tiles = _TileModel(pictures, self)
        self.setModel(self._tiles)
        self.setItemDelegate(_TileDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Photos of the group")
        theme.notifier().changed.connect(self.viewport().update)

    @property
    def marked(self) -> set[int]:
        """The marked photos, by their number in the review."""
        return set(self._tiles.marked)

    def show_tiles(self, tiles: Sequence[Tile], marked: Collection[int] = ()) -> None:
        self._tiles.show(tiles, marked)
        self._fit()
        if tiles:
            self.setCurrentIndex(self._tiles.index(0))
        self.marks_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MOVES:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._toggle(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            every = {tile.photo for tile in self._tiles.tiles}
            self._mark(set() if self._tiles.marked == every else every)
        else:
            event.ignore()  # the page handles it

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._toggle(self.indexAt(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # the second of two quick clicks counts like any other

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _toggle(self, index: QModelIndex) -> None:
        if index.isValid():
            self._mark(self._tiles.marked ^ {self._tiles.tiles[index.row()].photo})

    def _mark(self, photos: set[int]) -> None:
        self._tiles.set_marked(photos)
        self.marks_changed.emit()

    def _fit(self) -> None:
        """The largest tiles with which all are visible."""
        count, room = max(1, len(self._tiles.tiles)), self.maximumViewportSize()
        caption = _caption_height(self) if any(tile.caption for tile in self._tiles.tiles) else 0
        for side in range(_LARGEST, _SMALLEST - 1, -4):
            columns = max(1, (room.width() - 2) // (side + _GAP))
            fits = -(-count // columns) * (side + _GAP + caption) <= room.height() - 2
            if fits:
                break
        # A scroll bar that may come takes its width from the columns.
        shown = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(shown)
        self.setGridSize(QSize((room.width() - 2) // columns, side + _GAP + caption))


def _caption_height(view: PhotoGrid) -> int:
    return fonts_like(view.font()).small_metrics.height() + 2


class _TileDelegate(QStyledItemDelegate):
    """Photo and caption. A marked photo is pale and has a cross."""

    def __init__(self, view: PhotoGrid) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, marked, text = theme.tokens(), bool(index.data(_MARKED_ROLE)), index.data(_CAPTION_ROLE)
        caption = _caption_height(self._view) if text else 0
        cell = option.rect.adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        side = min(cell.width(), cell.height() - caption)
        tile = QRect(cell.left() + (cell.width() - side) // 2, cell.top(), side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.3 if marked else 1.0)
        paint_photo(painter, tile, index.data(Qt.ItemDataRole.DecorationRole))
        painter.setOpacity(1.0)
        current = index == self._view.currentIndex() and self._view.hasFocus()
        under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if current or marked or under_mouse:
            edge = tokens.accent if current else tokens.review if marked else tokens.text_muted
            painter.setPen(QPen(QColor(edge), 2 if current or marked else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile, theme.SPACE / 2, theme.SPACE / 2)
        if marked:
            badge = QRect(tile.right() - _BADGE - 3, tile.top() + 4, _BADGE, _BADGE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.surface))
            painter.drawEllipse(badge)
            icons.icon("close", "review").paint(painter, badge.adjusted(3, 3, -3, -3))
        if text:
            painter.setFont(fonts_like(self._view.font()).small)
            below = QRect(cell.left(), tile.bottom() + 1, cell.width(), caption)
            colour = tokens.text_muted if marked else tokens.text
            paint_line(painter, below, text, colour, align=Qt.AlignmentFlag.AlignHCenter)
        painter.restore()
