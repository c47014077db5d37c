"""Starts a review of the photos that need it, and sorts the list by what is most useful to correct."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess


class ReviewNavigator(QObject):
    """Filters and sorts the list for a review, and restores it when the viewer closes.

    A list that is sorted by a column is reviewed in that order, any other in the order that improves the model most.

    Attributes:
        review_order: All photos of the list in that order, int64 (n,); None until it is known. Until then a review goes
            through the list as it is.
    """

    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()

    def __init__(
        self,
        access: CatalogueAccess,
        photo_list: PhotoList,
        model: PhotoTableModel,
        table: ResultsTable,
        review: Review,
        filters: FilterBar,
        notice: Notice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._access, self._list, self._model, self._table = access, photo_list, model, table
        self._review, self._filters, self._notice = review, filters, notice
        self._filter_before: Query | None = None  # while the photos that need review are reviewed
        self.review_order: np.ndarray | None = None
        self._ordered = False  # the list is in that order until the viewer closes
        self._review_worker = WorkerSlot[None, np.ndarray](
            "finding the order of the review", self, mode="latest", on_result=self._keep_order
        )
        self._worker = WorkerSlot[None, np.ndarray](
            "finding what is most useful to correct",
            self,
            on_result=self._sort_by,
            on_error=self.failed.emit,
            on_end=self.busy_changed.emit,
        )

    @property
    def busy(self) -> bool:
        """Whether the order of :meth:`sort_by_usefulness` is being computed."""
        return self._worker.busy

    @property
    def finding_review_order(self) -> bool:
        return self._review_worker.busy

    @Slot()
    def find_review_order(self) -> None:
        """Compute the order of the next review; needed after photos were added or other ones are listed."""
        if self._access.catalogue is not None:
            self._review_worker.start(partial(_review_order, self._access.catalogue, self._list.source_query()))

    def _keep_order(self, ids: np.ndarray) -> None:
        self.review_order = ids

    @Slot()
    def start_review(self) -> None:
        """Review the photos that need it, from the first."""
        self.start_review_at(())

    def start_review_at(self, photos: Collection[int]) -> None:
        """Review the photos that need it, those in ``photos`` first."""
        if self._review.reviewing:
            return
        self._review.close_viewer()
        before = self._filters.filter()
        self._filters.set_filter(Query(status=Status.NEEDS_REVIEW))
        if self.review_order is not None and not self._list.is_sorted:
            these = np.isin(self.review_order, np.fromiter(photos, np.int64))
            self._list.set_order(np.concatenate([self.review_order[these], self.review_order[~these]]))
            self._ordered = True
        self._list.when_found(partial(self._open_review, before, photos))

    def _open_review(self, before: Query, photos: Collection[int]) -> None:
        if not self._model.rowCount() or self._list.filter.status != Status.NEEDS_REVIEW:
            return
        self._filter_before = before
        positions = self._model.positions_of(list(photos))
        self._table.select_position(int(positions[0]) if len(positions) else 0)
        self._review.open_viewer()

    @Slot()
    def end_review(self) -> None:
        """The viewer is closed: restore the filter."""
        if self._filter_before is not None:
            before, self._filter_before = self._filter_before, None
            photo = self._table.current_photo()
            if self._ordered:
                self._list.sort("arrival", False)
            self._ordered = False
            self._filters.set_filter(before)
            self._list.when_found(lambda: self._table.select_photo(photo))

    @Slot()
    def sort_by_usefulness(self) -> None:
        """Compute the order in which corrections help the model most, sort the list by it and select the first row."""
        catalogue, query = self._access.catalogue, self._list.source_query()
        if catalogue is not None and self._worker.start(partial(_labelling_order, catalogue, query)):
            self.busy_changed.emit()

    def shutdown(self) -> None:
        """Wait for the computation; it takes a second at most."""
        self._worker.shutdown(30_000)
        self._review_worker.shutdown(30_000)

    def _sort_by(self, ids: np.ndarray) -> None:
        self._table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # sorted by no column
        self._list.set_order(ids)
        self._ordered = False
        self._list.when_found(self._offer_first)

    def _offer_first(self) -> None:
        if not self._model.rowCount():
            return
        self._table.select_position(0)
        text = "Correcting these photos helps the model most. Start at the top, then improve the model."
        self._notice.show_message("info", text, [("Open the first photo", self._review.open_viewer)])


def _review_order(catalogue: Catalogue, query: Callable[[Catalogue], Query], _control: WorkControl) -> np.ndarray:
    from fashionlens_gui.review.labelling_order import review_order

    with responsive_import.frequent_switches():
        return review_order(catalogue, query(catalogue))


def _labelling_order(catalogue: Catalogue, query: Callable[[Catalogue], Query], _control: WorkControl) -> np.ndarray:
    from fashionlens_gui.review.labelling_order import labelling_order

    with responsive_import.frequent_switches():
        return labelling_order(catalogue, query(catalogue))
