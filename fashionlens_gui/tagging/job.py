"""A tagging job: folders in, rows out, as a generator that a window, the command line or a test turns."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterable, Sequence
from pathlib import Path

import numpy as np

from fashionlens_gui.tagging.job_events import Counts, Finished, JobEvent, Scanned, Tagged
from fashionlens_gui.tagging.pipeline import Pipeline
from trainer.control import WorkControl
from trainer.inference.colours import PaletteColour
from trainer.inference.prediction import BatchPredictor, Prediction

__all__ = ["Counts", "Finished", "JobEvent", "Scanned", "Tagged", "tag_photos"]


def tag_photos(
    paths: Iterable[Path],
    predictor: BatchPredictor[np.ndarray, Prediction],
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
    pipeline = Pipeline(list(paths), predictor, control, thumbnail_side, skipped, review_below, palette)
    pipeline.start()
    try:
        counts = yield from pipeline.events()
        yield Finished(counts, time.monotonic() - began, control.stopped)
    finally:
        pipeline.close()
