"""What a model can rehearse while it learns more: the sample beside it, else its training photos if still there."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.control import ProgressEvent, WorkControl
from trainer.data import datasets
from trainer.data.data_paths import FASHION_MNIST, PRODUCTS, DataPaths
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import read_decisions
from trainer.errors import DataError
from trainer.model_files import replay_file
from trainer.training.improve import replay_sampling as replays
from trainer.training.runs.run_record import RunRecord, records

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay import Replay


def training_photos(model: Path, record_folder: Path) -> str:
    """What a model learnt from, by the record of its training, if it is still there; else empty.

    Args:
        model: The model's file.
        record_folder: See :mod:`trainer.training.runs.run_record`.
    """
    record = _record_of(model, record_folder)
    return record.source if record is not None else ""


def _record_of(model: Path, record_folder: Path) -> RunRecord | None:
    for record in records(record_folder):
        if record.outcome == "finished" and Path(record.output).resolve() == model.resolve():
            there = record.source == FASHION_MNIST or Path(record.source).exists()
            return record if there and record.source != PRODUCTS else None
    return None


def sampled(
    predictor: Predictor,
    source: str,
    data_paths: DataPaths,
    control: WorkControl,
    decisions: Decisions | None = None,
) -> Generator[ProgressEvent, None, Replay]:
    """A sample of training photos; yields progress.

    Args:
        predictor: The model.
        source: ``fashion-mnist``, or a folder or CSV as it was trained with.
        data_paths: For Fashion-MNIST.
        control: Stops it.
        decisions: What was decided of doubtful photos.

    Raises:
        DataError: They are not there, or not what the model learnt from.
        Cancelled: ``control`` was stopped.
    """
    spec = predictor.metadata.input
    split = yield from datasets.open_training(source, data_paths, control, spec, decisions)
    return (yield from replays.sample_replay(predictor, split.training, split.validation, control))


def of_model(
    model: Path, predictor: Predictor, record_folder: Path, data_paths: DataPaths, control: WorkControl
) -> Generator[ProgressEvent, None, Replay | None]:
    """What there is to rehearse, or None; yields progress.

    Raises:
        ModelFileError: The sample beside the model is damaged or belongs to another one.
        Cancelled: ``control`` was stopped.
    """
    kept = replay_file.of_model(model, predictor.model)
    record = None if kept is not None else _record_of(model, record_folder)
    if record is None:
        return kept
    try:
        decisions = read_decisions(Path(record.decisions)) if record.decisions else None
        return (yield from sampled(predictor, record.source, data_paths, control, decisions))
    except DataError:  # the folder is another one by now, or the decisions are damaged
        return None
