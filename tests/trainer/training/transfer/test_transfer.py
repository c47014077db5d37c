"""Transfer learning of own categories from the bundled product network: linear probe and full fine-tuning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from msgspec.structs import replace as replace_struct
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.messages.runs import holdout_sentence
from tests.refused import refused
from tests.trainer.product_photos import picture
from tests.trainer.synthetic import CLASSES, folder_tree
from trainer.control import WorkControl
from trainer.data import folders
from trainer.data.data_paths import DataPaths
from trainer.data.split_file import read_split
from trainer.errors import Cancelled
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import ModelMetadata, StudioScore
from trainer.preprocessing.photo import load_photo
from trainer.recipe import ProbeRecipe, Recipe, fine_tuning, suggested_mode
from trainer.training.fit.events import BatchDone, Ended, EpochDone
from trainer.training.fit.lr_finder import LearningRateTried
from trainer.training.fit.optimizer import build_optimizer
from trainer.training.runs import holdout
from trainer.training.runs.job import TrainingJob, interrupted_runs, read_job
from trainer.training.runs.run import ModelSaved, find_learning_rate, train

PRODUCTS = paths.bundled_models_dir() / "products.safetensors"
# Not categories of the taxonomy.
SHELVES = {"Shelf 1 red": (200, 30, 30), "Shelf 2 blue": (40, 60, 160), "Shelf 3 black": (20, 20, 20)}
QUICK = msgspec.structs.replace(fine_tuning("product"), epochs=2, batch_size=8)


def shelves(root: Path, per_shelf: int, first: int = 0) -> Path:
    for name, fill in SHELVES.items():
        (root / name).mkdir(parents=True)
        for number in range(first, first + per_shelf):
            picture(number, fill, (255, 255, 255)).save(root / name / f"{number}.png")
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shelves(tmp_path / "shop", per_shelf=9)


def run(shop: Path, recipe: Recipe, start: Path = PRODUCTS) -> tuple[ModelMetadata, Predictor, list[object]]:
    events: list[object] = list(train(job(shop, recipe, start), DataPaths((), shop.parent), WorkControl()))
    saved = events[-1]
    assert isinstance(saved, ModelSaved)
    return saved.metadata, Predictor.load(saved.path), events


def job(shop: Path, recipe: Recipe, start: Path = PRODUCTS) -> TrainingJob:
    return TrainingJob(
        "shop", recipe, str(shop), shop.parent / "shop.safetensors", shop.parent / "runs" / "shop", start=start
    )


def accuracy_of(predictor: Predictor, tmp_path: Path) -> float:
    others = shelves(tmp_path / "others", per_shelf=4, first=50)
    files = sorted(others.rglob("*.png"))
    predictions = predictor.predict([predictor.prepare(load_photo(file)) for file in files])
    return sum(each.category.label == file.parent.name for each, file in zip(predictions, files, strict=True)) / len(
        files
    )


def test_a_refit_head_learns_own_categories_and_colours_stay_unchanged(shop: Path, tmp_path: Path) -> None:
    metadata, predictor, _ = run(shop, ProbeRecipe("product"))
    assert metadata.classes == tuple(SHELVES)
    assert accuracy_of(predictor, tmp_path) == 1.0
    assert metadata.figures["validation_accuracy"] > 0.9
    assert metadata.own_categories and not metadata.uses_taxonomy
    assert (metadata.origin.kind, metadata.origin.name, metadata.origin.created[:2]) == ("model", "products", "20")
    assert ModelMetadata.from_json(metadata.to_json()) == metadata
    file = next((shop / "Shelf 1 red").iterdir())
    old = Predictor.load(PRODUCTS)
    (now,), (then,) = (each.predict([each.prepare(load_photo(file))]) for each in (predictor, old))
    assert now.attributes["colour"] == then.attributes["colour"]


def test_unrelated_pixels_give_low_accuracy(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    for number in range(24):  # the same photos in every folder
        folder = shop / ("odd" if number % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        picture(number // 2 * 2, (90, 90, 90), (255, 255, 255)).save(folder / f"{number}.png")
    metadata, _, _ = run(shop, ProbeRecipe("product"))
    assert metadata.figures["validation_accuracy"] <= 0.75
    assert metadata.figures["validation_ok_share"] < 0.5


def test_full_fine_tuning_trains_all_layers_and_keeps_old_predictions(shop: Path, tmp_path: Path) -> None:
    metadata, predictor, events = run(shop, QUICK)
    assert [type(event) for event in events if isinstance(event, EpochDone)] == [EpochDone] * 2
    assert accuracy_of(predictor, tmp_path) > 0.9  # all but one, after two epochs of full fine-tuning
    old, new = model_file.load(PRODUCTS).network.state_dict(), predictor.network.state_dict()
    assert not any(torch.equal(old[name], new[name]) for name in old if old[name].ndim == 4), "all layers are trained"
    assert torch.equal(old["backbone.stem.1.running_mean"], new["backbone.stem.1.running_mean"])
    files = sorted((shop / "Shelf 2 blue").iterdir())
    photos = [predictor.prepare(load_photo(file)) for file in files]
    kept = [
        predictions.attributes["colour"].label in before.attributes["colour"].labels[:2]
        for predictions, before in zip(predictor.predict(photos), Predictor.load(PRODUCTS).predict(photos), strict=True)
    ]
    assert sum(kept) > 0.9 * len(kept)
    assert metadata.tta_hflip == Predictor.load(PRODUCTS).metadata.tta_hflip
    split = read_split(tmp_path / "shop.split.csv")
    assert {part: len(photos) for part, photos in split.items()} == {"train": 21, "validation": 3, "test": 3}
    assert all(path.is_file() and path.parent.name == category for path, category in split["train"])
    assert (metadata.figures[holdout.ACCURACY], metadata.figures[holdout.PHOTOS]) == (1, 3)
    assert holdout_sentence(metadata.figures) == "Test on 3 photos that it never saw: 3 correct (100\u00a0%)."
    probed, _, _ = run(shop, ProbeRecipe("product"))
    again = read_split(tmp_path / "shop.split.csv")
    assert again["test"] == split["test"], "however they are trained, the test photos are the same"
    assert sorted(again["train"]) == sorted(split["train"] + split["validation"])
    assert probed.figures[holdout.PHOTOS] == 3


@pytest.mark.parametrize("recipe", [ProbeRecipe("product"), msgspec.structs.replace(QUICK, epochs=1)])
def test_holdout_photos_change_only_the_test_accuracy(recipe: Recipe, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def noise(file: Path) -> None:
        Image.fromarray(rng.integers(0, 256, (12, 9, 3), dtype=np.uint8)).resize((90, 120)).save(file)

    for number in range(16):  # all photos differ
        folder = tmp_path / "shop" / ("odd" if number % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        noise(folder / f"{number}.png")
    before, predictor, _ = run(tmp_path / "shop", recipe)
    split = read_split(tmp_path / "shop.split.csv")
    for path, _ in split["test"]:
        noise(path)
    after, again, _ = run(tmp_path / "shop", recipe)
    assert read_split(tmp_path / "shop.split.csv") == split and len(split["test"]) == 2
    assert all(torch.equal(t, again.network.state_dict()[n]) for n, t in predictor.network.state_dict().items())
    assert (before.temperature, before.review_below, before.data_fingerprint) == (
        after.temperature, after.review_below, after.data_fingerprint
    )  # fmt: skip
    assert {name for name in before.figures if before.figures[name] != after.figures[name]} <= {holdout.ACCURACY}


def test_layer_lr_decay_keeps_early_layers_near_their_start(shop: Path) -> None:
    old = model_file.load(PRODUCTS).network.state_dict()["backbone.stem.0.weight"]
    moved = []
    for decay in (QUICK.layer_lr_decay, 1.0):
        _, predictor, _ = run(shop, replace_struct(QUICK, layer_lr_decay=decay))
        moved.append((predictor.network.state_dict()["backbone.stem.0.weight"] - old).norm().item())
    assert 0 < moved[0] < moved[1] / 2


def test_the_bundled_network_has_its_parameters_in_the_order_of_its_layers() -> None:
    network = model_file.load(PRODUCTS).network
    recipe = fine_tuning("efficientnet-lite0")
    scale = {
        id(p): group["lr_scale"] for group in build_optimizer(network, recipe).param_groups for p in group["params"]
    }
    named = {name: scale[id(parameter)] for name, parameter in network.named_parameters()}
    layers = ("backbone.stem.0", "backbone.blocks.0.layers.0.0", "backbone.top.0", "projection.0", "head")
    scales = [named[f"{layer}.weight"] for layer in layers]
    assert scales[0] == recipe.layer_lr_decay and scales == sorted(set(scales)) and scales[-1] <= 1


def test_with_three_photos_per_category_there_is_no_holdout(tmp_path: Path) -> None:
    metadata, _, _ = run(shelves(tmp_path / "few", per_shelf=3), ProbeRecipe("product"))
    assert holdout.PHOTOS not in metadata.figures and holdout_sentence(metadata.figures) == ""
    assert "validation_accuracy" in metadata.figures
    assert {part: len(photos) for part, photos in read_split(tmp_path / "shop.split.csv").items()} == {
        "train": 9, "validation": 0, "test": 0
    }  # fmt: skip


def test_copies_do_not_make_the_figures_of_a_head_better_than_they_are(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    rng = np.random.default_rng(0)
    for number in range(20):  # noise, and each twice
        folder = shop / ("odd" if number % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        noise = Image.fromarray(rng.integers(0, 256, (12, 9, 3), dtype=np.uint8)).resize((90, 120))
        noise.save(folder / f"{number}.png")
        noise.save(folder / f"{number} again.jpg", quality=95)
    assert run(shop, ProbeRecipe("product"))[0].figures["validation_accuracy"] < 0.8


def test_killed_fine_tuning_resumes_and_ends_the_same(shop: Path, tmp_path: Path) -> None:
    _, whole, _ = run(shop, QUICK)
    second = replace(job(shop, QUICK), output=tmp_path / "second.safetensors", checkpoint=tmp_path / "runs" / "second")
    control = WorkControl()
    for event in train(second, DataPaths((), tmp_path), control):
        if isinstance(event, BatchDone) and event.epoch == 2:
            control.stop()
        last = event
    assert isinstance(last, Ended) and last.reason == "stopped"
    (checkpoint,) = interrupted_runs(tmp_path / "runs")
    again = read_job(checkpoint)
    assert (again.start, again.recipe) == (PRODUCTS, QUICK)
    saved = list(train(again, DataPaths((), tmp_path), WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    resumed = Predictor.load(saved.path).network.state_dict()
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in whole.network.state_dict().items())


@pytest.mark.parametrize("start", ["fashion-mnist-cnn", "fashion-mnist-resnet"])
def test_full_fine_tuning_of_a_grey_network_finds_its_learning_rate(start: str, tmp_path: Path) -> None:
    model = paths.bundled_models_dir() / f"{start}.safetensors"
    data = folder_tree(tmp_path / "data", per_class=6)
    recipe = msgspec.structs.replace(fine_tuning(read_metadata(model).network), epochs=1, batch_size=8)
    metadata, predictor, events = run(data, recipe, model)
    assert metadata.classes == CLASSES and metadata.input == read_metadata(model).input
    assert [event.metrics.epoch for event in events if isinstance(event, EpochDone)] == [1]
    before, now = model_file.load(model).network.state_dict(), predictor.network.state_dict()
    assert all(not torch.equal(before[name], now[name]) for name in now if name.endswith("weight"))
    search = find_learning_rate(job(data, recipe, model), DataPaths((), tmp_path), WorkControl())
    assert any(isinstance(event, LearningRateTried) for event in search), "a step is as good as all hundred"


def test_a_fabric_without_training_labels_stays_unsure(shop: Path, tmp_path: Path) -> None:
    model = model_file.load(PRODUCTS)
    fabric = replace_struct(model.metadata.attributes["fabric"], known_for=("Saree",))  # no photo shows one
    start = tmp_path / "start.safetensors"
    attributes = {**model.metadata.attributes, "fabric": fabric}
    model_file.save(start, model.network, replace_struct(model.metadata, attributes=attributes))
    heads = run(shop, ProbeRecipe(model.metadata.network), start)[0].attributes
    assert (heads["fabric"].known_for, heads["fabric"].review_below) == ((), 1.0)
    assert heads["colour"].review_below == model.metadata.attributes["colour"].review_below


def test_limits_of_attributes_stay_with_new_categories(shop: Path, tmp_path: Path) -> None:
    model = model_file.load(PRODUCTS)
    old = model.metadata
    audience = replace_struct(
        old.attributes["audience"], rare_in={"Men": old.classes, "Women": ("Saree",)}, studio_only=True
    )
    home = StudioScore((0.0,) * model.network.head.in_features, -1.0)  # no photo is like the studio photos
    start = tmp_path / "start.safetensors"
    model_file.save(
        start,
        model.network,
        replace_struct(old, attributes={**old.attributes, "audience": audience}, studio=home),
    )
    probed, _, _ = run(shop, ProbeRecipe(old.network), start)
    assert probed.attributes["audience"].rare_in == {"Men": tuple(SHELVES)}
    assert probed.attributes["audience"].studio_only and probed.studio == home
    tuned, predictor, _ = run(shop, msgspec.structs.replace(QUICK, epochs=1), start)
    assert tuned.studio is None and not tuned.attributes["audience"].studio_only
    (prediction,) = predictor.predict([predictor.prepare(load_photo(next((shop / "Shelf 1 red").iterdir())))])
    assert "audience" in prediction.unsure


def test_unusable_training_data_is_refused_with_the_reason(shop: Path, tmp_path: Path) -> None:
    for file in sorted((shop / "Shelf 3 black").iterdir())[1:]:
        file.unlink()
    for recipe in (ProbeRecipe("product"), QUICK):
        with refused("single_photo_categories", categories=("Shelf 3 black",)):
            list(train(job(shop, recipe), DataPaths((), tmp_path), WorkControl()))
    assert not (tmp_path / "shop.safetensors").exists()
    assert interrupted_runs(tmp_path / "runs") == []


def test_it_can_be_stopped_while_photos_are_embedded(shop: Path, tmp_path: Path) -> None:
    control = WorkControl()
    with pytest.raises(Cancelled):
        for event in train(job(shop, ProbeRecipe("product")), DataPaths((), tmp_path), control):
            if getattr(event, "step", "") == "computing_embeddings" or getattr(event, "done", 0) == 27:
                control.stop()
    assert not (tmp_path / "shop.safetensors").exists()


def test_few_photos_train_the_head_only() -> None:
    assert suggested_mode([20] * 10) == "probe"
    assert suggested_mode([300, 280, 12]) == "finetune"
    assert suggested_mode([]) == "probe"


def test_photos_of_a_folder_are_preprocessed_for_the_starting_network(shop: Path) -> None:
    metadata = run(shop, ProbeRecipe("product"))[0]
    old = Predictor.load(PRODUCTS).metadata
    assert metadata.input == old.input
    work = folders.load(shop, old.input, WorkControl())
    with pytest.raises(StopIteration) as stop:
        while True:
            next(work)
    assert stop.value.value.images_NCHW.shape[2:] == (old.input.height, old.input.width)


def test_goods_that_were_not_taught_are_doubted(shop: Path) -> None:
    _, predictor, _ = run(shop, ProbeRecipe("product"))
    own = [predictor.prepare(load_photo(file)) for file in sorted(shop.rglob("*.png"))]
    others = [
        predictor.prepare(load_photo(paths.samples_dir() / f"{name}.jpg"))
        for name in ("handbag-burgundy", "sneaker-white-green", "baseball-cap-navy", "jeans-indigo")
    ]
    assert sum(each.doubt is None for each in predictor.predict(own)) >= 0.8 * len(own)
    assert [each.doubt for each in predictor.predict(others)] == ["unlike_training_photos"] * len(others)
