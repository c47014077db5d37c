"""Data sets that come split into train, valid and test: the parts are used as parts, never as categories."""

from __future__ import annotations

import json
import shutil
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from fashionlens_gui import messages
from fashionlens_gui.cli import main
from tests.drawn_photos.collection import COLLECTION
from tests.tiny_model import tiny_model, tiny_product_model
from tests.trainer import synthetic
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from trainer.control import WorkControl
from trainer.data import datasets, labelled_photos
from trainer.data.data_paths import DataPaths
from trainer.data.image_set import SplitImages, train_holdout_split
from trainer.data.part_folders import part_named, part_to_evaluate
from trainer.data.split_file import read_split
from trainer.errors import DataError
from trainer.evaluation.evaluate import load_class_folders
from trainer.model_files.library import read_metadata
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT

PHOTOS = {"train": 6, "valid": 2, "test": 3}
CLASSES = synthetic.CLASSES


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set with the parts of PHOTOS above three categories, another picture in each file."""
    root = tmp_path / "clothes"
    for seed, (part, per_class) in enumerate(PHOTOS.items()):
        synthetic.folder_tree(root / part, per_class, seed)
    (root / "README.txt").write_text("Exported as folders.")
    return root


def split(root: Path) -> SplitImages:
    paths = DataPaths((), root.parent / "store")
    return finish(datasets.open_training(str(root), paths, WorkControl(), FASHION_MNIST_INPUT))


def numbers(root: Path) -> list[int]:
    return [len(part) for part in split(root).parts().values()]


def refusal(root: Path) -> str:
    with pytest.raises(DataError) as raised:
        split(root)
    return messages.sentence(raised.value)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("TRAIN_SET", "train"),
        ("train2017", "train"),
        ("val", "validation"),
        ("Valid", "validation"),
        ("validation", "validation"),
        ("dev", "validation"),
        ("trainval", "train"),
        ("Test", "test"),
        ("testing", "test"),
        ("eval", "test"),
        ("01_train", "train"),
        ("2 - Val", "validation"),
        ("images_test", "test"),
        ("dataset-train", "train"),
        ("trn", "train"),
        ("tst", "test"),
        ("Trainers", ""),
        ("Vals", ""),
        ("Dress", ""),
        ("set", ""),
    ],
)
def test_the_usual_names_of_parts(name: str, part: str) -> None:
    assert part_named(name) == part


def test_the_parts_are_used_as_they_are(data: Path) -> None:
    found = labelled_photos.find(data)
    assert found.classes == CLASSES
    assert labelled_photos.count(data, 100) == dict.fromkeys(CLASSES, sum(PHOTOS.values()))
    for part, images in zip(PHOTOS, split(data).parts().values(), strict=True):
        assert {Path(file).parts[-3] for file in images.files} == {part}
        assert len(images) == 3 * PHOTOS[part]
        assert [Path(file).parent.name for file in images.files] == [CLASSES[label] for label in images.labels_N]


def test_a_probe_is_trained_on_all_but_the_test_part(data: Path) -> None:
    images = finish(datasets.folders.load(data, FASHION_MNIST_INPUT, WorkControl()))
    photos = finish(train_holdout_split(images, WorkControl()))
    assert Counter(Path(file).parts[-3] for file in photos.training.files) == {"train": 18, "valid": 6}
    assert {Path(file).parts[-3] for file in photos.test.files} == {"test"}
    assert len(photos.groups_N) == 24


def test_validation_photos_are_drawn_from_the_training_part_where_there_are_none(data: Path) -> None:
    shutil.rmtree(data / "valid")
    parts = split(data)
    assert {Path(file).parts[-3] for file in parts.validation.files} == {"train"}
    assert set(parts.validation.labels_N.tolist()) == {0, 1, 2}
    assert (len(parts.training) + len(parts.validation), len(parts.test)) == (18, 9)
    assert len(parts.validation) < 9


def test_one_part_alone_is_a_data_set_that_does_not_come_split(data: Path) -> None:
    shutil.rmtree(data / "valid")
    shutil.rmtree(data / "test")
    assert labelled_photos.parts_of(data) == ()
    assert labelled_photos.find(data).classes == CLASSES
    assert sum(numbers(data)) == 18
    assert min(numbers(data)) > 0


def test_folders_of_an_unpacked_archive_are_looked_through(data: Path, tmp_path: Path) -> None:
    (data / "test").rename(data / "inner")
    (data / "test").mkdir()
    (data / "inner").rename(data / "test" / "test")
    (tmp_path / "archive").mkdir()
    data.rename(tmp_path / "archive" / "clothes")
    assert labelled_photos.parts_of(tmp_path / "archive") == ("test", "train", "valid")
    assert labelled_photos.find(tmp_path / "archive").classes == CLASSES
    assert numbers(tmp_path / "archive") == [18, 6, 9]
    (tmp_path / "download" / "data").mkdir(parents=True)
    (tmp_path / "archive").rename(tmp_path / "download" / "data" / "images")
    assert numbers(tmp_path / "download") == [18, 6, 9]


def test_categories_of_several_spellings_are_one(data: Path) -> None:
    name = "Décolleté"
    (data / "train" / "left").rename(data / "train" / unicodedata.normalize("NFD", name))
    (data / "valid" / "left").rename(data / "valid" / unicodedata.normalize("NFC", name))
    (data / "test" / "left").rename(data / "test" / unicodedata.normalize("NFC", name.upper()))
    assert labelled_photos.find(data).classes[0].casefold() == name.casefold()
    assert numbers(data) == [18, 6, 9]


def test_a_category_called_training_is_a_category(tmp_path: Path) -> None:
    root = synthetic.folder_tree(tmp_path / "sports", 4)
    (root / "left").rename(root / "Training")
    assert labelled_photos.find(root).classes == ("right", "top", "Training")


def test_one_part_beside_other_folders_is_no_category(data: Path) -> None:
    shutil.rmtree(data / "valid")
    shutil.rmtree(data / "test")
    (data / "annotations").mkdir()
    assert labelled_photos.find(data).classes == CLASSES
    shutil.copytree(data / "train" / "left", data / "shoes")
    assert "“shoes”" in refusal(data)
    (data / "train").rename(data / "Training")  # also a kind of clothes
    assert labelled_photos.find(data).classes == ("annotations", "shoes", "Training")


def test_parts_without_categories_are_no_categories(data: Path) -> None:
    for part in PHOTOS:
        for folder in list((data / part).iterdir()):
            for file in folder.iterdir():
                file.rename(data / part / file.name)
            folder.rmdir()
    said = refusal(data)
    assert "“test”, “train” and “valid”" in said
    assert "one folder per category" in said


def test_photos_beside_the_parts_have_to_be_decided(data: Path) -> None:
    shutil.copytree(data / "train" / "left", data / "shoes")
    (data / "annotations").mkdir()
    assert "“shoes”" in refusal(data)
    shutil.rmtree(data / "shoes")
    assert numbers(data) == [18, 6, 9]  # a folder without photos is nothing to decide


def test_a_category_that_is_not_in_the_training_part_is_named(data: Path) -> None:
    shutil.rmtree(data / "train" / "top")
    assert "“top”" in refusal(data)


def test_a_part_without_categories_is_not_used(data: Path) -> None:
    for folder in list((data / "test").iterdir()):
        shutil.rmtree(folder)
    (data / "test" / "1.png").write_bytes(next((data / "train" / "left").iterdir()).read_bytes())
    assert labelled_photos.parts_of(data) == ("train", "valid")
    assert numbers(data) == [18, 6, 0]


@pytest.mark.parametrize("above", ["", "clothes/", "exports/2026/"])
def test_a_store_is_evaluated_on_its_test_part(above: str) -> None:
    names = [f"{above}{part}/{category}/1.jpg" for part in ("train", "Val", "testing") for category in ("a", "b")]
    assert part_to_evaluate(names) == "test"
    assert part_to_evaluate(name for name in names if "testing" not in name) == "validation"
    assert part_to_evaluate(name for name in names if "train" in name) == ""
    assert part_to_evaluate([*names, f"{above}shoes/1.jpg"]) == ""
    assert part_to_evaluate([f"{above}train/1.jpg", f"{above}test/1.jpg"]) == ""
    assert part_to_evaluate([]) == ""


def test_training_and_evaluation_on_the_command_line(
    data: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = own_home / "models" / "mine.safetensors"
    words = ["--model", "cnn", "--batch-size", "8", "--epochs", "1", "--threads", "1", "--learning-rate", "0.004"]
    assert main(["train", "--data", str(data), "--out", str(out), *words]) == 0
    assert "The photos come split into “test”, “train” and “valid”" in capfd.readouterr().out
    assert read_metadata(out).classes == CLASSES
    assert read_metadata(out).figures["test_photos"] == 9
    listed = read_split(out.with_suffix(".split.csv"))
    assert {part: len(photos) for part, photos in listed.items()} == {"train": 18, "validation": 6, "test": 9}
    for words, n, name in (
        ([], 9, "held-out"),
        (["--split", "valid"], 6, "validation"),
        (["--split", "train"], 18, ""),
    ):
        capfd.readouterr()
        assert main(["evaluate", "--model", "mine", "--data", str(data), "--json", *words]) == 0
        answer = json.loads(capfd.readouterr().out)
        assert answer["n"] == n
        assert name in answer["data"]
    assert main(["evaluate", "--model", "mine", "--data", str(data), "--split", "best"]) == 2


@pytest.mark.parametrize("packed", [False, True])
def test_a_product_model_is_evaluated_on_the_test_part(
    packed: bool, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tiny_product_model(own_home / "models" / "products.safetensors")
    place = tmp_path / "shop"
    for part, count in (("Train", 4), ("val", 2), ("TEST", 3)):
        for category in ("Dress", "Shirt"):
            (place / part / category).mkdir(parents=True)
            for number, sample in enumerate(COLLECTION[:count]):
                sample.save(place / part / category / str(number))
    if packed:
        with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
            for file in place.rglob("*.*"):
                archive.write(file, file.relative_to(tmp_path))
        place = tmp_path / "shop.zip"
    for words, n in (([], 6), (["--split", "validation"], 4), (["--split", "Train"], 8)):
        capfd.readouterr()
        assert main(["evaluate", "--model", "products", "--data", str(place), "--json", *words]) == 0
        answer = json.loads(capfd.readouterr().out)
        assert answer["n"] == n
        assert set(answer["per_class"]) == {"Dress", "Shirt"}
        assert (words or ["", "test"])[1] in answer["data"]


def test_the_results_tab_evaluates_the_test_part(data: Path, tmp_path: Path) -> None:
    metadata = read_metadata(tiny_model(tmp_path / "tiny.safetensors", classes=CLASSES))
    tested = finish(load_class_folders(data, lambda name: frozenset({name} & set(CLASSES)), metadata, WorkControl()))
    assert tested.folders == CLASSES
    assert {Path(file).parts[-3] for file in tested.images.files} == {"test"}
    assert (len(tested.images), tested.images.data.part) == (9, "test")
    assert tested.images.unreadable == ()
