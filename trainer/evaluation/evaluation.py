"""Evaluation of a model on labelled images: accuracy, confusion matrix, calibration. NumPy only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from trainer.data.decisions import Decisions, photo_key

if TYPE_CHECKING:
    from trainer.data.data_paths import DatasetInfo
    from trainer.data.image_set import ImageSet
    from trainer.data.photo_files import Unreadable
    from trainer.model_files.metadata import ModelMetadata


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How well one class is recognised; each figure in [0, 1].

    Attributes:
        precision: Share of true positives among the images predicted as this class; 0 when there are none.
        recall: Share of true positives among the images of this class; 0 when there are none.
        f1: Harmonic mean of the two; 0 when both are.
        support: Images of this class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def class_figures(classes: tuple[str, ...], confusion_KK: np.ndarray) -> tuple[ClassFigures, ...]:
    """Precision, recall, F1 and support of each class, in order, from counts: rows are actual, columns predicted."""
    right = np.diag(confusion_KK).astype(float)
    called = confusion_KK.sum(axis=0)
    support = confusion_KK.sum(axis=1)
    precision = right / np.maximum(called, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(called + support, 1)
    return tuple(
        ClassFigures(name, float(precision[k]), float(recall[k]), float(f1[k]), int(support[k]))
        for k, name in enumerate(classes)
    )


@dataclass(frozen=True)
class Evaluation:
    """Every prediction on a test set; all other figures follow from these.

    Attributes:
        classes: K names in label order.
        labels_N: int64, the true classes.
        predictions_N: int64, the predicted classes.
        probabilities_NK: float32, calibrated; of a folder that stands for several classes, that of the most probable.
        images: The images themselves, for showing; None when they were not kept.
        unreadable: Test photos that could not be read or have no known class, and are in no figure.
        metadata: Of the model; None when it was not kept.
        ambiguous_folders: Folders of the test set that stand for several classes, any of which is correct.
        decisions: On photos in wrong folders; they change the figures in :meth:`as_decided` only.
    """

    model_name: str
    data: DatasetInfo
    classes: tuple[str, ...]
    labels_N: np.ndarray
    predictions_N: np.ndarray
    probabilities_NK: np.ndarray
    images: ImageSet | None = None
    unreadable: tuple[Unreadable, ...] = ()
    metadata: ModelMetadata | None = None
    ambiguous_folders: tuple[str, ...] = ()
    decisions: Decisions = field(default_factory=Decisions)

    @property
    def n(self) -> int:
        return len(self.labels_N)

    @cached_property
    def accuracy(self) -> float:
        """Share of right predictions, [0, 1]."""
        return float((self.labels_N == self.predictions_N).mean()) if self.n else 0.0

    @cached_property
    def confusion_KK(self) -> np.ndarray:
        """Counts, int64: rows are actual classes, columns predicted ones."""
        size = len(self.classes)
        flat = np.bincount(self.labels_N * size + self.predictions_N, minlength=size * size)
        return flat.reshape(size, size).astype(np.int64)

    def as_decided(self) -> Evaluation:
        """The same with the :attr:`decisions`: some images have another class, some are left out."""
        moved, left_out = self.decisions.moved, self.decisions.left_out
        if self.images is None or not self.images.files or not (moved or left_out):
            return self
        keys = [photo_key(Path(file)) for file in self.images.files]
        label_of = {name: k for k, name in enumerate(self.classes)}
        labels_N = np.array(
            [label_of.get(moved.get(key, ""), label) for key, label in zip(keys, self.labels_N.tolist(), strict=True)]
        )
        kept = np.flatnonzero([key not in left_out for key in keys])
        return replace(
            self,
            labels_N=labels_N[kept],
            predictions_N=self.predictions_N[kept],
            probabilities_NK=self.probabilities_NK[kept],
            images=self.images.subset(kept),
        )

    @property
    def actual_classes(self) -> tuple[str, ...]:
        """The classes up to the last one with images; after :meth:`by_occurrence` just those with images."""
        return self.classes[: len(self.occurring_RC)]

    @property
    def predicted_classes(self) -> tuple[str, ...]:
        """The classes up to the last one that occurs; after :meth:`by_occurrence` just those that occur."""
        return self.classes[: self.occurring_RC.shape[1]]

    @cached_property
    def occurring_RC(self) -> np.ndarray:
        """The upper left part of :attr:`confusion_KK` that holds all counts: R actual and C >= R predicted classes."""
        actual, predicted = (np.flatnonzero(self.confusion_KK.sum(axis=axis)) for axis in (1, 0))
        rows = int(actual[-1]) + 1 if self.n else 0
        return self.confusion_KK[:rows, : max(rows, int(predicted[-1]) + 1 if self.n else 0)]

    def by_occurrence(self) -> Evaluation:
        """The same with other numbers of the classes: those with images first, then those that are only predicted."""
        actual_K, predicted_K = (self.confusion_KK.sum(axis=axis) > 0 for axis in (1, 0))
        order_K = np.argsort(np.where(actual_K, 0, np.where(predicted_K, 1, 2)), kind="stable")
        if (order_K == np.arange(len(order_K))).all():
            return self
        place_K = np.argsort(order_K)
        return replace(
            self,
            classes=tuple(self.classes[k] for k in order_K),
            labels_N=place_K[self.labels_N],
            predictions_N=place_K[self.predictions_N],
            probabilities_NK=np.ascontiguousarray(self.probabilities_NK[:, order_K]),
        )

    @cached_property
    def confidences_N(self) -> np.ndarray:
        """Probability of each predicted class, float32, [0, 1]."""
        return self.probabilities_NK[np.arange(self.n), self.predictions_N]

    def per_class(self) -> tuple[ClassFigures, ...]:
        """Precision, recall, F1 and support of each class, in label order."""
        return class_figures(self.classes, self.confusion_KK)

    def cell(self, actual: int, predicted: int) -> np.ndarray:
        """Indices (int64) of the images of class ``actual`` that were called ``predicted``, most confident first."""
        return self._most_confident((self.labels_N == actual) & (self.predictions_N == predicted))

    def errors_of(self, actual: int) -> np.ndarray:
        """Indices (int64) of the images of class ``actual`` that were called something else, most confident first."""
        return self._most_confident((self.labels_N == actual) & (self.predictions_N != actual))

    def mistakes_by_confidence(self) -> np.ndarray:
        """Indices (int64) of all wrongly named images, the most confident mistakes first."""
        return self._most_confident(self.labels_N != self.predictions_N)

    def expected_calibration_error(self, bins: int = 15) -> float:
        """Mean gap between confidence and accuracy over equally wide bins (Guo et al. 2017, equation 3), [0, 1]."""
        index = np.minimum((self.confidences_N * bins).astype(int), bins - 1)
        right = (self.labels_N == self.predictions_N).astype(float)
        gaps = np.abs(
            np.bincount(index, weights=right, minlength=bins)
            - np.bincount(index, weights=self.confidences_N.astype(float), minlength=bins)
        )
        return float(gaps.sum() / max(self.n, 1))

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values, as ``fashionlens evaluate --json`` prints them."""
        return {
            "model": self.model_name,
            "data": msgspec.to_builtins(self.data),
            "n": self.n,
            "accuracy": self.accuracy,
            "expected_calibration_error": self.expected_calibration_error(),
            "classes": list(self.classes),
            "per_class": {figures.pop("name"): figures for figures in map(asdict, self.per_class())},
            "confusion_matrix": self.confusion_KK.tolist(),
        }

    def _most_confident(self, chosen_N: np.ndarray) -> np.ndarray:
        indices = np.flatnonzero(chosen_N)
        return indices[np.argsort(-self.confidences_N[indices], kind="stable")]
