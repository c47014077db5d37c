"""Says how an import ended, and offers to review its photos."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag.list_summary import import_summary
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.review.navigator import ReviewNavigator

if TYPE_CHECKING:
    from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue
    from fashionlens_gui.window.tag.queue.tagging_work import ImportResult


class ImportNotice(QObject):
    """Writes into the notice of the Tag tab.

    Args:
        queue: Its imports end.
        photo_list: May have other photos that need review, too.
        navigator: Reviews the photos.
        notice: Shows the message.
    """

    shown = Signal()
    """The notice has another message, or none."""

    def __init__(
        self, queue: TaggingQueue, photo_list: PhotoList, navigator: ReviewNavigator, notice: Notice, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._list, self._navigator, self._notice = photo_list, navigator, notice
        queue.import_ended.connect(self._import_ended)

    @Slot(object)
    def _import_ended(self, result: ImportResult) -> None:
        self._navigator.find_review_order()
        if result.finished is None or result.finished.cancelled:
            self._notice.dismiss()
            self.shown.emit()
        else:
            self._list.when_known(partial(self._show, result))

    def _show(self, result: ImportResult) -> None:
        finished = result.finished
        assert finished is not None
        counts, in_list = finished.counts, self._list.state.figures.statuses[Status.NEEDS_REVIEW]
        offers = []
        if 0 < counts.needs_review < in_list:
            offers = [("Review these first", lambda: self._navigator.start_review_at(result.ids.tolist()))]
        kind = "warning" if counts.errors or not counts.rows else "check"
        summary = import_summary(finished, result.remembered, result.retagged)
        self._notice.show_message(kind, summary, offers, on_change=self._notice.dismiss)
        self.shown.emit()
