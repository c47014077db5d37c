"""Corrections of the session with undo and redo; large ones run in a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.vocabulary import category_choices
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.tag import Tag

_MOST_ROWS_AT_ONCE = 100  # in the window's thread: a few milliseconds

Plan = Callable[["Session"], Mapping[str, Sequence[int]]]
"""Finds the rows for each new value; may read many rows, so it runs where the change runs."""


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows that ``steps`` of the session's undo changed, and the error that cut the change short."""

    rows: list[int]
    steps: int
    error: FashionLensError | None = None


class Corrections(QObject):
    """Changes the session. One call of :meth:`undo` undoes one call of the other methods, also of several steps."""

    changed = Signal(list)
    """The rows that changed."""
    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._worker = WorkerSlot[None, _Change](
            "changing the list", self, on_result=self._report, on_error=self.failed.emit, on_end=self._ended
        )
        self._undo_steps: list[int] = []  # of the session, for each call; earlier calls, of another start, took one
        self._redo_steps: list[int] = []
        self._threshold: float | None = None
        self._threshold_waits = False
        self._count_steps: Callable[[int], None] = _ignore

    def set_session(self, session: Session) -> None:
        self._session = session
        self.clear()

    def clear(self) -> None:
        """The session was cleared."""
        self._undo_steps.clear()
        self._redo_steps.clear()

    @property
    def busy(self) -> bool:
        """Whether a large change runs; other changes are ignored meanwhile."""
        return self._worker.busy

    @property
    def can_undo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_undo

    @property
    def can_redo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_redo

    def set_category(self, rows: Sequence[int], category: str) -> None:
        self._correct(CATEGORY, lambda _session: {category: rows}, len(rows))

    def set_attribute(self, rows: Sequence[int], name: str, value: str) -> None:
        """Set an attribute of rows; empty for none."""
        self._correct(name, lambda _session: {value: rows}, len(rows))

    def set_ranked_category(self, rows: Sequence[int], rank: int, classes: Sequence[str]) -> None:
        """Set each row's category to its own ``rank``-th most probable one, from 1; rows with fewer stay."""

        def ranked(tag: Tag) -> str:
            choices = category_choices(tag, classes)
            return choices[rank - 1][0] if rank <= len(choices) else ""

        self._correct(CATEGORY, partial(_by_category, rows, ranked), len(rows))

    def confirm(self, rows: Sequence[int]) -> None:
        """Confirm the model's category of rows; corrected rows and rows without a category stay."""
        self._correct(
            CATEGORY, partial(_by_category, rows, lambda tag: tag.category if tag.source == "model" else ""), len(rows)
        )

    def undo(self) -> None:
        """Undo the last call."""
        if self.can_undo and self._session is not None:
            steps = [self._session.undo] * (self._undo_steps[-1] if self._undo_steps else 1)
            self._run(partial(_take_steps, steps), self._unknown_size(), self._undone)

    def redo(self) -> None:
        """Redo the last undone call."""
        if self.can_redo and self._session is not None:
            steps = [self._session.redo] * (self._redo_steps[-1] if self._redo_steps else 1)
            self._run(partial(_take_steps, steps), self._unknown_size(), self._redone)

    def apply_threshold(self, threshold: float | None) -> None:
        """Set the review threshold, [0, 1]; None for the models' own. Not undoable.

        While a large change runs, the newest threshold waits for its end.
        """
        session = self._session
        if session is None:
            return
        self._threshold, self._threshold_waits = threshold, self.busy
        if not self.busy and threshold != session.review_below:
            self._run(lambda: _Change(session.apply_review_threshold(threshold), 0), self._unknown_size(), _ignore)

    def shutdown(self) -> None:
        """Wait for a change that runs; it is one transaction."""
        self._worker.shutdown(60_000)

    def _correct(self, name: str, plan: Plan, size: int) -> None:
        session = self._session
        if session is not None and not self.busy:
            self._run(partial(_correct, session, name, plan), size, self._corrected)

    def _corrected(self, steps: int) -> None:
        self._undo_steps.append(steps)
        self._redo_steps.clear()

    def _undone(self, steps: int) -> None:
        _move(steps, self._undo_steps, self._redo_steps)

    def _redone(self, steps: int) -> None:
        _move(steps, self._redo_steps, self._undo_steps)

    def _unknown_size(self) -> int:
        """The possible number of changed rows of an undo; 0 where even all are quick."""
        rows = len(self._session.rows) if self._session is not None else 0
        return rows if rows > 5_000 else 0

    def _run(self, change: Callable[[], _Change], size: int, count_steps: Callable[[int], None]) -> None:
        """Run a change, in a thread if it is large; ``count_steps`` gets the number of steps it took, if any."""
        self._count_steps = count_steps
        if size <= _MOST_ROWS_AT_ONCE:
            try:
                self._report(change())
            except FashionLensError as error:
                self.failed.emit(error)
            return
        self._worker.start(partial(_in_thread, change))
        self.busy_changed.emit()

    def _report(self, change: _Change) -> None:
        if change.steps:
            self._count_steps(change.steps)
        if change.error is not None:
            self.failed.emit(change.error)
        if change.rows or change.error is None:
            self.changed.emit(change.rows)

    def _ended(self) -> None:
        self.busy_changed.emit()
        if self._threshold_waits:
            self.apply_threshold(self._threshold)


def _by_category(rows: Sequence[int], category_of: Callable[[Tag], str], session: Session) -> dict[str, list[int]]:
    by_category: dict[str, list[int]] = {}
    for row in rows:
        if category := category_of(session.rows[row]):
            by_category.setdefault(category, []).append(row)
    return by_category


def _correct(session: Session, name: str, plan: Plan) -> _Change:
    changes = [(rows, value) for value, rows in plan(session).items() if session.would_change(rows, name, value)]
    if name == CATEGORY:
        return _take_steps([partial(session.correct, rows, value) for rows, value in changes])
    return _take_steps([partial(session.correct_attribute, rows, name, value) for rows, value in changes])


def _take_steps(steps: Sequence[Callable[[], list[int]]]) -> _Change:
    """Take steps until one fails; the earlier ones stay, and one undo undoes them."""
    rows: list[int] = []
    for done, step in enumerate(steps):
        try:
            rows += step()
        except FashionLensError as error:
            return _Change(list(dict.fromkeys(rows)), done, error)
    return _Change(list(dict.fromkeys(rows)), len(steps))


def _move(steps: int, source: list[int], target: list[int]) -> None:
    """Move the last call, or as many of its steps as were taken, between what can be undone and redone."""
    rest = (source.pop() if source else 1) - steps
    if rest > 0:
        source.append(rest)
    target.append(steps)


def _ignore(_steps: int) -> None:
    pass


def _in_thread(change: Callable[[], _Change], _control: WorkControl) -> _Change:
    with responsive_import.frequent_switches():
        return change()
