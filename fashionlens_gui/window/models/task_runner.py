"""Imports, exports and the like: one at a time in a worker's thread, with progress and outcome in a notice."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from fashionlens_gui import messages
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError

Result = TypeVar("Result")


class TaskRunner(QObject):
    """Runs one task at a time.

    Args:
        notice: Shows progress and outcomes.
        parent: Qt parent.

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
        task: Callable[[WorkControl], Generator[ProgressEvent, None, Result]],
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
