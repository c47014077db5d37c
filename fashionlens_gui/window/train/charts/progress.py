"""The progress of a running training in figures."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ThinProgressBar
from trainer.control import ProgressEvent
from trainer.model_files.metadata import EpochMetrics
from trainer.number_format import about, percent
from trainer.training.fit.events import BatchDone

_BATCHES_BEFORE_ESTIMATE = 8  # the first batches are slow


class ProgressView(QFrame):
    """A line of text, a bar and five figures."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._doing = theme.heading("")
        self._doing.setMinimumWidth(1)  # a long name is cut
        self._bar = ThinProgressBar("Progress of the training")
        self._epoch = _Figure("Epoch")
        self._batch = _Figure("Batch")
        self._speed = _Figure("Photos/s")
        self._left = _Figure("Time left")
        self._best = _Figure("Best so far")
        self._best.setToolTip("Best share of correct validation photos, and its epoch.")
        figures = QHBoxLayout()
        figures.setSpacing(2 * theme.SPACE)
        for figure, stretch in (
            (self._epoch, 3), (self._batch, 4), (self._speed, 3), (self._left, 6), (self._best, 5)
        ):  # fmt: skip
            figures.addWidget(figure, stretch)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * theme.SPACE] * 4)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self._doing)
        layout.addWidget(self._bar)
        layout.addLayout(figures)
        self._seen = 0

    def begin(self, name: str, in_epochs: bool) -> None:
        """Show that a run begins; there are no figures for one without epochs."""
        self._seen = 0
        self.show_text(f"Preparing to train “{name}”…")
        self._bar.show_progress(0, 0)
        for figure in (self._epoch, self._batch, self._speed, self._left, self._best):
            figure.show_value("–")
            figure.setVisible(in_epochs)

    def show_text(self, text: str) -> None:
        self._doing.setText(text)

    def show_loading(self, loading: ProgressEvent) -> None:
        self._left.show_value("–")  # that of the batches does not hold for this step
        if loading.total:
            self.show_text(f"{progress_text(loading)}: {percent(loading.done / loading.total)}")
        else:
            self.show_text(f"{progress_text(loading)}…")
        self._bar.show_progress(loading.done, loading.total)

    def show_batch(self, done: BatchDone, epochs: int, batches: int, seen: int) -> None:
        """Show a finished batch; ``seen`` counts batches since the start or the resumption."""
        self._bar.show_progress((done.epoch - 1) * batches + done.batch, max(epochs * batches, 1))
        self._epoch.show_value(f"{done.epoch:,} of {epochs:,}")
        self._batch.show_value(f"{done.batch:,} of {batches:,}")
        if seen >= _BATCHES_BEFORE_ESTIMATE:
            self._speed.show_value(three_digits(done.images_per_second))
            self._left.show_value(about(done.seconds_left))
        else:
            self._left.show_value("calculating…")

    def show_best(self, best: EpochMetrics | None) -> None:
        if best is None:
            self._best.show_value("after an epoch")
        else:
            self._best.show_value(f"{percent(best.validation_accuracy)} (epoch {best.epoch})")


class _Figure(QWidget):
    """A value above its caption."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._value = QLabel("–")
        self._value.setAccessibleName(caption)
        self._value.setMinimumWidth(1)
        font = self._value.font()
        font.setBold(True)
        self._value.setFont(font)
        label = theme.muted(caption)
        label.setWordWrap(False)
        label.setMinimumWidth(1)
        layouts.column(self._value, label, parent=self, spacing=0)

    def show_value(self, text: str) -> None:
        if text != self._value.text():
            self._value.setText(text)


def three_digits(value: float) -> str:
    """``1,230``, ``412``, ``8.4``."""
    if value < 100:
        return f"{value:.1f}"
    step = 10 if value >= 1000 else 1
    return f"{round(value / step) * step:,}"
