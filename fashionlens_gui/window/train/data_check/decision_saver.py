"""Writes decisions in a thread, because a flush to disk may take 0.1 s."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import write_decisions

_LONGEST_WRITE_MS = 10_000


class DecisionSaver(QObject):
    """Writes the newest decisions; those that were newer before a write began are passed over.

    Args:
        file: Where they are kept.
        parent: Qt parent.
    """

    failed = Signal(object)
    """A :class:`trainer.errors.SaveError`; :attr:`saved` says what the file holds."""

    def __init__(self, file: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._file = file
        self._slot = WorkerSlot[None, None](
            "saving decisions", self, on_result=self._written, on_error=self._give_up, on_end=self._write_newest
        )
        self._newest = self._under_way = self.saved = Decisions()

    def begin_with(self, decisions: Decisions) -> None:
        """What the file holds."""
        self._newest = self._under_way = self.saved = decisions

    def save(self, decisions: Decisions) -> None:
        """Write these, now or as soon as what is under way is written."""
        self._newest = decisions
        self._write_newest()

    def finish(self) -> None:
        """Wait until everything is written, for a dialog that closes."""
        self._slot.wait(_LONGEST_WRITE_MS)

    def _write_newest(self) -> None:
        if self._newest is not self._under_way and self._slot.start(partial(_write, self._file, self._newest)):
            self._under_way = self._newest

    def _written(self, _result: None) -> None:
        self.saved = self._under_way

    def _give_up(self, error: object) -> None:
        self._newest = self._under_way = self.saved
        self.failed.emit(error)


def _write(file: Path, decisions: Decisions, _control: WorkControl) -> None:
    write_decisions(file, decisions)  # also when the dialog closes meanwhile: it is what the user decided
