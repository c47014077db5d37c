"""Reads large photos in a worker's thread: the current one first, then the next one in advance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import LRUCache
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import PhotoError

if TYPE_CHECKING:
    import numpy as np

_CACHE_SIZE = 4  # some 5 to 15 MB each


@dataclass(frozen=True, slots=True, eq=False)
class LargePhoto:
    """A decoded photo.

    Attributes:
        path: The file.
        image: Scaled down to what the screen can use; None where the photo cannot be read.
        size: Of the original, upright.
        error: Why it cannot be read, as a sentence.
    """

    path: Path
    image: QImage | None
    size: QSize
    error: str = ""


class PhotoReader(QObject):
    """Decodes one photo at a time; the newest request wins."""

    ready = Signal(object)
    """The :class:`LargePhoto` that was requested."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: LRUCache[Path, LargePhoto] = LRUCache(_CACHE_SIZE)
        self._requested: Path | None = None
        self._next: Path | None = None
        self._side = 0
        self._slot = WorkerSlot[None, LargePhoto]("opening a photo", self, on_result=self._store)

    def request(self, path: Path, next_path: Path | None, short_side: int) -> None:
        """Read ``path``, then ``next_path`` in advance, both decoded for a shorter side of ``short_side`` pixels."""
        if short_side > self._side:
            self._cache.clear()
            self._side = short_side
        self._requested, self._next = path, next_path
        if path in self._cache:
            self.ready.emit(self._cache[path])
        self._go_on()

    def clear(self) -> None:
        """Drop the request and the cache."""
        self._requested = self._next = None
        self._cache.clear()

    def shutdown(self) -> None:
        self.clear()
        self._slot.shutdown()

    def _go_on(self) -> None:
        for path in (self._requested, self._next):
            if path is not None and path not in self._cache:
                self._slot.start(partial(_read, path, self._side))
                return

    def _store(self, photo: LargePhoto) -> None:
        if self._requested is None:
            return
        self._cache[photo.path] = photo
        if photo.path == self._requested:
            self.ready.emit(photo)
        self._go_on()


def to_qimage(pixels_HWC: np.ndarray) -> QImage:
    """A QImage that owns its memory, from uint8 H×W×3 (RGB) or H×W×1 (grey). May be called in any thread."""
    height, width, channels = pixels_HWC.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels_HWC.tobytes(), width, height, channels * width, kind).copy()


def _read(path: Path, side: int, _control: WorkControl) -> LargePhoto:
    from trainer.preprocessing.photo import load_photo

    try:
        photo = load_photo(path, short_side=side)
    except PhotoError as error:
        return LargePhoto(path, None, QSize(), messages.sentence(error))
    return LargePhoto(path, to_qimage(photo.pixels_HWC), QSize(*photo.size))
