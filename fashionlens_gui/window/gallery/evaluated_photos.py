"""The tested images with what the model said of each; what the gallery and the strip show. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trainer.evaluation.evaluation import Evaluation


class Order(Enum):
    """In what order images are shown."""

    CONFIDENT_MISTAKES = "Confident mistakes first"
    MOST_CONFIDENT = "Most confident first"
    LEAST_CONFIDENT = "Least confident first"
    TEST_SET = "As in the test set"


@dataclass(frozen=True, slots=True)
class EvaluatedPhoto:
    """What the model said of one image.

    Attributes:
        index: Its place in the test set.
        actual: Name of the true class.
        predicted: Name of the predicted class.
        confidence: Probability of the predicted class, [0, 1].
        actual_probability: Probability that the model gave to the true class, [0, 1].
        file: The photo's file, or None when the images come from an archive.
    """

    index: int
    actual: str
    predicted: str
    confidence: float
    actual_probability: float
    file: Path | None

    @property
    def right(self) -> bool:
        """Whether the model named it correctly."""
        return self.actual == self.predicted


class EvaluatedPhotos:
    """Images by their place in a test set.

    Args:
        classes: K class names.
        labels_N: int, true classes.
        predictions_N: int, predicted classes.
        probabilities_NK: float, each row adds up to 1.
        images_NCHW: uint8 with 1 (grey) or 3 (RGB) channels; None when there is nothing to show.
        files: The photo behind each image, or empty.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        labels_N: np.ndarray,
        predictions_N: np.ndarray,
        probabilities_NK: np.ndarray,
        images_NCHW: np.ndarray | None = None,
        files: tuple[str, ...] = (),
    ) -> None:
        self.classes = classes
        self._labels_N = labels_N
        self._predictions_N = predictions_N
        self._probabilities_NK = probabilities_NK
        self._confidences_N = probabilities_NK[np.arange(len(labels_N)), predictions_N]
        self._images_NCHW = images_NCHW
        self._files = files

    @classmethod
    def of(cls, evaluation: Evaluation) -> EvaluatedPhotos:
        """The images of an evaluation; shares its memory."""
        images = evaluation.images
        return cls(
            evaluation.classes,
            evaluation.labels_N,
            evaluation.predictions_N,
            evaluation.probabilities_NK,
            None if images is None else images.images_NCHW.numpy(),
            () if images is None else images.files,
        )

    def __len__(self) -> int:
        return len(self._labels_N)

    def photo(self, index: int) -> EvaluatedPhoto:
        """What the model said of image ``index``."""
        actual, predicted = int(self._labels_N[index]), int(self._predictions_N[index])
        return EvaluatedPhoto(
            index,
            self.classes[actual],
            self.classes[predicted],
            float(self._confidences_N[index]),
            float(self._probabilities_NK[index, actual]),
            Path(self._files[index]) if self._files else None,
        )

    def ranking(self, index: int) -> list[tuple[str, float]]:
        """All classes with their probabilities, the likeliest first."""
        probabilities_K = self._probabilities_NK[index]
        return [(self.classes[k], float(probabilities_K[k])) for k in np.argsort(-probabilities_K, kind="stable")]

    def pixels_HWC(self, index: int) -> np.ndarray | None:
        """The image as the model saw it: uint8, H×W×C with 1 or 3 channels; None when it was not kept."""
        if self._images_NCHW is None:
            return None
        return np.ascontiguousarray(self._images_NCHW[index].transpose(1, 2, 0))

    def indices(self, order: Order, *, mistakes_only: bool = False) -> np.ndarray:
        """Places in the test set (int64) in the wanted order."""
        wrong_N = self._labels_N != self._predictions_N
        chosen = np.flatnonzero(wrong_N) if mistakes_only else np.arange(len(self))
        confidences = self._confidences_N[chosen]
        if order is Order.CONFIDENT_MISTAKES:
            # All mistakes, surest first; then what was right, by the narrowest margin first.
            wrong = wrong_N[chosen]
            return chosen[np.lexsort((np.where(wrong, -confidences, confidences), ~wrong))]
        if order is Order.MOST_CONFIDENT:
            return chosen[np.argsort(-confidences, kind="stable")]
        if order is Order.LEAST_CONFIDENT:
            return chosen[np.argsort(confidences, kind="stable")]
        return chosen
