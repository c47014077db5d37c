"""Corrections of the session with undo and redo. A worker writes them in order; the window shows them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fashionlens_gui.tagging.tag import MODEL_RULE, ReviewRule, printable
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.vocabulary import category_choices
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.session.row_list import RowList
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.tag import Tag

_MOST_PENDING_ROWS = 100  # a few milliseconds in the window's thread

Plan = Callable[[Callable[[int], "Tag"]], Mapping[str, Sequence[int]]]
"""Finds the rows for each new value, from a function that gives the tag of a row."""


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows that ``steps`` of the session's undo changed, and the error that cut the change short."""

    rows: list[int]
    steps: int
    error: FashionLensError | None = None


class Corrections(QObject):
    """Changes the session. One call of :meth:`undo` undoes one call of the other methods, also of several steps.

    The methods return at once; the writer applies the changes in their order. Rows show a correction of few rows at
    once, and what was there before if it fails. Other changes are shown when they are written.

    Args:
        writer: Queued; the only one that writes the user's changes to the session.
    """

    changed = Signal(list)
    """The rows that changed."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, writer: WorkerSlot[None, Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._writer = writer
        self._session: Session | None = None
        # Of the session, for each call; earlier calls, of another start, took one. Only the writer's thread uses them.
        self._undo_steps: list[int] = []
        self._redo_steps: list[int] = []
        self._undos_waiting = self._last_change = 0
        self._rule = MODEL_RULE

    def set_session(self, session: Session) -> None:
        self._session = session

    @property
    def session(self) -> Session | None:
        return self._session

    @property
    def can_undo(self) -> bool:
        return self._session is not None and (self._session.can_undo or self._writer.busy)

    @property
    def can_redo(self) -> bool:
        return self._session is not None and (self._session.can_redo or self._undos_waiting > 0)

    def set_category(self, rows: Sequence[int], category: str) -> None:
        self.set_values(CATEGORY, {category: rows})

    def set_attribute(self, rows: Sequence[int], name: str, value: str) -> None:
        """Set an attribute of rows; empty for none."""
        self.set_values(name, {value: rows})

    def set_values(self, name: str, rows_of: Mapping[str, Sequence[int]]) -> None:
        """Set ``category`` or an attribute of the rows of each value."""
        self._correct(name, lambda _tag: rows_of, sum(map(len, rows_of.values())))

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
        if self.can_undo:
            self._undos_waiting += 1
            self._run(partial(self._step, True), self._undo_ended)

    def redo(self) -> None:
        if self.can_redo:
            self._run(partial(self._step, False))

    def apply_rule(self, rule: ReviewRule) -> None:
        """Set which rows need review. Not undoable."""
        self._rule = rule
        if self._session is not None and (rule != self._session.review_rule or self._writer.busy):
            self._run(lambda session: _Change(session.apply_review_rule(self._rule), 0))  # the newest one

    def clear_session(self, on_result: Callable[[Any], object], on_error: Callable[[Any], object]) -> None:
        def clear(_control: WorkControl) -> None:
            assert self._session is not None
            self._session.clear()
            self._undo_steps.clear()
            self._redo_steps.clear()

        self._writer.start(clear, on_result, on_error)

    # -- in the window's thread ---------------------------------------------------------------------------------------
    def _correct(self, name: str, plan: Plan, size: int) -> None:
        session = self._session
        if session is None:
            return
        if size > _MOST_PENDING_ROWS:
            self._run(partial(self._set_labels, name, plan))
            return
        values = plan(session.rows.__getitem__)  # as the user sees the rows now
        rows = [row for some in values.values() for row in some]
        self._last_change += 1
        for value, some in values.items():
            session.rows.set_pending(self._last_change, some, name, printable(value.strip()))
        ended = partial(self._end_pending, session.rows, self._last_change, rows, name)
        self._run(partial(self._set_labels, name, lambda _tag_of: values), ended)
        self.changed.emit(rows)

    def _end_pending(self, all_rows: RowList, change: int, rows: list[int], name: str, _changed: object) -> list[int]:
        before = [all_rows[row] for row in rows]
        all_rows.end_pending(change, rows, name)
        return [row for row, tag in zip(rows, before, strict=True) if all_rows[row] != tag]

    def _undo_ended(self, changed: list[int]) -> list[int]:
        self._undos_waiting -= 1
        return changed

    def _run(
        self, change: Callable[[Session], _Change], on_end: Callable[[list[int]], list[int]] | None = None
    ) -> None:
        """Queue a change. ``on_end`` gets the rows that it changed, and returns those to show again."""
        assert self._session is not None

        def report(result: _Change) -> None:
            rows = result.rows if on_end is None else on_end(result.rows)
            if rows:
                self.changed.emit(rows)
            if result.error is not None:
                self.failed.emit(result.error)

        self._writer.start(
            partial(_in_thread, partial(change, self._session)), report, lambda error: report(_Change([], 0, error))
        )

    # -- in the writer's thread ---------------------------------------------------------------------------------------
    def _set_labels(self, name: str, plan: Plan, session: Session) -> _Change:
        values = plan(session.rows.written)
        changes = [(rows, value) for value, rows in values.items() if session.would_change(rows, name, value)]
        if name == CATEGORY:
            change = _take_steps([partial(session.correct, rows, value) for rows, value in changes])
        else:
            change = _take_steps([partial(session.correct_attribute, rows, name, value) for rows, value in changes])
        if change.steps:
            self._undo_steps.append(change.steps)
            self._redo_steps.clear()
        return change

    def _step(self, back: bool, session: Session) -> _Change:
        if not (session.can_undo if back else session.can_redo):
            return _Change([], 0)
        source, target = (self._undo_steps, self._redo_steps) if back else (self._redo_steps, self._undo_steps)
        steps = source.pop() if source else 1
        change = _take_steps([session.undo if back else session.redo] * steps)
        if change.steps < steps:
            source.append(steps - change.steps)
        if change.steps:
            target.append(change.steps)
        return change


def _by_category(
    rows: Sequence[int], category_of: Callable[[Tag], str], tag_of: Callable[[int], Tag]
) -> dict[str, list[int]]:
    by_category: dict[str, list[int]] = {}
    for row in rows:
        if category := category_of(tag_of(row)):
            by_category.setdefault(category, []).append(row)
    return by_category


def _take_steps(steps: Sequence[Callable[[], list[int]]]) -> _Change:
    """Take steps until one fails; the earlier ones stay, and one undo undoes them."""
    rows: list[int] = []
    for done, step in enumerate(steps):
        try:
            rows += step()
        except FashionLensError as error:
            return _Change(list(dict.fromkeys(rows)), done, error)
    return _Change(list(dict.fromkeys(rows)), len(steps))


def _in_thread(change: Callable[[], _Change], _control: WorkControl) -> _Change:
    with responsive_import.frequent_switches():
        return change()
