"""The training that a :class:`fashionlens_gui.window.workers.Work` runs, with manners towards the window."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QThread

from fashionlens_gui import paths
from fashionlens_gui.window import slow_imports
from fashionlens_gui.window.train import runs
from trainer.control import WorkControl
from trainer.training.recipe import Recipe

if TYPE_CHECKING:
    from trainer.training.run import TrainingJob

FASHION_MNIST = "fashion-mnist"
"""What :mod:`trainer.data.sources` calls it; said again here, as that module brings torch."""

_NICENESS = 10


@dataclass(frozen=True, slots=True)
class NewRun:
    """What the user chose.

    Attributes:
        name: Of the model; also its file's name, so it holds only what a file name may.
        source: :data:`FASHION_MNIST` or a folder.
        recipe: How to train.
    """

    name: str
    source: str
    recipe: Recipe

    @property
    def output(self) -> Path:
        """The model file that will be written."""
        return paths.models_dir() / f"{self.name}.safetensors"

    def job(self) -> TrainingJob:
        """The job for the trainer. Imports torch."""
        from trainer.training.run import TrainingJob

        checkpoint = runs.new_checkpoint(paths.runs_dir(), self.name)
        return TrainingJob(self.name, self.recipe, self.source, self.output, checkpoint)


def fashion_mnist_is_here(data_folder: str) -> bool:
    """Whether the training pictures lie where :mod:`trainer.data.fashion_mnist` looks, without importing torch."""
    folders = [
        folder
        for place in (*paths.dataset_places(data_folder), paths.datasets_dir())
        for folder in (place, place / "fashion-mnist", place / "FashionMNIST" / "raw")
    ]
    return any((folder / f"train-images-idx3-ubyte{end}").is_file() for folder in folders for end in ("", ".gz"))


def training_work(what: NewRun | TrainingJob, data_folder: str) -> Callable[[WorkControl], Iterator[Any]]:
    """A function for Work that trains; yields the job, then what :func:`trainer.training.run.train` yields.

    Args:
        what: A new run, or the job of an interrupted one.
        data_folder: Where the user keeps Fashion-MNIST, or nothing.
    """

    def generate(control: WorkControl) -> Iterator[Any]:
        prepare_libraries()
        leave_the_window_its_share()
        from trainer.data.sources import DataPlaces
        from trainer.training.run import train

        job = what.job() if isinstance(what, NewRun) else what
        runs.check_writable(job.output.parent)
        places = DataPlaces(paths.dataset_places(data_folder), paths.datasets_dir())
        yield job
        yield from train(job, places, control)

    return generate


def prepare_libraries() -> None:
    """Import torch and the charts here in the worker's thread, where seconds bother nobody."""
    slow_imports.import_torch()
    with slow_imports.quietly():
        import fashionlens_gui.window.train.live_plot  # noqa: F401


def leave_the_window_its_share() -> None:
    """Put this thread, and the torch threads it will start, behind the window's.

    Measured on two cores (tests/benchmarks/streaming.py): with all cores at low priority training is faster than with
    one core left free, and the window answers as quickly, as the system takes a core away the moment it needs one.
    """
    QThread.currentThread().setPriority(QThread.Priority.LowPriority)
    if sys.platform == "linux":  # where Qt's priorities do nothing; there each thread has a niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
