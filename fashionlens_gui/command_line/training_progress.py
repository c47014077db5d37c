"""What ``fashionlens train`` shows while it works."""

from __future__ import annotations

from typing import Any

from fashionlens_gui.command_line import terminal
from fashionlens_gui.messages.training import rollback_sentence
from trainer.control import ProgressEvent
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Rollback, Started


class TrainingProgress:
    """Draws the run: a bar for each epoch and a line for its result.

    Attributes:
        saved: The :class:`trainer.training.runs.run.ModelSaved` that came last; None before.
        begun: Whether the first epoch began.
    """

    def __init__(self) -> None:
        self.saved: Any = None  # the module of ModelSaved imports torch
        self.begun = False
        self._loading = terminal.Bars()
        self._bar: Any = None
        self._epochs = self._batches = 0

    def show(self, event: object) -> None:
        if isinstance(event, ProgressEvent):
            self._loading.show(event)
        elif isinstance(event, Started):
            self._loading.close()
            self.begun = True
            self._epochs, self._batches = event.epochs, event.batches
        elif isinstance(event, BatchDone):
            if self._bar is None:
                what = f"Epoch {event.epoch}/{self._epochs}"
                self._bar = terminal.bar(what, self._batches, "batches", done=event.batch - 1)
            self._bar.set_postfix_str(f"loss {event.loss:.3f}, {event.images_per_second:,.0f} images/s", refresh=False)
            self._bar.update(event.batch - self._bar.n)
        elif isinstance(event, Rollback):
            self._close_bar()
            terminal.warn(rollback_sentence(event))
        elif isinstance(event, EpochDone):
            self._close_bar()
            metrics = event.metrics
            terminal.note(
                f"Epoch {metrics.epoch}/{self._epochs}: accuracy {metrics.training_accuracy:.2%} in training, "
                f"{metrics.validation_accuracy:.2%} in validation{', the best so far' if event.best else ''}"
            )
        elif isinstance(event, Ended):
            self._close_bar()
            if event.reason == "early":
                terminal.note("Stopped early: it has not become better for a while.")
        else:
            self.saved = event

    def close(self) -> None:
        self._loading.close()
        self._close_bar()

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None
