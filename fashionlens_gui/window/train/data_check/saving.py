"""Decisions on doubtful photos, written beside the window: a disk may take a tenth of a second to be sure of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.window.shell.workers import Work
from trainer.control import WorkControl
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import write_decisions

_LONGEST_WRITE_MS = 10_000


class DecisionSaving(QObject):
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
        self._work: Work | None = None
        self._newest = self._under_way = self.saved = Decisions()

    def begin_with(self, decisions: Decisions) -> None:
        """What the file holds."""
        self._newest = self._under_way = self.saved = decisions

    def save(self, decisions: Decisions) -> None:
        """Write these, now or as soon as what is under way is written."""
        self._newest = decisions
        if self._work is None:
            self._start()

    def finish(self) -> None:
        """Wait until everything is written, for a dialog that closes."""
        while self._work is not None and self._work.stop_and_wait(_LONGEST_WRITE_MS):
            pass  # what ended may have begun the next

    def _start(self) -> None:
        self._under_way = self._newest
        self._work = Work(_writing(self._file, self._under_way), "saving decisions", self)
        self._work.failed.connect(self._give_up)
        self._work.ended.connect(self._ended)
        self._work.start()

    @Slot(object)
    def _give_up(self, error: object) -> None:
        self._newest = self._under_way = self.saved
        self.failed.emit(error)

    @Slot(object)
    def _ended(self, _result: object) -> None:
        self._work = None
        self.saved = self._under_way
        if self._newest is not self._under_way:
            self._start()


def _writing(file: Path, decisions: Decisions) -> Callable[[WorkControl], Iterator[object]]:
    def generate(_control: WorkControl) -> Iterator[object]:
        write_decisions(file, decisions)  # also when the dialog closes meanwhile: it is what the user decided
        return iter(())

    return generate
