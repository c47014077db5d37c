"""The threads of a tagging job.

    scan (1 thread) → read and prepare (2 threads; Pillow releases the GIL) → predict in batches (the caller's thread)

Rows come in the order of the scan. At most ``_IN_FLIGHT`` photos are between the disk and the caller, and at most two
are decoded at a time, so memory does not grow with the number of photos; only their paths wait, up to a limit.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fashionlens_gui.tagging.job_events import Counts, JobEvent, ScanProgress, Tagged
from fashionlens_gui.tagging.scan import ScanItem, scan
from fashionlens_gui.tagging.tag import Status, failed, predicted
from trainer.control import WorkControl
from trainer.errors import FashionLensError, PhotoError
from trainer.inference.colours import PaletteColour, dominant_colours
from trainer.inference.prediction import BatchPredictor, Prediction, Swatch
from trainer.preprocessing.photo import PhotoNote, load_photo

_log = logging.getLogger(__name__)

_DECODERS = 2
_BATCH = 32
_IN_FLIGHT = 128
_PATHS_WAITING = 100_000
_BATCH_WAIT = 0.1  # seconds that a batch waits to grow: ten updates a second look immediate
_POLL = 0.1  # seconds between checks of the stop switch while waiting
_JOIN_TIMEOUT = 0.8  # seconds to wait for the threads at the end; decoding cannot be interrupted


@dataclass(slots=True, eq=False)
class _Item:
    """A photo in the pipeline; ``number`` is its index in the scan. Reading it sets ``pixels_CHW`` or ``row``."""

    number: int
    found: ScanItem
    pixels_CHW: np.ndarray | None = None
    colours: tuple[Swatch, ...] = ()
    notes: tuple[PhotoNote, ...] = ()
    thumbnail: np.ndarray | None = None
    digest: str = ""
    row: Tagged | None = None


class Pipeline:
    """Threads and queues of one job; for the arguments see :func:`fashionlens_gui.tagging.job.tag_photos`."""

    def __init__(
        self,
        paths: list[Path],
        predictor: BatchPredictor[np.ndarray, Prediction],
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
        # for ever (CPython 3.11 continues with the remaining time, and a negative time means no limit).
        self._read: queue.Queue[_Item] = queue.Queue()
        # Acquired before a photo leaves the queue and released with its row. Photos leave the queue in order, so the
        # next one to be yielded always holds a slot: a slow photo delays the others but never deadlocks them.
        self._slots = threading.Semaphore(_IN_FLIGHT)
        self._found = 0
        self._skipped = 0
        self._taken = 0  # out of the queue of photos that were read
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
        """Ask the threads to end and wait for them briefly."""
        self._halt.set()
        until = time.monotonic() + _JOIN_TIMEOUT
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def _over(self) -> bool:
        return self._halt.is_set() or self._control.stopped

    def _scan(self) -> None:
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
                queued = _Item(number, item)
                if item.error is not None:
                    queued.row = Tagged(failed(item.path, item.file, item.error))
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
            return self._waiting.get(timeout=0.0 if self._scan_complete else _POLL)  # nothing more will come
        except queue.Empty:
            return None

    def _prepare(self, item: _Item) -> None:
        """Read and prepare an item; an error becomes its row."""
        path, file = item.found.path, item.found.file
        try:
            photo = load_photo(path, short_side=self._predictor.decode_short_side)
            item.pixels_CHW = self._predictor.prepare(photo)
            if self._palette:
                item.colours = dominant_colours(photo.pixels_HWC, self._palette)
            item.notes = photo.notes
            item.digest = photo.digest
            if self._thumbnail_side:
                item.thumbnail = _thumbnail(photo.pixels_HWC, self._thumbnail_side)
        except FashionLensError as error:
            _log.info("%s: %s %s", file, error.code, error.detail)
            item.row = Tagged(failed(path, file, error))
        except Exception as error:
            # A bug that one photo triggers must not stop the other ten thousand.
            _log.exception("%s could not be prepared", file)
            fault = PhotoError("photo_fault", repr(error), name=file, kind=type(error).__name__)
            item.row = Tagged(failed(path, file, fault))

    def events(self) -> Generator[JobEvent, None, Counts]:
        """Rows in order, and the growing number of photos found."""
        tally = dict.fromkeys(Status, 0)
        ready: dict[int, Tagged] = {}
        due = 0
        last = ScanProgress(-1, False)
        while not self._control.stopped:
            self._control.wait_while_paused()
            complete = self._scan_complete  # before the count: complete means that the count is final
            if self._scan_error is not None:
                raise self._scan_error
            now = ScanProgress(self._found, complete)
            if now != last:
                last = now
                yield now
            if complete and due + self._skipped == self._found:
                break
            for item, row in self._tag(self._batch(first=due == 0)):
                ready[item.number] = row
            while due in ready and not self._control.stopped:
                row = ready.pop(due)
                due += 1
                self._slots.release()
                tally[row.tag.status] += 1
                yield row
        return Counts(self._found, tally[Status.OK], tally[Status.NEEDS_REVIEW], tally[Status.ERROR], self._skipped)

    def _batch(self, first: bool) -> list[_Item]:
        """What has been read: at once when it is the first, else as much as comes within a moment."""
        try:
            items = [self._read.get(timeout=_POLL)]
        except queue.Empty:
            return []
        self._taken += 1
        until = time.monotonic() + (0.0 if first else _BATCH_WAIT)
        while len(items) < _BATCH and not self._all_taken:
            try:
                items.append(self._read.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
            self._taken += 1
        return items

    @property
    def _all_taken(self) -> bool:
        return self._scan_complete and self._taken + self._skipped == self._found

    def _tag(self, items: list[_Item]) -> Iterator[tuple[_Item, Tagged]]:
        readable = [item for item in items if item.row is None]
        images = [item.pixels_CHW for item in readable if item.pixels_CHW is not None]
        predictions = iter(self._predictor.predict(images))
        for item in items:
            if item.row is not None:
                yield item, item.row
            else:
                found = item.found
                prediction = replace(next(predictions), colours=item.colours)
                tag = predicted(found.path, found.file, prediction, item.notes, self._review_below)
                yield item, Tagged(tag, item.thumbnail, item.digest, prediction.embedding.astype(np.float16))


def _thumbnail(pixels_HWC: np.ndarray, side: int) -> np.ndarray:
    """uint8 H×W×3, longest side at most ``side``."""
    from PIL import Image

    image = Image.fromarray(pixels_HWC)
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
