"""One thing at a time beside the window, and one line that says how it went."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui import messages
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import Work
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError

Begin = Callable[[WorkControl], Generator[ProgressEvent, None, Any]]


class Errands(QObject):
    """Runs imports, exports and the like, one at a time.

    Args:
        notice: Where it is said how far they are and how they ended.
        parent: Qt parent.

    Attributes:
        closed: The window is closing: nothing new is begun.
    """

    changed = Signal()
    """Something was begun or has ended."""

    def __init__(self, notice: Notice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notice = notice
        self._work: Work | None = None
        self._told: list[tuple[str, str]] = []
        self.closed = False

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._work is not None

    def forget(self) -> None:
        """What was told before belongs to something else than what comes now."""
        self._told = []

    def run(
        self,
        begin: Begin,
        name: str,
        done: Callable[[Any], object],
        failed: Callable[[FashionLensError], object] | None = None,
    ) -> None:
        """Do something in a thread of its own.

        Args:
            begin: Tells how far it is and returns a result.
            name: What it is, for the log.
            done: Called with the result.
            failed: Called with the error; by default it is told.
        """
        work = Work(begin, name, self)
        self._work = work
        work.events.connect(self._tell_progress)
        work.failed.connect(failed or self.tell_failed)
        work.ended.connect(partial(self._ended, done))
        work.start()
        self.changed.emit()

    def tell(self, kind: str, sentence: str) -> None:
        """Say how something ended; of several things that belong together, all of it.

        Args:
            kind: An icon of :class:`Notice`: ``check`` or ``error``.
            sentence: Plain words.
        """
        self._told.append((kind, sentence))
        self.tell_again()

    def tell_again(self) -> None:
        """Say what was told, in place of how far something is that ended without a word."""
        if not self._told:
            self._notice.put_away()
            return
        worst = "error" if any(kind == "error" for kind, _ in self._told) else self._told[-1][0]
        self._notice.say(worst, "\n".join(text for _, text in self._told))

    @Slot(object)
    def tell_failed(self, error: FashionLensError) -> None:
        """Say what went wrong."""
        self.tell("error", messages.sentence(error))

    def shutdown(self) -> None:
        """Let what runs come to its end; it takes seconds, and files are whole or absent."""
        self.closed = True
        if self._work is not None:
            self._work.stop_and_wait()

    def _ended(self, done: Callable[[Any], object], result: Any) -> None:
        self._work = None
        if result is not None:
            done(result)
        self.changed.emit()

    @Slot(object)
    def _tell_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        self._notice.say("info", f"{events[-1].what}…", may_close=False)
