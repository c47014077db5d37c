"""Import, rename, export and delete models: tasks for a worker's thread, and what runs them one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from fashionlens_gui import messages, model_choice, paths
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.model_files.library import ModelEntry, ModelLibrary

ONNX_SUFFIX = ".onnx"
Result = TypeVar("Result")

Progress = Generator[ProgressEvent, None, Result]
"""Yields progress and returns the new entry of the model, or a sentence about the outcome."""


def install(file: Path, name: str, library: ModelLibrary, _control: WorkControl) -> Progress[ModelEntry]:
    """Check and install a model file. Raises as :func:`trainer.model_files.installing.install`."""
    yield ProgressEvent("checking_file", 0, 0, file.name)
    responsive_import.import_torch()
    from trainer.model_files import installing

    return installing.install(file, library, name)


def rename(entry: ModelEntry, name: str, library: ModelLibrary, _control: WorkControl) -> Progress[ModelEntry]:
    """Rename a model. Raises as :func:`trainer.model_files.installing.rename`."""
    yield ProgressEvent("renaming", 0, 0, entry.path.stem)
    responsive_import.import_torch()
    from trainer.model_files import installing

    return installing.rename(entry, name, library)


def export(entry: ModelEntry, target: Path, _control: WorkControl) -> Progress[str]:
    """Write a package, or ONNX if ``target`` has that suffix."""
    yield ProgressEvent("exporting", 0, 0, entry.path.stem)
    responsive_import.import_torch()
    if target.suffix.casefold() != ONNX_SUFFIX:
        from trainer.model_files import package

        package.write(target, entry)
        return f"“{entry.path.stem}” is saved as {target.name}. Import that file on another computer."
    from trainer.inference import onnx_export

    with responsive_import.frequent_switches():  # writing ONNX imports much and traces the network in Python
        report = yield from onnx_export.export(entry.path, target, sorted(paths.samples_dir().iterdir()))
    same = f"to {_decimals(report.largest_difference)} decimals" if report.largest_difference else "exactly"
    return (
        f"“{entry.path.stem}” is saved as {target.name}. On {report.photos} photos its predictions agree "
        f"{same} with those of FashionLens."
    )


def _decimals(difference: float) -> int:
    """The number of decimals in which numbers agree that differ by ``difference``."""
    return max(0, math.floor(-math.log10(2 * difference)))


def delete(entry: ModelEntry, _control: WorkControl) -> Progress[str]:
    """Move a model to the trash."""
    yield ProgressEvent("deleting", 0, 0, entry.path.stem)
    model_choice.move_to_trash(entry)
    return f"“{entry.path.stem}” is in the trash of your system; you can restore it from there."


class TaskRunner(QObject):
    """Runs one task at a time.

    Args:
        notice: Shows progress and outcomes.

    Attributes:
        closed: The window is closing: no task may start.
    """

    changed = Signal()
    """A task has started or ended."""

    def __init__(self, notice: Notice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notice = notice
        self._outcomes: list[tuple[str, str]] = []
        self._slot = WorkerSlot[ProgressEvent, Any](
            "working on models",
            self,
            on_events=self._show_progress,
            on_error=self.report_error,
            on_end=self.changed.emit,
        )
        self.closed = False

    @property
    def busy(self) -> bool:
        return self._slot.busy

    def clear(self) -> None:
        """Drop the outcomes shown so far: the next task has nothing to do with them."""
        self._outcomes = []

    def run(
        self,
        task: Callable[[WorkControl], Progress[Result]],
        on_result: Callable[[Result], object],
        on_error: Callable[[FashionLensError], object] | None = None,
    ) -> None:
        """Start a task; ``on_error`` takes the place of :meth:`report_error`."""
        self._slot.start(task, on_result, on_error)
        self.changed.emit()

    def report(self, kind: str, sentence: str) -> None:
        """Show an outcome, below those of other tasks that belong to the same action.

        Args:
            kind: An icon of :class:`Notice`: ``check`` or ``error``.
            sentence: What happened.
        """
        self._outcomes.append((kind, sentence))
        self.show_outcomes()

    def report_error(self, error: FashionLensError) -> None:
        self.report("error", messages.sentence(error))

    def show_outcomes(self) -> None:
        """Show the outcomes in place of progress; hide the notice when there are none."""
        if not self._outcomes:
            self._notice.dismiss()
            return
        worst = "error" if any(kind == "error" for kind, _ in self._outcomes) else self._outcomes[-1][0]
        self._notice.show_message(worst, "\n".join(text for _, text in self._outcomes))

    def shutdown(self) -> None:
        """Let the running task end; it takes seconds, and files are whole or absent."""
        self.closed = True
        self._slot.shutdown()

    def _show_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        self._notice.show_message("info", f"{progress_text(events[-1])}…", closable=False)
