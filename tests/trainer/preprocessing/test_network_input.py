"""Preprocessing of photos: drawn ones, and real ones where the data is available."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fashionlens_gui import paths
from trainer.preprocessing.garment_mask import cut_out
from trainer.preprocessing.input_spec import COLOUR_INPUT, FASHION_MNIST_INPUT, InputSpec
from trainer.preprocessing.network_input import has_black_border, prepare
from trainer.preprocessing.photo import load_photo

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).resolve().parents[3] / ".." / "shared" / "data"))
SAMPLES = sorted(paths.samples_dir().glob("*"))


def _photo(paper: tuple[int, int, int], cloth: tuple[int, int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    """A plain garment at ``box`` on paper with a vignette and some noise, 300×400."""
    image = Image.new("RGB", (300, 400), paper)
    ImageDraw.Draw(image).rectangle(box, fill=cloth)
    pixels_HWC = np.asarray(image, np.float32)
    y, x = np.mgrid[-1:1:400j, -1:1:300j]
    noise = np.random.default_rng(1).normal(0, 2, pixels_HWC.shape)
    return (pixels_HWC * (1 - 0.12 * (x * x + y * y))[..., None] + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("paper", [(255, 255, 255), (225, 222, 215), (150, 130, 110), (90, 120, 160)])
def test_background_of_any_even_colour_becomes_black_and_the_garment_fills_the_square(
    paper: tuple[int, int, int],
) -> None:
    grey_HW = prepare(_photo(paper, (40, 40, 60), (120, 60, 180, 340)), FASHION_MNIST_INPUT)[0]
    rows, columns = np.flatnonzero(grey_HW.any(1)), np.flatnonzero(grey_HW.any(0))
    assert (rows[0], rows[-1]) == (0, 27)  # longest side 28
    assert 5 <= len(columns) <= 9 and abs(columns.mean() - 13.5) <= 1  # 60 of 280 wide, centred
    assert grey_HW[:, :9].max() == 0 and grey_HW[:, 19:].max() == 0  # exactly 0, as in the data set
    assert grey_HW[10:18, 13:15].min() > 180  # dark cloth is light in the negative


def test_wide_garments_fill_the_width() -> None:
    grey_HW = prepare(_photo((240, 240, 240), (60, 30, 30), (30, 180, 270, 250)), FASHION_MNIST_INPUT)[0]
    rows, columns = np.flatnonzero(grey_HW.any(1)), np.flatnonzero(grey_HW.any(0))
    assert (columns[0], columns[-1]) == (0, 27)
    assert abs(rows.mean() - 13.5) <= 1 and len(rows) < 12


def test_a_garment_that_leaves_the_photo_at_the_bottom_is_found() -> None:
    """The corner pixel alone would not do, nor the bottom border."""
    box = cut_out(Image.fromarray(_photo((250, 250, 250), (120, 20, 20), (20, 200, 280, 400)))).box
    assert box == pytest.approx((20 / 300, 0.5, 280 / 300, 1.0), abs=0.03)


def test_separate_objects_at_the_edge_are_cropped_away() -> None:
    pixels_HWC = _photo((235, 235, 235), (20, 60, 120), (110, 120, 200, 320))
    pixels_HWC[4:40, 6:30] = (30, 150, 60)  # a label in the corner
    left, top, right, bottom = cut_out(Image.fromarray(pixels_HWC)).box
    assert (left, top) == pytest.approx((110 / 300, 0.3), abs=0.03)
    assert (right, bottom) == pytest.approx((200 / 300, 0.8), abs=0.03)


def test_wood_grain_is_distinguished_from_cloth_of_another_colour() -> None:
    rng = np.random.default_rng(3)
    grain = rng.normal(0, 22, (400, 1)).repeat(300, 1) + rng.normal(0, 4, (400, 300))
    pixels_HWC = (np.array([165, 120, 80]) + grain[..., None] * np.array([1.0, 0.85, 0.65])).clip(0, 255)
    pixels_HWC[100:300, 90:210] = (60, 90, 150)
    box = cut_out(Image.fromarray(pixels_HWC.astype(np.uint8))).box
    assert box == pytest.approx((0.3, 0.25, 0.7, 0.75), abs=0.05)


def test_no_background_at_all_keeps_the_whole_photo() -> None:
    plain = np.full((300, 200, 3), 90, np.uint8)
    assert cut_out(Image.fromarray(plain)).box == (0.0, 0.0, 1.0, 1.0)
    assert prepare(plain, FASHION_MNIST_INPUT).shape == (1, 28, 28)


def test_a_person_is_removed() -> None:
    """Head, bare arms and trousers go; the shirt stays."""
    image = Image.new("RGB", (300, 400), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    skin = (215, 165, 135)
    draw.ellipse((120, 10, 180, 92), fill=skin)
    draw.rectangle((70, 100, 95, 300), fill=skin)
    draw.rectangle((205, 100, 230, 300), fill=skin)
    draw.rectangle((95, 90, 205, 280), fill=(40, 140, 70))
    draw.rectangle((75, 90, 225, 150), fill=(40, 140, 70))
    draw.rectangle((95, 280, 205, 400), fill=(30, 35, 60))
    left, top, right, bottom = cut_out(image).box
    assert (left, top, right, bottom) == pytest.approx((75 / 300, 90 / 400, 225 / 300, 280 / 400), abs=0.04)


def test_an_image_of_the_data_set_comes_out_as_it_went_in() -> None:
    grey_HW = np.zeros((28, 28), np.uint8)
    grey_HW[:, 7:21] = np.random.default_rng(0).integers(1, 256, (28, 14))
    assert has_black_border(grey_HW)
    assert np.array_equal(prepare(np.repeat(grey_HW[..., None], 3, 2), FASHION_MNIST_INPUT)[0], grey_HW)


def test_an_enlarged_image_of_the_data_set_is_not_negated_again() -> None:
    grey_HW = np.zeros((280, 280), np.uint8)
    grey_HW[:, 70:210] = 220
    prepared_HW = prepare(np.repeat(grey_HW[..., None], 3, 2), FASHION_MNIST_INPUT)[0]
    assert prepared_HW[14, 14] > 200 and prepared_HW[14, 2] == 0


def test_colour_shows_the_whole_photo_on_white() -> None:
    pixels_HWC = np.full((400, 200, 3), (10, 120, 240), np.uint8)
    image_CHW = prepare(pixels_HWC, COLOUR_INPUT)
    assert image_CHW.shape == (3, 64, 64) and image_CHW.dtype == np.uint8
    assert image_CHW[:, 32, 32].tolist() == [10, 120, 240]
    assert image_CHW[:, 32, 4].tolist() == [255, 255, 255]
    assert (image_CHW[2, 0] == 240).sum() == 32  # half as wide as high


def test_colour_is_antialiased() -> None:
    lines = np.zeros((512, 512, 3), np.uint8)
    lines[::2] = 255
    image_CHW = prepare(lines, COLOUR_INPUT)
    assert abs(float(image_CHW[:, 4:-4].mean()) - 127.5) < 3
    assert image_CHW[:, 4:-4].std() < 12


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 9), (28, 28), (3, 65_500)])
@pytest.mark.parametrize("spec", [FASHION_MNIST_INPUT, COLOUR_INPUT], ids=lambda spec: spec.preparation)
def test_every_size_gives_the_declared_shape(size: tuple[int, int], spec: InputSpec) -> None:
    for level in (0, 128, 255):
        image_CHW = prepare(np.full((*size, 3), level, np.uint8), spec)
        assert image_CHW.shape == (spec.channels, spec.height, spec.width)
        assert image_CHW.dtype == np.uint8 and image_CHW.flags.c_contiguous


def test_samples_look_like_the_data_set() -> None:
    """Mean and deviation are those of the 60,000 training images (0.286, 0.353), within what 27 photos allow."""
    images = np.stack([prepare(load_photo(file).pixels_HWC, FASHION_MNIST_INPUT)[0] for file in SAMPLES]) / 255
    assert 0.20 < images.mean() < 0.38
    assert 0.27 < images.std() < 0.41
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 0).mean() > 0.9


def test_real_fashion_mnist_images_are_unchanged() -> None:
    file = DATA / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    if not file.is_file():
        pytest.skip("needs the Fashion-MNIST files; set FASHIONLENS_DATA to their folder's parent")
    with gzip.open(file) as stream:
        images = np.frombuffer(stream.read(16 + 1500 * 784), np.uint8, offset=16).reshape(-1, 28, 28)
    changed = [
        i
        for i, grey in enumerate(images)
        if not np.array_equal(prepare(grey[..., None].repeat(3, 2), FASHION_MNIST_INPUT)[0], grey)
    ]
    assert len(changed) <= 3


def test_preparing_takes_little_time() -> None:
    """3 ms is the aim on a quiet machine; processor time, and some room for a busy one."""
    pixels_HWC = load_photo(SAMPLES[0]).pixels_HWC
    times = []
    for _ in range(30):
        began = time.thread_time()
        prepare(pixels_HWC, FASHION_MNIST_INPUT)
        times.append(time.thread_time() - began)
    assert sorted(times)[15] < 0.012
