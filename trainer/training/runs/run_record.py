"""What remains of every training run, however it ended: a small JSON file with settings, curves and figures."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import time
import uuid
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from trainer.atomic_write import write_text
from trainer.errors import Cancelled, FashionLensError, SaveError
from trainer.history import EpochMetrics
from trainer.model_files.metadata import ModelMetadata
from trainer.recipe import Recipe, recipe_from_json
from trainer.training.fit.events import Ended, EpochDone, Rollback, Started

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob

FORMAT = 1
_log = logging.getLogger(__name__)
_Event = TypeVar("_Event")


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Attributes:
        file: Where the record lies.
        name: Of the model; the user may change it.
        outcome: ``finished`` with a model, ``stopped`` by the user, or ``failed``.
        message: Why it failed, in a sentence, as version 0.1 wrote it; else empty.
        error: Why it failed, a code of :class:`trainer.errors.FashionLensError`; else empty.
        error_parameters: Of that error.
        recipe: All settings.
        source: What it learnt from, as in :class:`trainer.training.runs.run.TrainingJob`.
        output: The model file that was or would have been written.
        checkpoint: Where the run was kept meanwhile; tells which run a resumed one goes on with.
        begun_with: Model file or ImageNet network that it began with; empty for random weights.
        history: Metrics of the finished epochs.
        figures: Of the finished model, as in :class:`trainer.model_files.metadata.ModelMetadata`.
        data_fingerprint: Same photos, same text; empty when it never began.
        began: ISO 8601, UTC.
        seconds: Wall time of all its parts, reading and checking included.
        machine: System, processor kind and cores.
        setbacks: How often it fell back to earlier weights.
        decisions: The file of what had been decided of doubtful photos; empty for none.
    """

    file: Path
    name: str
    outcome: Literal["finished", "stopped", "failed"]
    recipe: Recipe
    source: str
    output: str
    checkpoint: str
    began: str
    message: str = ""
    begun_with: str = ""
    history: tuple[EpochMetrics, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    data_fingerprint: str = ""
    seconds: float = 0.0
    machine: str = ""
    setbacks: int = 0
    decisions: str = ""
    error: str = ""
    error_parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def accuracy(self) -> float | None:
        """Share of validation photos named rightly, [0, 1]: of the finished model, else of the best epoch."""
        best = max((epoch.validation_accuracy for epoch in self.history), default=None)
        return self.figures.get("validation_accuracy", best)

    def to_json(self) -> dict[str, Any]:
        """Plain values; without the place of the file."""
        values = {**asdict(self), "recipe": self.recipe.to_json()}
        del values["file"]
        return {"format": FORMAT, **values}


def save(record: RunRecord) -> None:
    """Write the record to its file, or put a deleted one back. Raises :class:`trainer.errors.SaveError`."""
    write_text(record.file, json.dumps(record.to_json(), indent=1, ensure_ascii=False))


def rename(record: RunRecord, name: str) -> RunRecord:
    """The record with another name, saved. Raises :class:`trainer.errors.SaveError`."""
    renamed = replace(record, name=name)
    save(renamed)
    return renamed


def delete(record: RunRecord) -> None:
    """Remove the file; :func:`save` undoes it. Raises :class:`trainer.errors.SaveError`."""
    try:
        record.file.unlink(missing_ok=True)
    except OSError as error:
        raise SaveError(
            "run_not_deleted",
            repr(error),
            name=record.name,
            folder=str(record.file.parent),
            reason=str(error.strerror),
        ) from error


def records(folder: Path) -> list[RunRecord]:
    """All that can be read, newest first; damaged files and those of newer versions are left where they are."""
    found = [record for file in folder.glob("*.json") if (record := _read(file)) is not None]
    return sorted(found, key=lambda record: (record.began, record.file.name), reverse=True)


def recorded(job: TrainingJob, events: Generator[_Event, None, None], folder: Path) -> Generator[_Event, None, None]:
    """Pass the run's events on, and leave a record when it is over. A run stopped before it began leaves none."""
    recording = _Recording(job, folder)
    with contextlib.closing(events):
        try:
            for event in events:
                recording.note(event)
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
    """Collects while a run goes on."""

    def __init__(self, job: TrainingJob, folder: Path) -> None:
        checkpoint = str(job.checkpoint.absolute())
        earlier = [
            record
            for record in (records(folder) if job.resume else [])
            if record.checkpoint == checkpoint and record.outcome != "finished"
        ]
        began = datetime.now(UTC)
        new = RunRecord(
            file=folder / f"{began:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}.json",
            name=job.name,
            outcome="stopped",
            recipe=job.recipe,
            source=job.source,
            output=str(job.output.absolute()),
            checkpoint=checkpoint,
            began=began.isoformat(timespec="seconds"),
            begun_with=str(job.start.absolute()) if job.start else job.pretrained,
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            decisions=str(job.decisions.absolute()) if job.decisions else "",
        )
        went_before = earlier[0] if earlier else new
        self._record = replace(
            went_before, recipe=job.recipe, outcome="stopped", message="", error="", error_parameters={}
        )
        self._worth_keeping = bool(earlier)
        self._started = time.monotonic()

    def note(self, event: object) -> None:
        record = self._record
        match event:
            case Started():
                record = replace(record, history=event.history, data_fingerprint=event.data_fingerprint)
                self._worth_keeping = True
            case EpochDone():
                record = replace(record, history=(*record.history, event.metrics))
            case Rollback():
                record = replace(record, setbacks=record.setbacks + 1)
            case Ended():
                record = replace(record, history=event.history)
            case object(metadata=ModelMetadata() as metadata):  # the model is saved
                record = replace(record, outcome="finished", figures=dict(metadata.figures), history=metadata.history)
                record = replace(record, data_fingerprint=metadata.data_fingerprint or record.data_fingerprint)
                self._worth_keeping = True
        self._record = record

    def failed(self, code: str, parameters: dict[str, Any]) -> None:
        self._record = replace(self._record, outcome="failed", error=code, error_parameters=parameters)
        self._worth_keeping = True

    def end(self) -> None:
        """Write it down. A full disk must not turn a finished training into a failed one."""
        if not self._worth_keeping:
            return
        seconds = self._record.seconds + time.monotonic() - self._started
        try:
            save(replace(self._record, seconds=round(seconds, 1)))
        except SaveError as error:
            _log.warning("the run's record was not kept: %s", error.detail)


def _read(file: Path) -> RunRecord | None:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            return None
        values["recipe"] = recipe_from_json(values["recipe"])
        values["history"] = tuple(EpochMetrics(**epoch) for epoch in values["history"])
        return RunRecord(file=file, **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("a run's record cannot be read: %s: %r", file.name, error)
        return None
