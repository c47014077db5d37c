"""The progress of tagging, with a button to cancel it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ElidedLabel, ThinProgressBar
from fashionlens_gui.window.tag.queue.tagging_queue import QueueProgress, WaitingFor
from trainer.number_format import about, photos

_WAITING_TEXTS = {
    WaitingFor.CATALOGUE: "Opening your photos… Tagging starts after that.",
    WaitingFor.MODEL: "Loading the model… Tagging starts automatically.",
    WaitingFor.ANOTHER_MODEL: "No model could be opened. Choose another one below to start tagging.",
}


class ProgressStrip(QFrame):
    """Shown while something is tagged or waits."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.headline = ElidedLabel("text", Qt.AlignmentFlag.AlignLeft)
        self.figures = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignRight)
        self.bar = ThinProgressBar("Progress of tagging")
        self.cancel_button = theme.quiet_button("Cancel", "stop")
        self.cancel_button.setToolTip("Stop tagging. Photos that are tagged stay in the list.")
        self.cancel_button.clicked.connect(self.cancelled)
        lines = QGridLayout()
        lines.setHorizontalSpacing(2 * theme.SPACE)
        lines.setVerticalSpacing(theme.SPACE)
        lines.addWidget(self.headline, 0, 0)
        lines.addWidget(self.figures, 0, 1)
        lines.addWidget(self.bar, 1, 0, 1, 2)
        lines.setColumnStretch(0, 1)
        lines.setColumnStretch(1, 1)  # fixed shares, so that no number is cut while it changes
        layouts.row((lines, 1), self.cancel_button, parent=self, spacing=2, margins=(2, 1, 1, 1))
        self.hide()

    def show_progress(self, progress: QueueProgress) -> None:
        """Show the progress; hides itself when there is none."""
        self.setVisible(progress.busy)
        if not progress.busy:
            self.bar.set_unknown(False)
            return
        self.headline.setText(_headline(progress))
        self.figures.setText("  ·  ".join(_figures(progress)))
        self.bar.setMaximum(max(1, progress.found))
        self.bar.setValue(0 if progress.waiting_for else progress.done)
        stuck = progress.waiting_for is WaitingFor.ANOTHER_MODEL
        self.bar.set_unknown(not stuck and (progress.waiting_for is not None or not progress.complete))
        self.bar.setAccessibleDescription(f"{self.headline.text()}, {self.figures.text()}")
        self.cancel_button.setEnabled(not progress.stopping)


def _headline(progress: QueueProgress) -> str:
    if progress.stopping:
        return "Stopping after the current photos…"
    if progress.waiting_for is not None:
        return _WAITING_TEXTS[progress.waiting_for]
    if progress.found == 0:
        return "Looking for photos…"
    so_far = "" if progress.complete else " found so far"
    return f"Tagging {progress.done:,} of {photos(progress.found)}{so_far}"


def _figures(progress: QueueProgress) -> list[str]:
    parts = []
    if progress.rate and not progress.stopping:
        parts.append(_rate(progress.rate))
        if progress.complete and progress.seconds_left is not None:
            parts.append(f"{about(progress.seconds_left)} left")
    if progress.waiting_imports:
        number = progress.waiting_imports
        parts.append("1 more import is waiting" if number == 1 else f"{number:,} more imports are waiting")
    return parts


def _rate(photos_per_second: float) -> str:
    """``38 photos/s``, ``0.4 photos/s``."""
    if photos_per_second >= 9.5:
        return f"{photos_per_second:,.0f} photos/s"
    return f"{photos_per_second:.1f} photos/s"
