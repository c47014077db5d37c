"""A whole training run: data, fit, calibration, model file. What the command line and the window both drive."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata as packages
from pathlib import Path

import torch

from trainer.control import WorkControl
from trainer.data import sources
from trainer.data.image_set import ImageSet, Unreadable
from trainer.data.loading import Loading
from trainer.data.sources import DataPlaces
from trainer.durable import write_text
from trainer.errors import CheckpointError
from trainer.evaluation import calibration
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.training.events import Ended, TrainingEvent
from trainer.training.loop import Fit
from trainer.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What to train, on what, and where it goes.

    Attributes:
        name: What the user calls the model.
        recipe: How to train.
        source: ``fashion-mnist`` or a folder with a folder per category.
        output: The model file to write.
        checkpoint: Where the unfinished run is kept; a note of this job lies beside it. Both go once the model is
            saved.
        resume: Go on from ``checkpoint``.
        keep_when_stopped: Save the best weights so far also when the user stops the run.
    """

    name: str
    recipe: Recipe
    source: str
    output: Path
    checkpoint: Path
    resume: bool = False
    keep_when_stopped: bool = False


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
        DataError, CheckpointError, TrainingDiverged, SaveError, Cancelled: As the parts do. A checkpoint stays.
    """
    training, validation = yield from sources.open_training(job.source, places, control)
    _write_note(job)
    fit = Fit(job.recipe, training, validation, checkpoint=job.checkpoint, resume=job.resume, control=control)
    for event in fit.events():
        yield event
        if isinstance(event, Ended) and event.reason == "stopped" and not job.keep_when_stopped:
            return
    if fit.best_metrics is None:
        return
    metadata = yield from _calibrated(job, fit, validation)
    model_file.save(job.output, fit.best_network, metadata)
    if not control.stopped:
        job.checkpoint.unlink(missing_ok=True)
        _note(job.checkpoint).unlink(missing_ok=True)
    yield ModelSaved(job.output, metadata, training.unreadable)


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
    values = {**asdict(job), "output": str(job.output.absolute()), "checkpoint": str(job.checkpoint)}
    write_text(_note(job.checkpoint), json.dumps(values, indent=1))


def _calibrated(job: TrainingJob, fit: Fit, validation: ImageSet) -> Generator[Loading, None, ModelMetadata]:
    """Metadata with the temperature and review threshold that suit the validation images."""
    network, best = fit.best_network, fit.best_metrics
    assert best is not None

    def described(temperature: float, review_below: float, figures: dict[str, float]) -> ModelMetadata:
        return ModelMetadata(
            name=job.name,
            network=job.recipe.network,
            classes=validation.classes,
            input=validation.input,
            recipe=job.recipe,
            data_name="Fashion-MNIST" if job.source == sources.FASHION_MNIST else Path(job.source).name,
            data_fingerprint=fit.data_fingerprint,
            temperature=temperature,
            review_below=review_below,
            mirror_test=job.recipe.mirror_test,
            figures=figures,
            history=fit.history,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            version=_version(),
        )

    raw = yield from _evaluation(model_file.Model(described(1.0, 0.5, {}), network), validation)
    log_probabilities_NK = torch.from_numpy(raw.probabilities_NK).clamp_min(1e-12).log()
    temperature = calibration.fit_temperature(log_probabilities_NK, torch.from_numpy(raw.labels_N))
    calibrated = yield from _evaluation(model_file.Model(described(temperature, 0.5, {}), network), validation)
    right_N = calibrated.labels_N == calibrated.predictions_N
    threshold = calibration.review_threshold(calibrated.confidences_N, right_N)
    kept_N = calibrated.confidences_N >= threshold
    figures = {
        "validation_accuracy": calibrated.accuracy,
        "validation_calibration_error": calibrated.expected_calibration_error(),
        "validation_ok_share": float(kept_N.mean()),
        "validation_ok_accuracy": float(right_N[kept_N].mean()) if kept_N.any() else 0.0,
        "best_epoch": float(best.epoch),
    }
    return described(temperature, threshold, figures)


def _evaluation(model: model_file.Model, validation: ImageSet) -> Generator[Loading, None, Evaluation]:
    return (yield from evaluate(Predictor(model), validation, WorkControl()))


def _version() -> str:
    try:
        return packages.version("fashionlens")
    except packages.PackageNotFoundError:
        return "development"
