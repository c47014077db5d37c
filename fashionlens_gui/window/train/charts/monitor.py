"""Progress and charts of the running training, redrawn at a limited rate; before the first one, what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel
from fashionlens_gui.window.train.charts.curves import LossCurve
from fashionlens_gui.window.train.charts.progress import ProgressView
from trainer.control import ProgressEvent
from trainer.model_files.metadata import EpochMetrics
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Rollback, Started

if TYPE_CHECKING:
    from fashionlens_gui.window.train.charts.live_plot import LivePlot


class TrainingMonitor(QWidget):
    """Shows the events of one run after another, at intervals of :attr:`throttle_ms`."""

    def __init__(self) -> None:
        super().__init__()
        self.curve = LossCurve()
        self.history: tuple[EpochMetrics, ...] = ()
        self.epochs = 1
        self._name = ""
        self._batches, self._total = 1, 0
        self._seen = 0
        self._newest: BatchDone | ProgressEvent | None = None
        self._epochs_changed = False
        self._best: EpochMetrics | None = None
        self.charts: LivePlot | None = None
        self._throttle = AdaptiveThrottle()
        self._progress = ProgressView()
        self._progress.hide()
        self._pages = layouts.pages(EmptyState(_TITLE, _STEPS), EmptyState(_ONE_STEP_TITLE, _ONE_STEP))
        layouts.column(self._progress, (self._pages, 1), parent=self, spacing=2)

    @property
    def best(self) -> EpochMetrics | None:
        """The epoch whose weights are kept: of the best validation accuracy so far, the earlier one of equals."""
        return self._best or max(self.history, key=lambda epoch: epoch.validation_accuracy, default=None)

    @property
    def throttle_ms(self) -> int:
        """Time until the next events should be handled, which draws them."""
        return self._throttle.interval_ms

    def build_charts(self) -> LivePlot:
        """The charts, created when first needed because pyqtgraph is slow to import."""
        if self.charts is None:
            from fashionlens_gui.window.train.charts.live_plot import LivePlot

            self.charts = LivePlot()
            self._pages.addWidget(self.charts)
        return self.charts

    def begin(self, name: str, *, resuming: bool, in_epochs: bool = True) -> None:
        """A run begins; the loss curve is kept when it continues that run. Without epochs there is none."""
        if not resuming:
            self.curve = LossCurve()
        if not in_epochs:
            self._pages.setCurrentIndex(1)
        self.history = ()
        self._best = None
        self._seen = 0
        self._newest = None
        self._name = name
        self._progress.begin(name, in_epochs)
        self._progress.show()

    def handle(self, events: tuple[object, ...]) -> None:
        for event in events:
            match event:
                case BatchDone():
                    self.curve.append(event.loss)
                    self._seen += 1
                    self._newest = event
                case EpochDone():
                    self._best = event.metrics if event.best else self._best
                    self._set_history((*self.history, event.metrics))
                case Started():
                    self._start(event)
                case Rollback():
                    self.curve.restart((event.epoch - 1) * self._batches)
                case Ended():
                    self._total = len(self.curve) + self.curve.first_step  # the axis ends there
                    self._set_history(event.history)
                case ProgressEvent():
                    self._newest = event
        self._draw()

    def show_paused(self, paused: bool) -> None:
        self._progress.show_text(f"“{self._name}” is paused" if paused else f"Training “{self._name}”")

    def show_stopping(self) -> None:
        self._progress.show_text(f"Stopping “{self._name}” and saving its state…")

    def finish(self, trained: bool) -> None:
        """Hide the progress; show the empty state when nothing was drawn and no model was ``trained``."""
        self._progress.hide()
        if not len(self.curve) and not self.history and not trained:
            self._pages.setCurrentIndex(0)

    def _start(self, event: Started) -> None:
        self.epochs, self._batches = event.epochs, event.batches
        self._newest = None
        self.show_paused(False)
        self._total = event.epochs * event.batches
        step = len(event.history) * event.batches + event.batch
        if event.losses and len(event.losses) == step and len(self.curve) < step:
            self.curve.load(event.losses)
        else:
            self.curve.restart(step)
        self._set_history(event.history)
        self._pages.setCurrentWidget(self.build_charts())

    def _set_history(self, history: tuple[EpochMetrics, ...]) -> None:
        self.history = history
        self._epochs_changed = True

    def _draw(self) -> None:
        began, painting = time.thread_time(), 0.0
        match self._newest:
            case BatchDone() as done:
                self._progress.show_batch(done, self.epochs, self._batches, self._seen)
            case ProgressEvent() as loading:
                self._progress.show_loading(loading)
        self._progress.show_best(self.best)
        if self.charts is not None and self._pages.currentWidget() is self.charts:
            if self._epochs_changed:
                self.charts.show_epochs(self.history, self.epochs, self.best)
                self._epochs_changed = False
            self.charts.show_losses(self.curve, self._total)
            painting = self.charts.take_painting_seconds()
        self._throttle.record(time.thread_time() - began + painting)


_MOST_OFTEN_MS = 100
_LEAST_OFTEN_MS = 2000

Clock = Callable[[], float]


class AdaptiveThrottle:
    """Keeps the cost of drawing below a share of the processor time of the program.

    Processor time, not wall time: on a busy computer training slows down, and drawing must slow down with it.

    Args:
        share: Of the processor time of the program, at most of one core, (0, 1).
        clock: Wall time, s.
        work_clock: Processor time of the program, s.
    """

    def __init__(
        self, share: float = 0.01, clock: Clock = time.monotonic, work_clock: Clock = time.process_time
    ) -> None:
        self._share = share
        self._clock = clock
        self._work_clock = work_clock
        self._before = (clock(), work_clock())
        self._cost = 0.0
        self._cores = 1.0

    def record(self, seconds: float) -> None:
        """Add the processor time of a drawing to the moving average."""
        self._cost = seconds if not self._cost else 0.8 * self._cost + 0.2 * seconds
        now = (self._clock(), self._work_clock())
        passed, worked = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        if passed > 0:
            self._cores = 0.8 * self._cores + 0.2 * min(max(worked / passed, 0.05), 1.0)

    @property
    def interval_ms(self) -> int:
        wait = 1000 * self._cost / self._share / self._cores
        return int(min(max(wait, _MOST_OFTEN_MS), _LEAST_OFTEN_MS))


_STEPS_WIDTH = 60 * theme.SPACE
_TITLE = "Train your own model"
_STEPS = (
    (
        "play",
        "Start training",
        "Choose photos on the left. The other settings are fine as they are. You can pause, stop and continue later.",
    ),
    (
        "train",
        "Watch the progress",
        "One chart shows the loss of each batch, which should fall. Two charts compare training photos with validation "
        "photos, which the model is not trained on, epoch by epoch.",
    ),
    (
        "check",
        "Use the model",
        "The best state is saved as a model. You can tag your photos with it at once.",
    ),
)


_ONE_STEP_TITLE = "Quick training has no curve"
_ONE_STEP = (
    (
        "train",
        "One step instead of epochs",
        "The trained layers stay as they are. Only the last layer is fitted to your categories, all at once, so there "
        "is no loss to watch.",
    ),
    (
        "results",
        "See what it confuses",
        "“Test it in Results” shows the accuracy of each category, what is mistaken for what, and the photos.",
    ),
    (
        "check",
        "If it is not good enough",
        "Check the photos for wrong categories, add photos, or choose “Thorough: trains all layers”: worth it from "
        "about 100 photos per category.",
    ),
)


class EmptyState(QScrollArea):
    """Steps in place of charts, centred; scrolls in small windows."""

    def __init__(self, title_text: str, texts: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        block = QWidget()
        block.setMaximumWidth(_STEPS_WIDTH)
        steps = QGridLayout(block)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setHorizontalSpacing(2 * theme.SPACE)
        steps.setVerticalSpacing(theme.SPACE // 2)
        steps.setColumnStretch(1, 1)
        title = theme.title(title_text, wraps=True)
        steps.addWidget(title, 0, 0, 1, 2)
        steps.setRowMinimumHeight(1, 2 * theme.SPACE)
        for index, (icon, heading, text) in enumerate(texts):
            row = 2 + 3 * index
            steps.addWidget(IconLabel(3 * theme.SPACE, icon), row, 0, Qt.AlignmentFlag.AlignTop)
            steps.addWidget(theme.heading(heading), row, 1)
            steps.addWidget(theme.muted(text), row + 1, 1)
            steps.setRowMinimumHeight(row + 2, 2 * theme.SPACE)
        page = QWidget()
        layout = QGridLayout(page)  # an alignment would keep the block at its minimum width
        layout.addWidget(block, 1, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 8)
        layout.setColumnStretch(2, 1)
        layout.setRowStretch(0, 2)
        layout.setRowStretch(2, 3)
        self.setWidget(page)
