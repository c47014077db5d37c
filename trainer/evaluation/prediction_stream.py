"""Predictions for the photos of a store, as a stream: only a few photos are in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
from PIL import Image

from trainer.control import WorkControl
from trainer.data.photo_store import PhotoStore
from trainer.errors import PhotoError
from trainer.inference.batches import predict_photos
from trainer.inference.prediction import BatchPredictor
from trainer.preprocessing.photo import Photo

Item = TypeVar("Item")
Pixels = TypeVar("Pixels")
Answer = TypeVar("Answer")
Aspect = tuple[int, int]
"""Width and height in any unit, such as (3, 4)."""


def predictions(
    predictor: BatchPredictor[Pixels, Answer],
    store: PhotoStore,
    items: Iterable[tuple[Item, str]],
    control: WorkControl,
    aspect: Aspect | None = None,
) -> Iterator[tuple[Item, Answer | PhotoError]]:
    """Predict photos in order, see :func:`trainer.inference.batches.predict_photos`.

    Args:
        predictor: Predicts, in the caller's thread.
        items: What stands for each photo, and its name in ``store``; taken when needed, in the caller's thread.
        aspect: Exactly square photos were squashed and are stretched to this aspect first; None leaves them.

    Yields:
        Each item with its answer, or with the error of its photo.
    """

    def pixels(item: tuple[Item, str]) -> Pixels:
        photo = store.load(item[1], predictor.decode_short_side)
        return predictor.prepare(photo if aspect is None else restore_aspect(photo, aspect))

    for (item, _), answer in predict_photos(items, pixels, predictor.predict, control):
        yield item, answer


def restore_aspect(photo: Photo, aspect: Aspect) -> Photo:
    """A square photo made as narrow (or as low) as ``aspect`` says; any other photo as it is."""
    height, width = photo.pixels_HWC.shape[:2]
    if height != width:
        return photo
    wide, high = aspect
    longest = max(aspect)
    size = (max(1, round(width * wide / longest)), max(1, round(height * high / longest)))
    pixels_HWC = np.asarray(Image.fromarray(photo.pixels_HWC).resize(size, Image.Resampling.BICUBIC))
    return replace(photo, pixels_HWC=pixels_HWC)
