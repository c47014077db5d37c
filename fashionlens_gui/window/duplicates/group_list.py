"""The list of groups: each a row of photos of which those that stay are marked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from fashionlens_gui.catalogue.files.thumbnails import Pictured
from fashionlens_gui.catalogue.search.catalogue_duplicates import CataloguePhoto
from fashionlens_gui.window.duplicates.group_model import DuplicateGroups
from fashionlens_gui.window.duplicates.pictures import GroupPictures
from fashionlens_gui.window.gallery.photo_cards import paint_photo
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_line

Index = QModelIndex | QPersistentModelIndex
_SIDE = 16 * theme.SPACE
_GAP = 2 * theme.SPACE
_MARGIN = 2 * theme.SPACE
_BADGE = 20
_LINES = 3


class GroupList(QListView):
    """Groups of duplicates; the keys choose a photo of the current one.

    Args:
        groups: What is listed.
        pictures: The photos.

    Attributes:
        place: Of the current photo in the current group.
        editable: Photos can be chosen.
    """

    photo_chosen = Signal(int, int)
    """The row and the place of a photo that was clicked, or for which Space was pressed."""

    def __init__(self, groups: DuplicateGroups, pictures: GroupPictures) -> None:
        super().__init__()
        self.groups, self.pictures = groups, pictures
        self.place = 0
        self.editable = True
        self.setModel(groups)
        self.setItemDelegate(_GroupDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(theme.SPACE // 2)
        self.verticalScrollBar().setSingleStep(4 * theme.SPACE)
        self.setAccessibleName("Groups of duplicates")
        pictures.arrived.connect(lambda _key: self.viewport().update())
        theme.notifier().changed.connect(self.viewport().update)

    @property
    def row(self) -> int:
        """Of the current group; -1 for none."""
        return self.currentIndex().row()

    def columns(self) -> int:
        """How many photos are beside each other."""
        return max(1, (self._width() - 2 * _MARGIN + _GAP) // (_SIDE + _GAP))

    def row_size(self, row: int) -> QSize:
        """Of a group."""
        lines = -(-len(self.groups.groups[row].photos) // self.columns())
        return QSize(self._width(), _MARGIN + self._heading() + lines * self._tile_height() + theme.SPACE)

    def tile(self, box: QRect, place: int) -> QRect:
        """Where a photo of a group is, whose row is at ``box``: the square."""
        line, column = divmod(place, self.columns())
        left = box.left() + _MARGIN + column * (_SIDE + _GAP)
        return QRect(left, box.top() + _MARGIN + self._heading() + line * self._tile_height(), _SIDE, _SIDE)

    def photo_at(self, point: QPoint) -> tuple[int, int] | None:
        """The row and the place of the photo at a point of the viewport; None for none."""
        index = self.indexAt(point)
        if index.isValid():
            box, height = self.visualRect(index), self._tile_height()
            for place in range(len(self.groups.groups[index.row()].photos)):
                tile = self.tile(box, place)
                if QRect(tile.topLeft(), QSize(_SIDE, height)).contains(point):
                    return index.row(), place
        return None

    def go_to(self, row: int) -> None:
        """Show a group, its first photo current."""
        while row >= self.groups.rowCount() and self.groups.canFetchMore(QModelIndex()):
            self.groups.fetchMore(QModelIndex())
        if 0 <= row < self.groups.rowCount():
            self.place = 0
            self.setCurrentIndex(self.groups.index(row))
            self.scrollTo(self.groups.index(row))
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, row = Qt.Key(event.key()), self.row
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and row >= 0:
            last = len(self.groups.groups[row].photos) - 1
            self.place = min(max(0, self.place + steps[key]), last)
            self.viewport().update()
        elif key == Qt.Key.Key_Space and row >= 0:
            self.photo_chosen.emit(row, self.place)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.text().isalpha():
            event.ignore()  # the page handles it
        else:
            super().keyPressEvent(event)
            if self.row != row:
                self.place = 0

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        found = self.photo_at(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.place = found[1]
            self.photo_chosen.emit(*found)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.photo_at(event.pos())
            photo = self.groups.groups[found[0]].photos[found[1]] if found else None
            QToolTip.showText(event.globalPos(), str(photo.file.path) if photo else "", self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _width(self) -> int:
        return self.viewport().width() - 2 * self.spacing()

    def _heading(self) -> int:
        return self.fontMetrics().height() + theme.SPACE

    def _tile_height(self) -> int:
        return _SIDE + _LINES * fonts_like(self.font()).small_metrics.height() + theme.SPACE


class _GroupDelegate(QStyledItemDelegate):
    """What the group is, and its photos."""

    def __init__(self, view: GroupList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._view.row_size(index.row())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, tokens, box = self._view, theme.tokens(), option.rect
        groups, row = view.groups, index.row()
        current = row == view.row
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.accent if current else tokens.border), 2 if current else 1))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.SPACE, theme.SPACE)
        what, suggestion = groups.headline(row)
        fonts = fonts_like(view.font())
        painter.setFont(fonts.strong)
        line = QRect(box.left() + _MARGIN, box.top() + theme.SPACE, box.width() - 2 * _MARGIN, fonts.metrics.height())
        paint_line(painter, line, what, tokens.text)
        painter.setFont(view.font())
        line.setLeft(line.left() + fonts.strong_metrics.horizontalAdvance(what) + _GAP)
        paint_line(painter, line, suggestion, tokens.ok if groups.settled(row) else tokens.text_muted)
        kept = groups.kept(row)
        for place, photo in enumerate(groups.groups[row].photos):
            focused = current and place == view.place and view.hasFocus()
            self._paint_photo(painter, view.tile(box, place), photo, photo.id in kept, focused)
        painter.restore()

    def _paint_photo(self, painter: QPainter, tile: QRect, photo: CataloguePhoto, stays: bool, focused: bool) -> None:
        tokens, fonts = theme.tokens(), fonts_like(self._view.font())
        painter.setOpacity(1.0 if stays else 0.45)
        paint_photo(painter, tile, self._view.pictures.get(Pictured(photo.file.path, photo.file.digest)))
        painter.setOpacity(1.0)
        if stays or focused:
            painter.setPen(QPen(QColor(tokens.accent if focused else tokens.ok), 3 if focused else 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile, theme.SPACE / 2, theme.SPACE / 2)
        badge = QRect(tile.right() - _BADGE - 4, tile.top() + 5, _BADGE, _BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.surface))
        painter.drawEllipse(badge.adjusted(-2, -2, 2, 2))
        icons.icon("check" if stays else "trash", "ok" if stays else "text_muted").paint(painter, badge)
        painter.setFont(fonts.small)
        height = fonts.small_metrics.height()
        line = QRect(tile.left(), tile.bottom() + 3, tile.width(), height)
        file = photo.file
        size = f"{file.width}×{file.height}, {file.bytes / 1e3:,.0f} kB"
        tags = f"{photo.category or 'No category'}{', by a person' if photo.corrected else ''}"
        middle = Qt.TextElideMode.ElideMiddle
        for text, colour in ((file.path.name, tokens.text), (size, tokens.text_muted), (tags, tokens.text_muted)):
            paint_line(painter, line, text, colour, elide=middle)
            line = line.translated(0, height)
