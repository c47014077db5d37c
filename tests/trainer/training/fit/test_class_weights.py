"""Class balancing by loss weights or by sampling; a balanced run resumes exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import torch
from msgspec.structs import replace

from tests.trainer.synthetic import image_set
from trainer.control import WorkControl
from trainer.data.image_set import ImageSet
from trainer.recipe import DEFAULTS, Augmentation, FitRecipe, recipe_from_json
from trainer.training.fit.events import BatchDone
from trainer.training.fit.loop import Fit
from trainer.training.fit.task import ClassBalancer, ClassificationTask, example_weights

RECIPE = replace(
    DEFAULTS["cnn"], epochs=1, batch_size=16, learning_rate=2e-3, ema_decay=0.0, augmentation=Augmentation(translate=1)
)
_HOWS: tuple[Literal["weights", "sampling"], ...] = ("weights", "sampling")


def lopsided() -> ImageSet:
    """Two classes with 40 photos each, and one with 4."""
    images = image_set(120)
    rare = torch.nonzero(images.labels_N == 2).flatten()
    return images.subset(torch.cat([torch.nonzero(images.labels_N != 2).flatten(), rare[:4]]))


def test_few_photos_weigh_inversely_and_many_do_not_outweigh_each_other() -> None:
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor([5, 50, 20_000]))
    weights = example_weights(labels)
    assert weights.mean().item() == pytest.approx(1, abs=1e-4)
    assert (weights[0] / weights[5]).item() == pytest.approx(10, rel=0.05), "few photos: as 1 / n"
    assert (weights[5] / weights[-1]).item() == pytest.approx(1000 / 48.8, rel=0.05), "20,000 count as about 1,000"


def test_sampling_shows_rare_kinds_as_often_as_others() -> None:
    images = lopsided()
    balancer, generator = ClassBalancer(images.labels_N), torch.Generator().manual_seed(1)
    drawn = balancer.resample(torch.arange(84).repeat(30), replace(RECIPE, class_balancing="sampling"), generator)
    shares = torch.bincount(images.labels_N[drawn]) / len(drawn)
    assert shares.tolist() == pytest.approx([1 / 3] * 3, abs=0.05)
    untouched = torch.arange(10)
    assert balancer.resample(untouched, RECIPE, generator) is untouched


@pytest.mark.parametrize("how", _HOWS)
def test_a_rare_class_is_recognised_earlier(how: Literal["weights", "sampling"]) -> None:
    def loss_on_rare(recipe: FitRecipe) -> float:
        rare = image_set(90, seed=1)
        fit = Fit(recipe, ClassificationTask(lopsided(), rare.subset(torch.nonzero(rare.labels_N == 2).flatten())))
        list(fit.events())
        return fit.history[-1].validation_loss

    assert loss_on_rare(replace(RECIPE, class_balancing=how)) < 0.7 * loss_on_rare(RECIPE)


@pytest.mark.parametrize("how", _HOWS)
def test_a_balanced_run_resumes_exactly(how: Literal["weights", "sampling"], tmp_path: Path) -> None:
    recipe, path = (
        replace(RECIPE, class_balancing=how, augmentation=Augmentation(translate=1, random_erasing=0.3)),
        tmp_path / "c",
    )
    task = ClassificationTask(lopsided(), image_set(12, seed=1))
    expected = [event.loss for event in Fit(recipe, task).events() if isinstance(event, BatchDone)]
    control, seen = WorkControl(), []
    for event in Fit(recipe, task, checkpoint=path, control=control).events():
        if isinstance(event, BatchDone):
            seen.append(event.loss)
            if event.batch == 3:
                control.stop()
    seen += [e.loss for e in Fit(recipe, task, checkpoint=path, resume=True).events() if isinstance(e, BatchDone)]
    assert seen == expected


def test_a_recipe_of_an_earlier_version_is_not_balanced() -> None:
    old = RECIPE.to_json()
    del old["balance"]
    assert recipe_from_json(old) == RECIPE
