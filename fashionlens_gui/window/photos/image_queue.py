"""Images that views ask for while they paint, read in a thread."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from cachetools import LRUCache
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl

Key = TypeVar("Key")
Picture = TypeVar("Picture")


class ImageQueue(QObject, Generic[Key, Picture]):
    """Reads images in a thread, the newest request first, since it is on the screen, and caches them.

    Args:
        name: What is done, for the log.
        read: Reads an image, in the thread; None where that is not possible.
        convert: Makes what is cached, in the window's thread.
        kept: Number of cached images.
        most_requests: Older requests beyond this number are dropped: they were scrolled away.
    """

    arrived = Signal(object)
    """The key of an image that has been read."""

    def __init__(
        self,
        name: str,
        read: Callable[[Key], QImage | None],
        convert: Callable[[QImage], Picture],
        kept: int,
        most_requests: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._read_one, self._convert = read, convert
        self._cache: LRUCache[Key, Picture | None] = LRUCache(kept)  # None: could not be read
        self._requests: deque[Key] = deque(maxlen=most_requests)
        self._requested: set[Key] = set()
        self._slot = WorkerSlot[tuple[Key, QImage | None], None](
            name, self, on_events=self._receive, on_end=self._start
        )

    def get(self, key: Key) -> Picture | None:
        """The image; None if it cannot be read, or if it is missing and now requested."""
        if key in self._cache:
            return self._cache[key]
        if key not in self._requested:
            if len(self._requests) == self._requests.maxlen:
                with contextlib.suppress(IndexError):  # the thread may have been quicker
                    self._requested.discard(self._requests.popleft())
            self._requested.add(key)
            self._requests.append(key)
            self._start()
        return None

    def put(self, key: Key, image: QImage) -> None:
        self._cache[key] = self._convert(image)

    def clear(self) -> None:
        self._requests.clear()
        self._requested.clear()
        self._cache.clear()

    def shutdown(self, milliseconds: int = 5000) -> None:
        """Stop reading and wait for the image that is being read."""
        self._requests.clear()
        self._slot.shutdown(milliseconds)

    def _start(self) -> None:
        if self._requests:
            self._slot.start(self._read)

    def _read(self, control: WorkControl) -> Generator[tuple[Key, QImage | None], None, None]:
        while not control.stopped:
            try:
                key = self._requests.pop()
            except IndexError:
                return
            yield key, self._read_one(key)

    def _receive(self, events: tuple[tuple[Key, QImage | None], ...]) -> None:
        for key, image in events:
            if key in self._requested:
                self._requested.discard(key)
                self._cache[key] = None if image is None else self._convert(image)
                if image is not None:
                    self.arrived.emit(key)
