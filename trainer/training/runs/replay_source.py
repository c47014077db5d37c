"""Finds the replay sample of a model: the file beside it, else its training photos if they are still there."""

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
from trainer.training.improve.replay_sampling import sample_replay
from trainer.training.runs.run_record import RunRecord, records

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay_file import Replay


def has_training_photos(model: Path, record_folder: Path) -> bool:
    """Whether the photos that a model was trained on, by the record of its run, are still there."""
    return _run_of(model, record_folder) is not None


def _run_of(model: Path, record_folder: Path) -> RunRecord | None:
    """The finished run of a model whose photos are still there, and can be sampled."""
    for record in records(record_folder):
        if record.outcome == "finished" and Path(record.output).resolve() == model.resolve():
            there = record.source == FASHION_MNIST or Path(record.source).exists()
            return record if there and record.source != PRODUCTS else None
    return None


def sample_source(
    predictor: Predictor,
    source: str,
    data_paths: DataPaths,
    control: WorkControl,
    decisions: Decisions | None = None,
) -> Generator[ProgressEvent, None, Replay]:
    """Sample training photos; yields progress.

    Args:
        source: ``fashion-mnist``, or the folder or CSV that it was trained on.
        decisions: About the photos of the source.

    Raises:
        DataError: They are not there, or not those of the model.
    """
    split = yield from datasets.open_training(source, data_paths, control, predictor.metadata.input, decisions)
    return (yield from sample_replay(predictor, split.training, split.validation, control))


def open_replay(
    model: Path, predictor: Predictor, record_folder: Path, data_paths: DataPaths, control: WorkControl
) -> Generator[ProgressEvent, None, Replay | None]:
    """The replay sample of a model, or None; yields progress.
    Raises :class:`ModelFileError`: the file beside the model is damaged or of another model.
    """
    replay = replay_file.load_beside(model, predictor.model)
    record = None if replay is not None else _run_of(model, record_folder)
    if record is None:
        return replay
    try:
        decisions = read_decisions(Path(record.decisions)) if record.decisions else None
        return (yield from sample_source(predictor, record.source, data_paths, control, decisions))
    except DataError:  # the folder changed since, or the decisions are damaged
        return None
