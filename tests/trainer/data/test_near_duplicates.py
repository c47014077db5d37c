"""Copies of a photo are found in any format and size, and similar photos are not duplicates."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from fashionlens_gui import paths
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from trainer.control import WorkControl
from trainer.data.alignment import same_photo
from trainer.data.near_duplicates import groups, multiple, thumbnail, thumbnails
from trainer.errors import Cancelled
from trainer.preprocessing.photo import load_photo

SAMPLES = [Image.fromarray(load_photo(file).pixels_HWC) for file in sorted(paths.samples_dir().glob("*.*g"))[:16]]


def saved(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def cropped(image: Image.Image, share: float = 0.05) -> Image.Image:
    where = random.Random(image.width + image.height)
    wide, high = image.width * share, image.height * share
    left, top = wide * where.random(), high * where.random()
    return image.crop((round(left), round(top), round(image.width - wide + left), round(image.height - high + top)))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "saved again": lambda image: saved(image, 60),
    "cropped": lambda image: saved(cropped(image), 90),
    "smaller": lambda image: image.resize((image.width * 6 // 10, image.height * 6 // 10)),
    "brighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.1), 90),
    "darker": lambda image: saved(ImageEnhance.Brightness(image).enhance(0.9), 90),
    "mirrored": lambda image: saved(ImageOps.mirror(image), 80),
}


def found(images: list[Image.Image]) -> np.ndarray:
    pictures = np.stack([thumbnail(np.asarray(image)) for image in images])
    result: np.ndarray = finish(groups(pictures, [str(number) for number in range(len(images))], WorkControl()))
    return result


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found_and_nothing_else_is(kind: str) -> None:
    copies = [COPIES[kind](image) for image in SAMPLES]
    group_N = found([*SAMPLES, *copies])
    together = group_N[: len(SAMPLES)] == group_N[len(SAMPLES) :]
    assert together.mean() >= 0.85
    assert len(set(group_N[: len(SAMPLES)].tolist())) == len(SAMPLES), "two garments are called the same"


def test_another_colour_print_or_garment_is_another_photo() -> None:
    shirt = SAMPLES[0]
    pixels = np.asarray(shirt)
    recoloured = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    printed = pixels.copy()
    high, wide = printed.shape[0], printed.shape[1]
    printed[high * 2 // 5 : high // 2, wide * 2 // 5 : wide * 3 // 5] = (250, 220, 0)
    assert not multiple(found([shirt, recoloured, Image.fromarray(printed)]))


def test_groups_join_transitively_over_same_files_and_duplicates() -> None:
    pictures = np.stack([thumbnail(np.asarray(image)) for image in (SAMPLES[3], SAMPLES[4], SAMPLES[3], SAMPLES[3])])
    pictures[3] = thumbnail(np.asarray(saved(SAMPLES[3], 70)))
    result: np.ndarray = finish(groups(pictures, ["a", "b", "a", "c"], WorkControl()))
    assert result.tolist() == [0, 1, 0, 0]
    assert multiple(result) == [[0, 2, 3]]


def test_blank_photos_are_not_duplicates() -> None:
    blank = [Image.new("RGB", (80, 80), (shade, shade, shade)) for shade in (10, 128, 255, 255)]
    assert not multiple(found(blank))


def test_empty_input_and_one_photo_are_accepted() -> None:
    assert found(SAMPLES[:1]).tolist() == [0]
    empty: np.ndarray = finish(groups(np.zeros((0, 64, 64, 3), np.uint8), [], WorkControl()))
    assert multiple(empty) == []
    assert same_photo(np.zeros((0, 64, 64, 3), np.uint8), np.zeros((0, 64, 64, 3), np.uint8)).shape == (0,)


def test_images_that_were_prepared_for_a_network_can_be_compared() -> None:
    import torch

    images = torch.stack([torch.from_numpy(np.asarray(image.resize((96, 96))).copy()) for image in SAMPLES[:4]])
    pictures = thumbnails(images.permute(0, 3, 1, 2))
    assert pictures.shape == (4, 64, 64, 3)
    assert same_photo(pictures, pictures).all()
    assert not any(same_photo(pictures[[a]], pictures[[b]])[0] for a, b in pairwise(range(4)))


def test_duplicate_search_can_be_stopped() -> None:
    control = WorkControl()
    control.stop()
    pictures = np.stack([thumbnail(np.asarray(image)) for image in SAMPLES])
    with pytest.raises(Cancelled):
        next(groups(pictures, [str(number) for number in range(len(pictures))], control))
