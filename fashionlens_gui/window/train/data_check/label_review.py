"""Review of label issues: move, leave out or keep each photo, and undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages.data import decision_text, issue_sentence
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.widgets import KeyLegend
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.data_check.check import CheckResult
from fashionlens_gui.window.train.data_check.decision_buttons import DecisionButtons, keys
from fashionlens_gui.window.train.data_check.issue_grid import IssueRole, LabelIssueGrid
from fashionlens_gui.window.train.data_check.issue_viewer import LabelIssueViewer
from trainer.control import WorkControl
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import write_decisions
from trainer.data_quality.label_issues import LabelIssue
from trainer.errors import FashionLensError

_LONGEST_WRITE_MS = 10_000


class LabelReview(QWidget):
    """The cards and the buttons for the current one. Each decision is saved at once, in a thread.

    Args:
        file: The decisions file.
    """

    decided = Signal()
    """The decisions changed."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._saver = WorkerSlot[None, Decisions](
            "saving decisions", self, mode="latest", on_result=self._written, on_error=self._not_saved
        )
        self._decisions = self._saved = Decisions()
        self._categories: tuple[tuple[str, int], ...] = ()
        self._before: list[tuple[Decisions, int]] = []  # for undo: (decisions, row)
        self.large: LabelIssueViewer | None = None
        self.grid = LabelIssueGrid()
        self.grid.setMinimumHeight(20 * theme.SPACE)
        self._told = theme.plain("")
        self.choices = DecisionButtons()
        legend = KeyLegend()
        legend.show_keys((("← →", "choose"), ("Space", "large"), *keys()))
        surface = theme.card()
        layouts.column(self.grid, parent=surface, margins=1)
        layouts.column((surface, 1), self._told, self.choices, legend, parent=self)
        self._connect_buttons(self.choices)
        self.grid.opened.connect(self.open_large)
        self.grid.selectionModel().currentChanged.connect(self._show_chosen)

    @property
    def decisions(self) -> Decisions:
        """All decisions, including earlier ones."""
        return self._decisions

    @property
    def left(self) -> int:
        """Number of unresolved issues."""
        return sum(not issue.is_resolved(self._decisions) for issue in self.grid.issue_model.issues)

    @property
    def chosen(self) -> LabelIssue | None:
        issue: LabelIssue | None = self.grid.currentIndex().data(IssueRole)
        return issue

    def show_result(self, checked: CheckResult) -> None:
        self._decisions = self._saved = checked.decisions
        self._categories = checked.categories
        self.choices.show_categories(checked.categories)
        self.grid.issue_model.show(checked.issues, checked.decisions)
        self.grid.setCurrentIndex(self.grid.issue_model.index(0))
        self._show_chosen()

    def set_thumbnail(self, file: Path, picture: QImage) -> None:
        self.grid.issue_model.set_thumbnail(file, picture)

    @Slot()
    def open_large(self) -> None:
        if self.chosen is None or self.large is not None:
            return
        self.large = LabelIssueViewer(self)
        self.large.choices.show_categories(self._categories)
        self._connect_buttons(self.large.choices)
        self.large.step.connect(self._step)
        self.large.finished.connect(self._large_closed)
        self.large.open()
        self._show_chosen()

    @Slot()
    def undo(self) -> None:
        """Undo the last decision and select its photo."""
        if not self._before:
            return
        decisions, row = self._before.pop()
        self._set_decisions(decisions)
        self._save()
        self.grid.setCurrentIndex(self.grid.issue_model.index(row))
        self._show_chosen()

    def finish_saving(self) -> None:
        self._saver.wait(_LONGEST_WRITE_MS)

    def _connect_buttons(self, choices: DecisionButtons) -> None:
        choices.picked.connect(self._move_to)
        choices.left_out.connect(self._leave_out)
        choices.kept.connect(self._keep)
        choices.undone.connect(self.undo)

    @Slot(str)
    def _move_to(self, category: str) -> None:
        chosen = self.chosen
        if chosen is not None and category == chosen.category:
            self._keep()
        elif chosen is not None:
            self._decide(lambda: self._decisions.move(chosen.file, category))

    @Slot()
    def _leave_out(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._decide(lambda: self._decisions.leave_out(chosen.file))

    @Slot()
    def _keep(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._decide(lambda: self._decisions.keep(chosen.file))

    @Slot(int)
    def _step(self, photos: int) -> None:
        row = self.grid.currentIndex().row() + photos
        if 0 <= row < len(self.grid.issue_model.issues):
            self.grid.setCurrentIndex(self.grid.issue_model.index(row))

    @Slot()
    def _large_closed(self) -> None:
        self.large = None
        self.grid.setFocus()

    def _save(self) -> None:
        self._saver.start(partial(_write, self._file, self._decisions))

    def _written(self, decisions: Decisions) -> None:
        self._saved = decisions

    def _not_saved(self, error: FashionLensError) -> None:
        self._before.clear()
        self._set_decisions(self._saved)
        self._show_chosen()
        message_box.error(self.large or self, error)

    def _decide(self, decided: Callable[[], Decisions]) -> None:
        before, row = self._decisions, self.grid.currentIndex().row()
        self._set_decisions(decided())
        self._save()
        self._before.append((before, row))
        self._select_next(row)
        self._show_chosen()

    def _set_decisions(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self.grid.issue_model.set_decisions(decisions)
        self.decided.emit()

    def _select_next(self, row: int) -> None:
        """Select the next unresolved issue, from the top after the last one."""
        issues = self.grid.issue_model.issues
        for other in (*range(row + 1, len(issues)), *range(row)):
            if not issues[other].is_resolved(self._decisions):
                self.grid.setCurrentIndex(self.grid.issue_model.index(other))
                return

    @Slot(QModelIndex)
    def _show_chosen(self, index: QModelIndex | None = None) -> None:
        chosen, can_undo = self.chosen, bool(self._before)
        self.choices.show_issue(chosen, can_undo)
        if chosen is None:
            return
        decision = decision_text(self._decisions, chosen)
        self._told.setText(f"{issue_sentence(chosen)} {f'{decision}.' if decision else ''}")
        self._told.setToolTip(str(chosen.file))
        if self.large is not None:
            index = self.grid.currentIndex()
            picture = index.data(Qt.ItemDataRole.DecorationRole)
            self.large.show_issue(self.grid.issue_model.issues, index.row(), decision, can_undo, picture)


def _write(file: Path, decisions: Decisions, _control: WorkControl) -> Decisions:
    write_decisions(file, decisions)  # also after a stop
    return decisions
