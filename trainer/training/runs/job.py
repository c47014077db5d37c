"""What a training is to do, the note of it beside its checkpoint, and the lock of its files. Without torch."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from trainer.atomic_write import remove_leftover, write_text
from trainer.errors import CheckpointError
from trainer.recipe import Recipe, recipe_from_json

_NOTE_SUFFIX = ".job.json"
_LOCK_SUFFIX = ".lock"


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What to train, on which data, and where to save it.

    Attributes:
        source: ``fashion-mnist``, ``products``, or a folder with a folder per category.
        output: The model file to write.
        checkpoint: Of the unfinished run, with a note of this job beside it; both are deleted once the model is saved.
        keep_when_stopped: Save the best weights so far when the user stops the run.
        start: A model file with the initial weights. For ``fashion-mnist`` and ``products``, the model must have the
            same categories; for a folder, only its backbone is used. None: random weights.
        pretrained: Instead of ``start``, a name of :data:`trainer.networks.names.PRETRAINED`, for folders.
        decisions: The user's decisions about label issues, see :mod:`trainer.data.decisions`; None for none.
        teachers: Models trained on ``products`` whose outputs are targets beside the labels, see
            :mod:`trainer.training.multi_head.distillation`.
    """

    name: str
    recipe: Recipe
    source: str
    output: Path
    checkpoint: Path
    resume: bool = False
    keep_when_stopped: bool = False
    start: Path | None = None
    pretrained: str = ""
    decisions: Path | None = None
    teachers: tuple[Path, ...] = ()

    def ending_after(self, epochs: int) -> TrainingJob:
        """The same fit with another number of epochs, such as those that are done already."""
        assert self.recipe.fit is not None
        return replace(self, recipe=msgspec.structs.replace(self.recipe.fit, epochs=epochs))


class _Note(msgspec.Struct):
    """The JSON of a job; the fields as in :class:`TrainingJob`."""

    name: str
    recipe: dict[str, Any]
    source: str
    output: str
    keep_when_stopped: bool
    start: str | None = None
    pretrained: str = ""
    decisions: str | None = None
    teachers: tuple[str, ...] = ()


def read_job(checkpoint: Path) -> TrainingJob:
    """The job of an interrupted run, set to resume.
    Raises :class:`CheckpointError`: ``job_unreadable``: the note beside the checkpoint is missing or damaged.
    """
    try:
        note = msgspec.convert(json.loads(_note(checkpoint).read_text(encoding="utf-8")), _Note)
        recipe = recipe_from_json(note.recipe).fit
        if recipe is None:
            raise ValueError("a probe has no checkpoint")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise CheckpointError("job_unreadable", repr(error), file=checkpoint.name) from error
    return TrainingJob(
        name=note.name,
        recipe=recipe,
        source=note.source,
        output=Path(note.output),
        checkpoint=checkpoint,
        resume=checkpoint.is_file(),
        keep_when_stopped=note.keep_when_stopped,
        start=Path(note.start) if note.start else None,
        pretrained=note.pretrained,
        decisions=Path(note.decisions) if note.decisions else None,
        teachers=tuple(map(Path, note.teachers)),
    )


def interrupted_runs(folder: Path) -> list[Path]:
    """Checkpoint paths of runs that did not finish, newest first."""
    notes = sorted(folder.glob(f"*{_NOTE_SUFFIX}"), key=lambda note: note.stat().st_mtime, reverse=True)
    return [note.with_name(note.name.removesuffix(_NOTE_SUFFIX)) for note in notes]


def _note(checkpoint: Path) -> Path:
    return checkpoint.with_name(checkpoint.name + _NOTE_SUFFIX)


def write_note(job: TrainingJob) -> None:
    """Save the job beside its checkpoint. Raises :class:`trainer.errors.SaveError`."""
    note = _Note(
        job.name,
        job.recipe.to_json(),
        job.source,
        str(job.output.absolute()),
        job.keep_when_stopped,
        str(job.start.absolute()) if job.start else None,
        job.pretrained,
        str(job.decisions.absolute()) if job.decisions else None,
        tuple(str(teacher.absolute()) for teacher in job.teachers),
    )
    write_text(_note(job.checkpoint), json.dumps(msgspec.to_builtins(note), indent=1))


def remove_note(checkpoint: Path) -> None:
    """The job is done."""
    remove_leftover(_note(checkpoint))


@contextlib.contextmanager
def run_lock(checkpoint: Path, output: Path) -> Iterator[None]:
    """Hold the lock of a run; the system releases it when the process dies.

    Where files cannot be locked, as on some network drives, the run is not protected.

    Args:
        checkpoint: Of the run; it is replaced by each save, so it cannot be locked itself.
        output: The model file of the run, for the error.

    Raises:
        CheckpointError: ``training_running``: another run holds it.
    """
    file = checkpoint.with_name(checkpoint.name + _LOCK_SUFFIX)
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise CheckpointError("training_running", repr(error), output=str(output)) from error
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        # Deleted before the release, so that nobody's lock is deleted. On Windows the release itself deletes it.
        with contextlib.suppress(OSError):
            file.unlink()
        lock.release()
