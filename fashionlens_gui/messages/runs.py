"""Words about training runs and the models that they made."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fashionlens_gui.messages import data_text, sentence
from fashionlens_gui.messages.message import and_more
from trainer.data.data_paths import DatasetInfo
from trainer.errors import FashionLensError
from trainer.number_format import number, percent, photos
from trainer.training.runs.holdout import ACCURACY, PHOTOS

if TYPE_CHECKING:
    from trainer.training.runs.run import ModelSaved
    from trainer.training.runs.run_record import RunRecord

_FEW = 1_000  # of fewer photos a tenth of a per cent is less than one


def error_parameters(record: RunRecord) -> dict[str, Any]:
    """The parameters of the error that a run failed with, data in words."""
    parameters = dict(record.error_parameters)
    with contextlib.suppress(msgspec.ValidationError):  # text of version 0.1, or edited
        parameters["data"] = data_text(msgspec.convert(parameters.get("data"), DatasetInfo))
    return parameters


def run_failure(record: RunRecord) -> str:
    """Why the run failed; empty when it did not."""
    if not record.error:
        return record.message  # written by version 0.1
    try:
        return sentence(FashionLensError(record.error, **error_parameters(record)))
    except (KeyError, TypeError, ValueError):  # the record was edited, or is of another version
        return record.error


def unreadable_photos(saved: ModelSaved) -> str:
    """The training photos that could not be read, in one sentence; empty when there were none."""
    files = [Path(photo.file).name for photo in saved.unreadable]
    if not files:
        return ""
    return f"Left out because unreadable: {photos(len(files))} ({', '.join(files[:3])}{and_more(len(files), 3)})."


def holdout_accuracy(figures: Mapping[str, float]) -> str:
    """``84 % of 120``, from the figures of a model; empty when it was not tested."""
    if ACCURACY not in figures or not figures.get(PHOTOS):
        return ""
    count = int(figures[PHOTOS])
    return f"{percent(figures[ACCURACY], 0 if count < _FEW else 1)} of {number(count)}"


def holdout_sentence(figures: Mapping[str, float]) -> str:
    """``Test on 120 photos that it never saw: 101 correct (84 %).``; empty when it was not tested."""
    if not holdout_accuracy(figures):
        return ""
    share, count = figures[ACCURACY], int(figures[PHOTOS])
    right = number(round(share * count))
    return f"Test on {photos(count)} that it never saw: {right} correct ({percent(share, 0 if count < _FEW else 1)})."
