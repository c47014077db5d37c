"""The learning-rate finder: it finds a rate that learns, leaves the network unchanged, and stops when asked."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec.structs import replace

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.trainer import synthetic
from tests.trainer.synthetic import image_set
from trainer import devices
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError
from trainer.recipe import DEFAULTS, Augmentation, FitRecipe
from trainer.training.fit.loop import Fit
from trainer.training.fit.lr_finder import LearningRateSuggested, LearningRateTried, find_learning_rate
from trainer.training.fit.task import ClassificationTask

RECIPE = replace(DEFAULTS["cnn"], epochs=3, batch_size=16, augmentation=Augmentation(translate=1))


def task() -> ClassificationTask:
    return ClassificationTask(image_set(96), image_set(30, seed=1))


def suggestion(recipe: FitRecipe) -> float:
    *tried, found = find_learning_rate(recipe, task(), WorkControl())
    assert isinstance(found, LearningRateSuggested) and found.suggestion is not None
    assert all(isinstance(each, LearningRateTried) for each in tried)
    return found.suggestion


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_found_learning_rate_learns_and_a_much_smaller_one_does_not(optimizer: str) -> None:
    recipe = replace(RECIPE, optimizer=optimizer, ema_decay=0.0)
    found = suggestion(recipe)
    assert found == suggestion(recipe), "same seed, same answer"

    def accuracy(rate: float) -> float:
        fit = Fit(replace(recipe, learning_rate=rate), task())
        list(fit.events())
        return fit.history[-1].validation_accuracy

    # The search fits these photos completely; after that even the largest learning rate does not diverge.
    assert accuracy(found) > 0.9
    assert accuracy(found / 1000) < 0.9


class Scripted(ClassificationTask):
    """Trains normally but returns the given losses, since the learning rate at which real ones diverge is random."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__(image_set(96), image_set(30, seed=1))
        self._losses = iter(losses)

    def loss(self, *details: Any) -> tuple[torch.Tensor, int]:
        loss, right = super().loss(*details)
        return loss * 0 + next(self._losses), right


def test_learning_rates_grow_evenly_and_the_curve_ends_where_it_diverges() -> None:
    falling = torch.linspace(2, 0.5, 70).tolist()
    exploding = [0.5 * 1.5**step for step in range(30)]
    *tried, found = find_learning_rate(RECIPE, Scripted(falling + exploding), WorkControl())
    rates = [event.learning_rate for event in tried if isinstance(event, LearningRateTried)]
    assert rates[0] == pytest.approx(1e-6)
    assert all(b / a == pytest.approx(rates[1] / rates[0]) for a, b in itertools.pairwise(rates))
    assert 70 < len(rates) < 90, "it went on after the loss had exploded, or gave up while it fell"
    assert isinstance(found, LearningRateSuggested) and found.suggestion is not None
    assert rates[0] < found.suggestion < rates[69], "the rate is one at which the loss fell"


def test_a_curve_that_never_diverges_ends_at_the_largest_learning_rate() -> None:
    *tried, _ = find_learning_rate(RECIPE, Scripted(torch.linspace(2, 0.5, 100).tolist()), WorkControl())
    assert isinstance(tried[-1], LearningRateTried) and tried[-1].learning_rate == pytest.approx(10)


def test_a_network_that_cannot_improve_gets_no_suggestion() -> None:
    *_, found = find_learning_rate(RECIPE, Scripted(torch.linspace(1, 3, 200).tolist()), WorkControl())
    assert found == LearningRateSuggested(None)


def test_it_stops_when_asked() -> None:
    control = WorkControl()
    events = find_learning_rate(RECIPE, task(), control)
    next(events)
    control.stop()
    with pytest.raises(Cancelled):
        next(events)


def test_it_computes_on_the_given_device() -> None:
    """Uses the “meta” device, which has shapes but no data, in place of a GPU."""
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):
        list(find_learning_rate(RECIPE, task(), WorkControl(), device=torch.device("meta")))


@pytest.mark.skipif(devices.available() != ("cpu",), reason="this computer has a card")
def test_the_command_asks_for_the_device(tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    photos = synthetic.folder_tree(tmp_path / "shop", per_class=4)
    words = ["train", "--data", str(photos), "--model", "cnn", "--find-rate", "--device", "cuda"]
    assert main(words) == 2
    assert "cannot compute with --device cuda" in capfd.readouterr().err


def test_the_command_prints_a_learning_rate_and_writes_nothing(
    tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    photos = synthetic.folder_tree(tmp_path / "shop", per_class=20)
    words = ["train", "--data", str(photos), "--model", "cnn", "--batch-size", "16", "--threads", "1", "--find-rate"]
    assert main(words) == 0
    output = capfd.readouterr().out
    rate = float(output.split("--learning-rate ")[1])
    assert 1e-5 < rate < 1 and f"A good learning rate: {rate:g}" in output
    assert [file.name for file in tmp_path.iterdir() if file.name != own_home.name] == ["shop"]
    assert not paths.run_history_dir().exists()


@pytest.mark.parametrize("more", [[], ["--find-rate"]], ids=["no --out", "no --data"])
def test_missing_options_are_reported(more: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *more, *([] if more else ["--data", "fashion-mnist"])]) == 2
    assert "--out" in capfd.readouterr().err or more


def test_training_the_last_layer_has_no_learning_rate(tmp_path: Path) -> None:
    from tests.trainer.training.runs.test_run import job
    from trainer.data.data_paths import DataPaths
    from trainer.recipe import ProbeRecipe
    from trainer.training.runs.run import find_learning_rate as find_for_job

    with pytest.raises(DataError, match="probe_has_no_learning_rate"):
        next(find_for_job(job(tmp_path, recipe=ProbeRecipe("product")), DataPaths((), tmp_path), WorkControl()))
