"""Loads evaluated photos for painting."""

from __future__ import annotations

import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos
from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import PhotoError
from trainer.preprocessing.photo import load_photo

_log = logging.getLogger(__name__)

_WAITING = 200


class PhotoLoader(QObject):
    """Photos by their index in the test set.

    The input of the model is returned at once. A photo in a file is read in a thread, the latest request first;
    :attr:`arrived` then has its index.

    Args:
        images: The evaluated photos.
        side: Shorter side, in pixels, that photos are scaled down to.
        kept: How many photos are cached.
    """

    arrived = Signal(int)
    """Index in the test set of a photo that has been read."""

    def __init__(
        self, images: EvaluatedPhotos, side: int = 192, kept: int = 400, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._images = images
        self._side = side
        self._kept = kept
        self._photos: OrderedDict[int, QImage | None] = OrderedDict()  # None: could not be read
        self._inputs: OrderedDict[int, QImage] = OrderedDict()
        self._waiting: deque[tuple[int, Path]] = deque()
        self._asked: set[int] = set()
        self._slot = WorkerSlot[tuple[int, QImage | None], None](
            "reading photos", self, on_events=self._keep, on_end=self._start
        )

    def image(self, index: int) -> QImage | None:
        """The best image available at the moment; None when there is none (yet)."""
        file = self._images.photo(index).file
        if file is not None:
            if index in self._photos:
                self._photos.move_to_end(index)
                if (photo := self._photos[index]) is not None:
                    return photo
            else:
                self._ask_for(index, file)
        return self._input(index)

    def _input(self, index: int) -> QImage | None:
        """The input of the model; cached, because :mod:`photo_cards` caches pixmaps by image."""
        if index not in self._inputs:
            pixels_HWC = self._images.pixels_HWC(index)
            if pixels_HWC is None:
                return None
            self._inputs[index] = to_qimage(pixels_HWC)
            if len(self._inputs) > self._kept:
                self._inputs.popitem(last=False)
        return self._inputs[index]

    def close(self, milliseconds: int = 5000) -> None:
        """Stop reading and wait for the photo that is being read."""
        self._waiting.clear()
        self._slot.shutdown(milliseconds)

    def _ask_for(self, index: int, file: Path) -> None:
        if index in self._asked:
            return
        self._asked.add(index)
        self._waiting.append((index, file))
        if len(self._waiting) > _WAITING:  # drop the oldest request
            with contextlib.suppress(IndexError):  # the worker may have been quicker
                self._asked.discard(self._waiting.popleft()[0])
        self._start()

    def _start(self) -> None:
        if self._waiting:
            self._slot.start(self._read)

    def _read(self, control: WorkControl) -> Generator[tuple[int, QImage | None], None, None]:
        """In the worker thread; deques are thread-safe."""
        while not control.stopped:
            try:
                index, file = self._waiting.pop()
            except IndexError:
                return
            try:
                yield index, to_qimage(load_photo(file, short_side=self._side).pixels_HWC)
            except PhotoError as error:
                # It was readable during the evaluation; the input of the model is shown instead.
                _log.warning("Photo to show: %s", messages.sentence(error))
                yield index, None

    def _keep(self, events: tuple[tuple[int, QImage | None], ...]) -> None:
        for index, photo in events:
            self._photos[index] = photo
            self._asked.discard(index)
            if photo is not None:
                self.arrived.emit(index)
        while len(self._photos) > self._kept:
            self._photos.popitem(last=False)
