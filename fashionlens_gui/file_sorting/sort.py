"""A plan is carried out, continued after an interruption, or undone. The catalogue follows the files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import file_journal
from fashionlens_gui.catalogue.files.file_journal import Run, RunState, Step
from fashionlens_gui.file_sorting.plan import LeftFile, Plan, free_name
from fashionlens_gui.file_sorting.transfer import copy_file, file_digest, move_file
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import DataError, SaveError, os_reason

_STEPS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was done: photos that were copied, moved or brought back, and files that stay where they are."""

    photos: int
    left: tuple[LeftFile, ...]
    stopped: bool


def unfinished_run(catalogue: Catalogue) -> Run | None:
    """The run that was interrupted; None when there is none."""
    return file_journal.last_run(catalogue, RunState.RUNNING, RunState.UNDOING)


def sort(
    catalogue: Catalogue, plan: Plan, moves: bool, control: WorkControl, undoable: bool = True
) -> Generator[ProgressEvent, None, Sorted]:
    """Carry out a plan. When it is stopped or killed, it can be continued or undone.

    Args:
        catalogue: Open for writing.
        plan: Of :func:`fashionlens_gui.file_sorting.plan.make_plan`.
        moves: Move the files; else copy them.
        control: Stops it between two files.
        undoable: Whether it can be undone when it is finished.

    Raises:
        DataError: ``sorting_unfinished``: an earlier one was interrupted.
    """
    if unfinished_run(catalogue) is not None:
        raise DataError("sorting_unfinished")
    if not plan.steps:
        return Sorted(0, plan.left, False)
    run = file_journal.begin_run(catalogue, moves, undoable, plan.steps, plan.folders)
    found = yield from _carry_out(catalogue, run, control)
    return replace(found, left=(*plan.left, *found.left))


def continue_sorting(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, Sorted]:
    """Continue the run that was interrupted. Raises DataError (``no_unfinished_sorting``)."""
    run = file_journal.last_run(catalogue, RunState.RUNNING)
    if run is None:
        raise DataError("no_unfinished_sorting")
    return (yield from _carry_out(catalogue, run, control))


def undo_sorting(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, Sorted]:
    """Bring the files of the last run back, also of one that was interrupted; remove its copies and its folders.

    A copy that was changed since stays; so does a file whose old place is taken.

    Raises:
        DataError: ``no_sorting_to_undo``.
    """
    run = file_journal.last_run(catalogue, RunState.RUNNING, RunState.UNDOING, RunState.DONE)
    if run is None:
        raise DataError("no_sorting_to_undo")
    file_journal.set_run_state(catalogue, run.id, RunState.UNDOING)
    marks = _Marks(catalogue, run.id)
    left: list[LeftFile] = []
    photos = 0
    for number, step in enumerate(reversed(run.steps)):
        yield ProgressEvent("undoing_sorting", number, len(run.steps))
        if control.stopped:
            marks.store()
            return Sorted(photos, tuple(left), True)
        if step.state not in ("planned", "done"):
            continue
        try:
            undone = _bring_back(step) if run.moves else _remove_copy(step)
        except (OSError, SaveError) as error:
            left.append(LeftFile(step.target, _reason(error)))
            continue
        photos += undone and step.photo is not None
        marks.add(step, "undone", step.source if run.moves else None)
    marks.store()
    for folder in reversed(run.folders):
        with contextlib.suppress(OSError):  # something else is in it, or it is not there
            folder.rmdir()
    file_journal.set_run_state(catalogue, run.id, RunState.UNDONE)
    return Sorted(photos, tuple(left), False)


def _carry_out(catalogue: Catalogue, run: Run, control: WorkControl) -> Generator[ProgressEvent, None, Sorted]:
    step_name = "moving_files" if run.moves else "copying_files"
    marks = _Marks(catalogue, run.id)
    left: list[LeftFile] = []
    photos = 0
    for number, step in enumerate(run.steps):
        yield ProgressEvent(step_name, number, len(run.steps))
        if control.stopped:
            marks.store()
            return Sorted(photos, tuple(left), True)
        if step.state != "planned":
            photos += step.state == "done" and step.photo is not None
            continue
        try:
            target = _transfer(catalogue, run, step)
        except (OSError, SaveError) as error:
            left.append(LeftFile(step.source, _reason(error)))
            marks.add(step, "failed", None)
            continue
        photos += step.photo is not None
        marks.add(step, "done", target if run.moves else None)
    marks.store()
    file_journal.set_run_state(catalogue, run.id, RunState.DONE if run.undoable else RunState.SETTLED)
    return Sorted(photos, tuple(left), False)


def _transfer(catalogue: Catalogue, run: Run, step: Step) -> Path:
    """Move or copy one file; returns where it is. A killed run may have done it, or half of it."""
    target = step.target
    if os.path.lexists(target):
        if run.moves and not os.path.lexists(step.source):
            return target
        if _is_complete_copy(step):
            if run.moves:
                os.unlink(step.source)
            return target
        if step.size and os.path.getsize(target) == 0:  # the reserved name
            os.unlink(target)
    os.makedirs(target.parent, exist_ok=True)
    while True:
        try:
            (move_file if run.moves else copy_file)(step.source, target)
            return target
        except FileExistsError:
            target = free_name(step.target)
            file_journal.set_target(catalogue, run.id, step.number, target)


def _is_complete_copy(step: Step) -> bool:
    """Whether source and target are both there and have the same bytes, of the time of the plan."""
    try:
        status = step.target.stat()
        if (status.st_size, status.st_mtime_ns) != (step.size, step.mtime_ns):
            return False
        if os.path.samefile(step.source, step.target):
            return True
        return file_digest(step.source) == file_digest(step.target)
    except OSError:
        return False


def _bring_back(step: Step) -> bool:
    """Move a file back; False when it was not moved."""
    if not os.path.lexists(step.target):
        if os.path.lexists(step.source):
            return False
        raise FileNotFoundError(2, "missing", str(step.target))
    if step.state == "planned" and os.path.lexists(step.source):
        if _is_complete_copy(step) or (step.size and os.path.getsize(step.target) == 0):
            os.unlink(step.target)  # half of a move
        return False
    os.makedirs(step.source.parent, exist_ok=True)
    move_file(step.target, step.source)
    return True


def _remove_copy(step: Step) -> bool:
    """Remove a copy; False when there is none of this run."""
    if not os.path.lexists(step.target):
        return False
    status = step.target.lstat()
    if (status.st_size, status.st_mtime_ns) != (step.size, step.mtime_ns):
        if step.state == "planned":
            return False  # not ours
        raise FileExistsError(17, "changed", str(step.target))
    os.unlink(step.target)
    return True


def _reason(error: OSError | SaveError) -> str:
    if isinstance(error, SaveError):
        return str(error.parameters.get("reason", error.code))
    if isinstance(error, FileExistsError):
        return "changed_since" if error.strerror == "changed" else "place_taken"
    return "missing" if isinstance(error, FileNotFoundError) else os_reason(error)


class _Marks:
    """States of steps, stored some at once: what a kill costs is seen from the files."""

    def __init__(self, catalogue: Catalogue, run: int) -> None:
        self._catalogue, self._run = catalogue, run
        self._states: list[tuple[int, str]] = []
        self._paths: list[tuple[int, Path]] = []

    def add(self, step: Step, state: str, path: Path | None) -> None:
        """The state of a step, and where its photo is now, unless that has not changed."""
        self._states.append((step.number, state))
        if step.photo is not None and path is not None:
            self._paths.append((step.photo, path))
        if len(self._states) >= _STEPS_AT_ONCE:
            self.store()

    def store(self) -> None:
        file_journal.set_step_states(self._catalogue, self._run, self._states, self._paths)
        self._states, self._paths = [], []
