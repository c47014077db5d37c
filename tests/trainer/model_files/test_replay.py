"""The replay sample beside a model: contents and file format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fashionlens_gui import paths
from tests.tools import products_replay
from tests.trainer.product_photos import product_folder
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.errors import ModelFileError
from trainer.inference.predictor import Predictor
from trainer.model_files import replay_file
from trainer.model_files.replay_file import Replay

PRODUCTS = paths.bundled_models_dir() / "products.safetensors"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(PRODUCTS)


@pytest.fixture(scope="module")
def made(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """A replay sample of eight training photos and four holdout photos, see product_photos.KINDS."""
    folder = product_folder(tmp_path_factory.mktemp("data"), per_kind=2, checked_per_kind=1) / "products"
    names = taxonomy.load(paths.taxonomy_dir())
    labels, photos = folder / "labels.csv", folder / "images-60x80.zip"
    work = products_replay.sample_product_replay(predictor, names, labels, photos, WorkControl(), count=12)
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Replay = end.value
            return result


def label_of(sample: Replay, attribute: str, place: int) -> str:
    known = sample.labels(attribute)
    assert known is not None
    label = int(known.labels_N[place])
    return known.classes[label] if label >= 0 else ""


def test_attribute_labels_come_from_the_list_and_are_minus_one_where_empty(made: Replay) -> None:
    assert made.held_out_N.tolist() == [False] * 8 + [True] * 4
    first = [label_of(made, attribute, 0) for attribute in ("category", "colour", "pattern", "season")]
    assert first == ["T-shirt", "Red", "Striped", ""]
    second = [label_of(made, attribute, 1) for attribute in ("category", "colour", "pattern", "season")]
    assert second == ["Jeans", "Blue", "", "Summer"]


def test_a_replay_file_round_trips(made: Replay, tmp_path: Path) -> None:
    file = tmp_path / "products.replay.safetensors"
    replay_file.save(file, made)
    kept = replay_file.load(file)
    assert set(kept.attributes) == set(made.attributes)
    for name, known in made.attributes.items():
        assert kept.attributes[name].classes == known.classes
        assert torch.equal(kept.attributes[name].labels_N, known.labels_N)


def test_an_out_of_range_label_is_refused_as_damage(made: Replay, tmp_path: Path) -> None:
    file = tmp_path / "products.replay.safetensors"
    replay_file.save(file, made)
    with safe_open(str(file), framework="pt") as content:
        header = content.metadata()
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118 - no mapping
    tensors["labels.colour"][0] = 999
    save_file(tensors, str(file), metadata=header)
    with pytest.raises(ModelFileError, match="replay_damaged"):
        replay_file.load(file)


def test_attributes_with_other_classes_in_the_model_are_left_out(
    made: Replay, predictor: Predictor, tmp_path: Path
) -> None:
    model = tmp_path / "products.safetensors"
    colour = replace(made.attributes["colour"], classes=("Red", *made.attributes["colour"].classes[:-1]))
    replay_file.save(replay_file.path_of(model), replace(made, attributes={**made.attributes, "colour": colour}))
    kept = replay_file.load_beside(model, predictor.model)
    assert kept is not None
    assert set(kept.attributes) == set(made.attributes) - {"colour"}


def test_the_bundled_replay_sample_has_enough_photos_of_every_attribute(predictor: Predictor) -> None:
    kept = replay_file.load_beside(PRODUCTS, predictor.model)
    assert kept is not None
    assert replay_file.path_of(PRODUCTS).stat().st_size < 4_000_000
    for attribute in predictor.metadata.attributes:
        known = kept.labels(attribute)
        assert known is not None
        assert int((known.labels_N[kept.held_out_N] >= 0).sum()) >= 30, attribute
