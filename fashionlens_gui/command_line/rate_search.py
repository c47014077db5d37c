"""``fashionlens train --find-rate``: which learning rate is good."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, DataError

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob


def run(job: TrainingJob, arguments: Namespace) -> int:
    """Try rates for the job and say which is good; arguments are those of ``train``.

    Raises:
        DataError: No rate made the network better, or as :func:`trainer.training.runs.run.find_learning_rate`.
        DeviceMissing: The device that was asked for is not there.
    """
    import torch

    from trainer.training.fit.lr_finder import LearningRateSuggested, LearningRateTried
    from trainer.training.runs.run import find_learning_rate

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = devices.choose(arguments.device)
    data_paths = paths.data_paths(arguments.data_folder)
    control, bars, tried, found = WorkControl(), terminal.Bars(), 0.0, None
    with terminal.stopping_on_interrupt(control), contextlib.closing(bars):
        try:
            for event in find_learning_rate(job, data_paths, control, device):
                if isinstance(event, ProgressEvent):
                    bars.show(event)
                elif isinstance(event, LearningRateTried):
                    tried = event.learning_rate
                    bars.show(ProgressEvent("Trying learning rates", event.step, event.steps))
                elif isinstance(event, LearningRateSuggested):
                    found = event.suggestion
        except Cancelled:
            return INTERRUPTED
    if found is None:
        raise DataError(f"Of the learning rates up to {tried:.2g} none made the network better. Keep the usual one.")
    terminal.say(f"A good learning rate: {found:g} (tried up to {tried:.2g}). Use it with --learning-rate {found:g}")
    return DONE
