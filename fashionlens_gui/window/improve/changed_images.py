"""Photos on which two models differ, as the gallery of the results shows images. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto, EvaluatedPhotos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed


class ChangedImages(EvaluatedPhotos):
    """Each photo with the wrong answer of the model that has it wrong, and what it is, as the other one says.

    Args:
        photos: Photos in files that one model has right and the other wrong.
    """

    def __init__(self, photos: Sequence[Changed]) -> None:
        nothing = np.zeros(0, np.int64)
        super().__init__((), nothing, nothing, np.zeros((0, 0)))
        # The surest first, as everywhere: of what got better the ones that it is surest of now.
        self._photos = sorted(photos, key=lambda photo: -(photo.new if photo.new.right else photo.old).confidence)

    def __len__(self) -> int:
        return len(self._photos)

    def photo(self, index: int) -> EvaluatedPhoto:
        """What the wrong model called it; the probability of the truth is the right model's."""
        photo = self._photos[index]
        wrong, right = (photo.old, photo.new) if photo.new.right else (photo.new, photo.old)
        return EvaluatedPhoto(index, photo.actual, wrong.label, wrong.confidence, right.confidence, Path(photo.file))

    def ranking(self, index: int) -> list[tuple[str, float]]:
        """Both answers."""
        photo = self._photos[index]
        return [
            (f"Before: {photo.old.label}", photo.old.confidence),
            (f"Now: {photo.new.label}", photo.new.confidence),
        ]

    def pixels_HWC(self, index: int) -> np.ndarray | None:
        """Nothing: the photos are read from their files."""
        return None
