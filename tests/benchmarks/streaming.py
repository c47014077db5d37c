"""Training speed with live charts, compared with the same loop without a window.

    python -m tests.benchmarks.streaming [--pairs 15] [--seconds 4] [--network cnn] [--threads 2] [--json FILE]

One fit loop is driven in turns, some seconds headless in a plain thread (the window's thread sleeps), some seconds by
a WorkerSlot with the real charts in a real window that already hold 100,000 batches, and so on. Each pair of neighbours
gives one ratio of times per batch; the median of them is reported, so that other work on the computer, which meets
both alike, falls out. The same ratio of processor time, and the share of it that the window's thread took, are less
noisy where the computer is busy. In further turns a timer of 5 ms in the window's thread measures how long the window
was deaf, with and without training.

Targets: the median costs at most 3 %, no gap above 50 ms.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from msgspec.structs import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from fashionlens_gui import messages
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.gc_control import Collector
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.charts.monitor import TrainingMonitor
from fashionlens_gui.window.train.training_worker import low_priority
from trainer.control import WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.fashion_mnist import CLASSES
from trainer.data.image_set import ImageSet
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT
from trainer.recipe import DEFAULTS
from trainer.training.fit.events import BatchDone, Started, TrainingEvent
from trainer.training.fit.loop import Fit
from trainer.training.fit.task import ClassificationTask

_BATCHES_SHOWN = 100_000
_WARM_UP = 3  # batches of each turn that do not count: a new thread starts its own torch threads


class Turn:
    """A stretch of the one endless training, timed in the thread that runs it."""

    def __init__(self, events: Iterator[TrainingEvent], seconds: float, threads: int) -> None:
        self._events = events
        self._seconds = seconds
        self._threads = threads
        self.seconds_per_batch = math.nan
        self.processor_seconds_per_batch = math.nan

    def __call__(self, _control: WorkControl | None = None) -> Generator[TrainingEvent, None, None]:
        with low_priority():
            if self._threads:
                torch.set_num_threads(self._threads)
            yield from self._timed()

    def _timed(self) -> Iterator[TrainingEvent]:
        began, worked = time.perf_counter(), time.process_time()
        for count, event in enumerate(self._events, start=1):
            yield event
            now = time.perf_counter()
            if count == _WARM_UP:
                began, worked = now, time.process_time()
            elif now - began > self._seconds and count > _WARM_UP:
                self.seconds_per_batch = (now - began) / (count - _WARM_UP)
                self.processor_seconds_per_batch = (time.process_time() - worked) / (count - _WARM_UP)
                return

    def run_headless(self) -> None:
        """In a plain thread, while this one sleeps."""
        thread = threading.Thread(target=lambda: [None for _ in self()])
        thread.start()
        thread.join()


class Heartbeat:
    """Notes how late a 5 ms timer of the window's thread fires."""

    def __init__(self) -> None:
        self._gaps_ms: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start(5)

    def stop(self) -> None:
        self._timer.stop()

    def summary(self) -> dict[str, float]:
        """Median, 99th percentile and worst time between two beats, milliseconds."""
        gaps = np.array(self._gaps_ms)
        return {
            "median": round(float(np.median(gaps)), 1),
            "99 %": round(float(np.quantile(gaps, 0.99)), 1),
            "worst": round(float(gaps.max()), 1),
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self._gaps_ms.append((now - self._last) * 1000)
        self._last = now


def endless_training(network: str, batch_size: int) -> Iterator[TrainingEvent]:
    """Batches of a training on noise; no epoch ever ends."""
    generator = torch.Generator().manual_seed(1)

    def images(count: int) -> ImageSet:
        pixels = torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=generator)
        labels = torch.randint(0, len(CLASSES), (count,), generator=generator)
        return ImageSet(DatasetInfo(name="noise"), pixels, labels, CLASSES, FASHION_MNIST_INPUT)

    recipe = replace(DEFAULTS[network], epochs=1000, batch_size=batch_size)
    fit = Fit(recipe, ClassificationTask(images(60_000), images(10)))
    return (event for event in fit.events() if isinstance(event, BatchDone))


def window_with_charts(batches: int) -> tuple[QMainWindow, TrainingMonitor]:
    """A shown window whose loss chart already holds ``batches`` points."""
    watch = TrainingMonitor()
    window = QMainWindow()
    window.setCentralWidget(watch)
    window.resize(1280, 720)
    window.show()
    watch.begin("noise", resuming=False)
    watch.handle((Started(1000, 469, (), 0),))
    for loss in 0.3 + 2 * np.exp(-np.arange(batches) / 9000) + 0.1 * np.random.default_rng(1).standard_normal(batches):
        watch.curve.append(float(loss))
    return window, watch


def run_in_window(turn: Turn, watch: TrainingMonitor, heartbeat: Heartbeat | None = None) -> float:
    """As the Train tab does it; gives the share of the program's processor time that the window's thread took."""
    mine, all_ = time.thread_time(), time.process_time()
    loop = QEventLoop()
    slot = WorkerSlot[TrainingEvent, None](
        "training",
        on_events=watch.handle,
        interval_ms=lambda: watch.throttle_ms,
        on_error=lambda error: print(messages.sentence(error), error.detail, file=sys.stderr),
        on_end=loop.quit,
    )
    slot.start(turn)
    if heartbeat is not None:
        heartbeat.start()
    loop.exec()
    if heartbeat is not None:
        heartbeat.stop()
    return (time.thread_time() - mine) / (time.process_time() - all_)


def rest(seconds: float, heartbeat: Heartbeat) -> None:
    """The window with nothing to do: what other programs on this computer do to it."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    heartbeat.start()
    loop.exec()
    heartbeat.stop()


def measure_cost(
    options: argparse.Namespace, events: Iterator[TrainingEvent], watch: TrainingMonitor
) -> dict[str, object]:
    """Ratios of neighbouring turns; the first pair warms up."""
    ratios, work_ratios, headless, shares = [], [], [], []
    for number in range(options.pairs + 1):
        alone = Turn(events, options.seconds, options.threads)
        watched = Turn(events, options.seconds, options.threads)
        if number % 2:  # neither always comes first
            share = run_in_window(watched, watch)
            alone.run_headless()
        else:
            alone.run_headless()
            share = run_in_window(watched, watch)
        if number:
            ratios.append(watched.seconds_per_batch / alone.seconds_per_batch)
            shares.append(share)
            work_ratios.append(watched.processor_seconds_per_batch / alone.processor_seconds_per_batch)
            headless.append(options.batch_size / alone.seconds_per_batch)
    return {
        "headless_images_per_second": round(statistics.median(headless), 1),
        "cost_percent": round(100 * (statistics.median(ratios) - 1), 2),
        "cost_percent_quartiles": [round(100 * (float(q) - 1), 2) for q in np.quantile(ratios, [0.25, 0.75])],
        "processor_cost_percent": round(100 * (statistics.median(work_ratios) - 1), 2),
        "window_thread_share_percent": round(100 * statistics.median(shares), 2),
        "milliseconds_between_drawings": watch.throttle_ms,
    }


def measure_gaps(
    options: argparse.Namespace, events: Iterator[TrainingEvent], watch: TrainingMonitor
) -> dict[str, dict[str, float]]:
    """The heartbeat with and without training, in turns."""
    training, idle = Heartbeat(), Heartbeat()
    for _ in range(max(options.pairs // 3, 1)):
        run_in_window(Turn(events, options.seconds, options.threads), watch, training)
        rest(options.seconds, idle)
    return {"window_gap_ms": training.summary(), "window_gap_ms_without_training": idle.summary()}


def main() -> int:
    """Measure and print; 0 when both targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--network", choices=sorted(DEFAULTS), default="cnn")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0: as the Train tab sets them")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    theme.apply(application, "light")
    collector = Collector(application)
    window, watch = window_with_charts(_BATCHES_SHOWN)
    events = endless_training(options.network, options.batch_size)
    result: dict[str, object] = {
        "network": options.network,
        "torch_threads": options.threads or "as in the window",
        "cores": os.cpu_count(),
        "pairs": options.pairs,
        "batches_shown": _BATCHES_SHOWN,
    }
    result |= measure_cost(options, events, watch)
    gaps = measure_gaps(options, events, watch)
    result |= gaps
    collector.stop()
    window.close()
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if float(str(result["cost_percent"])) <= 3 and gaps["window_gap_ms"]["worst"] <= 50 else 1


if __name__ == "__main__":
    sys.exit(main())
