"""The tagging pipeline: folders in, rows out, as a generator that a window, the command line or a test turns.

    scan (1 thread) → read and prepare (2 threads; Pillow releases the GIL) → predict in batches (the caller's thread)

Rows come in the order of the scan. At most ``_IN_FLIGHT`` photos are between the disk and the caller, and at most two
are decoded at a time, so memory does not grow with the number of photos; only their paths wait, up to a limit.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fashionlens_gui.tagging.scan import Found, Refused, scan
from fashionlens_gui.tagging.tag import ERROR, NEEDS_REVIEW, Tag, predicted, refused
from trainer.control import WorkControl
from trainer.errors import FashionLensError, PhotoError
from trainer.inference.colours import PaletteColour, dominant_colours
from trainer.inference.prediction import Swatch
from trainer.preprocessing.photo import Photo, load_photo

if TYPE_CHECKING:
    from trainer.inference.prediction import Prediction

_log = logging.getLogger(__name__)

_DECODERS = 2
_BATCH = 32
_IN_FLIGHT = 128
_PATHS_WAITING = 100_000
_LINGER = 0.1  # seconds that a batch may wait to grow: ten deliveries a second look immediate
_POLL = 0.1  # seconds between looks at the stop switch while waiting
_PATIENCE = 0.8  # seconds to wait for the threads at the end; a photo half decoded cannot be interrupted


class PhotoPredictor(Protocol):
    """What the pipeline needs of :class:`trainer.inference.predictor.Predictor`, which imports torch."""

    def prepare(self, photo: Photo) -> np.ndarray:
        """Pixels as the model wants them; called from several threads."""

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """One prediction per image."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the photos. At the end of a job that was not cancelled, ``done`` equals ``found``.

    Attributes:
        found: Photos, and folders that could not be looked into.
        ok: Rows without remark.
        needs_review: Rows a person should look at.
        errors: Rows of photos that could not be read.
        skipped: Passed over, because the caller has a row for them already.
    """

    found: int = 0
    ok: int = 0
    needs_review: int = 0
    errors: int = 0
    skipped: int = 0

    @property
    def done(self) -> int:
        """All that were dealt with."""
        return self.ok + self.needs_review + self.errors + self.skipped


@dataclass(frozen=True, slots=True)
class Scanned:
    """How many photos there are, so far; ``complete`` once everything was looked through."""

    found: int
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """One row.

    Attributes:
        tag: The row.
        thumbnail: uint8 H×W×3 RGB, longest side as asked for; None for an error or when none was asked for.
        digest: Of the file's bytes, hex; empty when it could not be read.
        embedding: float16 (D,), L2-normalised, of the model that tagged it; None for an error.
    """

    tag: Tag
    thumbnail: np.ndarray | None = None
    digest: str = ""
    embedding: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """Always the last event. ``seconds`` is wall time, pauses included."""

    counts: Counts
    seconds: float
    cancelled: bool


JobEvent = Scanned | Tagged | Finished


def tag_photos(
    paths: Iterable[Path],
    predictor: PhotoPredictor,
    control: WorkControl,
    *,
    thumbnail_side: int = 0,
    skip: Collection[Path] = (),
    review_below: float | None = None,
    palette: Sequence[PaletteColour] = (),
) -> Generator[JobEvent, None, None]:
    """Find and name all photos in and below ``paths``; a photo that cannot be read becomes an error row.

    Closing the generator early, or stopping ``control``, ends its threads. A thread that is inside a decoder or waits
    for a drive that does not answer cannot be interrupted: it ends with its photo, and never holds up the program.

    Args:
        paths: See :func:`fashionlens_gui.tagging.scan.scan`.
        predictor: Names batches of photos.
        control: Pauses and stops the job; after a stop no further row comes.
        thumbnail_side: Longest side of thumbnails in pixels, up to 256; 0 makes none.
        skip: Paths that need no row, because an earlier job gave them one.
        review_below: Confidence below which a category needs review, [0, 1]; None for the model's own threshold.
        palette: Names for the colours that the pixels show; without them nobody looks for any.
    """
    began = time.monotonic()
    skipped = frozenset(map(str, skip))
    pipeline = _Pipeline(list(paths), predictor, control, thumbnail_side, skipped, review_below, palette)
    pipeline.start()
    try:
        counts = yield from pipeline.events()
        yield Finished(counts, time.monotonic() - began, control.stopped)
    finally:
        pipeline.close()


@dataclass(slots=True, eq=False)
class _Item:
    """A photo on its way; ``number`` is its place in the scan. Either ``pixels_CHW`` or ``row`` is set once read."""

    number: int
    found: Found
    pixels_CHW: np.ndarray | None = None
    colours: tuple[Swatch, ...] = ()
    note: str = ""
    thumbnail: np.ndarray | None = None
    digest: str = ""
    row: Tagged | None = None


class _Pipeline:
    def __init__(
        self,
        paths: list[Path],
        predictor: PhotoPredictor,
        control: WorkControl,
        thumbnail_side: int,
        skip: frozenset[str],
        review_below: float | None,
        palette: Sequence[PaletteColour],
    ) -> None:
        self._palette = palette
        self._paths = paths
        self._predictor = predictor
        self._control = control
        self._thumbnail_side = thumbnail_side
        self._skip = skip
        self._review_below = review_below
        self._halt = threading.Event()
        self._waiting: queue.Queue[_Item] = queue.Queue(_PATHS_WAITING)
        # Bounded by the slots. No SimpleQueue: a Ctrl-C that comes just as its get() runs out of time lets that wait
        # for ever (CPython 3.11 goes on with what is left of the time, and less than nothing means no limit).
        self._read: queue.Queue[_Item] = queue.Queue()
        # Taken before a photo leaves the line and given back with its row. The photo whose turn is next always has
        # one, since numbers leave the line in order; so a slow photo delays the others but never blocks them.
        self._slots = threading.Semaphore(_IN_FLIGHT)
        self._found = 0
        self._skipped = 0
        self._scan_complete = False
        self._scan_error: BaseException | None = None
        self._threads = [threading.Thread(target=self._scan, name="tagging: scan", daemon=True)]
        self._threads += [
            threading.Thread(target=self._decode, name=f"tagging: decode {n + 1}", daemon=True)
            for n in range(_DECODERS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Tell the threads to end and wait for them a moment."""
        self._halt.set()
        until = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def _over(self) -> bool:
        return self._halt.is_set() or self._control.stopped

    def _scan(self) -> None:
        """Thread: put every photo in line."""
        try:
            number = 0
            for item in scan(self._paths, self._control):
                self._control.wait_while_paused()
                if self._over:
                    return
                self._found += 1
                if str(item.path) in self._skip:
                    self._skipped += 1
                    continue
                queued = _Item(number, Found(item.path, item.file))
                if isinstance(item, Refused):
                    queued.row = Tagged(refused(item.path, item.file, item.error))
                while not self._put(queued):
                    if self._over:
                        return
                number += 1
        except BaseException as error:  # raised again in the caller's thread
            self._scan_error = error
        finally:
            self._scan_complete = True

    def _put(self, item: _Item) -> bool:
        try:
            self._waiting.put(item, timeout=_POLL)
        except queue.Full:
            return False
        return True

    def _decode(self) -> None:
        """Thread: read and prepare one photo after the other."""
        while not self._over:
            self._control.wait_while_paused()
            if not self._slots.acquire(timeout=_POLL):
                continue
            item = self._next()
            if item is None:
                self._slots.release()
                if self._scan_complete and self._waiting.empty():
                    return
                continue
            if item.row is None:
                self._prepare(item)
            self._read.put(item)

    def _next(self) -> _Item | None:
        try:
            return self._waiting.get(timeout=_POLL)
        except queue.Empty:
            return None

    def _prepare(self, item: _Item) -> None:
        """Fill in an item; whatever is wrong with its photo becomes its row."""
        path, file = item.found.path, item.found.file
        try:
            photo = load_photo(path)
            item.pixels_CHW = self._predictor.prepare(photo)
            if self._palette:
                item.colours = dominant_colours(photo.pixels_HWC, self._palette)
            item.note = photo.note
            item.digest = photo.digest
            if self._thumbnail_side:
                item.thumbnail = _thumbnail(photo.pixels_HWC, self._thumbnail_side)
        except FashionLensError as error:
            _log.info("%s: %s %s", file, error.sentence, error.detail)
            item.row = Tagged(refused(path, file, error))
        except Exception as error:
            # A fault of ours that one photo brings to light must not cost the user the other ten thousand.
            _log.exception("%s could not be prepared", file)
            sentence = f"“{file}” could not be read because of a fault in FashionLens ({type(error).__name__})."
            item.row = Tagged(refused(path, file, PhotoError("fault", sentence, repr(error))))

    def events(self) -> Generator[JobEvent, None, Counts]:
        """Rows in order, and the growing number of photos found."""
        tally = {"ok": 0, NEEDS_REVIEW: 0, ERROR: 0}
        ready: dict[int, Tagged] = {}
        due = 0
        told = Scanned(-1, False)
        while not self._control.stopped:
            self._control.wait_while_paused()
            complete = self._scan_complete  # before the count: complete means that the count is final
            if self._scan_error is not None:
                raise self._scan_error
            now = Scanned(self._found, complete)
            if now != told:
                told = now
                yield now
            if complete and due + self._skipped == self._found:
                break
            for item, row in self._name(self._batch(first=due == 0)):
                ready[item.number] = row
            while due in ready and not self._control.stopped:
                row = ready.pop(due)
                due += 1
                self._slots.release()
                tally[row.tag.status] += 1
                yield row
        return Counts(self._found, tally["ok"], tally[NEEDS_REVIEW], tally[ERROR], self._skipped)

    def _batch(self, first: bool) -> list[_Item]:
        """What has been read: at once when it is the first, else as much as comes within a moment."""
        try:
            items = [self._read.get(timeout=_POLL)]
        except queue.Empty:
            return []
        until = time.monotonic() + (0.0 if first else _LINGER)
        while len(items) < _BATCH:
            try:
                items.append(self._read.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return items

    def _name(self, items: list[_Item]) -> Iterator[tuple[_Item, Tagged]]:
        """Predict for those that could be read."""
        readable = [item for item in items if item.row is None]
        images = [item.pixels_CHW for item in readable if item.pixels_CHW is not None]
        predictions = iter(self._predictor.predict(images))
        for item in items:
            if item.row is not None:
                yield item, item.row
            else:
                found = item.found
                prediction = replace(next(predictions), colours=item.colours)
                tag = predicted(found.path, found.file, prediction, item.note, self._review_below)
                yield item, Tagged(tag, item.thumbnail, item.digest, prediction.embedding.astype(np.float16))


def _thumbnail(pixels_HWC: np.ndarray, side: int) -> np.ndarray:
    """uint8 H×W×3, longest side at most ``side``."""
    from PIL import Image

    image = Image.fromarray(pixels_HWC)
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
