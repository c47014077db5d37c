"""The accuracy of a finished model on its held-out photos. Importing this imports no torch."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trainer.control import WorkControl
from trainer.data.split_file import TEST_PHOTOS

if TYPE_CHECKING:
    from trainer.control import ProgressEvent
    from trainer.data.image_set import ImageSet
    from trainer.inference.predictor import Predictor
    from trainer.model_files.metadata import ModelMetadata

ACCURACY = "test_accuracy"
"""Figure of a model: accuracy on its held-out photos, [0, 1]."""

PHOTOS = TEST_PHOTOS


def evaluate_holdout(predictor: Predictor, test: ImageSet) -> Generator[ProgressEvent, None, ModelMetadata]:
    """The model's metadata with both figures; without them when there are no held-out photos.

    The predictor is the final model, since no choice may depend on the result. The photos were used neither for
    training nor for validation, and have its classes and input.
    """
    metadata = predictor.metadata
    if not len(test):
        return metadata
    from trainer.evaluation.evaluate import evaluate

    # A separate control, so that a training stopped to save the model is still tested.
    evaluation = yield from evaluate(predictor, test, WorkControl())
    figures = {ACCURACY: evaluation.accuracy, PHOTOS: float(evaluation.n)}
    return replace(metadata, figures={**metadata.figures, **figures})
