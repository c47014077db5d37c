"""The list of products: read lazily in a thread, a row with the main photo, the SKU, values and why it needs review."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from cachetools import LRUCache
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from fashionlens_gui.window.products.background_work import ListedProduct, read_products
from fashionlens_gui.window.products.product_row import LISTED_ROLE, ProductDelegate, row_text
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

Index = QModelIndex | QPersistentModelIndex
PHOTOS_FORMAT = "application/x-fashionlens-photos"
"""Ids of photos that are dragged, separated by spaces."""
_AT_ONCE = 40  # products that are read at once
_KEPT = 2_000


def dragged_photos(data: QMimeData) -> list[int]:
    """The ids of the photos that are dragged; none for anything else."""
    return [int(each) for each in bytes(data.data(PHOTOS_FORMAT).data()).split()]


class ProductListModel(QAbstractListModel):
    """Products by their ids; the rows on the screen are read, others are not.

    After :meth:`show` a row shows what it was until it is read again.

    Args:
        access: The catalogue.
    """

    product_read = Signal(int)
    """The id of a product that was read, or read again."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self.ids = np.zeros(0, np.int64)
        self._rows: dict[int, int] = {}
        self._read: LRUCache[int, ListedProduct] = LRUCache(_KEPT)
        self._current: set[int] = set()  # read since the last change
        self._wanted: list[int] = []
        self._slot = WorkerSlot[None, dict[int, ListedProduct]](
            "reading products", self, on_result=self._store, on_error=self.failed.emit, on_end=self._read_next
        )

    def show(self, ids: np.ndarray) -> None:
        """List products, which may have changed."""
        self._current.clear()
        if np.array_equal(ids, self.ids):
            if len(ids):
                self.dataChanged.emit(self.index(0), self.index(len(ids) - 1))
            return
        self.beginResetModel()
        self.ids = ids
        self._rows = {id_: row for row, id_ in enumerate(ids.tolist())}
        self.endResetModel()

    def clear(self) -> None:
        """List nothing; the catalogue is another one."""
        self._slot.stop()
        self._read.clear()
        self.show(np.zeros(0, np.int64))

    def row_of(self, product: int) -> int:
        """The row of a product; -1 where it is not listed."""
        return self._rows.get(product, -1)

    def product(self, product: int) -> ListedProduct | None:
        """What is known of a product; it is read if it has to be."""
        if product not in self._current:
            self._want(product)
        return self._read.get(product)

    @property
    def reading(self) -> bool:
        """Products that were asked for are not read yet."""
        return self._slot.busy or bool(self._wanted)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (LISTED_ROLE, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        listed = self.product(int(self.ids[index.row()]))
        if role == LISTED_ROLE or listed is None:
            return listed
        return row_text(listed)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDropEnabled

    def shutdown(self) -> None:
        self._wanted.clear()
        self._slot.shutdown()

    def _want(self, product: int) -> None:
        if product in self._wanted:
            return
        self._wanted.append(product)
        self._read_next()

    def _read_next(self) -> None:
        """Read the product that was asked for last, since it is on the screen, with those around it."""
        catalogue = self._access.catalogue
        if not self._wanted or self._slot.busy or catalogue is None:
            return
        product = self._wanted.pop()
        row = self.row_of(product)
        first = max(0, row) // _AT_ONCE * _AT_ONCE
        ids = self.ids[first : first + _AT_ONCE].tolist() if row >= 0 else [product]
        ids = [id_ for id_ in ids if id_ not in self._current]
        self._wanted = [id_ for id_ in self._wanted if id_ not in ids][-2 * _AT_ONCE :]
        if ids:
            self._current.update(ids)
            self._slot.start(lambda _control: read_products(catalogue, ids), partial(self._store, ids=ids))

    def _store(self, found: dict[int, ListedProduct], ids: Sequence[int] = ()) -> None:
        for id_ in ids:
            if id_ in found:
                self._read[id_] = found[id_]
            else:
                self._read.pop(id_, None)
        rows = [row for id_ in ids if (row := self.row_of(id_)) >= 0]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
        for id_ in ids:
            self.product_read.emit(id_)


class ProductListView(QListView):
    """Products below each other; photos can be dropped on one."""

    dropped = Signal(int, list)
    """A product, and ids of photos that were dropped on it."""

    def __init__(self, model: ProductListModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._products = model
        self.setModel(model)
        self._drop_row = -1
        self.setItemDelegate(ProductDelegate(self, thumbnails))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setMinimumWidth(34 * theme.SPACE)
        self.setAccessibleName("Products")
        thumbnails.arrived.connect(self.viewport().update)
        theme.notifier().changed.connect(self.viewport().update)

    @property
    def drop_row(self) -> int:
        """The row that dragged photos are over; -1 for none."""
        return self._drop_row

    def selected_products(self) -> list[int]:
        """Ids, in the order of the list."""
        return [int(self._products.ids[row]) for row in sorted(each.row() for each in self.selectedIndexes())]

    def select_product(self, product: int) -> None:
        """Make a product the current one, if it is listed."""
        row = self._products.row_of(product)
        if row >= 0:
            self.setCurrentIndex(self._products.index(row))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PHOTOS_FORMAT):
            event.acceptProposedAction()
        else:
            event.ignore()  # files from outside are for the window

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_drop(self.indexAt(event.position().toPoint()).row())
        event.setAccepted(self._drop_row >= 0 and event.mimeData().hasFormat(PHOTOS_FORMAT))

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._show_drop(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        row, photos = self._drop_row, dragged_photos(event.mimeData())
        self._show_drop(-1)
        if row >= 0 and photos:
            event.setDropAction(Qt.DropAction.CopyAction)  # the view that they come from removes nothing
            event.accept()
            self.dropped.emit(int(self._products.ids[row]), photos)

    @Slot(int)
    def _show_drop(self, row: int) -> None:
        if row != self._drop_row:
            self._drop_row = row
            self.viewport().update()
