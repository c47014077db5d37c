"""Photos of a test set with the predictions of a model. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trainer.evaluation.evaluation import Evaluation


class Order(Enum):
    """Order of the photos."""

    CONFIDENT_MISTAKES = "Confident mistakes first"
    MOST_CONFIDENT = "Most confident first"
    LEAST_CONFIDENT = "Least confident first"
    TEST_SET = "As in the test set"


@dataclass(frozen=True, slots=True)
class EvaluatedPhoto:
    """One photo and its prediction.

    Attributes:
        index: In the test set.
        actual: Name of the true class.
        predicted: Name of the predicted class.
        confidence: Probability of the predicted class, [0, 1].
        actual_probability: Predicted probability of the true class, [0, 1].
        file: None when the photos come from an archive.
    """

    index: int
    actual: str
    predicted: str
    confidence: float
    actual_probability: float
    file: Path | None

    @property
    def correct(self) -> bool:
        return self.actual == self.predicted


def filed_under(photo: EvaluatedPhoto) -> str:
    """What the test set says it shows; a folder may be wrong."""
    return f"Filed under {photo.actual}" if photo.file is not None else f"It is actually {photo.actual}"


class EvaluatedPhotos:
    """Photos by their index in a test set.

    Args:
        classes: K class names.
        labels_N: int, true classes.
        predictions_N: int, predicted classes.
        probabilities_NK: float, each row adds up to 1.
        images_NCHW: uint8 with 1 (grey) or 3 (RGB) channels; None when the pixels are not available.
        files: The file of each photo, or empty.
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
        """The photos of an evaluation; shares its memory."""
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

    @property
    def occurring(self) -> tuple[str, ...]:
        """The names of the classes that a photo has or is predicted to have."""
        return tuple(self.classes[k] for k in np.union1d(self._labels_N, self._predictions_N))

    def photo(self, index: int) -> EvaluatedPhoto:
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
        """All classes with their probabilities, the most probable first."""
        probabilities_K = self._probabilities_NK[index]
        return [(self.classes[k], float(probabilities_K[k])) for k in np.argsort(-probabilities_K, kind="stable")]

    def pixels_HWC(self, index: int) -> np.ndarray | None:
        """The input of the model: uint8, H×W×C with 1 or 3 channels; None when it is not available."""
        if self._images_NCHW is None:
            return None
        return np.ascontiguousarray(self._images_NCHW[index].transpose(1, 2, 0))

    def indices(self, order: Order, *, mistakes_only: bool = False) -> np.ndarray:
        """Indices in the test set (int64) in the given order."""
        wrong_N = self._labels_N != self._predictions_N
        chosen = np.flatnonzero(wrong_N) if mistakes_only else np.arange(len(self))
        confidences = self._confidences_N[chosen]
        if order is Order.CONFIDENT_MISTAKES:
            # All mistakes, the most confident first; then the correct ones, the least confident first.
            wrong = wrong_N[chosen]
            return chosen[np.lexsort((np.where(wrong, -confidences, confidences), ~wrong))]
        if order is Order.MOST_CONFIDENT:
            return chosen[np.argsort(-confidences, kind="stable")]
        if order is Order.LEAST_CONFIDENT:
            return chosen[np.argsort(confidences, kind="stable")]
        return chosen
