"""The photos of a product side by side: selected with keys and mouse, moved by drag or keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from fashionlens_gui.window.gallery.photo_cards import paint_photo
from fashionlens_gui.window.products.product_list import PHOTOS_FORMAT, dragged_photos
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_line
from fashionlens_gui.window.tag.group_review.photo_grid import TilePictures

Index = QModelIndex | QPersistentModelIndex
_TILE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_SMALLEST, _LARGEST = 7 * theme.SPACE, 36 * theme.SPACE
_GAP = theme.SPACE
_DRAG_SIDE = 8 * theme.SPACE
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_LINES = 2


@dataclass(frozen=True, slots=True)
class PhotoTile:
    """A photo of a product.

    Attributes:
        photo: Its id.
        path: Its file.
        value: What it is tagged as, such as ``Dress 93 %``.
        mark: What is special about it, such as ``Main photo``; empty for nothing.
        odd: It may be of another product.
        aside: It shows no product, or cannot be read.
    """

    photo: int
    path: Path
    value: str
    mark: str = ""
    odd: bool = False
    aside: bool = False

    @property
    def about(self) -> str:
        """For the tooltip and for screen readers."""
        return ", ".join(filter(None, (self.path.name, self.value, self.mark)))


class _TileModel(QAbstractListModel):
    def __init__(self, pictures: TilePictures, parent: QObject) -> None:
        super().__init__(parent)
        self.tiles: tuple[PhotoTile, ...] = ()
        self._pictures = pictures
        pictures.arrived.connect(self._arrived)

    def show(self, tiles: Sequence[PhotoTile]) -> None:
        self.beginResetModel()
        self.tiles = tuple(tiles)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.tiles)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures.get(tile.path)
        if role == _TILE_ROLE:
            return tile
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tile.about
        return None

    @Slot(object)
    def _arrived(self, path: Path) -> None:
        for place, tile in enumerate(self.tiles):
            if tile.path == path:
                self.dataChanged.emit(self.index(place), self.index(place), [Qt.ItemDataRole.DecorationRole])


class PhotoTiles(QListView):
    """Tiles as large as fit. Arrow keys move, Ctrl and Shift select several; Alt+arrow changes the order."""

    order_wanted = Signal(list)
    """All photos in the order that is wanted."""
    dropped = Signal(list)
    """Photos of another product that were dropped here."""
    photos_selected = Signal()

    def __init__(self, pictures: TilePictures) -> None:
        super().__init__()
        self._tiles = _TileModel(pictures, self)
        self._drop_place = -1
        self.movable = True
        self.setModel(self._tiles)
        self.setItemDelegate(_TileDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setAccessibleName("Photos of the product")
        self.setMinimumHeight(_SMALLEST + 5 * theme.SPACE)
        self.selectionModel().selectionChanged.connect(self.photos_selected)
        theme.notifier().changed.connect(self.viewport().update)

    @property
    def photos(self) -> list[int]:
        """All, in order."""
        return [tile.photo for tile in self._tiles.tiles]

    @property
    def selected(self) -> list[int]:
        """The selected ones, in order."""
        return [self._tiles.tiles[row].photo for row in sorted(each.row() for each in self.selectedIndexes())]

    def show_tiles(self, tiles: Sequence[PhotoTile], keep: bool = False) -> None:
        """Show photos; with ``keep`` those that were selected stay so."""
        if tuple(tiles) == self._tiles.tiles:
            return
        selected, current = (set(self.selected), self._photo_of(self.currentIndex())) if keep else (set(), -1)
        self._tiles.show(tiles)
        self._fit()
        flag = QItemSelectionModel.SelectionFlag
        for place, tile in enumerate(self._tiles.tiles):
            index = self._tiles.index(place)
            if tile.photo in selected:
                self.selectionModel().select(index, flag.Select)
            if tile.photo == current:
                self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
        if tiles and not self.currentIndex().isValid():
            self.selectionModel().setCurrentIndex(self._tiles.index(0), flag.NoUpdate)
        self.photos_selected.emit()

    def select_photos(self, photos: Sequence[int]) -> None:
        """Select photos; the first one becomes the current one."""
        flag = QItemSelectionModel.SelectionFlag
        self.clearSelection()
        for place, tile in reversed(list(enumerate(self._tiles.tiles))):
            if tile.photo in photos:
                self.selectionModel().setCurrentIndex(self._tiles.index(place), flag.Select)

    def move_selected(self, step: int) -> None:
        """Ask for an order in which the selected photos are one place earlier (-1) or later (1)."""
        chosen, order = set(self.selected), self.photos
        places = range(len(order)) if step < 0 else range(len(order) - 1, -1, -1)
        for place in places:
            other = place + step
            if order[place] in chosen and 0 <= other < len(order) and order[other] not in chosen:
                order[place], order[other] = order[other], order[place]
        self._want(order)

    def put_first(self) -> None:
        """Ask for an order in which the selected photos are the first."""
        chosen = self.selected
        self._want([*chosen, *(photo for photo in self.photos if photo not in chosen)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and key in _STEPS:
            self.move_selected(_STEPS[key])
        elif event.modifiers() == Qt.KeyboardModifier.AltModifier and key == Qt.Key.Key_Home:
            self.put_first()
        elif key == Qt.Key.Key_Space and not event.modifiers():
            self.selectionModel().select(self.currentIndex(), QItemSelectionModel.SelectionFlag.Toggle)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Slash) or event.text().strip().isalnum():
            event.ignore()  # the page handles it
        else:
            super().keyPressEvent(event)

    # -- drag and drop ------------------------------------------------------------------------------------------------
    def startDrag(self, _actions: Qt.DropAction) -> None:
        photos = self.selected
        if not photos or not self.movable:
            return
        data = QMimeData()
        data.setData(PHOTOS_FORMAT, " ".join(map(str, photos)).encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        image = self.currentIndex().data(Qt.ItemDataRole.DecorationRole)
        if image is not None:
            fit = Qt.AspectRatioMode.KeepAspectRatio
            drag.setPixmap(QPixmap.fromImage(image.scaled(_DRAG_SIDE, _DRAG_SIDE, fit)))
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PHOTOS_FORMAT) and self.movable:
            event.acceptProposedAction()
        else:
            event.ignore()  # files from outside are for the window

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_drop(self.place_at(event.position().toPoint()))
        event.setAccepted(event.mimeData().hasFormat(PHOTOS_FORMAT))

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._show_drop(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_drop(-1)
        photos = dragged_photos(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.drop_photos(photos, self.place_at(event.position().toPoint()))

    def drop_photos(self, photos: Sequence[int], place: int) -> None:
        """Put photos before the one at a place, or ask for those of another product to be moved here."""
        order = self.photos
        if set(photos) <= set(order):
            before = [photo for photo in order[:place] if photo not in photos]
            after = [photo for photo in order[place:] if photo not in photos]
            self._want([*before, *photos, *after])
        elif photos:
            self.dropped.emit(list(photos))

    def place_at(self, point: QPoint) -> int:
        """The place before which photos are put that are dropped at a point."""
        for place in range(len(self._tiles.tiles)):
            box = self.visualRect(self._tiles.index(place))
            if point.y() < box.bottom() and point.x() < box.center().x():
                return place
        return len(self._tiles.tiles)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drop_place < 0 or not self._tiles.tiles:
            return
        last = len(self._tiles.tiles) - 1
        box = self.visualRect(self._tiles.index(min(self._drop_place, last)))
        x = box.left() if self._drop_place <= last else box.right()
        painter = QPainter(self.viewport())
        painter.setPen(QPen(QColor(theme.tokens().accent), 3))
        painter.drawLine(x, box.top() + _GAP, x, box.bottom() - _GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _want(self, order: list[int]) -> None:
        if order != self.photos and self.movable:
            self.order_wanted.emit(order)

    def _show_drop(self, place: int) -> None:
        if place != self._drop_place:
            self._drop_place = place
            self.viewport().update()

    def _photo_of(self, index: QModelIndex) -> int:
        return self._tiles.tiles[index.row()].photo if index.isValid() else -1

    def _fit(self) -> None:
        """The largest tiles with which all are visible."""
        count, room, caption = max(1, len(self._tiles.tiles)), self.maximumViewportSize(), _caption_height(self)
        for side in range(_LARGEST, _SMALLEST - 1, -4):
            columns = max(1, (room.width() - 2) // (side + _GAP))
            fits = -(-count // columns) * (side + _GAP + caption) <= room.height() - 2
            if fits:
                break
        shown = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(shown)
        self.setGridSize(QSize((room.width() - 2) // min(columns, max(count, 3)), side + _GAP + caption))


def _caption_height(view: PhotoTiles) -> int:
    return _LINES * fonts_like(view.font()).small_metrics.height() + 4


class _TileDelegate(QStyledItemDelegate):
    """Photo, and below it what it is tagged as and what is special about it."""

    def __init__(self, view: PhotoTiles) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, found = theme.tokens(), index.data(_TILE_ROLE)
        caption = _caption_height(self._view)
        cell = option.rect.adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        side = min(cell.width(), cell.height() - caption)
        tile = QRect(cell.left() + (cell.width() - side) // 2, cell.top(), side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.4 if found.aside else 1.0)
        paint_photo(painter, tile, index.data(Qt.ItemDataRole.DecorationRole))
        painter.setOpacity(1.0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        current = index == self._view.currentIndex() and self._view.hasFocus()
        under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or current or found.odd or under_mouse:
            edge = tokens.accent if selected or current else tokens.review if found.odd else tokens.text_muted
            painter.setPen(QPen(QColor(edge), 3 if selected else 2 if current or found.odd else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile, theme.SPACE / 2, theme.SPACE / 2)
        fonts = fonts_like(self._view.font())
        painter.setFont(fonts.small)
        height = fonts.small_metrics.height()
        line = QRect(cell.left(), tile.bottom() + 3, cell.width(), height)
        middle = Qt.AlignmentFlag.AlignHCenter
        mark = tokens.review if found.odd else tokens.accent
        lines = [(found.mark, tokens.text_muted if found.aside else mark), (found.value, tokens.text_muted)]
        for text, colour in filter(lambda each: each[0], lines):
            paint_line(painter, line, text, colour, align=middle)
            line = line.translated(0, height)
        painter.restore()
