"""The tests for photos of other things: how they are fitted, kept in the model file, and what they change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.tag import ReviewRule, predicted
from tests.refused import refused
from tests.tiny_model import tiny_model, tiny_product_model
from trainer.evaluation.open_set import OwnPhotos, fit_open_set
from trainer.inference import graph_predictor
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.checks import validate_model_file
from trainer.model_files.open_set import Distance, Doubt, NoProduct, OpenSet, Reference

# Embeddings of six axes: what a photo shows. The model was taught the first two, its reference knows the first four.
SHIRT, SHOE, HANDBAG, WATCH, CHART, CAT = np.eye(6, dtype=np.float32) * 10
REFERENCE = np.eye(6, dtype=np.float32)[:4], np.zeros(4, np.float32)
FINDS_CHARTS = NoProduct(np.eye(6, dtype=np.float32)[4], -5.0)


def photos(centre: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    return (centre + np.random.default_rng(seed).normal(0, 0.7, (count, 6))).astype(np.float32)


def own_photos(held_out: bool = False) -> OwnPhotos:
    embeddings_ND = np.concatenate([photos(SHIRT, 100), photos(SHOE, 100, 1)])
    held_out_N = np.arange(200) % 4 == 0 if held_out else np.zeros(200, bool)
    return OwnPhotos(embeddings_ND, np.repeat([0, 1], 100), held_out_N)


def share(found: list[Doubt | None], doubt: Doubt | None) -> float:
    return found.count(doubt) / len(found)


@pytest.mark.parametrize("held_out", [False, True])
def test_own_photos_are_trusted_and_others_are_doubted(held_out: bool) -> None:
    tests = fit_open_set(own_photos(held_out), 2, REFERENCE, FINDS_CHARTS)
    shirts = np.zeros(100, np.int64)
    assert share(tests.doubts(photos(SHIRT, 100, 5), shirts), None) > 0.9
    assert share(tests.doubts(photos(HANDBAG, 100, 5), shirts), "unlike_training_photos") == 1
    assert share(tests.doubts(photos(CAT, 100, 5), shirts), "unlike_training_photos") == 1, "unknown to the reference"
    assert share(tests.doubts(photos(CHART, 100, 5), shirts), "no_product") == 1


def test_the_reference_doubts_what_lies_near_but_is_known_as_something_else() -> None:
    tests = replace(fit_open_set(own_photos(), 2, REFERENCE, None), distance=None)
    assert share(tests.doubts(photos(WATCH, 50), np.zeros(50, np.int64)), "unlike_training_photos") == 1
    assert share(tests.doubts(photos(SHOE, 50), np.zeros(50, np.int64)), "unlike_training_photos") == 1, "no shirt"
    assert share(tests.doubts(photos(SHOE, 50), np.ones(50, np.int64)), None) > 0.9


def test_without_a_reference_the_distance_has_to_do() -> None:
    tests = fit_open_set(own_photos(), 2, None, None)
    assert tests.reference is None
    assert share(tests.doubts(photos(HANDBAG, 50), np.zeros(50, np.int64)), "unlike_training_photos") == 1


def test_categories_without_products_are_trusted_once_they_are_taught() -> None:
    own = OwnPhotos(
        np.concatenate([photos(SHIRT, 100), photos(CHART, 100, 1)]), np.repeat([0, 1], 100), np.zeros(200, bool)
    )
    tests = fit_open_set(own, 2, None, FINDS_CHARTS)
    assert share(tests.doubts(photos(CHART, 100, 7), np.ones(100, np.int64)), "no_product") < 0.05


def test_a_handful_of_held_out_photos_is_too_few_for_a_limit() -> None:
    few = replace(own_photos(), held_out_N=np.arange(200) % 20 == 0)
    tests = fit_open_set(few, 2, REFERENCE, FINDS_CHARTS)
    assert tests.distance is None and tests.reference is None
    assert share(tests.doubts(photos(CHART, 100, 5), np.zeros(100, np.int64)), "no_product") == 1


def some_tests(classes: int, width: int) -> OpenSet:
    chance = np.random.default_rng(3)
    shapes = ((classes, width), (5, width), (5,), (classes, 5), (width,))
    means, weight, bias, typical, direction = (chance.random(shape, np.float32) for shape in shapes)
    return OpenSet(Distance(means, 9.0), Reference(weight, bias, typical, -4.0), NoProduct(direction, -2.0))


def with_tests(path: Path, tests: OpenSet | None = None) -> OpenSet:
    model = model_file.load(path)
    width = model.network.head.in_features
    tests = some_tests(len(model.metadata.classes), width) if tests is None else tests
    model_file.save(path, model.network, model.metadata, tests)
    return tests


def test_a_model_file_keeps_them_and_its_backbone_stays_the_same(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "m.safetensors")
    assert model_file.load(path).open_set == OpenSet(), "older files have none"
    before = graph_predictor.backbone_fingerprint(path)
    written = with_tests(path).tensors()
    validate_model_file(path, "m")
    read = model_file.load(path).open_set.tensors()
    assert read.keys() == written.keys()
    assert all(np.array_equal(read[name], written[name]) for name in read)
    assert graph_predictor.backbone_fingerprint(path) == before


@pytest.mark.parametrize("classes, width", [(3, 0), (0, 1)])
def test_tests_of_another_shape_are_refused(tmp_path: Path, classes: int, width: int) -> None:
    path = tiny_model(tmp_path / "m.safetensors")
    model = model_file.load(path)
    sizes = len(model.metadata.classes) + classes, model.network.head.in_features + width
    with_tests(path, some_tests(*sizes))
    with refused("model_weights_of_another_shape"):
        model_file.load(path)


def test_half_a_test_is_refused(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "m.safetensors")
    model = model_file.load(path)
    tests = with_tests(path)
    model_file.save_tensors(
        path,
        {
            **model.network.state_dict(),
            **{name: torch.from_numpy(value) for name, value in tests.tensors().items() if "typical" not in name},
        },
        {model_file.HEADER: model_file.json.dumps(model.metadata.to_json())},
    )
    with refused("model_weights_missing"):
        model_file.load(path)


def doubtful(path: Path, tests: OpenSet) -> Predictor:
    with_tests(path, tests)
    return Predictor.load(path)


def test_a_photo_without_a_product_is_set_aside_as_other(tmp_path: Path) -> None:
    path = tiny_product_model(tmp_path / "m.safetensors")
    width = model_file.load(path).network.head.in_features
    images = [np.full((3, 112, 84), 200, np.uint8)]
    (plain,) = Predictor.load(path).predict(images)
    assert plain.ok and plain.doubt is None
    (prediction,) = doubtful(path, OpenSet(no_product=NoProduct(np.zeros(width, np.float32), 1.0))).predict(images)
    assert (prediction.category.label, prediction.doubt, prediction.ok) == ("Other", "no_product", False)
    assert prediction.category.confidence >= 0.5
    assert sum(prediction.category.probabilities) == pytest.approx(1)
    assert set(prediction.category.labels) == set(plain.category.labels)
    assert prediction.unsure == set(prediction.attributes), "its colour or pattern is no fact"
    tag = predicted(tmp_path / "1.jpg", "1.jpg", prediction, rule=ReviewRule(below=0.0))
    assert (tag.category, tag.status, row_message(tag.notes)) == ("Other", "needs review", "Shows no product.")
    assert tag.with_user_category("Other").status == "ok"


def test_a_photo_unlike_the_training_photos_needs_review_at_any_confidence(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "m.safetensors", review_below=0.0)
    model = model_file.load(path)
    far = Distance(np.full((len(model.metadata.classes), model.network.head.in_features), 99, np.float32), 1.0)
    images = [np.zeros((1, 28, 28), np.uint8)]
    (plain,) = Predictor.load(path).predict(images)
    (prediction,) = doubtful(path, OpenSet(far)).predict(images)
    assert plain.ok and not prediction.ok
    assert prediction.category == plain.category, "the category is still the best guess"
    tag = predicted(tmp_path / "1.jpg", "1.jpg", prediction, rule=ReviewRule(below=0.0))
    assert (tag.status, row_message(tag.notes)[:38]) == ("needs review", "Unlike the photos that the model was t")
    assert tag.with_review_rule(ReviewRule(below=0.0)).status == "needs review"
