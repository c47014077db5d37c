"""Where a person judges doubtful photos one after the other: move, leave out or keep, and take back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fashionlens_gui.window import messages, theme
from fashionlens_gui.window.train.data_check_cards import DoubtCards, DoubtRole, verdict
from fashionlens_gui.window.train.data_check_saving import DecisionSaving
from fashionlens_gui.window.train.data_check_work import Checked
from trainer.data.decisions import Decisions
from trainer.data.doubts import Doubt
from trainer.errors import SaveError
from trainer.evaluation.wording import percent

_LONGEST_CATEGORY = 28  # letters on a button
_KEYS = "Keys: M moves, L leaves out, K keeps, arrows choose, Ctrl+Z takes back."


class DoubtJudging(QWidget):
    """The cards, and below them the three choices for the chosen one. Each decision is saved at once.

    Args:
        file: Where the decisions are kept.
    """

    decided = Signal()
    """The decisions changed, and are being saved."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._saving = DecisionSaving(file, self)
        self._saving.failed.connect(self._not_saved)
        self._decisions = Decisions()
        self._before: list[tuple[Decisions, int]] = []  # decisions as they were, and the card that was judged
        self.cards = DoubtCards()
        self.cards.setMinimumHeight(20 * theme.SPACE)
        self._told = QLabel()
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self._told.setWordWrap(True)
        self.move_button = theme.quiet_button("")
        self.leave_out_button = theme.quiet_button("Leave out")
        self.keep_button = theme.quiet_button("Keep")
        self.undo_button = theme.quiet_button("Undo", "undo")
        self.leave_out_button.setToolTip("Do not learn from this photo (L)")
        self.keep_button.setToolTip("It is right where it lies (K)")
        self.undo_button.setToolTip("Take the last decision back (Ctrl+Z)")
        choices = QHBoxLayout()
        choices.setSpacing(theme.SPACE)
        for button, key, act in (
            (self.move_button, "M", self.move_chosen),
            (self.leave_out_button, "L", self.leave_out_chosen),
            (self.keep_button, "K", self.keep_chosen),
        ):
            button.clicked.connect(act)
            QShortcut(QKeySequence(key), self, act)
            choices.addWidget(button)
        for button in (self.move_button, self.leave_out_button, self.keep_button, self.undo_button):
            button.setAutoDefault(False)  # else Enter on a card would move the photo
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click the arrows still choose photos
        choices.addStretch(1)
        choices.addWidget(self.undo_button)
        self.undo_button.clicked.connect(self.undo)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self, self.undo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self.cards, 1)
        layout.addWidget(self._told)
        layout.addLayout(choices)
        layout.addWidget(theme.muted(_KEYS))
        self.cards.selectionModel().currentChanged.connect(self._show_chosen)

    @property
    def decisions(self) -> Decisions:
        """What is decided now, earlier decisions included."""
        return self._decisions

    @property
    def left(self) -> int:
        """How many photos are still to be decided."""
        return sum(not doubt.is_settled(self._decisions) for doubt in self.cards.doubts.doubts)

    @property
    def chosen(self) -> Doubt | None:
        """The photo that the choices are for."""
        doubt: Doubt | None = self.cards.currentIndex().data(DoubtRole)
        return doubt

    def show_checked(self, checked: Checked) -> None:
        """Begin with the first photo."""
        self._decisions = checked.decisions
        self._saving.begin_with(checked.decisions)
        self.cards.doubts.show(checked.doubts, checked.decisions)
        self.cards.setCurrentIndex(self.cards.doubts.index(0))
        self._show_chosen()

    def set_picture(self, file: Path, picture: QImage) -> None:
        """The small picture of a photo is there."""
        self.cards.doubts.set_picture(file, picture)

    @Slot()
    def move_chosen(self) -> None:
        """Learn it as what it looks like."""
        chosen = self.chosen
        if chosen is not None and chosen.instead:
            self._decide(lambda: self._decisions.move(chosen.file, chosen.instead))

    @Slot()
    def leave_out_chosen(self) -> None:
        """Do not learn from it."""
        chosen = self.chosen
        if chosen is not None:
            self._decide(lambda: self._decisions.leave_out(chosen.file))

    @Slot()
    def keep_chosen(self) -> None:
        """It is right where it lies."""
        chosen = self.chosen
        if chosen is not None:
            self._decide(lambda: self._decisions.keep(chosen.file))

    @Slot()
    def undo(self) -> None:
        """Take the last decision back, and go back to its photo."""
        if not self._before:
            return
        decisions, row = self._before.pop()
        self._take(decisions)
        self._saving.save(decisions)
        self.cards.setCurrentIndex(self.cards.doubts.index(row))
        self._show_chosen()

    def finish_saving(self) -> None:
        """Wait until the file holds every decision, for a dialog that closes."""
        self._saving.finish()

    @Slot(object)
    def _not_saved(self, error: SaveError) -> None:
        self._before.clear()
        self._take(self._saving.saved)
        self._show_chosen()
        messages.error(self, error)

    def _decide(self, decided: Callable[[], Decisions]) -> None:
        before, row = self._decisions, self.cards.currentIndex().row()
        self._take(decided())
        self._saving.save(self._decisions)
        self._before.append((before, row))
        self._go_on(row)
        self._show_chosen()

    def _take(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self.cards.doubts.set_decisions(decisions)
        self.decided.emit()

    def _go_on(self, row: int) -> None:
        """To the next photo of which nothing is decided, from the top again after the last one."""
        doubts = self.cards.doubts.doubts
        for other in (*range(row + 1, len(doubts)), *range(row)):
            if not doubts[other].is_settled(self._decisions):
                self.cards.setCurrentIndex(self.cards.doubts.index(other))
                return

    @Slot(QModelIndex)
    def _show_chosen(self, _index: QModelIndex | None = None) -> None:
        chosen = self.chosen
        for button in (self.move_button, self.leave_out_button, self.keep_button):
            button.setEnabled(chosen is not None)
        self.undo_button.setEnabled(bool(self._before))
        if chosen is None:
            return
        said = verdict(self._decisions, chosen)
        self._told.setText(f"{_in_a_sentence(chosen)} {f'{said}.' if said else ''}")
        self._told.setToolTip(str(chosen.file))
        self.move_button.setVisible(bool(chosen.instead))
        self.move_button.setText(f"Move to {_on_a_button(chosen.instead)}")
        self.move_button.setToolTip(f"Learn it as {chosen.instead}; the file stays where it is (M)")


def _in_a_sentence(doubt: Doubt) -> str:
    sure = f" ({percent(doubt.probability, 0)})" if doubt.probability is not None else ""
    same = f"; it is the same photo as {doubt.copies[0].name}" if doubt.copies else ""
    return f"{doubt.file.name} lies in {doubt.category}, {doubt.reason()}{sure}{same}."


def _on_a_button(category: str) -> str:
    """Short enough, and without an ampersand that Qt would take for a key."""
    short = category if len(category) <= _LONGEST_CATEGORY else f"{category[: _LONGEST_CATEGORY - 1]}…"
    return short.replace("&", "&&")
