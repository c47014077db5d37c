"""Reads large photos beside the window: the one that is looked at first, then the one that probably comes next."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import PhotoError

if TYPE_CHECKING:
    import numpy as np

_KEPT = 4  # some 5 to 15 MB each


@dataclass(frozen=True, slots=True, eq=False)
class LargePhoto:
    """A photo as it was read.

    Attributes:
        path: The file.
        image: Scaled down to what the screen can use; None where the photo cannot be read.
        size: Of the original, upright.
        trouble: Why it cannot be read, in plain words.
    """

    path: Path
    image: QImage | None
    size: QSize
    trouble: str = ""


class PhotoReader(QObject):
    """One photo at a time, the newest wish first; what was wished for before is given up."""

    ready = Signal(object)
    """The :class:`LargePhoto` that was wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Path, LargePhoto] = OrderedDict()
        self._wanted: Path | None = None
        self._next: Path | None = None
        self._side = 0
        self._slot = WorkerSlot[None, LargePhoto]("opening a photo", self, on_result=self._keep)

    def want(self, path: Path, next_path: Path | None, shortest_side: int) -> None:
        """Read ``path``, then ``next_path``; ``shortest_side`` in pixels is what the screen can use."""
        if shortest_side > self._side:
            self._kept.clear()
            self._side = shortest_side
        self._wanted, self._next = path, next_path
        if path in self._kept:
            self._kept.move_to_end(path)
            self.ready.emit(self._kept[path])
        self._go_on()

    def forget(self) -> None:
        """Nobody looks any more."""
        self._wanted = self._next = None
        self._kept.clear()

    def shutdown(self) -> None:
        """Stop and wait for the thread."""
        self.forget()
        self._slot.shutdown()

    def _go_on(self) -> None:
        for path in (self._wanted, self._next):
            if path is not None and path not in self._kept:
                self._slot.start(partial(_read, path, self._side))
                return

    def _keep(self, photo: LargePhoto) -> None:
        if self._wanted is None:
            return
        self._kept[photo.path] = photo
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if photo.path == self._wanted:
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
        photo = load_photo(path, shortest_side=side)
    except PhotoError as error:
        return LargePhoto(path, None, QSize(), messages.sentence(error))
    return LargePhoto(path, to_qimage(photo.pixels_HWC), QSize(*photo.size))
