"""A cache of thumbnails; missing ones are made in a thread."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QImage, QPainter, QPixmap

from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import PhotoError

SIDE = 48
"""Longest side in the table, in device-independent pixels."""
PIXELS = 2 * SIDE
"""Longest side in pixels, sharp on screens at 200 %."""

RADIUS = 6.0
"""Of the corners, in device-independent pixels."""

_CACHE_SIZE = 2_000  # 36 KiB each: at most about 70 MiB
_MOST_REQUESTS = 96  # more than fit on a 4K screen; older ones were scrolled away


def framed(image: QImage) -> QImage:
    """An image fitted into a white square of :data:`PIXELS` with round corners. Thread-safe.

    Done once per photo: clipping at each repaint is slow.
    """
    fitted = image.scaled(
        PIXELS, PIXELS, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    square = QImage(PIXELS, PIXELS, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.white)
    painter = QPainter(square)
    painter.drawImage((PIXELS - fitted.width()) // 2, (PIXELS - fitted.height()) // 2, fitted)
    painter.end()
    rounded = QImage(PIXELS, PIXELS, QImage.Format.Format_ARGB32_Premultiplied)
    rounded.fill(Qt.GlobalColor.transparent)
    painter = QPainter(rounded)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(square))
    radius = RADIUS * PIXELS / SIDE
    painter.drawRoundedRect(QRectF(0, 0, PIXELS, PIXELS), radius, radius)
    painter.end()
    return rounded


class Thumbnails(QObject):
    """Thumbnails by path. :attr:`ready` is emitted when requested ones were made."""

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._requests: deque[Path] = deque(maxlen=_MOST_REQUESTS)
        self._requested: set[str] = set()
        self._worker = WorkerSlot[tuple[str, QImage | None], None](
            "making small pictures", self, on_events=self._receive, on_end=self._start_next
        )

    def put(self, path: Path, image: QImage) -> None:
        """Store a thumbnail that :func:`framed` made."""
        self._add(str(path), QPixmap.fromImage(image))

    def get(self, path: Path) -> QPixmap | None:
        """The thumbnail; None if the photo cannot be read, or if it is missing and now requested."""
        key = str(path)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if key not in self._requested:
            if len(self._requests) == _MOST_REQUESTS:
                self._requested.discard(str(self._requests[0]))
            self._requested.add(key)
            self._requests.append(path)
            self._start_next()
        return None

    def clear(self) -> None:
        self._requests.clear()
        self._requested.clear()
        self._cache.clear()

    def shutdown(self) -> None:
        self._requests.clear()
        self._worker.shutdown()

    def _start_next(self) -> None:
        if self._requests:
            self._worker.start(self._make_requested)

    def _make_requested(self, control: WorkControl) -> Generator[tuple[str, QImage | None], None, None]:
        """In the thread: the newest request first, since it is on the screen."""
        from trainer.preprocessing.photo import load_photo

        while not control.stopped:
            try:
                path = self._requests.pop()
            except IndexError:
                return
            try:
                image = to_qimage(load_photo(path, short_side=PIXELS).pixels_HWC)
                yield str(path), framed(image)
            except PhotoError:
                yield str(path), None  # the row shows the error

    def _receive(self, events: tuple[tuple[str, QImage | None], ...]) -> None:
        for key, image in events:
            if key in self._requested:
                self._requested.discard(key)
                self._add(key, QPixmap.fromImage(image) if image is not None else None)
        self.ready.emit()

    def _add(self, key: str, image: QPixmap | None) -> None:
        self._cache[key] = image
        self._cache.move_to_end(key)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
