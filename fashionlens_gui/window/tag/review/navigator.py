"""Going through the photos that a person should look at: the doubtful ones, or first those that teach most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.teaching_order import LabellingOrder
from fashionlens_gui.window.tag.table.columns import Filter
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.row_order import ReviewOrder
from fashionlens_gui.window.tag.table.table import ResultsTable

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session


class ReviewNavigator(QObject):
    """Puts the list into the order in question, and back when the viewer closes.

    Args:
        review: Opens the photos.
        table: Shows where it begins.
        order: What stands in the table, in which order.
        filters: Lets only some stand there.
        notice: Says what to do.
        parent: Qt parent.

    Attributes:
        teaching: Works out what teaches most.
    """

    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()
    """Whether what teaches most is being worked out."""

    def __init__(
        self,
        review: Review,
        table: ResultsTable,
        order: ReviewOrder,
        filters: FilterBar,
        notice: Notice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._review, self._table, self._order, self._filters = review, table, order, filters
        self._notice = notice
        self._session: Session | None = None
        self._filter_before: Filter | None = None  # of the list, while its doubtful photos are reviewed
        self.labelling_order = LabellingOrder(self)
        self.labelling_order.found.connect(self._teach_now)
        self.labelling_order.failed.connect(self.failed)
        self.labelling_order.busy_changed.connect(self.busy_changed)

    def use(self, session: Session) -> None:
        """The rows are there."""
        self._session = session

    @Slot()
    def start_review(self) -> None:
        """Go through the photos that need review, from the first of them."""
        self.start_review_at(())

    def start_review_at(self, rows: Iterable[int]) -> None:
        """Go through the photos that need review, from that of these rows which is shown first; the others follow."""
        if self._review.reviewing:
            return
        self._review.close_viewer()
        before = self._filters.filter()
        self._filters.reset()
        self._filters.show_only("needs review")
        if self._order.rowCount():
            self._filter_before = before
            places = (place for row in rows if (place := self._order.place_of(row)) >= 0)
            self._table.select_row(self._order.row_at(min(places, default=0)))
            self._review.open_viewer()

    def end_review(self) -> None:
        """The viewer is closed: the list shows again what it showed before."""
        if self._filter_before is not None:
            before, self._filter_before = self._filter_before, None
            row = self._table.current_row()
            self._filters.put(before)
            self._table.select_row(row)

    @Slot()
    def teach(self) -> None:
        """Look for what teaches most, and begin there."""
        if self._session is not None:
            self.labelling_order.begin(self._session)

    def shutdown(self) -> None:
        """Wait for what runs."""
        self.labelling_order.shutdown()

    @Slot(object)
    def _teach_now(self, rows: np.ndarray) -> None:
        """Put the list into the order of what teaches most, show where it begins, and say what to do."""
        self._table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # sorts by no column
        self._order.put_in_order(rows)
        if not self._order.rowCount():
            return
        self._table.select_row(self._order.row_at(0))
        text = "Correcting these photos helps the model most. Start at the top, then improve the model."
        self._notice.say("info", text, [("Open the first photo", self._review.open_viewer)])
