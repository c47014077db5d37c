"""Formats that need more than Pillow: HEIC, JPEG XL, Photoshop, camera raw."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import messages
from tests.hostile_files import BLUE, RED, encoded, picture, swapping_profile
from trainer.errors import PhotoError
from trainer.preprocessing.decoders import jpeg_xl_size
from trainer.preprocessing.photo import Photo, load_photo

HEIC = Path(__file__).parent / "heic"
GREEN = (40, 160, 60)


@pytest.fixture
def large() -> Image.Image:
    return picture().resize((600, 800), Image.Resampling.NEAREST)


def check(photo: Photo, size: tuple[int, int], tolerance: int = 4) -> None:
    """The drawn picture, upright, in its colours."""
    height, width = photo.pixels_HWC.shape[:2]
    assert (photo.size, width < height) == (size, size[0] < size[1])
    quarters = [photo.pixels_HWC[y * height // 4, x * width // 4] for y, x in ((1, 1), (1, 3), (3, 1))]
    for pixel, colour in zip(quarters, (RED, BLUE, GREEN), strict=True):
        assert np.abs(pixel.astype(int) - colour).max() <= tolerance, (pixel, colour)


def refusal(path: Path) -> PhotoError:
    with pytest.raises(PhotoError) as raised:
        load_photo(path)
    return raised.value


# HEIC


@pytest.mark.parametrize("name", ["plain.heic", "rotated.heic", "ten-bit.heif", "display-p3.hif"])
def test_heic_is_upright_and_in_srgb(name: str) -> None:
    photo = load_photo(HEIC / name)
    check(photo, (120, 160))
    assert photo.notes == ()


def test_heic_is_scaled_down_and_found_by_content(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes((HEIC / "rotated.heic").read_bytes())
    photo = load_photo(tmp_path / "photo.jpg", short_side=30)
    assert photo.pixels_HWC.shape == (40, 30, 3)
    assert photo.size == (120, 160)
    assert [note.code for note in photo.notes] == ["other_format"]


def test_damaged_heic_is_an_error(tmp_path: Path) -> None:
    data = (HEIC / "plain.heic").read_bytes()
    for name, content, code in (
        ("short.heic", data[:-200], "photo_truncated"),
        ("head.heic", data[:40], "photo_truncated"),
        ("junk.heic", data[:100] + bytes(len(data) - 100), "photo_damaged"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).code == code, name


def test_zeros_of_an_interrupted_copy_are_noticed(large: Image.Image, tmp_path: Path) -> None:
    data = (HEIC / "plain.heic").read_bytes()
    at = data.index(b"mdat") - 4
    size = int.from_bytes(data[at : at + 4], "big") + 5_000
    (tmp_path / "1.heic").write_bytes(data[:at] + size.to_bytes(4, "big") + data[at + 4 :] + bytes(5_000))
    assert [note.code for note in load_photo(tmp_path / "1.heic").notes] == ["damaged"]
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    avif = encoded(Image.fromarray(noise), "AVIF", quality=80)
    (tmp_path / "2.avif").write_bytes(avif)
    assert load_photo(tmp_path / "2.avif").notes == ()
    (tmp_path / "2.avif").write_bytes(avif[: len(avif) // 2] + bytes(len(avif) - len(avif) // 2))
    try:
        codes = [note.code for note in load_photo(tmp_path / "2.avif").notes]
    except PhotoError as error:
        codes = [error.code]
    assert codes in (["damaged"], ["photo_damaged"])


def test_decoders_are_imported_by_the_first_photo_that_needs_them() -> None:
    code = (
        "import sys, pathlib\n"
        "from trainer.preprocessing.photo import load_photo\n"
        "before = {'pi_heif', 'pillow_jxl', 'rawpy'} & set(sys.modules)\n"
        "load_photo(pathlib.Path(sys.argv[1]))\n"
        "assert not before and 'pi_heif' in sys.modules, before"
    )
    subprocess.run([sys.executable, "-c", code, str(HEIC / "plain.heic")], check=True, timeout=120)


def test_without_its_decoder_a_photo_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "new.jxl").write_bytes(b"\xff\x0a" + bytes(40))
    (tmp_path / "camera.nef").write_bytes(b"MM\x00*" + bytes(40))
    for library in ("pi_heif", "pillow_jxl", "rawpy"):
        monkeypatch.setitem(sys.modules, library, None)
    for path, format in (
        (HEIC / "plain.heic", "HEIC photo"),
        (tmp_path / "new.jxl", "JPEG XL"),
        (tmp_path / "camera.nef", "camera raw"),
    ):
        error = refusal(path)
        assert error.code == "photo_unsupported"
        assert format in messages.sentence(error)
        assert "Save it as JPEG" in messages.sentence(error)


# JPEG XL


@pytest.mark.parametrize("lossless", [True, False])
def test_jpeg_xl(lossless: bool, large: Image.Image, tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl")
    large.save(tmp_path / "photo.jxl", lossless=lossless, icc_profile=None)
    check(load_photo(tmp_path / "photo.jxl"), (600, 800), 0 if lossless else 8)
    assert jpeg_xl_size((tmp_path / "photo.jxl").read_bytes()) == (600, 800)


@pytest.mark.parametrize("size", [(8, 8), (256, 64), (257, 1), (640, 480), (641, 480), (1920, 1080), (9000, 3)])
def test_the_size_of_jpeg_xl_is_known_before_it_is_decoded(size: tuple[int, int]) -> None:
    pytest.importorskip("pillow_jxl")
    assert jpeg_xl_size(encoded(Image.new("L", size), "JXL")) == size


def test_a_jpeg_inside_jpeg_xl_is_turned_by_its_exif(large: Image.Image, tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl")
    exif = Image.Exif()
    exif[0x0112] = 6
    large.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "1.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "1.jpg") as jpeg:
        jpeg.save(tmp_path / "1.jxl", lossless_jpeg=True)
    check(load_photo(tmp_path / "1.jxl"), (600, 800))


def test_a_huge_jpeg_xl_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl")
    # Not small; height 1 + (2**18 - 1) in 18 bits; ratio 1:1.
    bits = (2 << 1) | ((2**18 - 1) << 3) | (1 << 21)
    (tmp_path / "bomb.jxl").write_bytes(b"\xff\x0a" + bits.to_bytes(16, "little"))
    assert refusal(tmp_path / "bomb.jxl").code == "photo_too_many_pixels"


# Photoshop


def psd(image: Image.Image, resources: dict[int, bytes] | None = None, *, depth: int = 8, mode: int = 3) -> bytes:
    """A Photoshop file without layers; ``mode`` as in its header: 1 grey, 3 RGB, 4 CMYK (inverted)."""
    packed = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
        for number, content in (resources or {}).items()
    )
    bands = image.split()
    pixels = b"".join(band.tobytes() for band in bands)
    return (
        struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(bands), image.height, image.width, depth, mode)
        + struct.pack(">I", 0)
        + struct.pack(">I", len(packed))
        + packed
        + struct.pack(">IH", 0, 0)
        + pixels
    )


def test_the_flat_picture_of_photoshop(large: Image.Image, tmp_path: Path) -> None:
    red, green, blue = large.split()
    swapped = Image.merge("RGB", (green, red, blue))
    cmyk = large.convert("CMYK").point(lambda level: 255 - level)
    for name, content in (
        ("plain.psd", psd(large)),
        ("profile.psd", psd(swapped, {1039: swapping_profile()})),
        ("cmyk.psd", psd(cmyk, mode=4)),
    ):
        (tmp_path / name).write_bytes(content)
        photo = load_photo(tmp_path / name)
        check(photo, (600, 800))
        assert photo.notes == ()


def test_transparency_of_photoshop_is_white_and_a_stored_selection_is_not_transparency(
    large: Image.Image, tmp_path: Path
) -> None:
    cut_out = large.convert("RGBA")
    cut_out.putalpha(0)
    (tmp_path / "selection.psd").write_bytes(psd(cut_out, {1053: struct.pack(">I", 7)}))
    check(load_photo(tmp_path / "selection.psd"), (600, 800))
    for name, resources in (("transparent.psd", {1053: struct.pack(">I", 0)}), ("unnamed.psd", None)):
        (tmp_path / name).write_bytes(psd(cut_out, resources))
        assert load_photo(tmp_path / name).pixels_HWC.min() == 255


def test_other_files_of_photoshop_say_what_to_do(large: Image.Image, tmp_path: Path) -> None:
    (tmp_path / "layers.psd").write_bytes(psd(large, {1057: struct.pack(">IB", 1, 0)}))
    assert "Maximize Compatibility" in messages.sentence(refusal(tmp_path / "layers.psd"))
    (tmp_path / "deep.psd").write_bytes(psd(large, depth=16))
    (tmp_path / "large.psb").write_bytes(b"8BPS\0\2" + bytes(40))
    (tmp_path / "empty.psd").write_bytes(b"8BPS\0\1" + bytes(12))
    for name in ("deep.psd", "large.psb", "empty.psd"):
        assert "Save it as JPEG" in messages.sentence(refusal(tmp_path / name))
    (tmp_path / "short.psd").write_bytes(psd(large)[:-1000])
    assert refusal(tmp_path / "short.psd").code in ("photo_truncated", "photo_damaged")


# Camera raw


def dng(preview: Image.Image, orientation: int = 1) -> bytes:
    """A small DNG: a JPEG preview in the first directory, a plane of raw sensor values in a directory below it."""
    jpeg = encoded(preview, "JPEG", quality=95)
    side = 64
    sensor = np.full((side, side), 20_000, "<u2").tobytes()
    short, long, byte, text, signed = 3, 4, 1, 2, 10
    matrix = struct.pack("<18i", *(value for entry in (1, 0, 0, 0, 1, 0, 0, 0, 1) for value in (entry, 1)))
    raw_tags = [
        (254, long, [0]), (256, long, [side]), (257, long, [side]), (258, short, [16]), (259, short, [1]),
        (262, short, [32803]), (273, long, ["sensor"]), (277, short, [1]), (278, long, [side]),
        (279, long, [len(sensor)]), (33421, short, [2, 2]), (33422, byte, b"\0\1\1\2"),
    ]  # fmt: skip
    main_tags = [
        (254, long, [1]), (256, long, [preview.width]), (257, long, [preview.height]), (258, short, [8, 8, 8]),
        (259, short, [7]), (262, short, [6]), (271, text, b"Drawn\0"), (272, text, b"Camera\0"), (273, long, ["jpeg"]),
        (274, short, [orientation]), (277, short, [3]), (278, long, [preview.height]), (279, long, [len(jpeg)]),
        (330, long, ["raw"]), (50706, byte, b"\1\4\0\0"), (50708, text, b"Drawn Camera\0"), (50721, signed, matrix),
    ]  # fmt: skip
    places = {"raw": 0, "jpeg": 0, "sensor": 0}
    for _ in range(2):  # once for the sizes, once with the places
        data = bytearray(b"II*\0" + struct.pack("<I", 8))
        for directory, tags in (("main", main_tags), ("raw", raw_tags)):
            places[directory] = len(data)
            values = []
            entries = struct.pack("<H", len(tags))
            after = len(data) + 2 + 12 * len(tags) + 4
            for tag, kind, content in tags:
                if isinstance(content, list):
                    numbers = [places.get(number, number) for number in content]
                    count, packed = (
                        len(numbers),
                        struct.pack(f"<{len(numbers)}{'H' if kind == short else 'I'}", *numbers),
                    )
                else:
                    count, packed = len(content) // (8 if kind == signed else 1), content
                if len(packed) > 4:
                    where = after + sum(map(len, values))
                    values.append(packed + bytes(len(packed) % 2))
                    packed = struct.pack("<I", where)
                entries += struct.pack("<HHI4s", tag, kind, count, packed)
            data += entries + bytes(4) + b"".join(values)
        places["jpeg"] = len(data)
        data += jpeg
        places["sensor"] = len(data)
        data += sensor
    return bytes(data)


def test_the_preview_of_a_camera_raw_file_is_upright(large: Image.Image, tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    (tmp_path / "1.dng").write_bytes(dng(large))
    check(load_photo(tmp_path / "1.dng"), (600, 800))
    (tmp_path / "2.DNG").write_bytes(dng(large.transpose(Image.Transpose.ROTATE_90), orientation=6))
    check(load_photo(tmp_path / "2.DNG"), (600, 800))


def test_raw_data_are_developed_where_there_is_no_preview_worth_it(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    (tmp_path / "1.dng").write_bytes(dng(picture().resize((12, 16))))
    photo = load_photo(tmp_path / "1.dng")
    assert photo.size == (32, 32)
    assert photo.pixels_HWC.std() < 3


def test_damaged_camera_raw_is_an_error(large: Image.Image, tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    (tmp_path / "1.nef").write_bytes(b"MM\x00*" + bytes(300))
    assert refusal(tmp_path / "1.nef").code in ("photo_unsupported", "photo_damaged")
    (tmp_path / "2.nef").write_bytes(encoded(large, "JPEG"))
    assert [note.code for note in load_photo(tmp_path / "2.nef").notes] == ["other_format"]
    assert io.BytesIO(dng(large)).read(4) == b"II*\0"
