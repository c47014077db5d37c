"""How good a finished model is on the photos that took no part in its training. Importing this imports no torch."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trainer.control import WorkControl
from trainer.number_format import percent

if TYPE_CHECKING:
    from trainer.control import ProgressEvent
    from trainer.data.image_set import ImageSet
    from trainer.inference.predictor import Predictor
    from trainer.model_files.metadata import ModelMetadata

ACCURACY = "test_accuracy"
"""Figure of a model: share of the photos kept aside that it names rightly, [0, 1]."""

PHOTOS = "test_photos"
"""Figure of a model: how many photos those are."""

_FEW = 1_000  # with fewer photos a tenth of a per cent is nobody


def tested(predictor: Predictor, test: ImageSet) -> Generator[ProgressEvent, None, ModelMetadata]:
    """The model's metadata with the two figures; without them when there are no such photos.

    Args:
        predictor: The model, finished: nothing may be chosen by what comes out here.
        test: Photos that it never met, prepared for it and with its classes.
    """
    metadata = predictor.metadata
    if not len(test):
        return metadata
    from trainer.evaluation.evaluate import evaluate

    # To its end also when the training was stopped in order to save what it had learnt.
    evaluation = yield from evaluate(predictor, test, WorkControl())
    figures = {ACCURACY: evaluation.accuracy, PHOTOS: float(evaluation.n)}
    return replace(metadata, figures={**metadata.figures, **figures})


def share_words(figures: Mapping[str, float]) -> str:
    """``84 % of 120``, of a model's figures; empty when no photos were kept aside."""
    if ACCURACY not in figures or not figures.get(PHOTOS):
        return ""
    photos = int(figures[PHOTOS])
    return f"{percent(figures[ACCURACY], 0 if photos < _FEW else 1)} of {photos:,}"


def sentence(figures: Mapping[str, float]) -> str:
    """``Right on photos kept aside: 84 % of 120.``; empty when no photos were kept aside."""
    words = share_words(figures)
    return f"Right on photos kept aside: {words}." if words else ""
