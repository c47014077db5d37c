"""Run a model over a test set."""

from __future__ import annotations

from collections.abc import Generator

from trainer.control import ProgressEvent, WorkControl
from trainer.data.image_set import ImageSet
from trainer.errors import DataError
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Predictor

_BATCH = 250


def evaluate(
    predictor: Predictor, images: ImageSet, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Predict every image and compare with its true class; yields progress.

    Raises:
        DataError: The images are prepared or labelled for another model, or there are none.
        Cancelled: ``control`` was stopped.
    """
    metadata = predictor.metadata
    if (images.input, images.classes) != (metadata.input, metadata.classes):
        raise DataError("photos_of_another_model", data=images.name, model=metadata.name)
    if not len(images):
        raise DataError("no_test_photos", data=images.name)
    outputs = yield from predict_images(
        predictor.outputs,
        len(images),
        lambda rows: images.images_NCHW[rows],
        _BATCH,
        "classifying_test_photos",
        control,
    )
    probabilities_NK = predictor.probabilities(outputs.category_NK).numpy()
    return Evaluation(
        metadata.name,
        images.name,
        metadata.classes,
        images.labels_N.numpy(),
        probabilities_NK.argmax(axis=1),
        probabilities_NK,
        images,
        images.unreadable,
        metadata,
    )
