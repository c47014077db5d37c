"""What a training learns, read and ready, and what its model says of itself afterwards."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data import products, sources
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet, Unreadable
from trainer.data.image_split import SplitImages
from trainer.data.loading import Loading
from trainer.data.products import ATTRIBUTES, PRODUCT_INPUT, ProductData
from trainer.data.sources import DataPlaces
from trainer.errors import DataError
from trainer.evaluation import calibration
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.prediction import in_doubt
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.model_file import Model
from trainer.preprocessing.input_spec import InputSpec
from trainer.taxonomy import Taxonomy
from trainer.training import product_description, product_heads
from trainer.training.product_task import ProductTask
from trainer.training.task import ClassificationTask, Task


class Lesson(Protocol):
    """Data that were read, as something to learn."""

    task: Task
    classes: tuple[str, ...]
    input: InputSpec
    data_name: str
    left_out: tuple[Unreadable, ...]
    parts: Mapping[str, ImageSet]
    """Own photos as they were split, by :data:`trainer.data.split_file.PARTS`; empty where the data come split. What
    is in ``test`` plays no part in the lesson; it is for :func:`trainer.training.kept_aside.tested`."""

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        """Metadata with the temperature, review threshold and figures that the validation photos give."""


class ClassLesson:
    """Images of one class each."""

    def __init__(self, source: str, split: SplitImages) -> None:
        training, validation = split.training, split.validation
        self.task: Task = ClassificationTask(training, validation)
        self.classes, self.input, self.left_out = training.classes, training.input, training.unreadable
        self.data_name = "Fashion-MNIST" if source == sources.FASHION_MNIST else Path(source).name
        own = source != sources.FASHION_MNIST
        self.parts: Mapping[str, ImageSet] = split.parts() if own else {}
        self._validation = validation

    @staticmethod
    def open(
        source: str, places: DataPlaces, control: WorkControl, decisions: Decisions | None = None
    ) -> Generator[Loading, None, ClassLesson]:
        """Read the images. Raises as :func:`trainer.data.sources.open_training` does."""
        split = yield from sources.open_training(source, places, control, decisions=decisions)
        return ClassLesson(source, split)

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        """See :class:`Lesson`."""
        return (yield from described_by(self._validation, plain, network))


class ProductLesson:
    """Product photos with attributes, and phone photos; with teachers also what those say of them."""

    def __init__(self, data: ProductData, teachers: Sequence[Model] = ()) -> None:
        self.task: Task = ProductTask(data, [teacher.network for teacher in teachers])
        self.classes, self.input = data.taxonomy.names("category"), PRODUCT_INPUT
        self.left_out: tuple[Unreadable, ...] = ()
        self.parts: Mapping[str, ImageSet] = {}
        self.data_name = "Product and phone photos"
        if teachers:
            names = " and ".join(teacher.metadata.name for teacher in teachers)
            self.data_name += f", and what {names} {'says' if len(teachers) == 1 else 'say'} of them"
        self._data = data

    @staticmethod
    def open(
        places: DataPlaces, control: WorkControl, teachers: Sequence[Path] = ()
    ) -> Generator[Loading, None, ProductLesson]:
        """Read the photos and the teachers.

        Raises:
            DataError, Cancelled: As :func:`trainer.data.products.load` does; DataError also where a teacher knows other
                categories or attributes.
            ModelFileError: A teacher cannot be opened.
        """
        if places.taxonomy is None:
            raise DataError("The taxonomy was not named, which says what the product photos' labels mean.")
        known = taxonomy.load(places.taxonomy)
        models = [_teacher(path, known) for path in teachers]
        data = yield from products.load(places.places, known, control)
        return ProductLesson(data, models)

    def with_heads_relearnt(
        self, plain: ModelMetadata, network: nn.Module, control: WorkControl
    ) -> Generator[Loading, None, nn.Module]:
        """See :mod:`trainer.training.product_heads`."""
        return (yield from product_heads.relearnt(network, plain, self._data, control))

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        """See :class:`Lesson`."""
        return (yield from product_description.described(plain, network, self._data))


def _teacher(path: Path, known: Taxonomy) -> Model:
    model = model_file.load(path)
    says = model.metadata
    heads = {name: head.classes for name, head in says.attributes.items()}
    wanted = {name: known.names(name) for name in ATTRIBUTES}
    if (says.classes, heads, says.input) != (known.names("category"), wanted, PRODUCT_INPUT):
        raise DataError(
            f"{path.name} cannot teach: it names other categories or attributes than the product photos have, or sees "
            "photos in another size. A teacher is a model that learnt the same product photos."
        )
    return model


def described_by(
    validation: ImageSet, plain: ModelMetadata, network: nn.Module
) -> Generator[Loading, None, ModelMetadata]:
    """Metadata with what validation images give: first the temperature, then the rest with it."""

    def evaluation(metadata: ModelMetadata) -> Generator[Loading, None, Evaluation]:
        return (yield from evaluate(Predictor(model_file.Model(metadata, network)), validation, WorkControl()))

    raw = yield from evaluation(plain)
    log_probabilities_NK = torch.from_numpy(raw.probabilities_NK).clamp_min(1e-12).log()
    temperature = calibration.fit_temperature(log_probabilities_NK, torch.from_numpy(raw.labels_N))
    plain = replace(plain, temperature=temperature)
    return judged(plain, (yield from evaluation(plain)))


def judged(plain: ModelMetadata, calibrated: Evaluation) -> ModelMetadata:
    """Metadata with the review threshold, its curve and the figures of calibrated predictions."""
    right_N = calibrated.labels_N == calibrated.predictions_N
    threshold = calibration.review_threshold(calibrated.confidences_N, right_N)
    kept_N = ~in_doubt(calibrated.confidences_N, threshold)
    figures = {
        "validation_accuracy": calibrated.accuracy,
        "validation_calibration_error": calibrated.expected_calibration_error(),
        "validation_ok_share": float(kept_N.mean()),
        "validation_ok_accuracy": float(right_N[kept_N].mean()) if kept_N.any() else 0.0,
    }
    return replace(
        plain,
        review_below=threshold,
        figures={**plain.figures, **figures},
        review_curve=calibration.review_curve(calibrated.confidences_N, right_N),
    )
