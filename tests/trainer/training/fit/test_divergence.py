"""Divergence: the run rolls back, continues with a lower learning rate and resumes exactly."""

from __future__ import annotations

from pathlib import Path

import msgspec
import torch

from tests.trainer.synthetic import image_set
from trainer.control import WorkControl
from trainer.recipe import DEFAULTS, Augmentation, FitRecipe
from trainer.training.fit import checkpoint as checkpoints
from trainer.training.fit.divergence import DivergenceMonitor
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Rollback
from trainer.training.fit.loop import Fit
from trainer.training.fit.task import ClassificationTask

# A learning rate at which the loss soon becomes NaN; a ninth of it trains.
TOO_FAST = msgspec.structs.replace(
    DEFAULTS["cnn"],
    epochs=2,
    batch_size=8,
    learning_rate=2.0,
    optimizer="sgd",
    schedule="constant",
    ema_decay=0.0,
    augmentation=Augmentation(translate=1),
)


def fit(recipe: FitRecipe = TOO_FAST, path: Path | None = None, **more: object) -> Fit:
    task = ClassificationTask(image_set(48), image_set(12, seed=1))
    return Fit(recipe, task, checkpoint=path, **more)  # type: ignore[arg-type]


def test_a_run_that_diverges_continues_with_a_lower_learning_rate() -> None:
    events = list(fit().events())
    rollbacks = [event for event in events if isinstance(event, Rollback)]
    assert [round(1 / event.lr_factor) for event in rollbacks] == [3, 9]
    assert {(event.reason, event.best_epoch) for event in rollbacks} == {("loss", 0)}
    after = events[events.index(rollbacks[-1]) + 1]
    assert isinstance(after, BatchDone) and (after.epoch, after.batch) == (1, 1), "the epoch begins anew"
    assert abs(after.learning_rate - TOO_FAST.learning_rate / 9) < 1e-9
    assert isinstance(events[-1], Ended) and events[-1].history[-1].validation_accuracy > 0.9
    last_losses = [event.loss for event in events[events.index(rollbacks[-1]) :] if isinstance(event, BatchDone)]
    assert events[-1].history[0].training_loss == sum(last_losses[:6]) / 6, "what went wrong is not in the figures"


def test_resuming_between_and_after_rollbacks_is_exact(tmp_path: Path) -> None:
    whole = fit()
    expected = list(whole.events())
    first_rollback = next(i for i, event in enumerate(expected) if isinstance(event, Rollback))
    for stop_at in (first_rollback + 2, len(expected) - 4):
        path, control, seen = tmp_path / f"{stop_at}.checkpoint", WorkControl(), []
        for event in fit(path=path, control=control).events():
            seen.append(event)
            if len(seen) == stop_at:
                control.stop()
        again = fit(path=path, resume=True)
        seen += list(again.events())
        losses = [[e.loss for e in events if isinstance(e, BatchDone)] for events in (seen, expected)]
        assert losses[0] == losses[1]
        for name, tensor in whole.best_network.state_dict().items():
            assert torch.equal(tensor, again.best_network.state_dict()[name]), name


def test_an_exploding_gradient_is_distinguished_from_a_hard_batch() -> None:
    state = DivergenceMonitor()
    for _ in range(30):
        assert state.check(1.5, 1.0) is None
        state = state.after_step(1.5, 1.0)
    assert state.check(0.9, 500.0) is None, "a hard batch late in a run: the loss is still below the first"
    assert state.check(9.0, 500.0) == "explosion"
    assert state.check(1.0, float("inf")) == "gradient"
    assert state.check(float("nan"), 1.0) == "loss"
    assert state.after_rollback().check(9.0, 500.0) is None, "the usual norm is measured again"


def test_a_checkpoint_from_before_the_monitor_resumes(tmp_path: Path) -> None:
    path = tmp_path / "old.checkpoint"
    slow = msgspec.structs.replace(TOO_FAST, learning_rate=0.01, epochs=1)
    list(fit(slow, path).events())
    stored = checkpoints.load(path)
    assert len(stored.progress.monitor.norms) == 6
    # As an earlier version wrote it: neither "guard" nor "balance".
    import json

    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(str(path), framework="pt") as file:
        (name, text), *_ = file.metadata().items()
    header = json.loads(text)
    del header["progress"]["guard"], header["recipe"]["balance"]
    save_file(stored.tensors, str(path), metadata={name: json.dumps(header)})
    events = list(fit(msgspec.structs.replace(slow, epochs=2), path, resume=True).events())
    assert [event.metrics.epoch for event in events if isinstance(event, EpochDone)] == [2]
