"""Buttons to decide on a photo with a label issue: move, leave out, keep, undo."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QPushButton, QWidget

from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.keys import native
from fashionlens_gui.window.shell.widgets import Key
from trainer.data_quality.label_issues import LabelIssue
from trainer.number_format import percent

_WIDEST = 30 * theme.SPACE  # of a button text


def keys() -> tuple[Key, ...]:
    """Keys and what they do; needs a QApplication."""
    return (
        ("M", "move"),
        ("C", "other category"),
        ("L", "leave out"),
        ("K", "keep"),
        (native(QKeySequence.StandardKey.Undo), "undo"),
    )


class DecisionButtons(QWidget):
    """Buttons and shortcuts that only emit signals.

    Args:
        vertical: One below the other.
    """

    picked = Signal(str)
    """The category of the photo, possibly its current one."""
    left_out = Signal()
    kept = Signal()
    undone = Signal()

    def __init__(self, *, vertical: bool = False) -> None:
        super().__init__()
        self._issue: LabelIssue | None = None
        self._categories: tuple[tuple[str, int], ...] = ()
        self.picker = ChoicePicker(self)
        self.picker.picked.connect(self.picked)
        self.move_button = theme.quiet_button("")
        self.other_button = theme.quiet_button("Other category…")
        self.leave_out_button = theme.quiet_button("Leave out")
        self.keep_button = theme.quiet_button("Keep")
        self.undo_button = theme.quiet_button("Undo", "undo")
        self.other_button.setToolTip("Choose from all categories (C)")
        self.leave_out_button.setToolTip("Do not use this photo for training (L)")
        self.keep_button.setToolTip("The category is correct (K)")
        self.undo_button.setToolTip(f"Undo the last decision ({native(QKeySequence.StandardKey.Undo)})")
        for button, key, act in (
            (self.move_button, QKeySequence("M"), self._move),
            (self.other_button, QKeySequence("C"), self.open_picker),
            (self.leave_out_button, QKeySequence("L"), self.left_out.emit),
            (self.keep_button, QKeySequence("K"), self.kept.emit),
            (self.undo_button, QKeySequence(QKeySequence.StandardKey.Undo), self.undone.emit),
        ):
            button.clicked.connect(act)
            QShortcut(key, self, button.click)
            button.setAutoDefault(False)  # else Enter on a card would move the photo
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # keeps the arrow keys in the grid
        direction = QBoxLayout.Direction.TopToBottom if vertical else QBoxLayout.Direction.LeftToRight
        layout = QBoxLayout(direction, self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE)
        for button in self._buttons:
            layout.addWidget(button)
        if vertical:
            layout.addSpacing(theme.SPACE)
        else:
            layout.addStretch(1)
        layout.addWidget(self.undo_button)

    def show_categories(self, categories: tuple[tuple[str, int], ...]) -> None:
        """All categories with their numbers of photos."""
        self._categories = categories

    def show_issue(self, issue: LabelIssue | None, can_undo: bool) -> None:
        """Adapt the buttons to a photo; None disables them."""
        self._issue = issue
        for button in self._buttons:
            button.setEnabled(issue is not None)
        self.undo_button.setEnabled(can_undo)
        instead = issue.suggestion if issue is not None else ""
        self.move_button.setVisible(bool(instead))
        text = self.move_button.fontMetrics().elidedText(f"Move to {instead}", Qt.TextElideMode.ElideRight, _WIDEST)
        self.move_button.setText(text.replace("&", "&&"))  # otherwise a mnemonic
        self.move_button.setToolTip(f"Train with it as {instead}; the file is not moved (M)")

    def open_picker(self) -> None:
        """Offer all categories; the current one means that it is correct."""
        issue = self._issue
        if issue is None:
            return
        others = [
            (name, f"{photos:,}") for name, photos in self._categories if name not in (issue.suggestion, issue.category)
        ]
        first = [(issue.suggestion, _looks_like(issue))] if issue.suggestion else []
        lines = [*first, *others, (issue.category, "current category")]
        button = self.other_button
        below = QRect(button.mapToGlobal(button.rect().topLeft()), button.size())
        self.picker.open_at(below, f"Category for {issue.file.name}", [Choice(name, note) for name, note in lines])

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.move_button, self.other_button, self.leave_out_button, self.keep_button

    def _move(self) -> None:
        if self._issue is not None and self._issue.suggestion:
            self.picked.emit(self._issue.suggestion)


def _looks_like(issue: LabelIssue) -> str:
    return (
        f"looks like it, {percent(issue.probability, 0)}" if issue.probability is not None else "category of its copy"
    )
