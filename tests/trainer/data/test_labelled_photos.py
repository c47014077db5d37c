"""Photos in one folder per category or listed in a CSV: both are found and read alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from fashionlens_gui import cli
from tests.refused import refused
from tests.trainer import synthetic
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from trainer.control import WorkControl
from trainer.data import folders
from trainer.data.labelled_photos import find
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return synthetic.folder_tree(tmp_path / "shop", per_class=3)


def listed(shop: Path, text: str | bytes, name: str = "photos.csv") -> Path:
    file = shop / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def rows(shop: Path, separator: str = ",") -> str:
    files = sorted(path.relative_to(shop) for path in shop.rglob("*.png"))
    return "".join(f"{file.as_posix()}{separator}{file.parent.name}\n" for file in files)


def test_hidden_files_and_folders_do_not_count(shop: Path) -> None:
    (shop / ".cache").mkdir()
    (shop / "left" / ".thumbnails").mkdir()
    (shop / "left" / ".thumbnails" / "left 0.png").write_bytes((shop / "left" / "left 0.png").read_bytes())
    (shop / "left" / "._left 0.png").write_bytes(b"resource fork")
    found = find(shop)
    assert found.classes == synthetic.CLASSES
    assert [found.labels.count(label) for label in range(3)] == [3, 3, 3]


@pytest.mark.parametrize("header", ["file,category", "Photo;Label", "image\tClass", '"File name";"category"'])
def test_a_csv_gives_the_same_as_folders(shop: Path, header: str) -> None:
    separator = next(sign for sign in ";\t," if sign in header)
    from_folders, from_list = find(shop), find(listed(shop, f"{header}\n{rows(shop, separator)}"))
    assert from_list.classes == from_folders.classes
    assert from_list.labels == from_folders.labels
    assert [path.resolve() for path in from_list.files] == [path.resolve() for path in from_folders.files]
    assert (from_list.name, from_folders.name) == ("photos", "shop")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_letters_survive_spreadsheet_encodings(shop: Path, encoding: str) -> None:
    text = "nr;file;category\n1;left/left 0.png;Mützen\n2;top/top 0.png;Schals\n"
    assert find(listed(shop, text.encode(encoding))).classes == ("Mützen", "Schals")


def test_spelling_repetition_and_separators_of_another_system_are_accepted(shop: Path) -> None:
    found = find(listed(shop, "file,category\nleft/left 0.png,Top\nleft/left 0.png, top\n\ntop\\top 0.png,Hat\n"))
    assert found.classes == ("Hat", "Top")
    assert found.labels == (1, 0)
    assert all(path.is_file() for path in found.files)


@pytest.mark.parametrize(
    ("text", "code", "sentence_part"),
    [
        ("name,category\na,b\n", "column_missing", "no column of photos: line 1 must"),
        ("file\na\n", "column_missing", "no column of categories"),
        ("", "no_photos_listed", "lists no photos"),
        ("file,category\n", "no_photos_listed", "lists no photos"),
        (
            "file,category\nleft/left 0.png,top\nleft/left 1.png,\n,hat\n",
            "incomplete_rows",
            "line 3, 4 has no file or no category",
        ),
        (
            "file,category\nleft/left 0.png,top\n",
            "single_category_listed",
            "at least two categories. It has only “top”",
        ),
        ("file,category\nabsent.png,top\ngone.png,hat\n", "no_listed_photo_exists", "Line 2 says absent.png"),
        (b"\x89PNG\r\n\0\0", "not_csv", "no CSV file"),
    ],
)
def test_an_unusable_list_is_refused_with_the_reason(
    shop: Path, text: str | bytes, code: str, sentence_part: str
) -> None:
    with refused(code, sentence_part):
        find(listed(shop, text))


def test_missing_photos_of_a_list_are_left_out_like_broken_ones(shop: Path) -> None:
    (shop / "top" / "top 1.png").write_bytes(b"no photo")
    source = listed(shop, f"file,category\n{rows(shop)}gone.png,left\n")
    images = finish(folders.load(source, FASHION_MNIST_INPUT, WorkControl()))
    assert images.labels_N.bincount().tolist() == [3, 3, 2]
    assert [Path(photo.file).name for photo in images.unreadable] == ["top 1.png", "gone.png"]
    assert images.unreadable[1].error.code == "photo_missing"


def test_a_category_of_a_list_without_a_readable_photo_is_named(shop: Path) -> None:
    source = listed(shop, f"file,category\n{rows(shop)}gone.png,void\n")
    with refused("no_readable_photo_in_listed_categories", "delete its lines", categories=("void",)):
        finish(folders.load(source, FASHION_MNIST_INPUT, WorkControl()))


def test_a_model_is_trained_from_a_list(shop: Path, tmp_path: Path) -> None:
    source = listed(shop, f"file;category\n{rows(shop, ';')}")
    model = tmp_path / "blocks.safetensors"
    words = ["train", "--data", str(source), "--model", "cnn", "--epochs", "1", "--out", str(model)]
    assert cli.main(words) == 0
    assert model.is_file()
