"""TIFF variants: what Pillow reads is compared with a second reader, tifffile; the rest is refused with advice.

Over grey, RGB, RGBA, CMYK and LAB × 8 bits, 16 bits and float × chunky and planes × 4 compressions × 2 byte orders,
Pillow 13 alone differs from tifffile in uncompressed 16-bit planes (noise), compressed float grey of big-endian files
(noise) and planes of LAB (a and b off by half their range). It does not open float color, 16-bit LAB and ICC LAB.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from fashionlens_gui import messages, paths
from trainer.errors import PhotoError
from trainer.preprocessing.photo import decode_photo

tifffile = pytest.importorskip("tifffile", reason="tifffile of the dev extra is the second reader")
pytest.importorskip("imagecodecs", reason="imagecodecs of the dev extra has tifffile's compressions")

PHOTOMETRIC = {
    "grey": "minisblack",
    "rgb": "rgb",
    "rgba": "rgb",
    "cmyk": "separated",
    "lab": "cielab",
    "icc lab": "icclab",
}
TYPES = {8: np.uint8, 16: np.uint16, 32: np.float32}
REFUSED = [("lab", 16), ("icc lab", 8), ("icc lab", 16), ("rgb", 32), ("rgba", 32), ("cmyk", 32)]


def _shirt() -> Image.Image:
    with Image.open(paths.samples_dir() / "checked-shirt-red.jpg") as image:
        return image.convert("RGB").resize((90, 120))


def _values(color: str, bits: int) -> np.ndarray:
    """H×W or H×W×C as a TIFF stores it."""
    rgb_HWC = np.asarray(_shirt())
    if color == "grey":
        values = rgb_HWC[..., 1]
    elif color == "rgba":
        values = np.dstack([rgb_HWC, np.full(rgb_HWC.shape[:2], 255, np.uint8)])
    elif color == "cmyk":
        values = np.dstack([255 - rgb_HWC, np.zeros(rgb_HWC.shape[:2], np.uint8)])
    elif "lab" in color:
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        values = np.asarray(ImageCms.profileToProfile(_shirt(), *profiles, outputMode="LAB"))
    else:
        values = rgb_HWC
    return values.astype(TYPES[bits]) * {8: 1, 16: 257, 32: 1 / 255}[bits] if bits != 8 else values


def _tiff(color: str, bits: int, planes: bool, compression: str | None, order: str) -> bytes:
    values = _values(color, bits).astype(TYPES[bits])
    if planes:
        values = np.ascontiguousarray(values.transpose(2, 0, 1))
    options = {"planarconfig": "separate" if planes else "contig"} if values.ndim == 3 else {}
    if color == "rgba":
        options["extrasamples"] = ("unassalpha",)
    file = io.BytesIO()
    tifffile.imwrite(file, values, byteorder=order, photometric=PHOTOMETRIC[color], compression=compression,
                     metadata=None, rowsperstrip=16, **options)  # fmt: skip
    stored = tifffile.imread(io.BytesIO(file.getvalue()))
    assert np.array_equal(stored, values)  # the second reader
    return file.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("color", PHOTOMETRIC)
def test_each_variant_is_read_as_the_second_reader_reads_it_or_refused(
    color: str, bits: int, compression: str | None, order: str
) -> None:
    for planes in (False, True) if color != "grey" else (False,):
        if "lab" in color and bits == 32:
            continue
        data = _tiff(color, bits, planes, compression, order)
        refused = (color, bits) in REFUSED or (planes and color == "lab")
        if refused or (planes and color == "cmyk" and bits == 16 and compression is None):
            with pytest.raises(PhotoError) as error:
                decode_photo(data, Path("shirt.tif"))
            assert messages.sentence(error.value) == (
                "shirt.tif is an unusual kind of TIFF (such as floating point, 16-bit LAB, or with WebP inside), which "
                "FashionLens cannot open. Save it as JPEG or PNG."
            )
            continue
        wanted_HWC = np.asarray(_shirt()) if color != "grey" else _values("grey", 8)[..., None].repeat(3, axis=2)
        difference_HWC = np.abs(decode_photo(data, Path("shirt.tif")).pixels_HWC.astype(int) - wanted_HWC)
        assert difference_HWC.mean() <= (2 if color == "lab" else 0.6), (planes, difference_HWC.mean())


def test_a_damaged_tiff_is_still_called_damaged() -> None:
    data = _tiff("rgb", 8, False, None, "<")
    for damaged in (data[:100], data[:8] + bytes(200), data[: len(data) // 2]):
        with pytest.raises(PhotoError) as error:
            decode_photo(damaged, Path("shirt.tif"))
        assert error.value.code in ("photo_damaged", "photo_truncated")


def test_compressions_that_libtiff_lacks_are_not_called_damage() -> None:
    file = io.BytesIO()
    tifffile.imwrite(file, np.asarray(_shirt()), photometric="rgb", compression="webp", metadata=None)
    with pytest.raises(PhotoError) as error:
        decode_photo(file.getvalue(), Path("shirt.tif"))
    assert error.value.code == "photo_unsupported"


def test_planes_are_upright() -> None:
    """The orientation tag of a TIFF with 16-bit planes is applied as for others."""
    file = io.BytesIO()
    values_CHW = np.ascontiguousarray(_values("rgb", 16).astype(np.uint16).transpose(2, 0, 1)[:, ::-1, ::-1])
    tifffile.imwrite(file, values_CHW, photometric="rgb", planarconfig="separate", metadata=None,
                     extratags=[(274, 3, 1, 3, True)])  # fmt: skip
    photo = decode_photo(file.getvalue(), Path("shirt.tif"))
    assert np.abs(photo.pixels_HWC.astype(int) - np.asarray(_shirt())).mean() <= 0.6
