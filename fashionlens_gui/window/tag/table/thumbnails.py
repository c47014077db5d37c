"""Small pictures for the table: kept from tagging, made again off the window's thread when they are missing."""

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
"""Longest side kept, so that screens at 200 % get a crisp one."""

RADIUS = 6.0
"""Of the corners, in device-independent pixels."""

_KEPT = 2_000  # 36 KiB each: at most about 70 MiB
_WANTED = 96  # more than fit on a 4K screen; older wishes have been scrolled away


def framed(picture: QImage) -> QImage:
    """A square of :data:`PIXELS` with round corners: the picture in the middle, fitted, on white. For any thread.

    Done once per photo, because clipping to round corners at every repaint would be slow.
    """
    fitted = picture.scaled(
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
    """A bounded store of small pictures by path. Whoever asks for one that is missing hears of it by :attr:`ready`."""

    ready = Signal()
    """Some pictures that were asked for are there now (or are known to be impossible)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._wanted: deque[Path] = deque(maxlen=_WANTED)
        self._asked: set[str] = set()
        self._slot = WorkerSlot[tuple[str, QImage | None], None](
            "making small pictures", self, on_events=self._made, on_end=self._start
        )

    def put(self, path: Path, picture: QImage) -> None:
        """Store what :func:`framed` has made elsewhere."""
        self._add(str(path), QPixmap.fromImage(picture))

    def framed(self, path: Path) -> QPixmap | None:
        """The framed picture, or None where it is missing; then it is made unless it is known to be impossible."""
        key = str(path)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._asked:
            if len(self._wanted) == _WANTED:
                self._asked.discard(str(self._wanted[0]))
            self._asked.add(key)
            self._wanted.append(path)
            self._start()
        return None

    def clear(self) -> None:
        """The list was cleared."""
        self._wanted.clear()
        self._asked.clear()
        self._kept.clear()

    def shutdown(self) -> None:
        """Stop making pictures and wait for the thread."""
        self._wanted.clear()
        self._slot.shutdown()

    def _start(self) -> None:
        if self._wanted:
            self._slot.start(self._make)

    def _make(self, control: WorkControl) -> Generator[tuple[str, QImage | None], None, None]:
        """Runs in the work's thread: newest wish first, since that is what is on the screen now."""
        from trainer.preprocessing.photo import load_photo

        while not control.stopped:
            try:
                path = self._wanted.pop()
            except IndexError:
                return
            try:
                image = to_qimage(load_photo(path, shortest_side=PIXELS).pixels_HWC)
                yield str(path), framed(image)
            except PhotoError:
                yield str(path), None  # the row itself says what is wrong; here there is only no picture

    def _made(self, made: tuple[tuple[str, QImage | None], ...]) -> None:
        for key, image in made:
            if key in self._asked:
                self._asked.discard(key)
                self._add(key, QPixmap.fromImage(image) if image is not None else None)
        self.ready.emit()

    def _add(self, key: str, picture: QPixmap | None) -> None:
        self._kept[key] = picture
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
