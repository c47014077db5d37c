"""The data, task and calibration of a training: temperature, review threshold and figures from validation photos."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Protocol

import torch
from msgspec.structs import replace

from trainer.control import ProgressEvent, WorkControl
from trainer.data import datasets
from trainer.data.data_paths import FASHION_MNIST, DataPaths, DatasetInfo
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet, SplitImages, evenly_spaced
from trainer.data.photo_files import Unreadable
from trainer.evaluation import calibration
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.networks.network import Network
from trainer.preprocessing.input_spec import InputSpec
from trainer.training.fit.task import ClassificationTask, Task


class Setup(Protocol):
    """Data that were read for a training.

    Attributes:
        classes: Categories in logit order.
        data: Which photos these are.
        parts: Own photos by :data:`trainer.data.split_file.PARTS`; empty for data sets with a fixed split. ``test`` is
            not used by the setup; it is for :func:`trainer.training.runs.holdout.evaluate_holdout`.
    """

    classes: tuple[str, ...]
    input: InputSpec
    data: DatasetInfo
    unreadable: tuple[Unreadable, ...]
    parts: Mapping[str, ImageSet]

    def training_photos(self, count: int) -> torch.Tensor:
        """Training photos at even distances, ``count`` or all, prepared for the network, uint8 N×C×H×W."""


class TaskSetup(Setup, Protocol):
    """Data with a task for the fit loop."""

    task: Task

    def refit_heads(
        self, plain: ModelMetadata, network: Network, control: WorkControl
    ) -> Generator[ProgressEvent, None, Network]:
        """The network with refitted heads, for product photos; the same network for other photos."""
        yield from ()
        return network

    def calibrate(self, plain: ModelMetadata, network: Network) -> Generator[ProgressEvent, None, ModelMetadata]:
        """Metadata with temperature, review threshold and figures, from the validation photos."""


class ClassificationSetup(TaskSetup):
    """Images of one class each."""

    def __init__(self, source: str, split: SplitImages) -> None:
        training, validation = split.training, split.validation
        self.task: Task = ClassificationTask(training, validation)
        self.classes, self.input, self.unreadable = training.classes, training.input, training.unreadable
        self.data = DatasetInfo(FASHION_MNIST) if source == FASHION_MNIST else DatasetInfo(name=Path(source).name)
        own = source != FASHION_MNIST
        self.parts: Mapping[str, ImageSet] = split.parts() if own else {}
        self._training, self._validation = training, validation

    @staticmethod
    def open(
        source: str, data_paths: DataPaths, control: WorkControl, decisions: Decisions | None = None
    ) -> Generator[ProgressEvent, None, ClassificationSetup]:
        """Read the images. Raises as :func:`trainer.data.datasets.open_training` does."""
        split = yield from datasets.open_training(source, data_paths, control, decisions=decisions)
        return ClassificationSetup(source, split)

    def training_photos(self, count: int) -> torch.Tensor:
        return self._training.images_NCHW[evenly_spaced(len(self._training), count)]

    def calibrate(self, plain: ModelMetadata, network: Network) -> Generator[ProgressEvent, None, ModelMetadata]:
        return (yield from calibrate(self._validation, plain, network))


def calibrate(
    validation: ImageSet, plain: ModelMetadata, network: Network
) -> Generator[ProgressEvent, None, ModelMetadata]:
    """Metadata with the temperature, then with the review threshold and figures at that temperature."""

    def evaluation(metadata: ModelMetadata) -> Generator[ProgressEvent, None, Evaluation]:
        return (yield from evaluate(Predictor(model_file.Model(metadata, network)), validation, WorkControl()))

    raw = yield from evaluation(plain)
    log_probabilities_NK = torch.from_numpy(raw.probabilities_NK).clamp_min(1e-12).log()
    temperature = calibration.fit_temperature(log_probabilities_NK, torch.from_numpy(raw.labels_N))
    plain = replace(plain, temperature=temperature)
    return with_review_threshold(plain, (yield from evaluation(plain)))


def with_review_threshold(plain: ModelMetadata, calibrated: Evaluation) -> ModelMetadata:
    """Metadata with the review threshold, its curve and the figures, from calibrated predictions."""
    correct_N = calibrated.labels_N == calibrated.predictions_N
    threshold = calibration.review_threshold(calibrated.confidences_N, correct_N)
    ok_N = ~below_threshold(calibrated.confidences_N, threshold)
    figures = {
        "validation_accuracy": calibrated.accuracy,
        "validation_calibration_error": calibrated.expected_calibration_error(),
        "validation_ok_share": float(ok_N.mean()),
        "validation_ok_accuracy": float(correct_N[ok_N].mean()) if ok_N.any() else 0.0,
    }
    return replace(
        plain,
        review_below=threshold,
        figures={**plain.figures, **figures},
        review_curve=calibration.review_curve(calibrated.confidences_N, correct_N),
    )
