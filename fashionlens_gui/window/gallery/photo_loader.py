"""Loads evaluated photos for painting."""

from __future__ import annotations

import logging

from cachetools import LRUCache
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos
from fashionlens_gui.window.photos.image_queue import ImageQueue
from fashionlens_gui.window.photos.photo_reader import to_qimage
from trainer.errors import PhotoError
from trainer.preprocessing.photo import load_photo

_log = logging.getLogger(__name__)

_WAITING = 200


class PhotoLoader(ImageQueue[int, QImage]):
    """Photos by their index in the test set.

    Args:
        images: The evaluated photos.
        side: Shorter side, in pixels, that photos are scaled down to.
        kept: How many photos are cached.
    """

    def __init__(
        self, images: EvaluatedPhotos, side: int = 192, kept: int = 400, parent: QObject | None = None
    ) -> None:
        super().__init__("reading photos", self._load, lambda image: image, kept, _WAITING, parent)
        self._images, self._side = images, side
        self._inputs: LRUCache[int, QImage] = LRUCache(kept)  # :mod:`photo_cards` caches pixmaps by image

    def image(self, index: int) -> QImage | None:
        """The photo, or the input of the model until it is read; None when there is neither (yet)."""
        photo = self.get(index) if self._images.photo(index).file is not None else None
        if photo is not None:
            return photo
        pixels_HWC = self._images.pixels_HWC(index) if index not in self._inputs else None
        if pixels_HWC is not None:
            self._inputs[index] = to_qimage(pixels_HWC)
        return self._inputs.get(index)

    def _load(self, index: int) -> QImage | None:
        file = self._images.photo(index).file
        assert file is not None
        try:
            return to_qimage(load_photo(file, short_side=self._side).pixels_HWC)
        except PhotoError as error:
            # It was readable during the evaluation; the input of the model is shown instead.
            _log.warning("Photo to show: %s", messages.sentence(error))
            return None
