"""Progress and charts of the running training, redrawn at a limited rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.train.charts.adaptive_throttle import AdaptiveThrottle
from fashionlens_gui.window.train.charts.curves import LossCurve
from fashionlens_gui.window.train.charts.progress import ProgressView
from fashionlens_gui.window.train.empty_state import EmptyState
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
        self._batches = 1
        self._seen = 0
        self._newest: BatchDone | ProgressEvent | None = None
        self._epochs_changed = False
        self.charts: LivePlot | None = None
        self._throttle = AdaptiveThrottle()
        self._progress = ProgressView()
        self._progress.hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(EmptyState())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self._progress)
        layout.addWidget(self._pages, 1)

    @property
    def best(self) -> EpochMetrics | None:
        """The epoch of the best validation accuracy so far; the earlier one of equals."""
        return max(self.history, key=lambda epoch: epoch.validation_accuracy, default=None)

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

    def begin(self, name: str, *, resuming: bool) -> None:
        """A run begins; the loss curve is kept when it continues that run."""
        if not resuming:
            self.curve = LossCurve()
        self.history = ()
        self._seen = 0
        self._newest = None
        self._name = name
        self._progress.begin(name)
        self._progress.show()

    def handle(self, events: tuple[object, ...]) -> None:
        """Record all events and draw the newest state."""
        for event in events:
            match event:
                case BatchDone():
                    self.curve.append(event.loss)
                    self._seen += 1
                    self._newest = event
                case EpochDone():
                    self._set_history((*self.history, event.metrics))
                case Started():
                    self._start(event)
                case Rollback():
                    self.curve.restart((event.epoch - 1) * self._batches)
                case Ended():
                    self._set_history(event.history)
                case ProgressEvent():
                    self._newest = event
        self._draw()

    def show_paused(self, paused: bool) -> None:
        self._progress.show_text(f"“{self._name}” is paused" if paused else f"Training “{self._name}”")

    def show_stopping(self) -> None:
        self._progress.show_text(f"Stopping “{self._name}” and saving its state…")

    def finish(self) -> None:
        """Hide the progress; show the empty state when nothing was drawn."""
        self._progress.hide()
        if not len(self.curve) and not self.history:
            self._pages.setCurrentIndex(0)

    def _start(self, event: Started) -> None:
        self.epochs, self._batches = event.epochs, event.batches
        self._newest = None
        self.show_paused(False)
        self.curve.restart(len(event.history) * event.batches + event.batch)
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
                self.charts.show_epochs(self.history, self.epochs)
                self._epochs_changed = False
            self.charts.show_losses(self.curve)
            painting = self.charts.take_painting_seconds()
        self._throttle.record(time.thread_time() - began + painting)
