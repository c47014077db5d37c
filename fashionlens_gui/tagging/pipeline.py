"""The threads of a tagging job.

    scan (1 thread) → read and prepare (:mod:`trainer.read_ahead`) → predict in batches (the caller's thread)

Rows come in the order of the scan. At most ``_READ_AHEAD`` photos and a batch are between the disk and the caller, so
memory does not grow with the number of photos; only their paths wait, up to a limit.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fashionlens_gui.tagging.job_events import Counts, JobEvent, ScanProgress, Tagged
from fashionlens_gui.tagging.scan import ScanItem, scan
from fashionlens_gui.tagging.tag import ReviewRule, Status, failed, predicted
from trainer.control import WorkControl
from trainer.data.skipped_files import SkippedFile
from trainer.errors import PhotoError
from trainer.inference.colours import dominant_colours
from trainer.inference.prediction import BatchPredictor, Prediction, Swatch
from trainer.preprocessing.photo import PhotoNote, load_photo
from trainer.read_ahead import ReadAhead
from trainer.taxonomy import Colour

_log = logging.getLogger(__name__)

_BATCH = 32
_READ_AHEAD = 96
_PATHS_WAITING = 100_000
_BATCH_WAIT = 0.1  # seconds that a batch waits to grow: ten updates a second look immediate
_POLL = 0.1  # seconds between checks of the stop switch while waiting
_JUST_CHANGED = 2 * 10**9  # ns: the coarsest time of change, that of FAT
_JOIN_TIMEOUT = 0.2  # seconds to wait for the scan at the end; listing a folder cannot be interrupted


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    pixels_CHW: np.ndarray
    colours: tuple[Swatch, ...]
    notes: tuple[PhotoNote, ...]
    thumbnail: np.ndarray | None
    digest: str
    file_state: tuple[int, int] | None
    taken: str


class Pipeline:
    """Threads of one job, which start at once; for the arguments see :func:`fashionlens_gui.tagging.job.tag_photos`."""

    def __init__(
        self,
        paths: list[Path],
        predictor: BatchPredictor[np.ndarray, Prediction],
        control: WorkControl,
        thumbnail_side: int,
        skip: frozenset[str],
        rule: ReviewRule,
        palette: Sequence[Colour],
        remembered: Callable[[Path], Tagged | None] | None,
    ) -> None:
        self._palette = palette
        self._remembered = remembered
        self._paths = paths
        self._predictor = predictor
        self._control = control
        self._thumbnail_side = thumbnail_side
        self._skip = skip
        self._rule = rule
        self._closed = False
        self.skipped: list[SkippedFile] = []
        self._found = 0  # photos
        self._known = 0
        self._scan_complete = False
        self._scan_error: BaseException | None = None
        self._ahead = ReadAhead(self._prepare, control, _READ_AHEAD)
        self._scan_thread = threading.Thread(target=self._scan, name="tagging: scan", daemon=True)
        self._scan_thread.start()

    def close(self) -> None:
        """Ask the threads to end and wait for them briefly."""
        self._closed = True
        self._ahead.close()
        self._scan_thread.join(_JOIN_TIMEOUT)

    @property
    def _over(self) -> bool:
        return self._closed or self._control.stopped

    def _scan(self) -> None:
        try:
            for item in scan(self._paths, self._control, self.skipped):
                self._control.wait_while_paused()
                while len(self._ahead) >= _PATHS_WAITING and not self._over:
                    time.sleep(_POLL)
                if self._over:
                    return
                self._found += 1
                if str(item.path) in self._skip:
                    self._known += 1
                else:
                    self._ahead.put(item)
        except BaseException as error:  # raised again in the caller's thread
            self._scan_error = error
        finally:
            self._scan_complete = True

    def _prepare(self, found: ScanItem) -> _Prepared | Tagged:
        """Read and prepare a photo. Raises :class:`PhotoError`, also for what is no fault of the photo."""
        if found.error is not None:
            raise found.error
        if self._remembered is not None and (known := self._remembered(found.path)) is not None:
            return known
        try:
            file_state = _file_state(found.path)
            photo = load_photo(found.path, short_side=self._predictor.decode_short_side)
            return _Prepared(
                self._predictor.prepare(photo),
                dominant_colours(photo.pixels_HWC, self._palette) if self._palette else (),
                photo.notes,
                _thumbnail(photo.pixels_HWC, self._thumbnail_side) if self._thumbnail_side else None,
                photo.digest,
                file_state,
                photo.taken,
            )
        except PhotoError as error:
            _log.info("%s: %s %s", found.file, error.code, error.detail)
            raise
        except Exception as error:
            # A bug that one photo triggers must not stop the other ten thousand.
            _log.exception("%s could not be prepared", found.file)
            raise PhotoError("photo_fault", repr(error), name=found.file, kind=type(error).__name__) from error

    def events(self) -> Generator[JobEvent, None, Counts]:
        """Rows in order, and after each batch how many photos were found."""
        tally = dict.fromkeys(Status, 0)
        last = ScanProgress(-1, False)
        rows = 0
        while not self._control.stopped:
            self._control.wait_while_paused()
            complete = self._scan_complete  # before the count: complete means that the count is final
            if self._scan_error is not None:
                raise self._scan_error
            now = ScanProgress(self._found, complete)
            if now != last or rows:
                last, rows = now, 0
                yield now
            if complete and not len(self._ahead):
                break
            for row in self._tag(self._batch(first=not any(tally.values()))):
                if self._control.stopped:
                    break
                tally[row.tag.status] += 1
                rows += 1
                yield row
        skipped = len(self.skipped)
        return Counts(
            self._found + skipped,
            tally[Status.OK],
            tally[Status.NEEDS_REVIEW],
            tally[Status.ERROR],
            skipped,
            self._known,
        )

    def _batch(self, first: bool) -> list[tuple[ScanItem, _Prepared | Tagged | PhotoError]]:
        """What has been read: at once when it is the first, else as much as comes within a moment."""
        batch: list[tuple[ScanItem, _Prepared | Tagged | PhotoError]] = []
        until = time.monotonic() + _POLL
        while len(batch) < _BATCH and (taken := self._ahead.take(max(0.0, until - time.monotonic()))) is not None:
            batch.append(taken)
            if self._scan_complete and not len(self._ahead):
                break
            if len(batch) == 1:
                until = time.monotonic() + (0.0 if first else _BATCH_WAIT)
        return batch

    def _tag(self, batch: list[tuple[ScanItem, _Prepared | Tagged | PhotoError]]) -> Iterator[Tagged]:
        images = [read.pixels_CHW for _, read in batch if isinstance(read, _Prepared)]
        predictions = iter(self._predictor.predict(images) if images else ())
        for found, read in batch:
            if isinstance(read, PhotoError):
                yield Tagged(failed(found.path, found.file, read))
                continue
            if isinstance(read, Tagged):
                tag = replace(read.tag, file=found.file)
                yield replace(read, tag=tag.with_review_rule(self._rule))
                continue
            prediction = replace(next(predictions), colours=read.colours)
            tag = predicted(found.path, found.file, prediction, read.notes, self._rule)
            embedding = prediction.embedding.astype(np.float16)
            yield Tagged(tag, read.thumbnail, read.digest, embedding, read.file_state, taken=read.taken)


def _file_state(path: Path) -> tuple[int, int] | None:
    """As :attr:`Tagged.file_state`."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    lately = abs(time.time_ns() - status.st_mtime_ns) < _JUST_CHANGED
    return None if lately else (status.st_size, status.st_mtime_ns)


def _thumbnail(pixels_HWC: np.ndarray, side: int) -> np.ndarray:
    """uint8 H×W×3, longest side at most ``side``."""
    from PIL import Image

    image = Image.fromarray(pixels_HWC)
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=1.5)
    return np.asarray(image)
