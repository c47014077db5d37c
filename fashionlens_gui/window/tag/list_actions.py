"""What people do with the list as a whole: choose which photos are listed, empty it, remove photos for good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.catalogue.lists.current_list import add_to_list, clear_list
from fashionlens_gui.catalogue.lists.list_sources import ListSource, NamedQuery, Source
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.messages.photos import forget_question
from fashionlens_gui.window.shell import message_box
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue


class ListActions(QObject):
    """Asks where something is lost, then does it.

    Args:
        owner: Of the questions.
        access: Changes the catalogue.
        photo_list: Shows photos of the chosen source.
        review: Its targets are forgotten.
        corrections: Forgets them.
        queue: Stops when the list is cleared.
        filters: Filters the list.
        model: The photos shown.
        table: Selects photos that were asked for.
    """

    cleared = Signal()
    """The list is empty."""

    def __init__(
        self,
        owner: QWidget,
        access: CatalogueAccess,
        photo_list: PhotoList,
        review: Review,
        corrections: Corrections,
        queue: TaggingQueue,
        filters: FilterBar,
        model: PhotoTableModel,
        table: ResultsTable,
    ) -> None:
        super().__init__(owner)
        self._owner, self._access, self._list, self._review = owner, access, photo_list, review
        self._corrections, self._queue, self._filters = corrections, queue, filters
        self._model, self._table = model, table
        queue.begun.connect(self._import_begun)
        access.closing.connect(self._catalogue_closing)

    @Slot(object)
    def choose_source(self, source: ListSource, wanted: Query | None = None, order: np.ndarray | None = None) -> None:
        """List other photos.

        Args:
            source: Which.
            wanted: Those that match this filter; None for all.
            order: Their ids, int64 (n,), in the order to show; None for the order of now.
        """
        self._review.close_viewer()
        self._list.set_source(source, order)
        self._filters.set_filter(wanted or Query())

    @Slot(object)
    def show_matching(self, wanted: Query) -> None:
        """List the photos that match a filter; the current photo stays in view where it is one of them."""
        photo = self._table.current_photo()
        self._list.set_filter(wanted)
        self._list.when_found(partial(self._table.keep_current, photo))

    def show_photos(self, photos: Sequence[int]) -> None:
        """Show photos of the catalogue first in the list, and select the first of them."""
        self._review.close_viewer()
        if not len(self._model.positions_of(photos)):
            self.choose_source(Source.EVERYTHING)
        self._list.set_order(np.array(photos, np.int64))
        self._list.when_found(lambda: self._table.select_photo(photos[0]))

    def show_new_photos(self) -> None:
        """See to it that photos that are added now are listed."""
        if self._list.source not in (Source.CURRENT, Source.EVERYTHING):
            self.choose_source(Source.CURRENT)

    @Slot()
    def _catalogue_closing(self) -> None:
        """An import or similar photos of one catalogue are none of another."""
        if isinstance(self._list.source, NamedQuery):
            self.choose_source(Source.CURRENT)

    @Slot(int)
    def _import_begun(self, batch: int) -> None:
        """One that is continued may be older than the list."""
        self._access.perform(partial(add_to_list, batch=batch))

    @Slot()
    def clear(self) -> None:
        """Empty the list. Nothing is forgotten; tagging stops."""
        question = "Photos are still being tagged. Stop, and empty the list? You can continue later."
        if self._queue.busy and not message_box.ask(self._owner, question, "Stop and clear", "Keep tagging"):
            return
        self._review.close_viewer()
        if self._queue.busy:
            self._queue.cancel()
        self._access.perform(clear_list, lambda _changes: self._show_cleared())

    def _show_cleared(self) -> None:
        self.choose_source(Source.CURRENT)
        self.cleared.emit()

    @Slot()
    def forget(self) -> None:
        """Remove the target photos from the catalogue, after asking."""
        photos = self._review.targets()
        if photos and message_box.ask(self._owner, forget_question(len(photos)), "Forget", "Cancel"):
            self._corrections.forget(photos)
