"""Metadata of model files: the origin of a model, and invalid values."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.tiny_model import tiny_model
from trainer.data.data_paths import DatasetInfo
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import AttributeHead, LevelReview, ModelMetadata, Origin, ReviewPoint
from trainer.taxonomy import COLOUR_FAMILY, Level


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("", Origin()),
        ("shop, trained 2026-11-27T14:08:09+00:00", Origin("model", "shop", "2026-11-27T14:08:09+00:00")),
        ("a, trained b, trained at an unknown time", Origin("model", "a, trained b")),
        ("efficientnet-lite0, trained on ImageNet", Origin("backbone", "efficientnet-lite0")),
    ],
)
def test_the_origin_in_files_of_version_0_1_is_read(values: dict[str, Any], text: str, origin: Origin) -> None:
    metadata = ModelMetadata.from_json({**values, "started_from": text})
    assert metadata.origin == origin
    assert ModelMetadata.from_json(metadata.to_json()).origin == origin


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Fashion-MNIST", DatasetInfo("fashion-mnist")),
        ("photos", DatasetInfo(name="photos")),
        ("photos, and 1 corrected photo", DatasetInfo(name="photos", corrected_photos=1)),
        ("my shop, and 1,234 corrected photos", DatasetInfo(name="my shop", corrected_photos=1234)),
        ("Product and phone photos, distilled from ann", DatasetInfo("products", teachers=("ann",))),
        ("Product and phone photos, and what a and b say of them", DatasetInfo("products", teachers=("a", "b"))),
        ("Product and phone photos, and what a says of them", DatasetInfo("products", teachers=("a",))),
        ("Hats, and what not", DatasetInfo(name="Hats, and what not")),
        ("", DatasetInfo()),
    ],
)
def test_the_data_in_files_of_version_0_1_is_read(values: dict[str, Any], text: str, data: DatasetInfo) -> None:
    metadata = ModelMetadata.from_json({**values, "data_name": text})
    assert metadata.data == data
    again = json.loads(json.dumps(metadata.to_json()))
    assert isinstance(again["data_name"], dict) and ModelMetadata.from_json(again).data == data


def test_a_long_text_for_the_data_is_read_in_linear_time() -> None:
    text = ", distilled from ,000 and , and 1" * 100_000
    began = time.monotonic()
    assert DatasetInfo.from_legacy_text(text).name == text or DatasetInfo.from_legacy_text(text).teachers
    assert time.monotonic() - began < 60  # hours where the time is quadratic


def test_an_unrecognised_origin_is_a_model_name() -> None:
    assert Origin.from_legacy_text("my shop") == Origin("model", "my shop")


@pytest.fixture
def values(tmp_path: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(read_metadata(tiny_model(tmp_path / "m.safetensors")).to_json()))
    return values


def test_metadata_is_the_same_after_json_with_the_keys_of_version_0_1(values: dict[str, Any]) -> None:
    assert "mirror_test" in values and "tta_hflip" not in values
    assert json.loads(json.dumps(ModelMetadata.from_json(values).to_json())) == values


def test_levels_without_thresholds_use_that_of_the_category(values: dict[str, Any]) -> None:
    values.pop("levels")  # a file of an earlier version
    plain = ModelMetadata.from_json({**values, "review_below": 0.75})
    assert plain.thresholds == dict.fromkeys(Level, 0.75)
    review = LevelReview(0.5, (ReviewPoint(0.5, 0.9, 0.98, 0.97),))
    colour = AttributeHead(("Red", "Blue"), review_below=0.8)
    known = replace(plain, network="product", levels={Level.GROUP: review}, attributes={"colour": colour})
    again = ModelMetadata.from_json(json.loads(json.dumps(known.to_json())))
    assert again == known and again.review_of(Level.GROUP) == review
    assert again.thresholds == {"category": 0.75, "google": 0.75, "group": 0.5, COLOUR_FAMILY: 0.8}
    narrow = replace(again, attributes={"colour": replace(colour, family_below=0.6)})
    assert narrow.thresholds[COLOUR_FAMILY] == 0.6


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values["input"].update(new_field=1),
        lambda values: values["input"].update(mean=[float("nan")] * len(values["input"]["mean"])),
        lambda values: values["input"].update(mean=[0.5] * 2),
        lambda values: values["input"].update(channels=2),
        lambda values: values.update(temperature=float("nan")),
        lambda values: values.update(review_below=1.1),
        lambda values: values.update(levels={"group": {"review_below": 1.1}}),
        lambda values: values.update(levels={"department": {"review_below": 0.5}}),
        lambda values: values.update(review_curve=[{"threshold": 0.5, "coverage": 2, "accuracy": 1}]),
        lambda values: values.update(classes=["a", "a"]),
        lambda values: values.pop("recipe"),
        lambda values: values.update(started_from={"kind": "elsewhere", "name": "a"}),
        lambda values: values.update(started_from=3),
        lambda values: values.update(data_name={"kind": "elsewhere"}),
        lambda values: values.update(data_name={"name": "a", "corrected_photos": -1}),
        lambda values: values.update(studio={"weight_D": [], "bias": 0.0}),
        lambda values: values.update(studio={"weight_D": [float("nan")], "bias": 0.0}),
    ],
)
def test_invalid_values_are_refused(values: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> None:
    change(values)
    with pytest.raises((ValueError, KeyError, TypeError)):
        ModelMetadata.from_json(values)
