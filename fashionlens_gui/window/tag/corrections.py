"""What a person says of photos, and taking it back: the session's corrections, large ones off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.review.choice_bars import choices_of
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.tag import Tag

_AT_ONCE = 100  # rows that the session changes within a few milliseconds


@dataclass(frozen=True, slots=True)
class Step:
    """One thing said of some rows: a category, or where ``attribute`` names one, its value."""

    rows: tuple[int, ...]
    value: str
    attribute: str = ""

    def take(self, session: Session) -> list[int]:
        """Say it. Returns the rows that changed."""
        if self.attribute:
            return session.correct_attribute(self.rows, self.attribute, self.value)
        return session.correct(self.rows, self.value)

    def changes(self, session: Session) -> bool:
        """Whether a person has not said the same of all rows before."""
        return session.would_change(self.rows, self.attribute or "category", self.value)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an act did: ``rows`` that changed in ``steps`` of the session, and what cut it short."""

    rows: list[int]
    steps: int
    error: FashionLensError | None = None


class Corrections(QObject):
    """Corrects rows, takes back, brings back. One act of the user is one undo, also when it needed several steps."""

    changed = Signal(list)
    """Rows that the session now says something else of."""
    failed = Signal(object)
    """A FashionLensError; nothing has changed then."""
    busy_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._slot = WorkerSlot[None, _Outcome](
            "changing the list", self, on_result=self._tell, on_error=self.failed.emit, on_end=self._ended
        )
        self._acts: list[int] = []  # how many steps of the session each act took; older ones took one
        self._undone_acts: list[int] = []
        self._threshold: float | None = None
        self._threshold_waits = False
        self._count: Callable[[int], None] = _ignore

    def use(self, session: Session) -> None:
        """The session is open."""
        self._session = session
        self.forget()

    def forget(self) -> None:
        """The session was cleared."""
        self._acts.clear()
        self._undone_acts.clear()

    @property
    def busy(self) -> bool:
        """A large change is under way; others have to wait."""
        return self._slot.busy

    @property
    def can_undo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_undo

    @property
    def can_redo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_redo

    def correct(self, rows: Sequence[int], category: str) -> None:
        """All these rows are ``category``."""
        self._act(lambda _session: [Step(tuple(rows), category)], len(rows))

    def set_attribute(self, rows: Sequence[int], name: str, value: str) -> None:
        """An attribute of all these rows is ``value``; empty says that they have none."""
        self._act(lambda _session: [Step(tuple(rows), value, name)], len(rows))

    def choose(self, rows: Sequence[int], number: int, classes: Sequence[str]) -> None:
        """Each of these rows is its own ``number``-th most probable category; rows without so many stay as they are."""

        def chosen(tag: Tag) -> str:
            choices = choices_of(tag, classes)
            return choices[number - 1][0] if number <= len(choices) else ""

        self._act(lambda session: _by_category(session, rows, chosen), len(rows))

    def confirm(self, rows: Sequence[int]) -> None:
        """The model is right about these rows; what a person said already and what has no category stays."""

        def confirmed(tag: Tag) -> str:
            return tag.category if tag.source == "model" else ""

        self._act(lambda session: _by_category(session, rows, confirmed), len(rows))

    def undo(self) -> None:
        """Take back the last act."""
        if self.can_undo and self._session is not None:
            steps = self._acts[-1] if self._acts else 1
            self._run(_repeated(self._session.undo, steps), self._size_unknown(), self._undone)

    def redo(self) -> None:
        """Bring back the act that was taken back last."""
        if self.can_redo and self._session is not None:
            steps = self._undone_acts[-1] if self._undone_acts else 1
            self._run(_repeated(self._session.redo, steps), self._size_unknown(), self._redone)

    def apply_threshold(self, threshold: float | None) -> None:
        """Say anew which rows need review: those less sure than ``threshold``, [0, 1]; None for the models' own.

        No step of undo. While a large change is under way it waits for its end; the newest wish counts.
        """
        if self._session is None:
            return
        self._threshold_waits = self.busy
        self._threshold = threshold
        if not self.busy and threshold != self._session.review_below:
            session = self._session
            self._run(lambda: _Outcome(session.apply_review_threshold(threshold), 0), self._size_unknown(), _ignore)

    def shutdown(self) -> None:
        """Let a change that is under way end; it is one transaction and cannot be cut."""
        self._slot.shutdown(60_000)

    def _act(self, plan: Callable[[Session], list[Step]], size: int) -> None:
        """Take the steps that a plan finds in the session, which may be in a worker's thread."""
        session = self._session
        if session is not None and not self.busy:
            self._run(lambda: _taken(session, plan), size, self._acted)

    def _acted(self, steps: int) -> None:
        self._acts.append(steps)
        self._undone_acts.clear()

    def _undone(self, steps: int) -> None:
        _move(steps, self._acts, self._undone_acts)

    def _redone(self, steps: int) -> None:
        _move(steps, self._undone_acts, self._acts)

    def _size_unknown(self) -> int:
        """How many rows an undo touches only the session knows; where there are many, it could be many."""
        return len(self._session.rows) if self._session is not None and len(self._session.rows) > 5_000 else 0

    def _run(self, change: Callable[[], _Outcome], size: int, count: Callable[[int], None]) -> None:
        """Make a change, of many rows in a worker's thread; ``count`` gets the number of steps that it took, if any."""
        self._count = count
        if size <= _AT_ONCE:
            try:
                self._tell(change())
            except FashionLensError as error:
                self.failed.emit(error)
            return
        self._slot.start(partial(_run, change))
        self.busy_changed.emit()

    def _tell(self, outcome: _Outcome) -> None:
        if outcome.steps:
            self._count(outcome.steps)
        if outcome.error is not None:
            self.failed.emit(outcome.error)
        if outcome.rows or outcome.error is None:
            self.changed.emit(outcome.rows)

    def _ended(self) -> None:
        self.busy_changed.emit()
        if self._threshold_waits:
            self.apply_threshold(self._threshold)


def _by_category(session: Session, rows: Sequence[int], category_of: Callable[[Tag], str]) -> list[Step]:
    found: dict[str, list[int]] = {}
    for row in rows:
        category = category_of(session.rows[row])
        if category:
            found.setdefault(category, []).append(row)
    return [Step(tuple(some), category) for category, some in found.items()]


def _taken(session: Session, plan: Callable[[Session], list[Step]]) -> _Outcome:
    steps = [step for step in plan(session) if step.changes(session)]
    return _in_turn([lambda step=step: step.take(session) for step in steps])  # type: ignore[misc]


def _repeated(step: Callable[[], list[int]], times: int) -> Callable[[], _Outcome]:
    return lambda: _in_turn([step] * times)


def _in_turn(steps: Sequence[Callable[[], list[int]]]) -> _Outcome:
    """Take steps until one fails; those before it stay, so that one undo takes back what was done."""
    rows: list[int] = []
    for done, step in enumerate(steps):
        try:
            rows += step()
        except FashionLensError as error:
            return _Outcome(list(dict.fromkeys(rows)), done, error)
    return _Outcome(list(dict.fromkeys(rows)), len(steps))


def _move(steps: int, here: list[int], there: list[int]) -> None:
    """An act, or as much of it as was done, moves from what can be undone to what can be redone, or back."""
    left = (here.pop() if here else 1) - steps
    if left > 0:
        here.append(left)
    there.append(steps)


def _ignore(_steps: int) -> None:
    pass


def _run(change: Callable[[], _Outcome], _control: WorkControl) -> _Outcome:
    with responsive_import.frequent_switches():
        return change()
