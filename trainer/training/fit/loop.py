"""The one fit loop. A generator: it yields events and never prints, draws or waits for anybody.

Exact resumption: every step's randomness (dropout, augmentation) comes from a seed made of (run seed, epoch, batch)
and every epoch's order from (run seed, epoch). So a run continued from any batch equals one never interrupted, and no
generator state needs saving.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import torch
from torch import nn

from trainer import devices
from trainer.control import WorkControl
from trainer.errors import CheckpointError, TrainingDiverged
from trainer.history import EpochMetrics
from trainer.recipe import FitRecipe
from trainer.training.fit import checkpoint as checkpoints
from trainer.training.fit.checkpoint import Checkpoint, Progress
from trainer.training.fit.divergence import Reason
from trainer.training.fit.events import BatchDone, Ended, EpochDone, SetBack, Started, TrainingEvent
from trainer.training.fit.optimizer import follow, learning_rate, optimiser_for
from trainer.training.fit.task import Task
from trainer.training.fit.timer import Stopwatch

_SECONDS_BETWEEN_CHECKPOINTS = 60.0


class _OutOfHand(Exception):
    """A step that must not be taken. ``batch`` counts from 0."""

    def __init__(self, batch: int, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.batch, self.reason, self.detail = batch, reason, detail


class Fit:
    """One training run; iterate over :meth:`events` to make it go.

    Args:
        recipe: What to do.
        task: What to learn.
        checkpoint: File to keep the run in, or None to keep nothing. Written at least every minute, after every
            epoch, when paused and when stopped.
        resume: Go on from ``checkpoint``.
        control: Pauses or stops the run between batches.
        device: Where to compute. Checkpoints and weights do not depend on it, but rounding does.
        start: Weights to begin with, as the network's ``state_dict``; None begins with random ones.

    Raises:
        CheckpointError: ``resume`` was asked for and the checkpoint is missing, damaged, or of other data or settings.
    """

    def __init__(
        self,
        recipe: FitRecipe,
        task: Task,
        *,
        checkpoint: Path | None = None,
        resume: bool = False,
        control: WorkControl | None = None,
        device: torch.device | None = None,
        start: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        self.recipe = recipe
        self._device = device or torch.device("cpu")
        self._task = task
        self._path = checkpoint
        self._control = control or WorkControl()
        self.data_fingerprint = task.fingerprint()
        self._batches = math.ceil(len(task) / recipe.batch_size)
        self._progress = Progress()

        torch.manual_seed(recipe.seed)
        self._network = task.build(recipe)
        if start is not None:
            self._network.load_state_dict(start)
        devices.bring(self._network, self._device)
        if self._device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # every step convolves alike, so finding the fastest way pays
        self._average = copy.deepcopy(self._network)
        self._best = {name: tensor.clone() for name, tensor in self._average.state_dict().items()}
        self._optimiser = optimiser_for(self._network, recipe)
        if resume:
            self._restore()

    @property
    def best_network(self) -> nn.Module:
        """A copy with the weights of the best validation accuracy so far, on the CPU, in evaluation mode."""
        network = copy.deepcopy(self._average)
        network.load_state_dict(self._best)
        return network.cpu().eval()

    @property
    def best_metrics(self) -> EpochMetrics | None:
        """The epoch that :attr:`best_network` is from; None before the first epoch is done."""
        done = self._progress
        return done.history[done.best_epoch - 1] if done.best_epoch else None

    @property
    def history(self) -> tuple[EpochMetrics, ...]:
        """Metrics of the finished epochs."""
        return self._progress.history

    def events(self) -> Iterator[TrainingEvent]:
        """Train, yielding what happens.

        Raises:
            TrainingDiverged: Loss or gradient diverged (:mod:`trainer.training.fit.divergence`) more often than a lower
                learning rate could help; the checkpoint keeps the best weights, if an epoch was done at all.
            SaveError: A checkpoint could not be written; the one before is unharmed.
        """
        yield Started(
            self.recipe.epochs, self._batches, self._progress.history, self._progress.batch, self.data_fingerprint
        )
        while self._progress.epoch < self.recipe.epochs:
            if self._out_of_patience():
                yield Ended("early", self._progress.history)
                return
            clock = Stopwatch()
            try:
                yield from self._epoch(clock)
                if self._control.stopped:
                    self.save_checkpoint()
                    yield Ended("stopped", self._progress.history)
                    return
                done = self._validate(clock)
            except _OutOfHand as trouble:
                yield self._fall_back(trouble)
                continue
            yield done
            self.save_checkpoint()
        yield Ended("completed", self._progress.history)

    def save_checkpoint(self) -> None:
        """Write the run's present state, if it is kept at all. Raises :class:`trainer.errors.SaveError`."""
        if self._path is None:
            return
        tensors = {f"network.{name}": t for name, t in self._network.state_dict().items()}
        tensors |= {f"average.{name}": t for name, t in self._average.state_dict().items()}
        tensors |= {f"best.{name}": t for name, t in self._best.items()}
        for index, state in self._optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(t) for name, t in state.items() if t is not None}
        # Averages and best weights may share memory after a load, which safetensors refuses to store twice.
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        checkpoints.save(self._path, Checkpoint(self.recipe, self.data_fingerprint, self._progress, tensors))

    def _restore(self) -> None:
        if self._path is None:
            raise CheckpointError("There is no checkpoint file to continue from.")
        stored = checkpoints.load(self._path)
        # Another number of epochs is the one change that makes sense: as many as are done, to end it here.
        if msgspec.structs.replace(stored.recipe, epochs=self.recipe.epochs) != self.recipe:
            raise CheckpointError("The interrupted training had other settings. Use the same ones, or start anew.")
        if stored.data_fingerprint != self.data_fingerprint:
            raise CheckpointError(
                "The training photos, or what was decided of them, have changed since the interrupted training. Make "
                "it as it was to go on, or start anew. What was kept of the training is unchanged."
            )
        groups: dict[str, dict[str, torch.Tensor]] = {"network": {}, "average": {}, "best": {}, "optimiser": {}}
        for name, tensor in stored.tensors.items():
            group, _, rest = name.partition(".")
            groups[group][rest] = tensor
        self._network.load_state_dict(groups["network"])
        self._average.load_state_dict(groups["average"])
        self._best = groups["best"]
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in groups["optimiser"].items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = tensor
        self._optimiser.load_state_dict({**self._optimiser.state_dict(), "state": state})
        self._progress = stored.progress

    def _epoch(self, clock: Stopwatch) -> Iterator[TrainingEvent]:
        """The running epoch's remaining batches; returns early when stopped."""
        epoch = self._progress.epoch
        order = torch.randperm(len(self._task), generator=_generator(self.recipe.seed, epoch))
        saved, first = time.monotonic(), self._progress.batch
        self._network.train()
        for batch in range(first, self._batches):
            if self._control.paused:
                self.save_checkpoint()
                with clock.resting():
                    self._control.wait_while_paused()
            if self._control.stopped:
                return
            indices = order[batch * self.recipe.batch_size : (batch + 1) * self.recipe.batch_size]
            loss, rate = self._step(indices, epoch, batch)
            speed = (batch + 1 - first) * self.recipe.batch_size / clock.seconds
            left = self._batches * (self.recipe.epochs - epoch) - batch - 1
            yield BatchDone(epoch + 1, batch + 1, loss, rate, speed, left * self.recipe.batch_size / speed)
            if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                self.save_checkpoint()
                saved = time.monotonic()

    def _step(self, indices: torch.Tensor, epoch: int, batch: int) -> tuple[float, float]:
        """One optimiser step; returns (loss, learning rate)."""
        recipe = self.recipe
        torch.manual_seed(_seed(recipe.seed, epoch, batch))  # dropout draws from torch's own generator
        generator = _generator(recipe.seed, epoch, batch)
        with devices.mixed_precision(self._device):
            loss, correct = self._task.loss(self._network, indices, epoch, recipe, generator)
        self._optimiser.zero_grad()
        loss.backward()
        # Read together, since reading waits for a card to have done all that it was told.
        value, norm, right = torch.stack([loss.detach(), _gradient_norm(self._network), correct]).tolist()
        guard = self._progress.guard
        step = epoch * self._batches + batch
        rate = learning_rate(recipe, step, recipe.epochs * self._batches) * guard.rate_factor
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["rate_factor"]
        reason = guard.judged(value, norm)
        if reason is not None:
            raise _OutOfHand(batch, reason, f"loss {value}, gradient {norm} at batch {batch + 1}, learning rate {rate}")
        if recipe.max_grad_norm:
            nn.utils.clip_grad_norm_(self._network.parameters(), recipe.max_grad_norm)
        self._optimiser.step()
        follow(self._average, self._network, recipe.ema_decay, step)
        done = self._progress
        self._progress = replace(
            done,
            batch=batch + 1,
            loss_sum=done.loss_sum + value * len(indices),
            correct=done.correct + int(right),
            guard=guard.after(value, norm),
        )
        return value, rate

    def _fall_back(self, trouble: _OutOfHand) -> SetBack:
        """Take the best weights back and begin the running epoch anew, more slowly.

        The momentum goes, as it points to where it went wrong. Raises :class:`TrainingDiverged` the third time.
        """
        done = self._progress
        self._network.load_state_dict(self._best)
        self._average.load_state_dict(self._best)
        self._optimiser = optimiser_for(self._network, self.recipe)
        self._progress = replace(done, batch=0, loss_sum=0.0, correct=0)
        if done.guard.gives_up:
            self.save_checkpoint()
            kept = f"What it was after epoch {done.best_epoch} is kept and can be saved as a model; or start"
            raise TrainingDiverged(
                f"Training stopped in epoch {done.epoch + 1}: it went out of hand again, also with a lower learning "
                f"rate. {kept if done.best_epoch else 'Start'} again with a much smaller learning rate, for example a "
                "tenth.",
                trouble.detail,
            )
        guard = done.guard.after_setback()
        self._progress = replace(self._progress, guard=guard)
        self.save_checkpoint()
        return SetBack(done.epoch + 1, trouble.batch + 1, trouble.reason, done.best_epoch, guard.rate_factor)

    def _validate(self, clock: Stopwatch) -> EpochDone:
        """Close the running epoch, unless its last step made weights that say nothing any more."""
        done = self._progress
        loss, accuracy = self._task.validate(self._average)
        if not math.isfinite(loss):
            raise _OutOfHand(self._batches - 1, "loss", f"validation loss {loss} in epoch {done.epoch + 1}")
        count = len(self._task)
        metrics = EpochMetrics(
            done.epoch + 1, done.loss_sum / count, done.correct / count, loss, accuracy, clock.seconds
        )
        best_so_far = done.history[done.best_epoch - 1].validation_accuracy if done.best_epoch else -1.0
        # Weights that know small images alone are lost in large ones, however good they were in small ones.
        grown = done.best_epoch <= self.recipe.progressive_resize_epochs <= done.epoch
        best = grown or accuracy > best_so_far
        if best:
            self._best = {name: tensor.clone() for name, tensor in self._average.state_dict().items()}
        self._progress = Progress(
            epoch=done.epoch + 1,
            history=(*done.history, metrics),
            best_epoch=done.epoch + 1 if best else done.best_epoch,
            guard=done.guard,
        )
        return EpochDone(metrics, best)

    def _out_of_patience(self) -> bool:
        done = self._progress
        return bool(self.recipe.patience and done.epoch - done.best_epoch >= self.recipe.patience)


def _gradient_norm(network: nn.Module) -> torch.Tensor:
    """Euclidean length of all gradients as one vector."""
    return nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


def _seed(*parts: int) -> int:
    """One 63-bit seed from several numbers (splitmix64 steps), so that neighbours do not overlap."""
    state = 0
    for part in parts:
        state = (state ^ (part + 0x9E3779B97F4A7C15)) & (2**64 - 1)
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        state ^= state >> 31
    return state >> 1


def _generator(*parts: int) -> torch.Generator:
    return torch.Generator().manual_seed(_seed(*parts))
