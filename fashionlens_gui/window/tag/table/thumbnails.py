"""A cache of thumbnails; missing ones are made in a thread."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPixmap

from fashionlens_gui import paths
from fashionlens_gui.window.photos.image_queue import ImageQueue
from fashionlens_gui.window.photos.photo_reader import to_qimage
from trainer.errors import FashionLensError, PhotoError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.files.thumbnails import ThumbnailCache
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_log = logging.getLogger(__name__)

SIDE = 48
"""Longest side in the table, in device-independent pixels."""
PIXELS = 2 * SIDE
"""Longest side in pixels, sharp on screens at 200 %."""

RADIUS = 6.0
"""Of the corners, in device-independent pixels."""

_CACHE_SIZE = 2_000  # 36 KiB each: at most about 70 MiB
_MOST_REQUESTS = 96  # more than fit on a 4K screen; older ones were scrolled away


def framed(image: QImage) -> QImage:
    """An image fitted into a transparent square of :data:`PIXELS` with round corners. Thread-safe.

    Done once per photo: clipping at each repaint is slow.
    """
    fitted = image.scaled(
        PIXELS, PIXELS, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    square = QImage(PIXELS, PIXELS, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.transparent)
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


class Thumbnails(ImageQueue[Path, QPixmap]):
    """Thumbnails by path; :meth:`put` stores one that :func:`framed` made. Those of the catalogue are kept on the disk.

    Args:
        parent: Qt parent.
        access: Knows the digest of a photo, by which the disk has its thumbnail; without it all are made again.
    """

    def __init__(self, parent: QObject | None = None, access: CatalogueAccess | None = None) -> None:
        self._access = access
        self._kept: ThumbnailCache | None = None
        super().__init__("making small pictures", self._make, QPixmap.fromImage, _CACHE_SIZE, _MOST_REQUESTS, parent)

    def _make(self, path: Path) -> QImage | None:
        """In the thread."""
        from fashionlens_gui.catalogue.files.thumbnails import Pictured, ThumbnailCache

        self._kept = self._kept or ThumbnailCache(paths.thumbnails_dir())
        try:
            picture_HWC = self._kept.of(Pictured(path, self._digest(path)), PIXELS)
        except PhotoError:
            return None  # the row shows the error
        return framed(to_qimage(picture_HWC))

    def _digest(self, path: Path) -> str:
        """Of the photo's file; empty when it is unknown."""
        from fashionlens_gui.catalogue.photos import digest_of

        catalogue = None if self._access is None else self._access.catalogue
        try:
            return "" if catalogue is None else digest_of(catalogue, path)
        except FashionLensError as error:  # it is being closed
            _log.info("%s: %s", path, error.code)
            return ""
