"""The upper edge of the viewer: back to the list, where the photo stands among the others, and the question why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.queue.progress_strip import ThinProgressBar


@dataclass(frozen=True, slots=True)
class ViewerPosition:
    """Where a photo stands.

    Attributes:
        place: Among the rows shown, from 0.
        count: How many are shown.
        done: In a review, how many have been dealt with since it began; None while one only browses.
    """

    place: int
    count: int
    done: int | None = None


class ViewerHead(QWidget):
    """Buttons and words above the photo; in a review also how far it has come."""

    back = Signal()
    step = Signal(int)
    """To the next (1) or previous (-1) photo."""
    why = Signal()
    """The question why was switched on or off."""

    def __init__(self) -> None:
        super().__init__()
        self.position = theme.heading("")
        self.progress = ThinProgressBar()
        self.progress.setAccessibleName("Progress of the review")
        self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE + 4)
        layout.addLayout(self._row())
        layout.addWidget(self.progress)

    def show_where(self, where: ViewerPosition) -> None:
        """Say where the photo stands; without photos, only what was done."""
        reviewing = where.done is not None
        there = where.count > 0
        words = f"{where.place + 1:,} of {where.count:,}" if there else ""
        if reviewing:
            words = f"{words} left" if there else "0 left"
            words += f"  ·  {where.done:,} done"
            self.progress.setMaximum(max(1, where.count + (where.done or 0)))
            self.progress.setValue(where.done or 0)
        self.progress.setVisible(reviewing)
        self.position.setText(words)
        for button in (self.previous_button, self.next_button, self.saliency_button):
            button.setVisible(there)
        self.previous_button.setEnabled(where.place > 0)
        self.next_button.setEnabled(where.place < where.count - 1)

    def _make_buttons(self) -> None:
        self.back_button = viewer_button(
            "Back to the list", "chevron-left", "Back to the list (Escape)", self.back.emit
        )
        self.previous_button = viewer_button("", "chevron-left", "Previous photo (←)", lambda: self.step.emit(-1))
        self.next_button = viewer_button("", "chevron-right", "Next photo (→)", lambda: self.step.emit(1))
        self.saliency_button = viewer_button(
            "Why this answer?", "info", "Show what the model looked at (W)", self.why.emit
        )
        self.saliency_button.setCheckable(True)
        for button in (self.previous_button, self.next_button):
            make_small(button)

    def _row(self) -> QGridLayout:
        middle = QHBoxLayout()
        middle.setSpacing(2 * theme.SPACE)
        middle.addWidget(self.previous_button)
        middle.addWidget(self.position)
        middle.addWidget(self.next_button)
        row = QGridLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.back_button, 0, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(middle, 0, 1)
        row.addWidget(self.saliency_button, 0, 2, Qt.AlignmentFlag.AlignRight)
        for side in (0, 2):
            row.setColumnStretch(side, 1)  # the middle is the middle
            row.setColumnMinimumWidth(side, 18 * theme.SPACE)
        return row


def viewer_button(text: str, icon: str, tip: str, action: Callable[[], object]) -> QPushButton:
    """A quiet button of the viewer; its name for screen readers is its tip without the key."""
    button = theme.quiet_button(text, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the viewer
    button.clicked.connect(lambda _checked=False: action())
    return button


def make_small(button: QPushButton, width: int = 5) -> None:
    """Room for a sign or a short word; ``width`` in units of the theme's space."""
    button.setFixedWidth(width * theme.SPACE)
    button.setStyleSheet("padding: 6px 0px;")
