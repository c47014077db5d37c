"""A training's curves as event files of TensorBoard. Needs the optional part ``fashionlens[tensorboard]``."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trainer.errors import MissingExtra, SaveError, os_reason
from trainer.training.fit.events import BatchDone, EpochDone, Started

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_Event = TypeVar("_Event")


def logged(events: Generator[_Event, None, None], folder: Path) -> Generator[_Event, None, None]:
    """Pass on the events of a training and write its curves into ``folder``.

    Scalars: ``batch/loss`` and ``batch/learning_rate`` over all batches; ``loss/training``, ``loss/validation``,
    ``accuracy/training`` and ``accuracy/validation`` over epochs. A resumed run continues its curves.

    Raises:
        MissingExtra: TensorBoard is not installed. Raised at once, before the training begins.
        SaveError: The folder cannot be written to; likewise.
    """
    return _logged(events, _writer(folder))


def _logged(events: Generator[_Event, None, None], writer: SummaryWriter) -> Generator[_Event, None, None]:
    batches = 0
    with contextlib.closing(events), contextlib.closing(writer):
        for event in events:
            match event:
                case Started():
                    batches = event.batches
                case BatchDone():
                    step = (event.epoch - 1) * batches + event.batch
                    writer.add_scalar("batch/loss", event.loss, step)
                    writer.add_scalar("batch/learning_rate", event.learning_rate, step)
                case EpochDone(metrics=done):
                    writer.add_scalar("loss/training", done.training_loss, done.epoch)
                    writer.add_scalar("loss/validation", done.validation_loss, done.epoch)
                    writer.add_scalar("accuracy/training", done.training_accuracy, done.epoch)
                    writer.add_scalar("accuracy/validation", done.validation_accuracy, done.epoch)
            yield event


def _writer(folder: Path) -> SummaryWriter:
    try:
        import tensorboard  # noqa: F401  (torch has the writer, this the format)
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("tensorboard_not_installed", repr(error)) from error
    try:
        return SummaryWriter(str(folder))
    except OSError as error:
        raise SaveError("tensorboard_not_written", repr(error), folder=str(folder), reason=os_reason(error)) from error
