"""Starts a review of the photos that need it, and sorts the list by what is most useful to correct."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.columns import Filter
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.sort_filter_proxy import SortFilterProxy
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session


class ReviewNavigator(QObject):
    """Filters and sorts the list for a review, and restores it when the viewer closes.

    A list that is sorted by a column is reviewed in that order, any other in the order that teaches the model most.

    Attributes:
        review_order: All rows in that order, int64; None until it is known. Until then a review goes through the list
            as it is.
    """

    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()

    def __init__(
        self,
        review: Review,
        table: ResultsTable,
        proxy: SortFilterProxy,
        filters: FilterBar,
        notice: Notice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._review, self._table, self._proxy, self._filters = review, table, proxy, filters
        self._notice = notice
        self._session: Session | None = None
        self._filter_before: Filter | None = None  # while the photos that need review are reviewed
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

    def set_session(self, session: Session) -> None:
        self._session = session
        self.find_review_order()

    def find_review_order(self) -> None:
        """Compute the order of the next review; needed after rows were added."""
        if self._session is not None:
            self._review_worker.start(partial(_review_order, self._session))

    def _keep_order(self, rows: np.ndarray) -> None:
        self.review_order = rows

    @Slot()
    def start_review(self) -> None:
        """Review the photos that need it, from the first."""
        self.start_review_at(())

    def start_review_at(self, rows: Collection[int]) -> None:
        """Review the photos that need it, from the first of ``rows`` as shown; the other photos follow."""
        if self._review.reviewing:
            return
        self._review.close_viewer()
        before = self._filters.filter()
        self._filters.set_filter(Filter(status=Status.NEEDS_REVIEW))
        if self._proxy.rowCount():
            self._filter_before = before
            if self.review_order is not None and not self._proxy.is_sorted:
                these = np.isin(self.review_order, np.fromiter(rows, np.int64))
                self._proxy.set_order(np.concatenate([self.review_order[these], self.review_order[~these]]))
                self._ordered = True
            positions = (position for row in rows if (position := self._proxy.position_of(row)) >= 0)
            self._table.select_row(self._proxy.row_at(min(positions, default=0)))
            self._review.open_viewer()

    def end_review(self) -> None:
        """The viewer is closed: restore the filter."""
        if self._filter_before is not None:
            before, self._filter_before = self._filter_before, None
            row = self._table.current_row()
            if self._ordered:
                self._proxy.sort(-1)
            self._ordered = False
            self._filters.set_filter(before)
            self._table.select_row(row)

    @Slot()
    def sort_by_usefulness(self) -> None:
        """Compute the order in which corrections help the model most, sort the list by it and select the first row."""
        if self._session is not None and self._worker.start(partial(_labelling_order, self._session)):
            self.busy_changed.emit()

    def shutdown(self) -> None:
        """Wait for the computation; it takes a second at most."""
        self._worker.shutdown(30_000)
        self._review_worker.shutdown(30_000)

    def _sort_by(self, rows: np.ndarray) -> None:
        self._table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # sorted by no column
        self._proxy.set_order(rows)
        self._ordered = False
        if not self._proxy.rowCount():
            return
        self._table.select_row(self._proxy.row_at(0))
        text = "Correcting these photos helps the model most. Start at the top, then improve the model."
        self._notice.show_message("info", text, [("Open the first photo", self._review.open_viewer)])


def _review_order(session: Session, _control: WorkControl) -> np.ndarray:
    from fashionlens_gui.session.labelling_order import review_order

    with responsive_import.frequent_switches():
        return review_order(session)


def _labelling_order(session: Session, _control: WorkControl) -> np.ndarray:
    from fashionlens_gui.session.labelling_order import labelling_order

    with responsive_import.frequent_switches():
        return labelling_order(session)
