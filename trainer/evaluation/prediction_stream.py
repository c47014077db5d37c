"""Photos of a store through a predictor, a batch at a time: what is to be judged never lies in memory as a whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np
from PIL import Image

from trainer.control import WorkControl
from trainer.data.photo_store import PhotoStore
from trainer.errors import Cancelled, PhotoError
from trainer.inference.prediction import Prediction
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.photo import Photo

_THREADS = 2
_BATCH = 32
_IN_FLIGHT = 2 * _BATCH  # so that the next batch is being decoded while one is predicted

Item = TypeVar("Item")
Pixels = TypeVar("Pixels")
Answer = TypeVar("Answer")
Aspect = tuple[int, int]
"""Width and height in any unit, such as (3, 4)."""


class BatchPredictor(Protocol[Pixels, Answer]):
    """Whatever names photos in batches: one model, or several at once."""

    @property
    def decode_short_side(self) -> int:
        """Pixels of the shortest side at which photos are read for it."""

    def prepare(self, photo: Photo) -> Pixels:
        """What it looks at; called from several threads."""

    def predict(self, images: Sequence[Pixels]) -> list[Answer]:
        """One answer per image."""


class PhotoPredictor(BatchPredictor[np.ndarray, Prediction], Protocol):
    """What is needed of :class:`trainer.inference.predictor.Predictor`, which imports torch."""

    metadata: ModelMetadata


def predictions(
    predictor: BatchPredictor[Pixels, Answer],
    store: PhotoStore,
    items: Iterable[tuple[Item, str]],
    control: WorkControl,
    aspect: Aspect | None = None,
) -> Iterator[tuple[Item, Answer | PhotoError]]:
    """Name photos in order; two threads read ahead, by a bounded number of photos.

    Args:
        predictor: Names them, in the caller's thread.
        store: Where they are.
        items: Whatever each photo stands for, and its name in ``store``; taken as needed, in the caller's thread.
        control: Pauses and stops.
        aspect: Photos that are exactly square were squashed and are stretched to this first; None leaves them.

    Yields:
        Each item with its answer, or with what is wrong with its photo.

    Raises:
        Cancelled: ``control`` was stopped.
    """

    def pixels(name: str) -> Pixels:
        photo = store.load(name, predictor.decode_short_side)
        return predictor.prepare(photo if aspect is None else unsquashed(photo, aspect))

    waiting = iter(items)
    ahead: deque[tuple[Item, Future[Pixels]]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="evaluate: decode") as pool:
        try:
            while True:
                control.wait_while_paused()
                if control.stopped:
                    raise Cancelled
                for item, name in islice(waiting, _IN_FLIGHT - len(ahead)):
                    ahead.append((item, pool.submit(pixels, name)))
                if not ahead:
                    return
                batch = [ahead.popleft() for _ in range(min(_BATCH, len(ahead)))]
                yield from _named(predictor, batch)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _named(
    predictor: BatchPredictor[Pixels, Answer], batch: list[tuple[Item, Future[Pixels]]]
) -> Iterator[tuple[Item, Answer | PhotoError]]:
    images: list[Pixels] = []
    errors: dict[int, PhotoError] = {}
    for place, (_, future) in enumerate(batch):
        try:
            images.append(future.result())
        except PhotoError as error:
            errors[place] = error
    named = iter(predictor.predict(images) if images else [])
    for place, (item, _) in enumerate(batch):
        yield item, errors[place] if place in errors else next(named)


def unsquashed(photo: Photo, aspect: Aspect) -> Photo:
    """A square photo made as narrow (or as low) as ``aspect`` says; any other photo as it is."""
    height, width = photo.pixels_HWC.shape[:2]
    if height != width:
        return photo
    wide, high = aspect
    longest = max(aspect)
    size = (max(1, round(width * wide / longest)), max(1, round(height * high / longest)))
    pixels_HWC = np.asarray(Image.fromarray(photo.pixels_HWC).resize(size, Image.Resampling.BICUBIC))
    return replace(photo, pixels_HWC=pixels_HWC)
