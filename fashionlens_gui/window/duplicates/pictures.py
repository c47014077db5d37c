"""The photos of groups, from the thumbnails on the disk; missing ones are made in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from fashionlens_gui import paths
from fashionlens_gui.catalogue.files.thumbnails import Pictured, ThumbnailCache
from fashionlens_gui.window.photos.image_queue import ImageQueue
from fashionlens_gui.window.photos.photo_reader import to_qimage
from trainer.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDE = 256  # pixels: sharp on screens at 200 %
_KEPT, _MOST_REQUESTS = 400, 96


class GroupPictures(ImageQueue[Pictured, QImage]):
    """Photos by path and digest."""

    def __init__(self, parent: QObject) -> None:
        kept = ThumbnailCache(paths.thumbnails_dir())
        super().__init__(
            "making pictures of duplicates", _reader(kept), lambda image: image, _KEPT, _MOST_REQUESTS, parent
        )


def _reader(kept: ThumbnailCache) -> Callable[[Pictured], QImage | None]:
    def read(photo: Pictured) -> QImage | None:
        try:
            return to_qimage(kept.of(photo, _SIDE))
        except PhotoError:
            return None  # the file is gone; the tile stays empty

    return read
