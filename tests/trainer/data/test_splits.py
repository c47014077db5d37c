"""Grouped, stratified splits: copies of a photo are in one part, and every category in as many parts as possible."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from fashionlens_gui import paths
from tests.refused import refused
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from tests.trainer.synthetic import folder_tree
from trainer.control import WorkControl
from trainer.data import datasets
from trainer.data.data_paths import DataPaths
from trainer.data.labelled_photos import find
from trainer.data.split_file import PARTS, read_split, write_split
from trainer.data.splits import grouped_split

SHARES = (0.7, 0.15, 0.15)


def test_every_photo_is_in_one_part_and_no_group_in_two() -> None:
    labels_N = torch.tensor([0] * 200 + [1] * 60)
    groups_N = torch.randint(0, 120, (260,), generator=torch.Generator().manual_seed(1)) + 120 * labels_N
    parts = grouped_split(labels_N, groups_N, SHARES, seed=3)
    assert sorted(torch.cat(parts).tolist()) == list(range(260))
    assert all(part.equal(part.sort().values) for part in parts)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert not set(groups_N[parts[first]].tolist()) & set(groups_N[parts[second]].tolist())
    for part, share in zip(parts, SHARES, strict=True):
        assert labels_N[part].bincount().tolist() == pytest.approx([200 * share, 60 * share], abs=2)


def test_the_split_depends_on_the_seed_only() -> None:
    labels_N, groups_N = torch.arange(90) % 3, torch.arange(90)
    first, again, other = (grouped_split(labels_N, groups_N, SHARES, seed) for seed in (5, 5, 6))
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[1], other[1])


@pytest.mark.parametrize(("photos", "counts"), [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [2, 1, 0]), (4, [2, 1, 1])])
def test_small_categories_fill_training_then_validation_then_test(photos: int, counts: list[int]) -> None:
    labels_N = torch.tensor([0] * 40 + [1] * photos)
    parts = grouped_split(labels_N, torch.arange(40 + photos), SHARES, seed=0)
    assert [int((labels_N[part] == 1).sum()) for part in parts] == counts


def test_a_category_of_copies_of_one_photo_is_in_the_training_part_only() -> None:
    labels_N = torch.tensor([0] * 10 + [1] * 6)
    groups_N = torch.cat([torch.arange(10), torch.full((6,), 99)])
    training, validation, test = grouped_split(labels_N, groups_N, SHARES, seed=0)
    assert (labels_N[training] == 1).sum() == 6
    assert not labels_N[torch.cat([validation, test])].any()


def test_a_share_of_zero_gives_an_empty_part() -> None:
    labels_N = torch.arange(40) % 2
    _, validation, test = grouped_split(labels_N, torch.arange(40), (0.8, 0.2, 0), seed=0)
    assert (len(validation), len(test)) == (8, 0)
    with pytest.raises(ValueError, match="shares"):
        grouped_split(labels_N, torch.arange(40), (0, 0.5, 0.5), seed=0)


def test_a_split_is_saved_read_back_and_can_be_trained_from(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "shop", tmp_path / "elsewhere, far"
    files = [folder / "top" / "1.png", folder / "top" / "2.png", elsewhere / "hat 1.png", folder / "hat" / "ü.png"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    categories = ["top", "top", "hat", "hat"]
    named = [(str(file), category) for file, category in zip(files, categories, strict=True)]
    parts = {"train": [named[0], named[3]], "validation": [named[1]], "test": [named[2]]}
    target = folder / "split.csv"
    write_split(target, parts)
    assert target.read_text(encoding="utf-8").splitlines()[:2] == ["file,category,split", "top/1.png,top,train"]
    back = read_split(target)
    assert {part: [(str(file), category) for file, category in back[part]] for part in PARTS} == parts
    assert find(target).classes == ("hat", "top")


def test_an_invalid_split_names_the_line(tmp_path: Path) -> None:
    spoilt = tmp_path / "split.csv"
    spoilt.write_text("file,category,split\na.png,top,train\nb.png,top,trian\n")
    with refused("unknown_split_part", "line 3 says “trian”"):
        read_split(spoilt)
    spoilt.write_text("file,category\na.png,top\n")
    with refused("column_missing", "no column of split"):
        read_split(spoilt)


def test_copies_of_a_photo_are_in_one_part_of_a_training(tmp_path: Path) -> None:
    names = (
        "plain-t-shirt-coral.jpg",
        "hoodie-grey.jpg",
        "jeans-indigo.jpg",
        "shorts-olive.jpg",
        "sneaker-white-green.jpg",
    )
    for number, name in enumerate(names):
        image = Image.open(paths.samples_dir() / name)
        for category, pixels in (("straight", image), ("turned", image.rotate(180))):
            folder = tmp_path / "shop" / category
            folder.mkdir(parents=True, exist_ok=True)
            for copy, quality in enumerate((90, 70, 60)):
                pixels.save(folder / f"{number} {copy}.jpg", quality=quality)
    work = datasets.open_training(str(tmp_path / "shop"), DataPaths((), tmp_path), WorkControl())
    parts = finish(work).parts()
    assert {part: len(images) for part, images in parts.items()} == {"train": 18, "validation": 6, "test": 6}
    sides = [{(Path(file).parent.name, Path(file).name[0]) for file in side.files} for side in parts.values()]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 10


def test_a_folder_and_the_file_of_its_split_are_split_alike(tmp_path: Path) -> None:
    shop = folder_tree(tmp_path / "shop", per_class=8)
    (shop / "left" / "deeper").mkdir()
    for photo in sorted((shop / "left").glob("*.png"))[::2]:
        photo.rename(shop / "left" / "deeper" / photo.name)

    def split(source: Path) -> dict[str, list[tuple[str, str]]]:
        parts = finish(datasets.open_training(str(source), DataPaths((), tmp_path), WorkControl())).parts()
        return {
            part: sorted(zip(images.files, [images.classes[label] for label in images.labels_N.tolist()], strict=True))
            for part, images in parts.items()
        }

    first = split(shop)
    write_split(tmp_path / "shop.split.csv", first)
    assert split(tmp_path / "shop.split.csv") == first
    assert [len(first[part]) for part in PARTS] == [18, 3, 3]


def test_validation_does_not_depend_on_the_holdout() -> None:
    labels_N, groups_N = torch.arange(200) % 3, torch.arange(200) // 2 * 2 + torch.arange(200) % 2
    with_test = grouped_split(labels_N, groups_N, (0.7, 0.15, 0.15), seed=4)
    without = grouped_split(labels_N, groups_N, (0.85, 0.15, 0), seed=4)
    assert torch.equal(with_test[1], without[1])
    assert set(with_test[0].tolist()) < set(without[0].tolist())
