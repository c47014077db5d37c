"""The training that the window runs in a worker's thread, at low priority."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QThread

from fashionlens_gui import paths
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.train import interrupted_runs
from trainer import devices
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST
from trainer.recipe import Recipe

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob

_NICENESS = 10


@dataclass(frozen=True, slots=True)
class NewRun:
    """What the user chose.

    Attributes:
        name: Of the model; a valid file name.
        source: :data:`FASHION_MNIST` or a folder.
        recipe: How to train.
        start: Model file to start from.
        pretrained: Network with ImageNet weights to start from, or empty.
    """

    name: str
    source: str
    recipe: Recipe
    start: Path | None = None
    pretrained: str = ""

    @property
    def output(self) -> Path:
        return paths.models_dir() / f"{self.name}.safetensors"

    def job(self) -> TrainingJob:
        """The job for the trainer. Imports torch."""
        from trainer.training.runs.job import TrainingJob

        checkpoint = interrupted_runs.new_checkpoint(paths.runs_dir(), self.name)
        decisions = paths.decisions_file(Path(self.source))
        return TrainingJob(
            self.name,
            self.recipe,
            self.source,
            self.output,
            checkpoint,
            start=self.start,
            pretrained=self.pretrained,
            decisions=decisions if self.source != FASHION_MNIST and decisions.is_file() else None,
        )


def has_fashion_mnist(data_folder: str) -> bool:
    """Whether :mod:`trainer.data.fashion_mnist` will find the training images. Does not import torch."""
    unpacked = Path("FashionMNIST", "raw")
    folders = [
        place / folder for place in paths.data_paths(data_folder).search for folder in (".", "fashion-mnist", unpacked)
    ]
    files = [folder / "train-images-idx3-ubyte.gz" for folder in folders]
    return any(file.is_file() for file in (*files, paths.datasets_dir() / unpacked / "train-images-idx3-ubyte"))


def run_training(
    what: NewRun | TrainingJob, data_folder: str, device: str, control: WorkControl
) -> Generator[object, None, None]:
    """Train; yields the job, then what :func:`trainer.training.runs.run.train` yields.

    Args:
        what: A new run, or the job of an interrupted one.
        data_folder: Where the user keeps Fashion-MNIST, or nothing.
        device: What computes, a name of :data:`trainer.devices.NAMES`.
        control: Pauses and stops it.
    """
    import_libraries()
    from trainer.training.runs.run import train

    job = what.job() if isinstance(what, NewRun) else what
    interrupted_runs.check_writable(job.output.parent)
    data_paths = paths.data_paths(data_folder)
    yield job
    with low_priority():
        yield from train(job, data_paths, control, paths.run_history_dir(), devices.choose(device))


def import_libraries() -> None:
    """Import torch and the charts in the worker thread; takes seconds."""
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.train.charts.live_plot  # noqa: F401


@contextlib.contextmanager
def low_priority() -> Iterator[None]:
    """Run this thread, and the torch threads that it starts, at low priority.

    On Windows and macOS the threads of torch keep theirs; one core is left free instead. Measured on two busy cores
    (3 runs of 3 s): the 99th percentile of the delay of a 5 ms timer in the window is 44 to 48 ms at low and 80 to 88
    ms at normal priority.
    """
    import torch

    thread = QThread.currentThread()
    if thread is not None:
        thread.setPriority(QThread.Priority.LowPriority)
    if sys.platform == "linux":  # Qt's priorities have no effect there; each thread has its own niceness
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    before = torch.get_num_threads()
    torch.set_num_threads(_chosen_threads() or _threads(sys.platform))
    try:
        yield
    finally:
        torch.set_num_threads(before)  # also applies to later threads


def _threads(platform: str) -> int:
    """All cores where the threads of OpenMP get the low priority too; elsewhere one is left to the window."""
    return os.cpu_count() or 1 if platform == "linux" else devices.threads_leaving_one_core()


def _chosen_threads() -> int:
    """The value of ``OMP_NUM_THREADS``; 0 when it is not set."""
    chosen = os.environ.get("OMP_NUM_THREADS", "")
    return int(chosen) if chosen.isdecimal() else 0
