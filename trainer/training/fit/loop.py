"""The fit loop: a generator that yields events.

Exact resumption: the random numbers of a step (dropout, augmentation) come from a seed made of (run seed, epoch,
batch), the order of an epoch from (run seed, epoch). So a run resumed at any batch equals one that was never
interrupted, and no generator state has to be saved.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from msgspec.structs import replace
from torch import nn

from trainer import devices
from trainer.control import WorkControl
from trainer.errors import CheckpointError, SaveError, TrainingDiverged
from trainer.model_files.metadata import EpochMetrics
from trainer.networks.network import Network
from trainer.recipe import FitRecipe
from trainer.training.fit import checkpoint as checkpoints
from trainer.training.fit.checkpoint import Checkpoint, Progress
from trainer.training.fit.divergence import DivergenceReason
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Rollback, Started, TrainingEvent
from trainer.training.fit.optimizer import build_optimizer, learning_rate, update_ema
from trainer.training.fit.task import Task

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_CHECKPOINTS = 60.0


class Timer:
    """Wall time since it was made, without pauses."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The time inside the context does not count."""
        since = time.monotonic()
        yield
        self._started += time.monotonic() - since


class _StepDiverged(Exception):
    """A step that the optimizer must not take. ``batch`` counts from 0."""

    def __init__(self, batch: int, reason: DivergenceReason, detail: str) -> None:
        super().__init__(detail)
        self.batch, self.reason, self.detail = batch, reason, detail


class Fit:
    """One training run; :meth:`events` trains.

    Args:
        checkpoint: File for checkpoints, or None for none. Written at least every minute, after every epoch, and when
            the run is paused or stopped.
        control: Pauses or stops the run between batches.
        device: Where to compute; None is the CPU. Checkpoints of one device can be resumed on another.
        start: Initial weights, a ``state_dict`` of the network; None: random.

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
        self._losses: list[float] = []  # of the batches so far; empty when those of an old checkpoint are unknown

        torch.manual_seed(recipe.seed)
        self._network = task.build(recipe)
        if start is not None:
            self._network.load_state_dict(start)
        devices.to_device(self._network, self._device)
        self._average = copy.deepcopy(self._network)
        self._best = {name: tensor.clone() for name, tensor in self._average.state_dict().items()}
        self._optimizer = build_optimizer(self._network, recipe)
        if resume:
            self._load_checkpoint()

    @property
    def best_network(self) -> Network:
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
        return self._progress.history

    def events(self) -> Iterator[TrainingEvent]:
        """Train.

        Raises:
            TrainingDiverged: More than :data:`trainer.training.fit.divergence.MAX_ROLLBACKS` divergences. The
                checkpoint has the best weights.
            SaveError: The checkpoint of a stopped run could not be written; the one before it is unharmed. While the
                run goes on, that is only logged.
        """
        yield Started(
            self.recipe.epochs,
            self._batches,
            self._progress.history,
            self._progress.batch,
            self.data_fingerprint,
            tuple(self._losses),
        )
        while self._progress.epoch < self.recipe.epochs:
            if self._out_of_patience():
                yield Ended("early", self._progress.history)
                return
            timer = Timer()
            try:
                yield from self._epoch(timer)
                if self._control.stopped:
                    self.save_checkpoint()
                    yield Ended("stopped", self._progress.history)
                    return
                done = self._validate(timer)
            except _StepDiverged as diverged:
                yield self._roll_back(diverged)
                continue
            yield done
            self._try_to_save_checkpoint()
        yield Ended("completed", self._progress.history)

    def save_checkpoint(self) -> None:
        """Write the current state, if there is a checkpoint file. Raises :class:`trainer.errors.SaveError`."""
        if self._path is None:
            return
        tensors = {f"network.{name}": t for name, t in self._network.state_dict().items()}
        tensors |= {f"average.{name}": t for name, t in self._average.state_dict().items()}
        tensors |= {f"best.{name}": t for name, t in self._best.items()}
        for index, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(t) for name, t in state.items() if t is not None}
        tensors["curve.losses"] = torch.tensor(self._losses, dtype=torch.float32)
        # Averages and best weights may share memory after a load, which safetensors refuses to store twice.
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        checkpoints.save(self._path, Checkpoint(self.recipe, self.data_fingerprint, self._progress, tensors))

    def _try_to_save_checkpoint(self) -> None:
        """Write a checkpoint that a later one replaces, so that one may fail."""
        try:
            self.save_checkpoint()
        except SaveError as error:
            _log.warning("A checkpoint of %s was not saved; the training goes on: %s", self._path, error.detail)

    def _load_checkpoint(self) -> None:
        if self._path is None:
            raise CheckpointError("no_checkpoint_file")
        stored = checkpoints.load(self._path)
        # Another number of epochs is the one change that makes sense: as many as are done, to end it here.
        if replace(stored.recipe, epochs=self.recipe.epochs) != self.recipe:
            raise CheckpointError("checkpoint_of_other_settings")
        if stored.data_fingerprint != self.data_fingerprint:
            raise CheckpointError("checkpoint_of_other_photos")
        groups: dict[str, dict[str, torch.Tensor]] = {
            "network": {}, "average": {}, "best": {}, "optimiser": {}, "curve": {}
        }  # fmt: skip
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
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": state})
        self._progress = stored.progress
        self._losses = groups["curve"].get("losses", torch.zeros(0)).tolist()

    def _epoch(self, timer: Timer) -> Iterator[TrainingEvent]:
        """The running epoch's remaining batches; returns early when stopped."""
        epoch = self._progress.epoch
        order = torch.randperm(len(self._task), generator=_generator(self.recipe.seed, epoch))
        saved, first = time.monotonic(), self._progress.batch
        self._network.train()
        for batch in range(first, self._batches):
            if self._control.paused:
                self._try_to_save_checkpoint()
                with timer.paused():
                    self._control.wait_while_paused()
            if self._control.stopped:
                return
            indices = order[batch * self.recipe.batch_size : (batch + 1) * self.recipe.batch_size]
            loss, rate = self._step(indices, epoch, batch)
            speed = (batch + 1 - first) * self.recipe.batch_size / timer.seconds
            left = self._batches * (self.recipe.epochs - epoch) - batch - 1
            yield BatchDone(epoch + 1, batch + 1, loss, rate, speed, left * self.recipe.batch_size / speed)
            if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                self._try_to_save_checkpoint()
                saved = time.monotonic()

    @devices.deterministic_cudnn()
    def _step(self, indices: torch.Tensor, epoch: int, batch: int) -> tuple[float, float]:
        """One optimizer step; returns (loss, learning rate)."""
        recipe = self.recipe
        torch.manual_seed(_seed(recipe.seed, epoch, batch))  # dropout draws from torch's own generator
        generator = _generator(recipe.seed, epoch, batch)
        with devices.mixed_precision(self._device):
            loss, correct = self._task.loss(self._network, indices, epoch, recipe, generator)
        self._optimizer.zero_grad()
        loss.backward()
        # Read together: reading a number waits for the GPU.
        value, norm, correct_count = torch.stack([loss.detach(), _gradient_norm(self._network), correct]).tolist()
        monitor = self._progress.monitor
        step = epoch * self._batches + batch
        rate = learning_rate(recipe, step, recipe.epochs * self._batches) * monitor.lr_factor
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["lr_scale"]
        reason = monitor.check(value, norm)
        if reason is not None:
            raise _StepDiverged(
                batch, reason, f"loss {value}, gradient {norm} at batch {batch + 1}, learning rate {rate}"
            )
        if recipe.max_grad_norm:
            nn.utils.clip_grad_norm_(self._network.parameters(), recipe.max_grad_norm)
        self._optimizer.step()
        update_ema(self._average, self._network, recipe.ema_decay, step)
        done = self._progress
        if len(self._losses) == step:
            self._losses.append(value)
        self._progress = replace(
            done,
            batch=batch + 1,
            loss_sum=done.loss_sum + value * len(indices),
            correct=done.correct + int(correct_count),
            monitor=monitor.after_step(value, norm),
        )
        return value, rate

    def _roll_back(self, diverged: _StepDiverged) -> Rollback:
        """Restore the best weights, reset the optimizer, and repeat the epoch with a lower learning rate.
        Raises :class:`TrainingDiverged`: no further rollback is allowed.
        """
        done = self._progress
        self._network.load_state_dict(self._best)
        self._average.load_state_dict(self._best)
        self._optimizer = build_optimizer(self._network, self.recipe)
        self._progress = replace(done, batch=0, loss_sum=0.0, correct=0)
        del self._losses[done.epoch * self._batches :]
        if done.monitor.exhausted:
            self.save_checkpoint()
            raise TrainingDiverged(
                "training_diverged",
                diverged.detail,
                epoch=done.epoch + 1,
                best_epoch=done.best_epoch,
                learning_rate=self.recipe.learning_rate,
            )
        monitor = done.monitor.after_rollback()
        self._progress = replace(self._progress, monitor=monitor)
        self._try_to_save_checkpoint()
        return Rollback(done.epoch + 1, diverged.batch + 1, diverged.reason, done.best_epoch, monitor.lr_factor)

    def _validate(self, timer: Timer) -> EpochDone:
        """Validate and finish the running epoch. Raises :class:`_StepDiverged` when the loss is not finite."""
        done = self._progress
        loss, accuracy = self._task.validate(self._average)
        if not math.isfinite(loss):
            raise _StepDiverged(self._batches - 1, "loss", f"validation loss {loss} in epoch {done.epoch + 1}")
        count = len(self._task)
        metrics = EpochMetrics(
            done.epoch + 1, done.loss_sum / count, done.correct / count, loss, accuracy, timer.seconds
        )
        best_so_far = done.history[done.best_epoch - 1].validation_accuracy if done.best_epoch else -1.0
        # The first epoch at full size is the best so far: weights of small images are wrong for large ones.
        first_full_size = done.best_epoch <= self.recipe.progressive_resize_epochs <= done.epoch
        best = first_full_size or accuracy > best_so_far
        if best:
            self._best = {name: tensor.clone() for name, tensor in self._average.state_dict().items()}
        self._progress = Progress(
            epoch=done.epoch + 1,
            history=(*done.history, metrics),
            best_epoch=done.epoch + 1 if best else done.best_epoch,
            monitor=done.monitor,
        )
        return EpochDone(metrics, best)

    def _out_of_patience(self) -> bool:
        done = self._progress
        return bool(self.recipe.patience and done.epoch - done.best_epoch >= self.recipe.patience)


def _gradient_norm(network: nn.Module) -> torch.Tensor:
    return nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


def _seed(*parts: int) -> int:
    """One 63-bit seed from several numbers (splitmix64)."""
    state = 0
    for part in parts:
        state = (state ^ (part + 0x9E3779B97F4A7C15)) & (2**64 - 1)
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        state ^= state >> 31
    return state >> 1


def _generator(*parts: int) -> torch.Generator:
    return torch.Generator().manual_seed(_seed(*parts))
