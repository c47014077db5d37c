"""The record of a training run, however it ended: a JSON file with its settings, curves and figures."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import time
import uuid
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from trainer.atomic_write import WAIT, write_text
from trainer.errors import Cancelled, FashionLensError, SaveError, os_reason
from trainer.model_files.metadata import EpochMetrics, ModelMetadata
from trainer.recipe import Recipe, convert_with_recipe
from trainer.training.fit.events import Ended, EpochDone, Rollback, Started

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob

FORMAT = 1
_log = logging.getLogger(__name__)
_Event = TypeVar("_Event")


class RunRecord(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"started": "began", "start": "begun_with", "rollbacks": "setbacks"},
):
    """One run. In files the fields have the names of version 0.1.

    Attributes:
        name: Of the model; the user may change it.
        outcome: ``finished`` with a model, ``stopped`` by the user, or ``failed``.
        source: The data, as in :class:`trainer.training.runs.job.TrainingJob`.
        output: The model file that was or would have been written.
        checkpoint: Of the run; a resumed run has the same.
        started: ISO 8601, UTC.
        message: Why it failed, in a sentence, in records of version 0.1; else empty.
        start: Model file or ImageNet network with the initial weights; empty for random weights.
        figures: Of the finished model, as in :class:`trainer.model_files.metadata.ModelMetadata`.
        data_fingerprint: Of the training and validation images; empty when the training did not start.
        seconds: Wall time, with the reading of data and the calibration, over all sessions of the run.
        machine: System, processor type and cores.
        rollbacks: How often it was set back to earlier weights.
        decisions: The file with the user's decisions about label issues; empty for none.
        error: Why it failed, a code of :class:`trainer.errors.FashionLensError`; else empty.
    """

    file: Path
    name: str
    outcome: Literal["finished", "stopped", "failed"]
    recipe: Recipe
    source: str
    output: str
    checkpoint: str
    started: str
    message: str = ""
    start: str = ""
    history: tuple[EpochMetrics, ...] = ()
    figures: dict[str, float] = {}
    data_fingerprint: str = ""
    seconds: float = 0.0
    machine: str = ""
    rollbacks: int = 0
    decisions: str = ""
    error: str = ""
    error_parameters: dict[str, Any] = {}

    @property
    def accuracy(self) -> float | None:
        """Validation accuracy, [0, 1]: of the finished model, else of the best epoch."""
        best = max((epoch.validation_accuracy for epoch in self.history), default=None)
        return self.figures.get("validation_accuracy", best)

    def to_json(self) -> dict[str, Any]:
        """Plain values; without the path of the file."""
        values = {**msgspec.to_builtins(self, enc_hook=str), "recipe": self.recipe.to_json()}
        del values["file"]
        return {"format": FORMAT, **values}


def save(record: RunRecord, wait: float = WAIT) -> None:
    """Write the record to its file, also after it was deleted; ``wait`` as in :func:`trainer.atomic_write.write_text`.
    Raises :class:`trainer.errors.SaveError`.
    """
    write_text(record.file, json.dumps(record.to_json(), indent=1, ensure_ascii=False), wait)


def rename(record: RunRecord, name: str) -> RunRecord:
    """The record with another name, saved. Raises :class:`trainer.errors.SaveError`."""
    renamed = replace(record, name=name)
    save(renamed, wait=0)  # the window waits for it
    return renamed


def delete(record: RunRecord) -> None:
    """Remove the file; :func:`save` undoes it. Raises :class:`trainer.errors.SaveError`."""
    try:
        record.file.unlink(missing_ok=True)
    except OSError as error:
        folder, reason = str(record.file.parent), os_reason(error)
        raise SaveError("run_not_deleted", repr(error), name=record.name, folder=folder, reason=reason) from error


def records(folder: Path) -> list[RunRecord]:
    """All readable records, newest first; damaged files and those of newer versions are skipped."""
    found = [record for file in folder.glob("*.json") if (record := _read(file)) is not None]
    return sorted(found, key=lambda record: (record.started, record.file.name), reverse=True)


def recorded(job: TrainingJob, events: Generator[_Event, None, None], folder: Path) -> Generator[_Event, None, None]:
    """Yield the run's events, and save a record at the end. A run that is stopped before it starts leaves none."""
    recording = _Recording(job, folder)
    with contextlib.closing(events):
        try:
            for event in events:
                recording.add(event)
                yield event
        except (Cancelled, GeneratorExit):
            raise
        except FashionLensError as error:
            recording.failed(error.code, error.parameters)
            raise
        except Exception as error:
            recording.failed("unexpected", {"problem": repr(error)})
            raise
        finally:
            recording.end()


class _Recording:
    """The record of a run in progress."""

    def __init__(self, job: TrainingJob, folder: Path) -> None:
        checkpoint = str(job.checkpoint.absolute())
        earlier = [
            record
            for record in (records(folder) if job.resume else [])
            if record.checkpoint == checkpoint and record.outcome != "finished"
        ]
        now = datetime.now(UTC)
        new = RunRecord(
            file=folder / f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}.json",
            name=job.name,
            outcome="stopped",
            recipe=job.recipe,
            source=job.source,
            output=str(job.output.absolute()),
            checkpoint=checkpoint,
            started=now.isoformat(timespec="seconds"),
            start=str(job.start.absolute()) if job.start else job.pretrained,
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            decisions=str(job.decisions.absolute()) if job.decisions else "",
        )
        record = earlier[0] if earlier else new
        self._record = replace(record, recipe=job.recipe, outcome="stopped", message="", error="", error_parameters={})
        self._worth_saving = bool(earlier)
        self._clock_start = time.monotonic()

    def add(self, event: object) -> None:
        record = self._record
        match event:
            case Started():
                record = replace(record, history=event.history, data_fingerprint=event.data_fingerprint)
                self._worth_saving = True
            case EpochDone():
                record = replace(record, history=(*record.history, event.metrics))
            case Rollback():
                record = replace(record, rollbacks=record.rollbacks + 1)
            case Ended():
                record = replace(record, history=event.history)
            case object(metadata=ModelMetadata() as metadata):  # the model is saved
                record = replace(record, outcome="finished", figures=dict(metadata.figures), history=metadata.history)
                record = replace(record, data_fingerprint=metadata.data_fingerprint or record.data_fingerprint)
                self._worth_saving = True
        self._record = record

    def failed(self, code: str, parameters: dict[str, Any]) -> None:
        self._record = replace(self._record, outcome="failed", error=code, error_parameters=parameters)
        self._worth_saving = True

    def end(self) -> None:
        """Save the record. A finished training does not fail because the record cannot be saved."""
        if not self._worth_saving:
            return
        seconds = self._record.seconds + time.monotonic() - self._clock_start
        try:
            save(replace(self._record, seconds=round(seconds, 1)))
        except SaveError as error:
            _log.warning("The record of the run could not be saved: %s", error.detail)


def _read(file: Path) -> RunRecord | None:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            return None
        return convert_with_recipe({**values, "file": file}, RunRecord)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("The record of a run cannot be read: %s: %r", file.name, error)
        return None
