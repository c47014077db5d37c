"""The fit loop: it learns, resumes exactly after a stop or kill, pauses, and refuses invalid input."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import torch

from tests.held_files import held_files
from tests.trainer.synthetic import image_set
from trainer.atomic_write import atomic_write
from trainer.control import WorkControl
from trainer.errors import CheckpointError, DataError, SaveError, TrainingDiverged
from trainer.recipe import DEFAULTS, Augmentation, FitRecipe
from trainer.training.fit import checkpoint as checkpoints
from trainer.training.fit import loop
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Started
from trainer.training.fit.loop import Fit
from trainer.training.fit.optimizer import learning_rate
from trainer.training.fit.task import ClassificationTask

# Dropout, batch norm, momentum, EMA and all augmentations: everything that resuming must restore.
RECIPE = FitRecipe(
    network="resnet-mini",
    epochs=2,
    batch_size=16,
    learning_rate=0.05,
    optimizer="sgd",
    weight_decay=1e-4,
    label_smoothing=0.05,
    ema_decay=0.9,
    augmentation=Augmentation(hflip=False, translate=1, random_erasing=0.3, color_jitter=0.2),
    seed=7,
)
CNN = msgspec.structs.replace(
    DEFAULTS["cnn"], epochs=3, learning_rate=3e-3, batch_size=16, augmentation=Augmentation(translate=1)
)


def losses(events: list) -> list[tuple[int, int, float]]:
    return [(event.epoch, event.batch, event.loss) for event in events if isinstance(event, BatchDone)]


def weights(fit: Fit) -> torch.Tensor:
    return torch.cat([tensor.flatten().float() for tensor in fit.best_network.state_dict().values()])


def test_training_learns_and_yields_its_events() -> None:
    fit = Fit(CNN, ClassificationTask(image_set(96), image_set(30, seed=1)))
    events = list(fit.events())
    assert isinstance(events[0], Started)
    assert len(losses(events)) == 3 * 6
    assert events[-1] == Ended("completed", fit.history)
    assert fit.best_metrics is not None
    assert fit.best_metrics.validation_accuracy > 0.9
    assert [event.metrics.epoch for event in events if isinstance(event, EpochDone)] == [1, 2, 3]


@pytest.mark.parametrize("recipe", [RECIPE, CNN], ids=["resnet-mini", "cnn"])
@pytest.mark.parametrize("stop_after", [1, 3, 4], ids=["mid-epoch", "epoch border", "second epoch"])
def test_resumed_run_equals_an_uninterrupted_one(tmp_path: Path, recipe: FitRecipe, stop_after: int) -> None:
    training, validation = image_set(40), image_set(20, seed=1)
    whole = Fit(recipe, ClassificationTask(training, validation))
    expected = list(whole.events())

    control = WorkControl()
    path = tmp_path / "run.checkpoint"
    first = []
    for event in Fit(recipe, ClassificationTask(training, validation), checkpoint=path, control=control).events():
        first.append(event)
        if len(losses(first)) == stop_after:
            control.stop()
    assert first[-1].reason == "stopped"
    second_fit = Fit(recipe, ClassificationTask(training, validation), checkpoint=path, resume=True)
    second = list(second_fit.events())

    assert losses(first) + losses(second) == losses(expected)
    assert torch.equal(weights(second_fit), weights(whole))
    strip = [replace(metrics, seconds=0) for metrics in second_fit.history]
    assert strip == [replace(metrics, seconds=0) for metrics in whole.history]


def test_same_seed_same_curve_other_seed_other_curve() -> None:
    training, validation = image_set(32), image_set(12, seed=1)
    one, two, other = (
        losses(
            list(
                Fit(
                    msgspec.structs.replace(CNN, epochs=1, seed=seed), ClassificationTask(training, validation)
                ).events()
            )
        )
        for seed in (1, 1, 2)
    )
    assert one == two != other


_KILLED = """
import sys
from pathlib import Path
from typing import Any
from tests.held_files import held_files
from tests.trainer.synthetic import image_set
from trainer.atomic_write import atomic_write
from tests.trainer.training.fit.test_fit import RECIPE
from trainer.training.fit.loop import Fit
from trainer.training.fit.task import ClassificationTask
fit = Fit(RECIPE, ClassificationTask(image_set(40), image_set(20, seed=1)), checkpoint=Path(sys.argv[1]))
for event in fit.events():
    print(type(event).__name__, flush=True)
"""


def test_a_killed_run_resumes_at_its_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "EpochDone" and path.exists():
            break
    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    process.stdout.close()

    resumed = Fit(RECIPE, ClassificationTask(image_set(40), image_set(20, seed=1)), checkpoint=path, resume=True)
    assert len(resumed.history) >= 1
    list(resumed.events())
    whole = Fit(RECIPE, ClassificationTask(image_set(40), image_set(20, seed=1)))
    list(whole.events())
    assert torch.equal(weights(resumed), weights(whole))


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="the system does not say which files are mapped")
def test_a_resumed_run_leaves_its_checkpoint_free_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    task = ClassificationTask(image_set(40), image_set(20, seed=1))
    list(Fit(RECIPE, task, checkpoint=path).events())
    resumed = Fit(RECIPE, task, checkpoint=path, resume=True)
    # Windows cannot replace a file that is still memory-mapped.
    assert str(path) not in Path("/proc/self/maps").read_text(encoding="utf-8")
    assert resumed.best_metrics is not None


def test_pause_writes_a_checkpoint_and_resumes(tmp_path: Path) -> None:
    control = WorkControl()
    path = tmp_path / "run.checkpoint"
    events = Fit(
        CNN, ClassificationTask(image_set(48), image_set(12, seed=1)), checkpoint=path, control=control
    ).events()
    next(events)
    next(events)
    control.pause()
    threading.Timer(0.3, control.resume).start()
    began = time.monotonic()
    next(events)
    assert time.monotonic() - began >= 0.25
    assert checkpoints.load(path).progress.batch == 1
    assert isinstance(list(events)[-1], Ended)


def test_pauses_take_no_time_of_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count()  # each call returns a time one second later
    slept = [0]
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(now) + slept[0]))

    class PausedOnce(WorkControl):
        def wait_while_paused(self) -> None:
            slept[0] += 100_000
            self.resume()

    def trained(control: WorkControl) -> Fit:
        fit = Fit(
            msgspec.structs.replace(CNN, epochs=1),
            ClassificationTask(image_set(48), image_set(12, seed=1)),
            control=control,
        )
        for event in fit.events():
            if isinstance(event, BatchDone) and event.batch == 1:
                control.pause()
        return fit

    assert trained(PausedOnce()).history[0].seconds < 100
    assert slept == [100_000]


def test_weights_of_small_epochs_are_never_the_best() -> None:
    class GoodWhileSmall(ClassificationTask):
        rights = iter((0.8, 0.9, 0.6, 0.7, 0.5))  # the first two are epochs with small images

        def validate(self, network: torch.nn.Module) -> tuple[float, float]:
            return super().validate(network)[0], next(self.rights)

    fit = Fit(
        msgspec.structs.replace(CNN, epochs=5, progressive_resize_epochs=2),
        GoodWhileSmall(image_set(32), image_set(20, seed=1)),
    )
    best = [event.metrics.epoch for event in fit.events() if isinstance(event, EpochDone) and event.best]
    assert best == [1, 2, 3, 4]
    assert fit.best_metrics is not None and fit.best_metrics.epoch == 4


def test_stops_early_and_keeps_the_best_weights() -> None:
    # Images of noise: validation accuracy cannot keep rising for 50 epochs.
    training = image_set(12)
    training.images_NCHW.random_(0, 255, generator=torch.Generator().manual_seed(0))
    fit = Fit(msgspec.structs.replace(CNN, epochs=50, patience=2), ClassificationTask(training, image_set(6, seed=1)))
    last = list(fit.events())[-1]
    assert last.reason == "early"
    best = max(metrics.validation_accuracy for metrics in fit.history)
    assert fit.best_metrics is not None and fit.best_metrics.validation_accuracy == best


def test_diverging_stops_before_the_weights_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    wild = msgspec.structs.replace(CNN, optimizer="sgd", learning_rate=1e18, schedule="constant", ema_decay=0.0)
    with pytest.raises(TrainingDiverged) as diverged:
        list(Fit(wild, ClassificationTask(image_set(48), image_set(12, seed=1)), checkpoint=path).events())
    assert diverged.value.code == "training_diverged"
    assert diverged.value.parameters == {"epoch": 1, "best_epoch": 0, "learning_rate": 1e18}
    assert path.exists()


def test_checkpoint_of_other_data_or_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    list(
        Fit(
            msgspec.structs.replace(CNN, epochs=1),
            ClassificationTask(image_set(32), image_set(12, seed=1)),
            checkpoint=path,
        ).events()
    )
    with pytest.raises(CheckpointError, match="checkpoint_of_other_settings"):
        Fit(
            msgspec.structs.replace(CNN, seed=99),
            ClassificationTask(image_set(32), image_set(12, seed=1)),
            checkpoint=path,
            resume=True,
        )
    with pytest.raises(CheckpointError, match="checkpoint_of_other_photos"):
        Fit(CNN, ClassificationTask(image_set(32, seed=5), image_set(12, seed=1)), checkpoint=path, resume=True)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"checkpoint_damaged.*run\.checkpoint"):
        Fit(CNN, ClassificationTask(image_set(32), image_set(12, seed=1)), checkpoint=path, resume=True)
    with pytest.raises(CheckpointError, match=r"checkpoint_missing.*none"):
        Fit(CNN, ClassificationTask(image_set(32), image_set(12, seed=1)), checkpoint=tmp_path / "none", resume=True)


def test_checkpoint_that_cannot_be_written_says_so_and_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.checkpoint"
    fit = Fit(
        msgspec.structs.replace(CNN, epochs=1),
        ClassificationTask(image_set(32), image_set(12, seed=1)),
        checkpoint=path,
    )
    list(fit.events())
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="disk_full"):
        fit.save_checkpoint()
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.checkpoint"]


@pytest.mark.parametrize("winerror", [5, 32, 33, 112])
def test_a_training_goes_on_without_a_checkpoint_and_the_last_one_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, winerror: int
) -> None:
    monkeypatch.setattr(atomic_write.__wrapped__, "__defaults__", (0.0, True))
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    held_files(monkeypatch, winerror, "run.checkpoint")
    task = ClassificationTask(image_set(32), image_set(12, seed=1))
    control = WorkControl()
    fit = Fit(CNN, task, checkpoint=tmp_path / "run.checkpoint", control=control)
    stopped = 0
    with pytest.raises(SaveError):
        for event in fit.events():
            if isinstance(event, BatchDone) and event.epoch == 3 and not stopped:
                stopped = len(fit.history)
                control.stop()
    assert stopped == 2
    assert "the training goes on" in caplog.text
    monkeypatch.undo()
    fit.save_checkpoint()
    assert list(Fit(CNN, task, checkpoint=tmp_path / "run.checkpoint", resume=True).events())[-1].reason == "completed"


def test_no_photos_is_a_plain_error() -> None:
    with pytest.raises(DataError, match="no_training_photos"):
        Fit(CNN, ClassificationTask(image_set(6).subset(torch.arange(0)), image_set(12)))


def test_the_schedule_warms_up_then_falls_to_zero() -> None:
    rates = [learning_rate(RECIPE, step, 100) for step in range(100)]
    assert max(rates) == pytest.approx(RECIPE.learning_rate)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[-1] < 0.001 * RECIPE.learning_rate
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_convolutions_are_deterministic_in_a_step_and_what_they_were_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU too, the same seed gives the same weights."""
    from torch.backends import cudnn

    monkeypatch.setattr(cudnn, "benchmark", True)
    flags = []

    class Watched(ClassificationTask):
        def loss(self, *arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
            loss, correct = super().loss(*arguments)
            loss.register_hook(lambda _: flags.append((cudnn.benchmark, cudnn.deterministic)))  # during backward
            return loss, correct

    fit = Fit(msgspec.structs.replace(CNN, epochs=1), Watched(image_set(32), image_set(12, seed=1)))
    for _ in fit.events():
        assert (cudnn.benchmark, cudnn.deterministic) == (True, False)
    assert flags == [(False, True)] * 2


def test_a_fit_on_a_gpu_does_not_switch_algorithms_by_speed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.devices.to_device", lambda network, device: None)
    Fit(CNN, ClassificationTask(image_set(32), image_set(12, seed=1)), device=torch.device("cuda"))
    assert not torch.backends.cudnn.benchmark
