"""Predicts the same photos with two models, in batches. Imports no torch."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.photo_store import PhotoStore
from trainer.errors import DataError, PhotoError
from trainer.evaluation.comparison import Comparison, ModelAnswer
from trainer.evaluation.evaluate import check_test_photos
from trainer.evaluation.folder_classes import FolderClasses, PairedPhoto, paired_photos
from trainer.evaluation.prediction_stream import predictions
from trainer.evaluation.tallies import SkipReason
from trainer.inference.prediction import PhotoPredictor, Prediction
from trainer.preprocessing.photo import Photo
from trainer.spelling import spelling_key

if TYPE_CHECKING:
    from trainer.data.image_set import ImageSet

_STEP = "comparing_models"
_BATCH = 100


class _Pair:
    """Two predictors as one: a photo is decoded once and prepared as each of them wants it."""

    def __init__(self, old: PhotoPredictor, new: PhotoPredictor) -> None:
        self._old, self._new = old, new
        self._alike = old.metadata.input == new.metadata.input
        self.decode_short_side = max(old.decode_short_side, new.decode_short_side)

    def prepare(self, photo: Photo) -> tuple[np.ndarray, np.ndarray]:
        old = self._old.prepare(photo)
        return old, old if self._alike else self._new.prepare(photo)

    def predict(self, images: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[tuple[Prediction, Prediction]]:
        old = self._old.predict([each for each, _ in images])
        return list(zip(old, self._new.predict([each for _, each in images]), strict=True))


def compare_folders(
    old: PhotoPredictor,
    new: PhotoPredictor,
    old_classes: FolderClasses,
    new_classes: FolderClasses,
    store: PhotoStore,
    control: WorkControl,
    *,
    data_name: str,
    part: str = "",
) -> Generator[ProgressEvent, None, Comparison]:
    """Predict every photo whose folder both models have a class for; yields progress.

    A prediction is correct when it is one of the model's classes for the folder.

    Args:
        part: See :func:`trainer.evaluation.folder_classes.paired_photos`.

    Raises:
        DataError: The tree cannot be opened, or there is no photo for both models.
    """
    comparison = Comparison(old.metadata.name, new.metadata.name, data_name)
    total = sum(1 for _ in paired_photos(store, old_classes, new_classes, part))
    if not total:
        raise DataError("no_photos_in_part", part=part, place=str(store.path))

    def comparable() -> Iterator[tuple[PairedPhoto, str]]:
        for photo in paired_photos(store, old_classes, new_classes, part):
            if photo.old and photo.new:
                yield photo, photo.name
            else:
                reason = SkipReason.UNKNOWN_TO_BOTH
                if photo.old or photo.new:
                    reason = SkipReason.OLD_MODEL_ONLY if photo.old else SkipReason.NEW_MODEL_ONLY
                comparison.skipped.reasons[reason] += 1
                comparison.unknown[photo.folder, reason] += 1

    for photo, answer in predictions(_Pair(old, new), store, comparable(), control):
        if isinstance(answer, PhotoError):
            comparison.skipped.add_unreadable(answer)
        else:
            name = _class_name(photo)
            comparison.add_class(name, photo.old, photo.new)
            comparison.add(photo.name, name, _answer_of(answer[0], photo.old), _answer_of(answer[1], photo.new))
        yield ProgressEvent(_STEP, comparison.n + comparison.skipped.n, total)
    if not comparison.n:
        if not comparison.unknown:
            raise DataError("no_readable_photo_in", place=str(store.path))
        folders = tuple(key for key, _ in comparison.unknown.most_common(10))
        unreadable = comparison.skipped.unreadable
        raise DataError("no_photo_for_both_models", folders=folders, unreadable=unreadable, place=str(store.path))
    comparison.classes.sort(key=str.casefold)
    return comparison


def compare_images(
    old: PhotoPredictor, new: PhotoPredictor, images: ImageSet, control: WorkControl, data_name: str
) -> Generator[ProgressEvent, None, Comparison]:
    """Predict prepared images with both models; yields progress.

    Args:
        images: Prepared and labelled as both models are, such as Fashion-MNIST's test images.

    Raises:
        DataError: The images are not prepared or labelled for both, or there are none.
    """
    for metadata in (old.metadata, new.metadata):
        check_test_photos(images, metadata)
    comparison = Comparison(old.metadata.name, new.metadata.name, data_name)
    for name in images.classes:
        comparison.add_class(name, frozenset({name}), frozenset({name}))
    pair = _Pair(old, new)
    for rows in batches(len(images), _BATCH, control):
        batch = [(image_CHW, image_CHW) for image_CHW in images.images_NCHW[rows].numpy()]
        for index, (was, now) in enumerate(pair.predict(batch), start=rows.start):
            actual = images.classes[int(images.labels_N[index])]
            file = images.files[index] if images.files else f"test image {index + 1}"
            right = frozenset({actual})
            comparison.add(file, actual, _answer_of(was, right), _answer_of(now, right))
        yield ProgressEvent(_STEP, rows.stop, len(images))
    return comparison


def _class_name(photo: PairedPhoto) -> str:
    """The category's name when both models have just that one and the folder has the same name, else the folder's."""
    classes = photo.old | photo.new
    name = min(classes)
    return name if len(classes) == 1 and spelling_key(name) == spelling_key(photo.folder) else photo.folder


def _answer_of(answer: Prediction, right: frozenset[str]) -> ModelAnswer:
    return ModelAnswer(answer.category.label, answer.category.confidence, answer.category.label in right)
