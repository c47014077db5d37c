"""Small pictures of photos on the disk, by the digest of the photo's file: a photo is decoded once, wherever it is.

Several programs may use one folder at a time. A picture is written beside its place and renamed, one that somebody else
has deleted is made again, and when the folder grows over its limit, those that were used least recently are
deleted.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from trainer.atomic_write import atomic_write
from trainer.control import WorkControl
from trainer.errors import PhotoError, SaveError
from trainer.preprocessing.photo import load_photo
from trainer.read_ahead import read_ahead

_log = logging.getLogger(__name__)

DEFAULT_BYTES = 1024 * 2**20
"""About 140,000 pictures of 256 pixels: one of a studio photo has 7,600 bytes."""
_KEPT_SHARE = 0.9  # of the limit, when some are deleted: so that this is rare
_QUALITY = 85
_LOOKED_AT_AGAIN = 3600.0  # seconds after which looking at a picture is noted again
_CHECKED_EVERY = 0.02  # of the limit, written by this program, until the folder is measured again
_DIGEST = re.compile(r"[0-9a-f]{8,}")


@dataclass(frozen=True, slots=True)
class Pictured:
    """A photo and the digest of its file, empty when unknown."""

    path: Path
    digest: str


class ThumbnailCache:
    """Small pictures in one folder. May be used from any thread.

    Args:
        folder: Of the pictures; made when something is written.
        most_bytes: The limit of what is in it.
    """

    def __init__(self, folder: Path, most_bytes: int = DEFAULT_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._written = most_bytes  # bytes since the folder was measured: it is measured at the first writing

    def get(self, digest: str, side: int) -> np.ndarray | None:
        """The picture of a photo, uint8 H×W×3, longest side at most ``side`` pixels; None when there is none yet."""
        file = self._file(digest, side)
        if file is None:
            return None
        try:
            with Image.open(file) as opened:
                picture_HWC = np.asarray(opened.convert("RGB"))
            if time.time() - os.stat(file).st_mtime > _LOOKED_AT_AGAIN:
                os.utime(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            _log.warning("The thumbnail %s is made again: %r", file, error)
            return None
        return picture_HWC

    def put(self, digest: str, side: int, picture_HWC: np.ndarray) -> None:
        """Keep a picture, uint8 H×W×3 of at most ``side`` pixels. Where it cannot be written, nothing is kept."""
        file = self._file(digest, side)
        if file is None:
            return
        try:
            with atomic_write(file, wait=0, durable=False) as temporary:
                Image.fromarray(picture_HWC).save(temporary, "JPEG", quality=_QUALITY, subsampling=0)
            written = file.stat().st_size
        except (OSError, SaveError) as error:
            _log.warning("The thumbnail %s is not kept: %r", file, error)
            return
        with self._lock:
            self._written += written
            due = self._written > _CHECKED_EVERY * self._most_bytes
            self._written = 0 if due else self._written
        if due:
            self.prune()

    def of(self, photo: Pictured, side: int) -> np.ndarray:
        """The picture of a photo as :meth:`get` gives it, made where there is none yet.

        A file that has changed since is shown, and kept, as it is now.

        Raises:
            PhotoError: The photo cannot be read.
        """
        if (kept := self.get(photo.digest, side)) is not None:
            return kept
        read = load_photo(photo.path, short_side=side)
        image = Image.fromarray(read.pixels_HWC)
        image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=1.5)
        picture_HWC = np.asarray(image)
        self.put(read.digest, side, picture_HWC)
        return picture_HWC

    def of_all(
        self, photos: Sequence[Pictured], side: int, control: WorkControl
    ) -> Generator[tuple[int, np.ndarray | PhotoError], None, None]:
        """The pictures of photos in their order, made in other threads: the place of each, with its picture or why
        it cannot be read. Raises Cancelled: ``control`` was stopped.
        """
        yield from read_ahead(range(len(photos)), lambda place: self.of(photos[place], side), control)

    def prune(self) -> int:
        """Delete the pictures that were used least recently, where the folder is over its limit; how many."""
        found: list[tuple[float, int, str]] = []
        for part in _entries(self._folder):
            for entry in _entries(part.path):
                with contextlib.suppress(OSError):  # another program has deleted it
                    status = entry.stat()
                    found.append((status.st_mtime, status.st_size, entry.path))
        size = sum(each[1] for each in found)
        if size <= self._most_bytes:
            return 0
        deleted = 0
        for _, bytes_, path in sorted(found):
            if size <= self._most_bytes * _KEPT_SHARE:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                deleted += 1
            size -= bytes_
        return deleted

    def _file(self, digest: str, side: int) -> Path | None:
        """Where a picture is; None for a photo without a digest."""
        return self._folder / digest[:2] / f"{digest}-{side}.jpg" if _DIGEST.fullmatch(digest) else None


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
