"""A product model from data to predictions, on a few drawn photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from msgspec import structs

from fashionlens_gui import paths
from tests.trainer.product_photos import KINDS, picture, product_folder
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.data.products import ProductLabels
from trainer.errors import DataError
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing import network_input
from trainer.preprocessing.photo import load_photo
from trainer.recipe import DEFAULTS, ProbeRecipe
from trainer.taxonomy import ATTRIBUTES, Level
from trainer.training.fit.events import BatchDone
from trainer.training.multi_head.calibrated_metadata import rare_in
from trainer.training.runs.job import TrainingJob
from trainer.training.runs.run import ModelSaved, train

RECIPE = msgspec.structs.replace(
    DEFAULTS["product"], epochs=6, progressive_resize_epochs=4, batch_size=34, learning_rate=0.05, ema_decay=0.5
)


def job(folder: Path, **changes: object) -> TrainingJob:
    recipe = msgspec.structs.replace(RECIPE, **changes)
    return TrainingJob("drawn", recipe, "products", folder / "drawn.safetensors", folder / "drawn.checkpoint")


def data_paths(folder: Path) -> DataPaths:
    return DataPaths((folder,), folder / "store", paths.taxonomy_dir())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = product_folder(tmp_path_factory.mktemp("data") / "all")
    saved = list(train(job(folder), data_paths(folder), WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    return saved.path


def test_it_learns_all_attributes_and_writes_its_metadata(trained: Path) -> None:
    metadata = Predictor.load(trained).metadata
    assert tuple(metadata.attributes) == ATTRIBUTES
    assert metadata.input.height >= 112
    assert metadata.figures["validation_accuracy"] > 0.5  # of 79 categories
    assert metadata.figures["validation_colour_accuracy"] > 0.2  # of 46 colours
    assert 0 <= metadata.figures["validation_phone_accuracy"] <= 1
    thresholds = [point.threshold for point in metadata.review_curve]
    assert thresholds == sorted(thresholds)
    assert set(metadata.levels) == {Level.GOOGLE, Level.GROUP}
    assert all(review.review_curve for review in metadata.levels.values())
    assert metadata.attributes["colour"].family_below is not None
    assert ModelMetadata.from_json(metadata.to_json()) == metadata


def test_a_photo_gets_every_attribute(trained: Path, tmp_path: Path) -> None:
    predictor = Predictor.load(trained)
    images = []
    for number, (_, _, fill, _) in enumerate(KINDS[:3]):
        path = tmp_path / f"{number}.png"
        picture(number, fill, (255, 255, 255)).save(path)
        images.append(predictor.prepare(load_photo(path)))
    predictions = predictor.predict(images)
    right = zip([prediction.category.label for prediction in predictions], ["T-shirt", "Jeans", "Watch"], strict=True)
    assert sum(predicted == true for predicted, true in right) >= 2
    for prediction in predictions:
        assert tuple(prediction.attributes) == ATTRIBUTES
        assert np.linalg.norm(prediction.embedding) == pytest.approx(1, abs=1e-5)
        for name, ranking in prediction.attributes.items():
            assert sum(ranking.probabilities) == pytest.approx(1, abs=1e-5)
            head = predictor.metadata.attributes[name]
            covered = head.covers(ranking.label, prediction.category.label)
            assert head.studio_only == (name in ("season", "audience"))
            assert (name in prediction.unsure) == (
                not covered or below_threshold(ranking.confidence, head.review_below)
            )


def test_values_that_hardly_any_training_photo_of_a_category_has_are_rare_in_it() -> None:
    names = taxonomy.load(paths.taxonomy_dir())
    # 1 of 200 T-shirts is for women, 2 of 200 jeans; 40 watches are too few.
    rows = [("T-shirt", "Women")] + 199 * [("T-shirt", "Men")] + 40 * [("Watch", "Men")]
    rows += 2 * [("Jeans", "Women")] + 198 * [("Jeans", "Men")]
    categories, audiences = names.names("category"), names.names("audience")
    candidates_NK = torch.zeros(len(rows), len(categories), dtype=torch.bool)
    for number, (category, _) in enumerate(rows):
        candidates_NK[number, categories.index(category)] = True
    labels = ProductLabels(
        candidates_NK,
        {
            "audience": torch.tensor([audiences.index(audience) for _, audience in rows]),
            "colour": torch.zeros(len(rows), dtype=torch.int64),
        },
    )
    rare = rare_in(labels, names, "audience")
    assert rare == {"Women": ("T-shirt",), **dict.fromkeys(("Boys", "Girls", "Unisex"), ("T-shirt", "Jeans"))}
    assert rare_in(labels, names, "colour") == {}, "whatever is red may be blue"


def test_an_attribute_without_training_labels_in_a_category_is_unsure_there(trained: Path) -> None:
    model = model_file.load(trained)
    heads = {
        name: structs.replace(
            head, review_below=0.0, known_for=("Jeans",) if name == "fabric" else (), rare_in={}, studio_only=False
        )
        for name, head in model.metadata.attributes.items()
    }
    predictor = Predictor(replace(model, metadata=structs.replace(model.metadata, attributes=heads)))
    pixels = np.asarray(picture(1, (40, 60, 160), (255, 255, 255)))
    (prediction,) = predictor.predict([network_input.prepare(pixels, model.metadata.input)])
    assert prediction.unsure == (frozenset() if prediction.category.label == "Jeans" else {"fabric"})
    heads["fabric"] = structs.replace(heads["fabric"], known_for=("Saree",))
    predictor = Predictor(replace(model, metadata=structs.replace(model.metadata, attributes=heads)))
    (prediction,) = predictor.predict([network_input.prepare(pixels, model.metadata.input)])
    assert prediction.unsure == {"fabric"}


def test_heads_only_can_be_refitted(trained: Path, tmp_path: Path) -> None:
    folder = trained.parent
    again = TrainingJob(
        "again", ProbeRecipe("product"), "products", tmp_path / "again.safetensors", tmp_path / "none", start=trained
    )
    saved = list(train(again, data_paths(folder), WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    before, after = model_file.load(trained), model_file.load(saved.path)
    old, new = before.network.state_dict(), after.network.state_dict()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed and all(name.startswith(("head.", "attribute_heads.")) for name in changed)
    assert (after.metadata.history, after.metadata.recipe) == (before.metadata.history, before.metadata.recipe)
    assert (after.metadata.origin.kind, after.metadata.origin.name) == ("model", "drawn")
    assert after.metadata.figures["validation_accuracy"] > 0.5


def test_heads_only_needs_a_starting_model(tmp_path: Path) -> None:
    folder = product_folder(tmp_path / "all", per_kind=3, checked_per_kind=1)
    nothing = replace(job(folder), recipe=ProbeRecipe("product"))
    with pytest.raises(DataError, match="no_start_for_head_only"):
        list(train(nothing, data_paths(folder), WorkControl()))


def test_it_resumes_where_it_was_stopped(tmp_path: Path) -> None:
    folder = product_folder(tmp_path / "all", per_kind=3, checked_per_kind=1)
    short = {"epochs": 2, "progressive_resize_epochs": 1, "batch_size": 20}

    def losses(one: TrainingJob, control: WorkControl, stop_after: int = 10**6) -> list[float]:
        found = []
        for event in train(one, data_paths(folder), control):
            if isinstance(event, BatchDone):
                found.append(event.loss)
                if len(found) == stop_after:
                    control.stop()
        return found

    whole = losses(job(folder, **short), WorkControl())
    stopped = losses(job(folder, **short), WorkControl(), stop_after=3)
    assert (folder / "drawn.checkpoint").is_file()
    rest = losses(replace(job(folder, **short), resume=True), WorkControl())
    assert torch.allclose(torch.tensor(stopped + rest), torch.tensor(whole))
