"""A tagging job: a generator from folders to rows, used by the window and the command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fashionlens_gui.paths import taxonomy_dir
from fashionlens_gui.tagging.job_events import Counts, Finished, JobEvent, ScanProgress, Tagged
from fashionlens_gui.tagging.pipeline import Pipeline
from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.inference.prediction import BatchPredictor, Prediction
from trainer.keep_awake import kept_awake
from trainer.taxonomy import Colour

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata

__all__ = ["Counts", "Finished", "JobEvent", "ScanProgress", "Tagged", "palette_for", "tag_photos"]


@kept_awake
def tag_photos(
    paths: Iterable[Path],
    predictor: BatchPredictor[np.ndarray, Prediction],
    control: WorkControl,
    *,
    thumbnail_side: int = 0,
    skip: Collection[Path] = (),
    rule: ReviewRule = MODEL_RULE,
    palette: Sequence[Colour] = (),
    remembered: Callable[[Path], Tagged | None] | None = None,
) -> Generator[JobEvent, None, None]:
    """Find and tag all photos in and below ``paths``; a photo that cannot be read becomes an error row.

    Closing the generator early, or stopping ``control``, ends its threads. A thread that is inside a decoder, or waits
    for a drive that does not respond, cannot be interrupted: it ends after its photo, and the program does not wait.

    Args:
        paths: See :func:`fashionlens_gui.tagging.scan.scan`.
        predictor: Predicts batches of photos.
        control: Pauses and stops the job; after a stop no further row comes.
        thumbnail_side: Longest side of thumbnails in pixels, up to 256; 0 makes none.
        skip: Paths that have a row from an earlier job.
        rule: Which rows need review.
        palette: Names for the colours of the pixels, see :func:`palette_for`; without it no colours are measured.
        remembered: The row that a photo has already, or None to read it; called in several threads. See
            :func:`fashionlens_gui.catalogue.photos.remembered`.
    """
    began = time.monotonic()
    known = frozenset(map(str, skip))
    with closing(
        Pipeline(list(paths), predictor, control, thumbnail_side, known, rule, palette, remembered)
    ) as pipeline:
        counts = yield from pipeline.events()
    yield Finished(counts, time.monotonic() - began, control.stopped, tuple(pipeline.skipped))


def palette_for(metadata: ModelMetadata) -> Sequence[Colour]:
    """The taxonomy's colours for a model that predicts colours, none for another."""
    return taxonomy.load(taxonomy_dir()).colours if "colour" in metadata.attributes else ()
