"""Interrupted training runs on disk. Reading them imports torch."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.atomic_write import remove_leftover, write_text
from trainer.control import WorkControl
from trainer.errors import CheckpointError, SaveError, os_reason

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob

SUFFIX = ".checkpoint"


@dataclass(frozen=True, slots=True)
class InterruptedRun:
    """A run that can be resumed.

    Attributes:
        checkpoint: The file.
        job: Set to resume; None when it is not readable.
        epochs_done: Finished epochs, from 0.
        best_accuracy: Best validation accuracy so far, [0, 1]; None before the first epoch was finished.
        last_saved: Local time.
    """

    checkpoint: Path
    job: TrainingJob | None
    epochs_done: int
    best_accuracy: float | None
    last_saved: datetime

    @property
    def name(self) -> str:
        return self.job.name if self.job is not None else self.checkpoint.name.removesuffix(SUFFIX)


def find(folder: Path, control: WorkControl) -> Iterator[InterruptedRun]:
    """The interrupted runs in ``folder``, newest first."""
    from trainer.training.runs.job import interrupted_runs

    for checkpoint in interrupted_runs(folder):
        if control.stopped:
            return
        yield _read(checkpoint)


def _read(checkpoint: Path) -> InterruptedRun:
    from trainer.training.fit import checkpoint as checkpoints
    from trainer.training.runs.job import read_job

    files = _files(checkpoint)
    last_saved = datetime.fromtimestamp(max((file.stat().st_mtime for file in files), default=0.0))
    try:
        job = read_job(checkpoint)
        history = checkpoints.load(checkpoint).progress.history if job.resume else ()
    except CheckpointError:  # shown as a run that can only be removed
        return InterruptedRun(checkpoint, None, 0, None, last_saved)
    best = max((epoch.validation_accuracy for epoch in history), default=None)
    return InterruptedRun(checkpoint, job, len(history), best, last_saved)


def discard(run: InterruptedRun) -> None:
    """Remove the run's checkpoint and the note beside it.

    Raises:
        SaveError: A file could not be removed.
    """
    try:
        for file in _files(run.checkpoint):
            file.unlink(missing_ok=True)
    except OSError as error:
        folder, reason = str(run.checkpoint.parent), os_reason(error)
        raise SaveError("training_not_removed", repr(error), name=run.name, folder=folder, reason=reason) from error


def new_checkpoint(folder: Path, file_name: str) -> Path:
    """An unused checkpoint path in ``folder``."""
    stamp = datetime.now().strftime("%Y-%m-%d %H.%M.%S")
    path, number = folder / f"{file_name} {stamp}{SUFFIX}", 2
    while _files(path):
        path, number = folder / f"{file_name} {stamp} {number}{SUFFIX}", number + 1
    return path


def check_writable(folder: Path) -> None:
    """Raise :class:`SaveError` before the training rather than after it."""
    probe = folder / ".fashionlens-probe"
    write_text(probe, "")
    remove_leftover(probe)


def _files(checkpoint: Path) -> list[Path]:
    """The checkpoint and the job note beside it."""
    return list(checkpoint.parent.glob(f"{glob.escape(checkpoint.name)}*"))
