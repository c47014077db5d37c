"""Fashion-MNIST and image folders as training data, and the errors when they are missing."""

from __future__ import annotations

import gzip
import os
import ssl
import struct
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fashionlens_gui import messages
from tests.refused import refused
from tests.trainer import synthetic
from trainer.control import ProgressEvent, WorkControl
from trainer.data import datasets, download, fashion_mnist, folders
from trainer.data.data_paths import FASHION_MNIST, DataPaths, DatasetInfo
from trainer.data.splits import stratified_split
from trainer.errors import Cancelled, DataError
from trainer.evaluation.evaluate import load_test_set
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.input_spec import COLOUR_INPUT, FASHION_MNIST_INPUT
from trainer.recipe import DEFAULTS

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not (DATA / "fashion-mnist").is_dir(), reason="Fashion-MNIST is not on this machine (set FASHIONLENS_DATA)"
)


def finish(work: Generator[ProgressEvent, None, Any]) -> Any:
    """Run a loading generator to its end and return its value."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return stop.value


def test_split_is_stratified_complete_and_repeatable() -> None:
    labels = torch.tensor([0] * 80 + [1] * 20)
    kept, out = stratified_split(labels, 10, seed=4)
    assert sorted([*kept.tolist(), *out.tolist()]) == list(range(100))
    assert labels[out].bincount().tolist() == [8, 2]
    assert torch.equal(out, stratified_split(labels, 10, seed=4)[1])
    assert not torch.equal(out, stratified_split(labels, 10, seed=5)[1])


def test_split_of_a_single_photo_is_refused() -> None:
    with refused("single_photo_category"):
        stratified_split(torch.tensor([0, 0, 1]), 1, seed=0)


def test_absent_files_without_network_are_named_with_their_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        finish(fashion_mnist.load("train", [tmp_path / "here"], tmp_path / "store", download=False))
    for name in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", str(tmp_path / "here")):
        assert name in messages.sentence(caught.value)


def test_an_unreachable_network_gives_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with refused("fashion_mnist_missing", "copy these four files"):
        finish(fashion_mnist.load("train", [tmp_path], tmp_path / "store"))


def test_downloads_know_authorities_where_the_system_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python from python.org on a Mac: the file is missing, its folder is there and empty."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert not ssl.create_default_context().get_ca_certs()
    assert len(download.verified("darwin", ssl.get_default_verify_paths()).get_ca_certs()) > 50
    (tmp_path / "cert.pem").write_text("")
    assert not download.verified("darwin", ssl.get_default_verify_paths()).get_ca_certs(), "the system's are used alone"


def test_damaged_archive_is_named(tmp_path: Path) -> None:
    place = tmp_path / "fashion-mnist"
    place.mkdir()
    for part, images in (("train", 3), ("t10k", 2)):
        with gzip.open(place / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(struct.pack(">IIII", 2051, images, 28, 28) + bytes(images * 784))
        with gzip.open(place / f"{part}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(struct.pack(">II", 2049, images) + bytes(images))
    with refused("wrong_checksum", file=str(place / "train-images-idx3-ubyte.gz")):
        finish(fashion_mnist.load("train", [tmp_path], tmp_path / "store"))


@needs_data
def test_the_official_files_are_found_checked_and_split(tmp_path: Path) -> None:
    images = finish(fashion_mnist.load("train", [DATA], tmp_path, download=False))
    test = finish(fashion_mnist.load("test", [], tmp_path, download=False))  # unpacked by now
    training, validation = fashion_mnist.training_and_validation(images)
    assert (len(training), len(validation), len(test)) == (55_000, 5_000, 10_000)
    assert validation.labels_N.bincount().tolist() == [500] * 10
    normalised = images.input.normalize(images.images_NCHW)
    assert abs(normalised.mean().item()) < 1e-3
    assert abs(normalised.std().item() - 1) < 1e-3


@needs_data
@pytest.mark.parametrize("damage", ["changed", "cut short"])
def test_unpacked_files_are_checked_and_unpacked_anew(tmp_path: Path, damage: str) -> None:
    finish(fashion_mnist.load("test", [DATA], tmp_path, download=False))
    unpacked = tmp_path / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte"
    whole = unpacked.read_bytes()
    unpacked.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage == "changed" else whole[:5_000])
    test = finish(fashion_mnist.load("test", [], tmp_path, download=False))
    assert unpacked.read_bytes() == whole
    assert test.labels_N.bincount().tolist() == [1_000] * 10
    unpacked.write_bytes(whole[:5_000])
    unpacked.with_name(f"{unpacked.name}.gz").unlink()
    with refused("fashion_mnist_missing", "copy these four files"):
        finish(fashion_mnist.load("test", [], tmp_path, download=False))


def test_folder_tree_is_read_and_broken_photos_are_listed(tmp_path: Path) -> None:
    root = synthetic.folder_tree(tmp_path / "shop", per_class=4)
    (root / "left" / "broken.jpg").write_text("no photo")
    (root / "left" / "notes.txt").write_text("ignored")
    deeper = root / "top" / "2024"
    deeper.mkdir()
    (root / "top" / "top 0.png").rename(deeper / "moved.png")
    images = finish(folders.load(root, FASHION_MNIST_INPUT, WorkControl()))
    assert images.classes == synthetic.CLASSES
    assert images.labels_N.bincount().tolist() == [4, 4, 4]
    assert images.images_NCHW.dtype == torch.uint8
    assert images.images_NCHW.shape == (12, 1, 28, 28)
    assert [Path(photo.file).name for photo in images.unreadable] == ["broken.jpg"]
    assert len(images.files) == 12


def test_folder_of_folders_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    with refused("too_few_category_folders", folder=str(tmp_path), count=1):
        finish(folders.load(tmp_path, COLOUR_INPUT, WorkControl()))
    with refused("data_folder_unreadable", folder=str(tmp_path / "absent")):
        finish(folders.load(tmp_path / "absent", COLOUR_INPUT, WorkControl()))


def test_category_without_photos_is_named(tmp_path: Path) -> None:
    root = synthetic.folder_tree(tmp_path / "shop", per_class=2)
    (root / "void").mkdir()
    with refused("no_readable_photo_in_folders", "move the folder away", categories=("void",)):
        finish(folders.load(root, COLOUR_INPUT, WorkControl()))


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    control = WorkControl()
    work = folders.load(synthetic.folder_tree(tmp_path / "shop", per_class=8), COLOUR_INPUT, control)
    next(work)
    control.stop()
    with pytest.raises(Cancelled):
        next(work)


def _metadata(classes: tuple[str, ...]) -> ModelMetadata:
    return ModelMetadata("m", "cnn", classes, COLOUR_INPUT, DEFAULTS["cnn"], DatasetInfo())


def test_test_folder_is_labelled_as_the_model_does(tmp_path: Path) -> None:
    root = synthetic.folder_tree(tmp_path / "shop", per_class=2)
    data_paths = DataPaths((), tmp_path)
    images = finish(load_test_set(str(root), data_paths, _metadata(("Top", "RIGHT", "other", "left")), WorkControl()))
    assert images.classes == ("Top", "RIGHT", "other", "left")
    assert np.array_equal(images.labels_N.unique().numpy(), [0, 1, 3])
    assert all(images.classes[label].lower() in file for label, file in zip(images.labels_N, images.files, strict=True))
    with pytest.raises(DataError, match=r"model_without_categories_of_folder.*'top'"):
        finish(load_test_set(str(root), data_paths, _metadata(("left", "right")), WorkControl()))
    with pytest.raises(DataError, match="model_not_of_fashion_mnist"):
        finish(load_test_set(FASHION_MNIST, data_paths, _metadata(("left", "right")), WorkControl()))


def test_training_folder_with_a_single_photo_is_named(tmp_path: Path) -> None:
    root = synthetic.folder_tree(tmp_path / "shop", per_class=2)
    (root / "top" / "top 0.png").unlink()
    with refused("single_photo_categories", categories=("top",)):
        finish(datasets.open_training(str(root), DataPaths((), tmp_path), WorkControl()))
