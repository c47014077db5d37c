"""The progress of tagging, with Cancel; and widgets for progress that other views use, too."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.queue.tagging_queue import QueueProgress, WaitingFor
from trainer.number_format import about, photos

_BAR = 6
_SWEEP_MS = 40
_WAITING_TEXTS = {
    WaitingFor.SESSION: "Opening your list… Tagging starts after that.",
    WaitingFor.MODEL: "Loading the model… Tagging starts automatically.",
    WaitingFor.ANOTHER_MODEL: "No model could be opened. Choose another one below to start tagging.",
}


class ThinProgressBar(QProgressBar):
    """A progress bar of six pixels; a part of it moves while the total is unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedHeight(_BAR)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Progress of tagging")
        self._phase = 0.0
        self._sweep = QTimer(self)
        self._sweep.setInterval(_SWEEP_MS)
        self._sweep.timeout.connect(self._step)

    def sizeHint(self) -> QSize:
        return QSize(30 * theme.SPACE, _BAR)

    def set_unknown(self, unknown: bool) -> None:
        """Show that the total is unknown, or known."""
        if unknown and self.isVisible():
            self._sweep.start()
        else:
            self._sweep.stop()
        self.update()

    @Slot()
    def _step(self) -> None:
        self._phase = (self._phase + 0.015) % 1.0
        self.update()

    def hideEvent(self, event: object) -> None:
        self._sweep.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(0, (self.height() - _BAR) / 2, self.width(), _BAR)  # the style sheet makes it higher
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(whole, _BAR / 2, _BAR / 2)
        painter.setBrush(QColor(colours.accent))
        if self._sweep.isActive():
            width = whole.width() / 4
            left = whole.left() - width + (whole.width() + width) * self._phase
            painter.drawRoundedRect(QRectF(left, whole.top(), width, _BAR).intersected(whole), _BAR / 2, _BAR / 2)
        elif self.maximum() > 0 and self.value() > 0:
            width = max(float(_BAR), whole.width() * self.value() / self.maximum())
            painter.drawRoundedRect(QRectF(whole.left(), whole.top(), width, _BAR), _BAR / 2, _BAR / 2)


class ElidedLabel(QWidget):
    """A line of text, cut with an ellipsis. It may change often: it needs no new layout, which repaints the panel."""

    def __init__(
        self,
        colour: str,
        alignment: Qt.AlignmentFlag,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._text, self._colour, self._alignment, self._elide = "", colour, alignment, elide
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """The text."""
        return self._text

    def setText(self, text: str) -> None:
        """Show a text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.SPACE, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(getattr(theme.tokens(), self._colour)))
        shown = self.fontMetrics().elidedText(self._text, self._elide, self.width())
        painter.drawText(self.rect(), int(self._alignment | Qt.AlignmentFlag.AlignVCenter), shown)


class ProgressStrip(QFrame):
    """Shown while something is tagged or waits."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.headline = ElidedLabel("text", Qt.AlignmentFlag.AlignLeft)
        self.figures = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignRight)
        self.bar = ThinProgressBar()
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
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        layout.setSpacing(2 * theme.SPACE)
        layout.addLayout(lines, 1)
        layout.addWidget(self.cancel_button)
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
