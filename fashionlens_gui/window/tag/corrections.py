"""What a person says of photos, and taking it back: the session's corrections, large ones off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.window import slow_imports
from fashionlens_gui.window.tag.choice_bars import choices_of
from fashionlens_gui.window.workers import Work
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.tagging.session import Session
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
        return any(self._is_news(session.rows[row]) for row in self.rows)

    def _is_news(self, tag: Tag) -> bool:
        if not self.attribute:
            return tag.source != "user" or tag.category != self.value
        said = tag.attribute(self.attribute)
        return said is None or said.source != "user" or said.value != self.value


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
        self._work: Work | None = None
        self._acts: list[int] = []  # how many steps of the session each act took; older ones took one
        self._undone_acts: list[int] = []
        self._threshold: float | None = None
        self._threshold_waits = False

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
        return self._work is not None

    @property
    def can_undo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_undo

    @property
    def can_redo(self) -> bool:
        return self._session is not None and not self.busy and self._session.can_redo

    def correct(self, rows: Sequence[int], category: str) -> None:
        """All these rows are ``category``."""
        self._act([Step(tuple(rows), category)])

    def set_attribute(self, rows: Sequence[int], name: str, value: str) -> None:
        """An attribute of all these rows is ``value``; empty says that they have none."""
        self._act([Step(tuple(rows), value, name)])

    def choose(self, rows: Sequence[int], number: int, classes: Sequence[str]) -> None:
        """Each of these rows is its own ``number``-th most probable category; rows without so many stay as they are."""
        if self._session is None:
            return
        by_category: dict[str, list[int]] = {}
        for row in rows:
            choices = choices_of(self._session.rows[row], classes)
            if number <= len(choices):
                by_category.setdefault(choices[number - 1][0], []).append(row)
        self._act([Step(tuple(rows), category) for category, rows in by_category.items()])

    def confirm(self, rows: Sequence[int]) -> None:
        """The model is right about these rows; what a person said already and what has no category stays."""
        if self._session is None:
            return
        by_category: dict[str, list[int]] = {}
        for row in rows:
            tag = self._session.rows[row]
            if tag.source == "model" and tag.category:
                by_category.setdefault(tag.category, []).append(row)
        self._act([Step(tuple(rows), category) for category, rows in by_category.items()])

    def undo(self) -> None:
        """Take back the last act."""
        if self.can_undo and self._session is not None:
            steps = self._acts.pop() if self._acts else 1
            self._undone_acts.append(steps)
            self._run(_repeated(self._session.undo, steps), self._size_unknown())

    def redo(self) -> None:
        """Bring back the act that was taken back last."""
        if self.can_redo and self._session is not None:
            steps = self._undone_acts.pop() if self._undone_acts else 1
            self._acts.append(steps)
            self._run(_repeated(self._session.redo, steps), self._size_unknown())

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
            self._run(lambda: session.apply_review_threshold(threshold), self._size_unknown())

    def shutdown(self) -> None:
        """Let a change that is under way end; it is one transaction and cannot be cut."""
        if self._work is not None:
            self._work.stop_and_wait(60_000)

    def _act(self, steps: list[Step]) -> None:
        session = self._session
        if session is None or self.busy:
            return
        steps = [step for step in steps if step.changes(session)]
        if not steps:
            return
        self._acts.append(len(steps))
        self._undone_acts.clear()

        def run() -> list[int]:
            changed: list[int] = []
            for step in steps:
                changed += step.take(session)
            return changed

        self._run(run, sum(len(step.rows) for step in steps))

    def _size_unknown(self) -> int:
        """How many rows an undo touches only the session knows; where there are many, it could be many."""
        return len(self._session.rows) if self._session is not None and len(self._session.rows) > 5_000 else 0

    def _run(self, change: Callable[[], list[int]], size: int) -> None:
        if size <= _AT_ONCE:
            try:
                changed = change()
            except FashionLensError as error:
                self.failed.emit(error)
                return
            self.changed.emit(changed)
            return
        self._work = Work(_as_work(change), "changing the list", self)
        self._work.failed.connect(self.failed)
        self._work.ended.connect(self._ended)
        self._work.start()
        self.busy_changed.emit()

    @Slot(object)
    def _ended(self, changed: object) -> None:
        if self._work is not None:
            self._work.deleteLater()
        self._work = None
        if isinstance(changed, list):
            self.changed.emit(changed)
        self.busy_changed.emit()
        if self._threshold_waits:
            self.apply_threshold(self._threshold)


def _repeated(step: Callable[[], list[int]], times: int) -> Callable[[], list[int]]:
    def run() -> list[int]:
        rows: list[int] = []
        for _ in range(times):
            rows += step()
        return list(dict.fromkeys(rows))

    return run


def _as_work(change: Callable[[], list[int]]) -> Callable[[WorkControl], Generator[object, None, object]]:
    def run(_control: WorkControl) -> Generator[object, None, object]:
        yield from ()
        with slow_imports.quietly():  # much Python at a stretch, as with imports: the window gets its turns oftener
            return change()

    return run
