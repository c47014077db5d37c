"""A tagging job with a model that classifies photos by brightness."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fashionlens_gui.tagging.job import JobEvent, Tagged, tag_photos
from trainer.control import WorkControl
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import Photo

Make = Callable[..., Path]


class ByShade:
    """Classifies a photo by the brightness of its middle, and records the calls."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.batches: list[int] = []
        self.decode_short_side = 256
        self.before_preparing: Callable[[Photo], None] = lambda photo: None

    def prepare(self, photo: Photo) -> np.ndarray:
        self.before_preparing(photo)
        self.prepared.append(photo.path.name)
        height, width = photo.pixels_HWC.shape[:2]
        return photo.pixels_HWC[height // 2, width // 2]

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        self.batches.append(len(images))
        return [self._prediction(int(pixel[0])) for pixel in images]

    def _prediction(self, shade: int) -> Prediction:
        labels = ("Dress", "Coat", "Bag")
        probabilities = (0.75, 0.25, 0.0) if shade < 100 else (0.5, 0.375, 0.125)
        return Prediction(Ranking(labels, probabilities), shade >= 100, np.zeros(1, np.float32))


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("tagging", "read ahead"))]


def tagged(events: Sequence[JobEvent]) -> list[Tagged]:
    return [event for event in events if isinstance(event, Tagged)]


def run(*paths: Path, predictor: ByShade | None = None, **options: object) -> list[JobEvent]:
    return list(tag_photos(paths, predictor or ByShade(), WorkControl(), **options))  # type: ignore[arg-type]
