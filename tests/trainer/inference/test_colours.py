"""Colours measured from pixels, on drawn garments with known colours and shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from fashionlens_gui import paths
from trainer.inference.colours import ciede2000, dominant_colours
from trainer.inference.prediction import Swatch
from trainer.preprocessing.photo import load_photo
from trainer.taxonomy import Colour, load

PALETTE = load(paths.resources_dir() / "taxonomy").colours
RED, NAVY, WHITE, YELLOW = (185, 30, 40), (30, 38, 75), (240, 240, 240), (235, 205, 60)
SKIN = (205, 150, 120)


def _paper(kind: str, size: tuple[int, int] = (120, 160)) -> Image.Image:
    """White paper with a little noise, or boards: brown, grain along them, dark joints."""
    random = np.random.default_rng(4)
    height, width = size[1], size[0]
    if kind == "white":
        pixels_HWC = 252 + random.normal(0, 1.0, (height, width, 3))
    else:
        grain_HW = random.normal(0, 9, (height, 1)) + random.normal(0, 4, (height, width))
        grain_HW[::20] -= 25
        pixels_HWC = np.array([176.0, 128.0, 84.0]) + grain_HW[..., None]
    return Image.fromarray(pixels_HWC.clip(0, 255).astype(np.uint8))


def _in_folds(image: Image.Image, box: tuple[int, int, int, int], depth: float) -> np.ndarray:
    """The photo, with light and shade across the part in ``box``: from 1 - depth to 1 times the light."""
    pixels_HWC = np.array(image, np.float64)
    left, top, right, bottom = box
    light_W = 1 - depth * (0.5 + 0.5 * np.sin(np.arange(right - left) / 4))
    pixels_HWC[top:bottom, left:right] *= light_W[None, :, None]
    return pixels_HWC.clip(0, 255).astype(np.uint8)


def _family(swatch: Swatch) -> str:
    return next(colour.family for colour in PALETTE if colour.name == swatch.name)


@pytest.mark.parametrize("paper", ["white", "wood"])
def test_stripes_give_both_colours_with_their_shares(paper: str) -> None:
    image = _paper(paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, 89, 129), fill=NAVY)
    for top in range(30, 130, 20):  # 6 of 20 rows
        draw.rectangle((30, top + 7, 89, top + 12), fill=YELLOW)
    swatches = dominant_colours(np.asarray(image), PALETTE)
    assert [_family(swatch) for swatch in swatches] == ["Blue", "Yellow"]
    assert [swatch.share for swatch in swatches] == pytest.approx([0.7, 0.3], abs=0.06)
    for swatch, truth in zip(swatches, (NAVY, YELLOW), strict=True):
        assert np.abs(np.subtract(swatch.srgb, truth)).max() <= 12


@pytest.mark.parametrize(
    ("cloth", "family"),
    [((185, 30, 40), "Red"), ((28, 28, 30), "Black"), ((70, 105, 160), "Blue"), ((60, 130, 70), "Green")],
)
def test_light_and_shade_are_one_colour(cloth: tuple[int, int, int], family: str) -> None:
    """Folds halve the light: CIELAB lightness and chroma change much, but the colour name does not."""
    image = _paper("white")
    ImageDraw.Draw(image).rectangle((30, 30, 89, 129), fill=cloth)
    swatches = dominant_colours(_in_folds(image, (30, 30, 90, 130), 0.5), PALETTE)
    assert {_family(swatch) for swatch in swatches} == {family}
    assert swatches[0].share > 0.6


def test_black_shoes_stay_black_under_highlights() -> None:
    image = _paper("white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((15, 60, 105, 120), fill=(32, 31, 33))
    draw.ellipse((35, 70, 60, 80), fill=(190, 190, 192))
    image = image.filter(ImageFilter.GaussianBlur(3))
    top = dominant_colours(np.asarray(image), PALETTE)[0]
    assert top.name == "Black" and top.share > 0.6


def test_white_cloth_on_white_paper_is_white() -> None:
    image = _paper("white")
    ImageDraw.Draw(image).rectangle((30, 30, 89, 129), fill=(236, 236, 238))
    assert [swatch.name for swatch in dominant_colours(np.asarray(image), PALETTE)] == ["White"]


def test_background_inside_a_handle_is_not_a_colour_of_the_bag() -> None:
    image = _paper("white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((25, 80, 95, 140), fill=RED)
    draw.ellipse((35, 30, 85, 110), outline=RED, width=10)
    swatches = dominant_colours(np.asarray(image), PALETTE)
    assert {_family(swatch) for swatch in swatches} == {"Red"}


def test_skin_is_excluded_from_the_colours() -> None:
    image = _paper("white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 8, 70, 40), fill=SKIN)
    draw.rectangle((55, 35, 65, 50), fill=SKIN)
    draw.rectangle((35, 46, 85, 159), fill=(40, 120, 60))
    draw.rectangle((26, 90, 34, 140), fill=SKIN)
    draw.rectangle((86, 90, 94, 140), fill=SKIN)
    swatches = dominant_colours(np.asarray(image), PALETTE)
    assert {_family(swatch) for swatch in swatches} == {"Green"}


def test_red_cloth_is_not_classified_as_skin() -> None:
    photo = load_photo(paths.samples_dir() / "checked-shirt-red.jpg")
    largest = dominant_colours(photo.pixels_HWC, PALETTE)[0]
    assert _family(largest) == "Red" and largest.share > 0.6


@pytest.mark.parametrize("paper", [(255, 255, 255), (128, 128, 128), (0, 0, 0), (160, 90, 200)])
def test_a_blank_page_has_no_colours(paper: tuple[int, int, int]) -> None:
    assert dominant_colours(np.full((160, 120, 3), paper, np.uint8), PALETTE) == ()


def test_black_on_black_is_black() -> None:
    """Low-contrast folds: garment and background cannot be separated, so the middle is measured."""
    image = Image.new("RGB", (120, 160), (8, 8, 8))
    ImageDraw.Draw(image).rectangle((30, 30, 89, 129), fill=(38, 38, 40))
    swatches = dominant_colours(_in_folds(image, (30, 30, 90, 130), 0.8), PALETTE)
    assert [swatch.name for swatch in swatches] == ["Black"]


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (3, 2), (7, 7)])
def test_tiny_photos_are_all_garment(size: tuple[int, int]) -> None:
    swatches = dominant_colours(np.full((size[1], size[0], 3), RED, np.uint8), PALETTE)
    assert [(_family(swatch), swatch.srgb) for swatch in swatches] == [("Red", RED)]
    assert swatches[0].share == pytest.approx(1.0)


def test_colours_of_a_close_up_are_measured_in_the_middle() -> None:
    """A close-up of a knit: border and middle look alike, so no background is found."""
    light_HW = np.random.default_rng(2).uniform(0.6, 1.0, (160, 120))
    pixels_HWC = (np.array(RED) * light_HW[..., None]).astype(np.uint8)
    swatches = dominant_colours(pixels_HWC, PALETTE)
    assert [_family(swatch) for swatch in swatches] == ["Red"] and swatches[0].share > 0.99


def test_many_colours_give_the_four_largest_in_order_and_never_more_than_all() -> None:
    image = _paper("white")
    draw = ImageDraw.Draw(image)
    cloths = [RED, (40, 120, 60), YELLOW, (52, 92, 160), (20, 20, 22), (102, 58, 122)]
    top = 30
    for cloth, rows in zip(cloths, (34, 24, 18, 12, 8, 4), strict=True):
        draw.rectangle((30, top, 89, top + rows - 1), fill=cloth)
        top += rows
    swatches = dominant_colours(np.asarray(image), PALETTE)
    shares = [swatch.share for swatch in swatches]
    assert [_family(swatch) for swatch in swatches] == ["Red", "Green", "Yellow", "Blue"]
    assert shares == sorted(shares, reverse=True) and shares[-1] >= 0.05 and sum(shares) <= 1


@pytest.mark.parametrize("seed", range(8))
def test_noise_keeps_the_invariants_and_is_deterministic(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = random.integers(1, 90, 2)
    pixels_HWC = random.integers(0, 256, (*size, 3), np.uint8)
    swatches = dominant_colours(pixels_HWC, PALETTE)
    assert swatches == dominant_colours(pixels_HWC.copy(), PALETTE)
    shares = [swatch.share for swatch in swatches]
    assert 1 <= len(swatches) <= 4 and shares == sorted(shares, reverse=True)
    assert min(shares) >= 0.05 and sum(shares) <= 1 + 1e-9
    assert len({swatch.name for swatch in swatches}) == len(swatches)


def test_large_photos_give_the_same_colours_as_small_ones() -> None:
    image = _paper("wood")
    ImageDraw.Draw(image).rectangle((30, 30, 89, 129), fill=NAVY)
    small, large = np.asarray(image), np.asarray(image.resize((1200, 1600), Image.Resampling.NEAREST))
    assert dominant_colours(large, PALETTE) == dominant_colours(small, PALETTE)


def test_names_come_from_the_palette_given() -> None:
    image = _paper("white")
    ImageDraw.Draw(image).rectangle((30, 30, 89, 129), fill=RED)
    pixels_HWC = np.asarray(image)
    assert dominant_colours(pixels_HWC, ()) == ()
    several = Colour("Multicolour", ("Multi",), None, "Multi")
    assert dominant_colours(pixels_HWC, (several,)) == ()
    only = dominant_colours(pixels_HWC, (several, Colour("Teal", ("Teal",), (22, 112, 116), "Green")))
    assert [swatch.name for swatch in only] == ["Teal"]


@pytest.mark.parametrize("file", sorted(paths.samples_dir().glob("*")), ids=lambda file: file.stem)
def test_sample_photos_have_colours(file: Path) -> None:
    photo = load_photo(file)
    assert photo.pixels_HWC is not None
    assert dominant_colours(photo.pixels_HWC, PALETTE)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [  # pairs 1, 4, 7, 9, 13, 17, 19, 24, 25, 31 and 34 of Sharma, Wu and Dalal 2005, table 1
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
        ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
        ((50.0, 2.5, 0.0), (50.0, 3.2592, 0.3350), 1.0000),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_is_as_published(
    first: tuple[float, float, float], second: tuple[float, float, float], difference: float
) -> None:
    assert float(ciede2000(np.array(first), np.array(second))) == pytest.approx(difference, abs=5e-5)
    assert float(ciede2000(np.array(second), np.array(first))) == pytest.approx(difference, abs=5e-5)


@pytest.mark.parametrize("file", sorted(paths.samples_dir().glob("*")), ids=lambda file: file.stem)
def test_turned_and_mirrored_photos_have_the_same_colours(file: Path) -> None:
    pixels_HWC = load_photo(file, short_side=225).pixels_HWC
    upright = dominant_colours(pixels_HWC, PALETTE)
    for photo_HWC in (pixels_HWC, pixels_HWC[:, ::-1]):
        for turns in range(4):
            assert dominant_colours(np.ascontiguousarray(np.rot90(photo_HWC, turns)), PALETTE) == upright


def test_colours_of_a_person_s_garment_are_found_lying_and_upside_down() -> None:
    image = _paper("white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 8, 70, 40), fill=SKIN)
    draw.rectangle((55, 35, 65, 50), fill=SKIN)
    draw.rectangle((35, 46, 85, 159), fill=(40, 120, 60))
    draw.rectangle((26, 90, 34, 140), fill=SKIN)
    for turns in range(4):
        swatches = dominant_colours(np.ascontiguousarray(np.rot90(np.asarray(image), turns)), PALETTE)
        assert {_family(swatch) for swatch in swatches} == {"Green"}
