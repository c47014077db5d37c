"""A whole training run: data, fit, calibration, model file. What the command line and the window both drive."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata as packages
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data import products, sources
from trainer.data.image_set import ImageSet, Unreadable
from trainer.data.loading import Loading
from trainer.data.products import PRODUCT_INPUT, ProductData
from trainer.data.sources import DataPlaces
from trainer.durable import write_text
from trainer.errors import CheckpointError, DataError
from trainer.evaluation import calibration
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.input_spec import InputSpec
from trainer.training import product_description
from trainer.training.events import Ended, TrainingEvent
from trainer.training.loop import Fit
from trainer.training.product_task import ProductTask
from trainer.training.recipe import Recipe
from trainer.training.task import ClassificationTask, Task


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What to train, on what, and where it goes.

    Attributes:
        name: What the user calls the model.
        recipe: How to train.
        source: ``fashion-mnist``, ``products``, or a folder with a folder per category.
        output: The model file to write.
        checkpoint: Where the unfinished run is kept; a note of this job lies beside it. Both go once the model is
            saved.
        resume: Go on from ``checkpoint``.
        keep_when_stopped: Save the best weights so far also when the user stops the run.
        start: A model file whose weights the run begins with; None begins with random ones.
    """

    name: str
    recipe: Recipe
    source: str
    output: Path
    checkpoint: Path
    resume: bool = False
    keep_when_stopped: bool = False
    start: Path | None = None


@dataclass(frozen=True, slots=True)
class ModelSaved:
    """The model file is on the disk.

    Attributes:
        path: The file.
        metadata: What it says of itself.
        left_out: Training photos that could not be read.
    """

    path: Path
    metadata: ModelMetadata
    left_out: tuple[Unreadable, ...] = ()

    def left_out_words(self) -> str:
        """The photos that were left out, in one sentence; empty when there are none."""
        if not self.left_out:
            return ""
        names = ", ".join(Path(photo.file).name for photo in self.left_out[:3])
        more = f" and {len(self.left_out) - 3:,} more" if len(self.left_out) > 3 else ""
        count = f"{len(self.left_out):,} photos" if len(self.left_out) > 1 else "1 photo"
        return f"Left out because unreadable: {count} ({names}{more})."


def train(job: TrainingJob, places: DataPlaces, control: WorkControl) -> Iterator[Loading | TrainingEvent | ModelSaved]:
    """Do the job, yielding what happens; the last event is :class:`ModelSaved`, or :class:`Ended` when stopped.

    Raises:
        DataError, ModelFileError, CheckpointError, TrainingDiverged, SaveError, Cancelled: As the parts do. A
            checkpoint stays.
    """
    if job.source == sources.PRODUCTS:
        lesson: _Lesson = yield from _ProductLesson.open(places, control)
    else:
        lesson = yield from _ClassLesson.open(job.source, places, control)
    start = None if job.start is None or job.resume else _start(job.start, job.recipe, lesson)
    _write_note(job)
    fit = Fit(job.recipe, lesson.task, checkpoint=job.checkpoint, resume=job.resume, control=control, start=start)
    for event in fit.events():
        yield event
        if isinstance(event, Ended) and event.reason == "stopped" and not job.keep_when_stopped:
            return
    if fit.best_metrics is None:
        return
    metadata = yield from lesson.described(_plain_metadata(job, fit, lesson), fit.best_network)
    model_file.save(job.output, fit.best_network, metadata)
    if not control.stopped:
        job.checkpoint.unlink(missing_ok=True)
        _note(job.checkpoint).unlink(missing_ok=True)
    yield ModelSaved(job.output, metadata, lesson.left_out)


def read_job(checkpoint: Path) -> TrainingJob:
    """The job of an interrupted run, set to resume.

    Raises:
        CheckpointError: The note beside the checkpoint is missing or damaged.
    """
    try:
        values = json.loads(_note(checkpoint).read_text(encoding="utf-8"))
        return TrainingJob(
            name=values["name"],
            recipe=Recipe.from_json(values["recipe"]),
            source=values["source"],
            output=Path(values["output"]),
            checkpoint=checkpoint,
            resume=checkpoint.is_file(),
            keep_when_stopped=bool(values["keep_when_stopped"]),
            start=Path(values["start"]) if values.get("start") else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"The interrupted training {checkpoint.name} cannot be read.", repr(error)) from error


def interrupted_runs(folder: Path) -> list[Path]:
    """Checkpoint paths of runs that did not finish, newest first."""
    notes = sorted(folder.glob(f"*{_NOTE_SUFFIX}"), key=lambda note: note.stat().st_mtime, reverse=True)
    return [note.with_name(note.name.removesuffix(_NOTE_SUFFIX)) for note in notes]


_NOTE_SUFFIX = ".job.json"


def _note(checkpoint: Path) -> Path:
    return checkpoint.with_name(checkpoint.name + _NOTE_SUFFIX)


def _write_note(job: TrainingJob) -> None:
    values = {
        **asdict(job),
        "output": str(job.output.absolute()),
        "checkpoint": str(job.checkpoint),
        "start": str(job.start.absolute()) if job.start else None,
    }
    write_text(_note(job.checkpoint), json.dumps(values, indent=1))


class _Lesson(Protocol):
    """Data that were read, as something to learn."""

    task: Task
    classes: tuple[str, ...]
    input: InputSpec
    data_name: str
    left_out: tuple[Unreadable, ...]

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        """Metadata with the temperature, review threshold and figures that the validation photos give."""


class _ClassLesson:
    """Images of one class each."""

    def __init__(self, source: str, training: ImageSet, validation: ImageSet) -> None:
        self.task: Task = ClassificationTask(training, validation)
        self.classes, self.input, self.left_out = training.classes, training.input, training.unreadable
        self.data_name = "Fashion-MNIST" if source == sources.FASHION_MNIST else Path(source).name
        self._validation = validation

    @staticmethod
    def open(source: str, places: DataPlaces, control: WorkControl) -> Generator[Loading, None, _ClassLesson]:
        training, validation = yield from sources.open_training(source, places, control)
        return _ClassLesson(source, training, validation)

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        raw = yield from self._evaluation(plain, network)
        log_probabilities_NK = torch.from_numpy(raw.probabilities_NK).clamp_min(1e-12).log()
        temperature = calibration.fit_temperature(log_probabilities_NK, torch.from_numpy(raw.labels_N))
        plain = replace(plain, temperature=temperature)
        calibrated = yield from self._evaluation(plain, network)
        right_N = calibrated.labels_N == calibrated.predictions_N
        threshold = calibration.review_threshold(calibrated.confidences_N, right_N)
        kept_N = calibrated.confidences_N >= threshold
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

    def _evaluation(self, metadata: ModelMetadata, network: nn.Module) -> Generator[Loading, None, Evaluation]:
        return (yield from evaluate(Predictor(model_file.Model(metadata, network)), self._validation, WorkControl()))


class _ProductLesson:
    """Product photos with attributes, and phone photos."""

    def __init__(self, data: ProductData) -> None:
        self.task: Task = ProductTask(data)
        self.classes, self.input = data.taxonomy.names("category"), PRODUCT_INPUT
        self.left_out: tuple[Unreadable, ...] = ()
        self.data_name = "Product and phone photos"
        self._data = data

    @staticmethod
    def open(places: DataPlaces, control: WorkControl) -> Generator[Loading, None, _ProductLesson]:
        if places.taxonomy is None:
            raise DataError("The taxonomy was not named, which says what the product photos' labels mean.")
        data = yield from products.load(places.places, taxonomy.load(places.taxonomy), control)
        return _ProductLesson(data)

    def described(self, plain: ModelMetadata, network: nn.Module) -> Generator[Loading, None, ModelMetadata]:
        return (yield from product_description.described(plain, network, self._data))


def _start(path: Path, recipe: Recipe, lesson: _Lesson) -> dict[str, torch.Tensor]:
    model = model_file.load(path)
    known = model.metadata
    if (known.network, known.classes, known.input) != (recipe.network, lesson.classes, lesson.input):
        raise DataError(
            f"The training cannot begin with {path.name}: that is a “{known.network}” for "
            f"{len(known.classes)} categories of {known.data_name}. It has to be a “{recipe.network}” for the same "
            f"{len(lesson.classes)} categories that are to be learnt."
        )
    return model.network.state_dict()


def _plain_metadata(job: TrainingJob, fit: Fit, lesson: _Lesson) -> ModelMetadata:
    best = fit.best_metrics
    assert best is not None
    return ModelMetadata(
        name=job.name,
        network=job.recipe.network,
        classes=lesson.classes,
        input=lesson.input,
        recipe=job.recipe,
        data_name=lesson.data_name,
        data_fingerprint=fit.data_fingerprint,
        mirror_test=job.recipe.mirror_test,
        figures={"best_epoch": float(best.epoch)},
        history=fit.history,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=_version(),
        started_from=_origin(job.start),
    )


def _origin(start: Path | None) -> str:
    if start is None:
        return ""
    known = read_metadata(start)
    return f"{start.stem}, trained {known.created or 'at an unknown time'}"


def _version() -> str:
    try:
        return packages.version("fashionlens")
    except packages.PackageNotFoundError:
        return "development"
