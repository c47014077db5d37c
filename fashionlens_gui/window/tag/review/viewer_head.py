"""The upper edge of the viewer: back to the list, position and progress, and the saliency map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ThinProgressBar


@dataclass(frozen=True, slots=True)
class ViewerPosition:
    """Position of the photo in the viewer.

    Attributes:
        index: Among the rows shown, from 0; -1 at the end of a review.
        count: Rows shown.
        reviewed: Photos reviewed since the review started; None outside a review.
    """

    index: int
    count: int
    reviewed: int | None = None


class ViewerHead(QWidget):
    """Buttons and position above the photo; in a review also a progress bar."""

    back = Signal()
    step = Signal(int)
    """To the next (1) or previous (-1) photo."""
    saliency_toggled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.position = theme.heading("")
        self.progress = ThinProgressBar()
        self.progress.setAccessibleName("Progress of the review")
        self._make_buttons()
        layouts.column(self._row(), self.progress, parent=self, spacing=1.5)

    def show_position(self, position: ViewerPosition) -> None:
        """Show the position; without photos, only the number of reviewed ones."""
        index, count, reviewed = position.index, position.count, position.reviewed
        text = f"{index + 1:,} of {count:,}" if count else ""
        if reviewed is not None:
            text = f"{text} left" if count else "0 left"
            text += f"  ·  {reviewed:,} done"
            self.progress.setMaximum(max(1, count + reviewed))
            self.progress.setValue(reviewed)
        self.progress.setVisible(reviewed is not None)
        self.position.setText(text)
        for button in (self.previous_button, self.next_button, self.saliency_button):
            button.setVisible(count > 0)
        self.previous_button.setEnabled(index > 0)
        self.next_button.setEnabled(index < count - 1)

    def _make_buttons(self) -> None:
        self.back_button = viewer_button(
            "Back to the list", "chevron-left", "Back to the list (Escape)", self.back.emit
        )
        self.previous_button = viewer_button("", "chevron-left", "Previous photo (←)", lambda: self.step.emit(-1))
        self.next_button = viewer_button("", "chevron-right", "Next photo (→)", lambda: self.step.emit(1))
        self.saliency_button = viewer_button(
            "Why this answer?", "info", "Show what the model looked at (?)", self.saliency_toggled.emit
        )
        self.saliency_button.setCheckable(True)
        for button in (self.previous_button, self.next_button):
            theme.narrow(button)

    def _row(self) -> QGridLayout:
        row = QGridLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.back_button, 0, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(layouts.row(self.previous_button, self.position, self.next_button, spacing=2), 0, 1)
        row.addWidget(self.saliency_button, 0, 2, Qt.AlignmentFlag.AlignRight)
        for side in (0, 2):
            row.setColumnStretch(side, 1)  # centers the middle
            row.setColumnMinimumWidth(side, 18 * theme.SPACE)
        return row


def viewer_button(text: str, icon: str, tip: str, action: Callable[[], object]) -> QPushButton:
    """A flat button whose accessible name is its tooltip without the key."""
    button = theme.quiet_button(text, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the viewer
    button.clicked.connect(lambda _checked=False: action())
    return button
