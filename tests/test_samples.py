"""The sample photos in resources/ match the output of the drawing code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import paths
from tests.drawn_photos.collection import COLLECTION, Sample
from trainer.preprocessing.photo import load_photo

_BY_NAME = {sample.name: sample for sample in COLLECTION}
# Of different kinds, with the two special ones; all 27 would take half a minute.
_REDRAWN = (
    "striped-t-shirt-navy.jpg",
    "chinos-sand-sideways.jpg",
    "floral-dress-rose.jpg",
    "high-top-sneaker-red.jpg",
    "backpack-teal-cut-out.png",
)


def test_the_folder_holds_just_the_collection() -> None:
    assert {file.name for file in paths.samples_dir().iterdir()} == set(_BY_NAME)
    assert len(COLLECTION) >= 24


@pytest.mark.parametrize("name", _REDRAWN)
def test_drawing_again_gives_the_committed_photo(name: str, tmp_path: Path) -> None:
    """Within a tolerance: other processors round differently, other JPEG libraries too."""
    committed = load_photo(paths.samples_dir() / name).pixels_HWC.astype(float)
    drawn = load_photo(_BY_NAME[name].save(tmp_path)).pixels_HWC.astype(float)
    assert drawn.shape == committed.shape
    assert np.abs(drawn - committed).mean() < 1.5


@pytest.mark.parametrize("sample", COLLECTION, ids=lambda sample: sample.name)
def test_each_sample_is_small_upright_and_well_named(sample: Sample) -> None:
    file = paths.samples_dir() / sample.name
    assert file.stat().st_size <= 80_000
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+\.(jpg|png)", sample.name)
    photo = load_photo(file)
    assert photo.notes == ()
    assert photo.size == ((600, 800) if sample.name.endswith(".png") else (900, 1200))


def test_one_sample_has_an_exif_rotation() -> None:
    file = paths.samples_dir() / "chinos-sand-sideways.jpg"
    with Image.open(io.BytesIO(file.read_bytes())) as image:
        assert image.size == (1200, 900)
        assert image.getexif()[0x0112] == 6
    assert load_photo(file).size == (900, 1200)


def test_one_sample_has_a_transparent_background() -> None:
    file = paths.samples_dir() / "backpack-teal-cut-out.png"
    with Image.open(io.BytesIO(file.read_bytes())) as image:
        assert image.convert("RGBA").getpixel((2, 2))[3] == 0
    assert load_photo(file).pixels_HWC[2, 2].tolist() == [255, 255, 255]
