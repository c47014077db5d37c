"""Offers to go on with drops that a cancel, a close or a crash cut short."""

from __future__ import annotations

from PySide6.QtCore import Slot

from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag.queue.session_loader import LastList
from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue
from fashionlens_gui.window.tag.wording import photos


class UnfinishedNotice(Notice):
    """Asks instead of going on by itself: a photo that brought the program down must not do so at every start.

    Args:
        last_list: Knows what is left.
        queue: Goes on.
    """

    def __init__(self, last_list: LastList, queue: TaggingQueue) -> None:
        super().__init__()
        self._last_list, self._queue = last_list, queue
        last_list.left_changed.connect(self._left_changed)

    @Slot()
    def _left_changed(self) -> None:
        number = sum(each.left for each in self._last_list.left)
        if not number:
            self.put_away()
            return
        words = f"{photos(number)} of an earlier drop {'is' if number == 1 else 'are'} not tagged yet."
        go_on = (f"Continue tagging {photos(number)}", self._go_on)
        self.say("info", words, [go_on, ("Forget them", self._last_list.forget_left)], may_close=False)

    def _go_on(self) -> None:
        for each in self._last_list.take():
            self._queue.go_on(each.drop.id, each.drop.paths, each.left)
