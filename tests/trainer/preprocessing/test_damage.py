"""Damaged files that decoders open without a word are noticed, and whole ones are not called damaged."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import paths
from tests.hostile_files import encoded
from trainer.errors import PhotoError
from trainer.preprocessing.photo import decode_photo

SHIRT = "checked-shirt-red.jpg"


def _sample(name: str = SHIRT, size: tuple[int, int] = (900, 1200)) -> Image.Image:
    with Image.open(paths.samples_dir() / name) as image:
        return image.convert("RGB").resize(size)


def _noticed(data: bytes, short_side: int = 225) -> str:
    """Code of the error, or ``damaged`` from a note, or "" for a whole photo."""
    try:
        notes = decode_photo(data, Path("photo"), short_side=short_side).notes
    except PhotoError as error:
        return error.code
    return " ".join(note.code for note in notes)


def _second_half(data: bytes, byte: bytes) -> bytes:
    return data[: len(data) // 2] + byte * (len(data) - len(data) // 2)


def _overwritten(data: bytes, new: bytes) -> bytes:
    place = len(data) * 3 // 5
    return data[:place] + new + data[place + len(new) :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) * 2 // 3],
    "tail": lambda data: data[:-40],
    "zeros at the end": lambda data: _second_half(data, b"\0"),
    "0xFF at the end": lambda data: _second_half(data, b"\xff"),
    "zeros in the middle": lambda data: _overwritten(data, bytes(4096)),
    "0xFF in the middle": lambda data: _overwritten(data, b"\xff" * 4096),
    "LF to CR LF": lambda data: data.replace(b"\n", b"\r\n"),
}
NO_CHECKSUM: dict[str, Callable[[bytes], bytes]] = {
    "random": lambda data: _overwritten(data, np.random.default_rng(3).bytes(4096)),
    "swapped": lambda data: (
        data[:16_000] + data[32_000:36_000] + data[20_000:32_000] + data[16_000:20_000] + data[36_000:]
    ),
}
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "baseline": ("JPEG", {"quality": 85}),
    "progressive": ("JPEG", {"quality": 85, "progressive": True}),
    "restart markers": ("JPEG", {"quality": 85, "restart_marker_rows": 1}),
    "full chroma": ("JPEG", {"quality": 85, "subsampling": 0}),
    "PNG": ("PNG", {"compress_level": 1}),
    "WebP": ("WEBP", {"quality": 90}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", DAMAGE | NO_CHECKSUM)
def test_damage_is_noticed(kind: str, damage: str) -> None:
    if kind == "WebP" and damage in NO_CHECKSUM:
        pytest.skip("WebP has no checksum: such damage leaves a picture that only a person can tell")
    name, options = KINDS[kind]
    data = encoded(_sample(), name, **options)
    assert _noticed(data) == ""
    damaged = (DAMAGE | NO_CHECKSUM)[damage](data)
    assert damaged != data
    assert _noticed(damaged) in ("damaged", "photo_damaged", "photo_truncated")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("short_side", [40, 225, 2000])
@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"subsampling": "4:2:2"}, {"subsampling": "4:1:1"}, {"progressive": True}]
)
def test_pixels_of_whole_jpegs_are_those_of_pillow(mode: str, short_side: int, options: dict[str, object]) -> None:
    for size in ((451, 603), (5, 7), (2000, 17)):
        data = encoded(_sample(size=size).convert(mode), "JPEG", **options)
        got = decode_photo(data, Path("photo"), short_side=short_side)
        with Image.open(io.BytesIO(data)) as image:
            image.draft(None, (short_side, short_side))
            image.load()
            if min(image.size) <= short_side and mode != "CMYK":
                assert np.array_equal(got.pixels_HWC, np.asarray(image.convert("RGB")))
        assert not [note for note in got.notes if note.code == "damaged"]


def test_a_bitmap_that_was_transferred_as_text_is_damaged() -> None:
    noise_HWC = np.random.default_rng(4).integers(-30, 30, (400, 300, 3))
    pixels_HWC = (np.asarray(_sample(size=(300, 400))) + noise_HWC).clip(0, 255).astype(np.uint8)
    data = encoded(Image.fromarray(pixels_HWC), "BMP")
    assert b"\n" not in data[:54]  # else the header is not read at all
    assert _noticed(data) == _noticed(data + b"\r\n" * 40) == ""
    assert _noticed(data.replace(b"\n", b"\r\n")) == "damaged"


def test_a_whole_bitmap_that_cannot_be_opened_is_not_called_damaged() -> None:
    pixels = bytes(range(250)) * 32
    masks = struct.pack("<3I", 0x3FF00000, 0xFFC00, 0x3FF)  # 10 bits each
    head = struct.pack("<IiiHHIIiiII", 40, 40, 50, 1, 32, 3, len(pixels), 2835, 2835, 0, 0) + masks
    data = b"BM" + struct.pack("<IHHI", 14 + len(head) + len(pixels), 0, 0, 14 + len(head)) + head + pixels
    with pytest.raises(PhotoError) as error:
        decode_photo(data, Path("shirt.bmp"))
    assert (error.value.code, error.value.parameters["format"]) == ("photo_unsupported", "bitmap")


def test_a_jpeg_without_its_end_marker_is_whole() -> None:
    data = encoded(_sample(), "JPEG")
    assert data.endswith(b"\xff\xd9")
    for whole in (data[:-2], data[:-1], data + b"\0" * 40, data[:-2] + bytes(4) + data[-2:]):
        assert _noticed(whole) == ""


def test_a_step_in_brightness_is_found_where_libjpeg_warns_of_nothing() -> None:
    """A wrong difference of brightness, but as many blocks as before: all that follows is darker."""
    image = _sample()
    pixels_HWC = np.asarray(image).astype(np.int16)
    shifted_HWC = (pixels_HWC - [30, 30, 30]).clip(0, 255)
    damaged_HWC = pixels_HWC.copy()
    damaged_HWC[640:] = shifted_HWC[640:]
    level = encoded(Image.fromarray(damaged_HWC.astype(np.uint8)), "JPEG", quality=95)
    damaged_HWC[624:640, 400:] = shifted_HWC[624:640, 400:]
    stepped = encoded(Image.fromarray(damaged_HWC.astype(np.uint8)), "JPEG", quality=95)
    for short_side in (225, 400, 1200):
        assert _noticed(stepped, short_side) == "damaged", short_side
        assert _noticed(level, short_side) == ""  # a picture with a darker lower part, such as a banner


def test_unusual_but_whole_files_are_not_called_damaged() -> None:
    image = _sample(size=(600, 800))
    exif = Image.Exif()
    exif[0x927C] = bytes(6000)  # a maker note of zeros
    even = Image.new("RGB", (1800, 2400), "white")
    even.paste(image, (600, 800))
    cut_out = image.convert("RGBA")
    cut_out.putalpha(Image.linear_gradient("L").resize(image.size))
    whole = {
        "exif": encoded(image, "WEBP", exif=exif),
        "even": encoded(even, "WEBP", quality=100, method=0),
        "lossless": encoded(even, "WEBP", lossless=True),
        "lossless drawing": encoded(image, "WEBP", lossless=True, method=0),
        "alpha": encoded(cut_out, "WEBP"),
        "png": encoded(cut_out, "PNG", exif=exif),
        "palette": encoded(image.quantize(32), "PNG"),
        "mpo": encoded(image, "MPO", save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)]),
        "junk": encoded(image, "JPEG") + b"\0junk" * 500,
        "revision": encoded(image, "JPEG").replace(b"JFIF\0\1\1", b"JFIF\0\7\1"),
    }
    assert {name: noticed for name, data in whole.items() if (noticed := _noticed(data))} == {}
