"""Colors come out as sRGB whatever the file tells of them: ICC, EXIF, PNG chunks, or the codes of AVIF."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from fashionlens_gui import paths
from tests.hostile_files import encoded, swapping_profile
from trainer.preprocessing.color_profiles import profile_of_cicp, profile_of_primaries
from trainer.preprocessing.photo import decode_photo

# The same colors in sRGB, as published for Adobe RGB (1998) and Display P3.
SRGB = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (128, 128, 128), (0, 0, 0)]
ADOBE = [(219, 0, 0), (144, 255, 60), (0, 0, 250), (255, 255, 255), (127, 127, 127), (0, 0, 0)]
DISPLAY_P3 = [(234, 51, 35), (117, 251, 76), (0, 0, 245), (255, 255, 255), (128, 128, 128), (0, 0, 0)]
LINEAR = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (55, 55, 55), (0, 0, 0)]
ADOBE_PRIMARIES = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290)
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _patches(colors: list[tuple[int, int, int]]) -> Image.Image:
    return Image.fromarray(np.array(colors, np.uint8)[:, None].repeat(32, axis=1).repeat(32, axis=0))


def _read(data: bytes) -> list[tuple[int, ...]]:
    pixels_HWC = decode_photo(data, Path("photo"), short_side=4000).pixels_HWC
    assert pixels_HWC.shape == (192, 32, 3)
    return [tuple(pixels_HWC[16 + 32 * row, 16].tolist()) for row in range(6)]


def _assert_near(colors: list[tuple[int, ...]], wanted: list[tuple[int, int, int]], tolerance: int = 2) -> None:
    """Greys differ by 2 at most; at the corners of the gamut a step of 1 in the file is a step of ``tolerance``."""
    assert np.abs(np.subtract(colors[3:], wanted[3:])).max() <= 2, colors
    assert np.abs(np.subtract(colors, wanted)).max() <= tolerance, colors


def _png(colors: list[tuple[int, int, int]], *chunks: tuple[bytes, bytes]) -> bytes:
    data = encoded(_patches(colors), "PNG")
    added = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return data[:33] + added + data[33:]  # behind IHDR


def _chunk(profile: bytes) -> tuple[bytes, bytes]:
    return b"iCCP", b"sRGB\0\0" + zlib.compress(profile)


def _gamma(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def _chromaticities(primaries: tuple[float, ...]) -> tuple[bytes, bytes]:
    ordered = (*primaries[6:], *primaries[:6])
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in ordered))


def _camera_exif(index: str, color_space: int) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = color_space
    exif.get_ifd(0x8769)[0xA005] = {1: index}
    return exif


def test_adobe_rgb_is_known_by_exif_alone() -> None:
    data = encoded(_patches(ADOBE), "JPEG", quality=100, subsampling=0, exif=_camera_exif("R03", 65535))
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(0xA005)[1] == "R03"
    _assert_near(_read(data), SRGB, 16)


@pytest.mark.parametrize(("index", "color_space"), [("R98", 1), ("R98", 65535), ("R03", 1)])
def test_other_exif_is_srgb(index: str, color_space: int) -> None:
    data = encoded(_patches(SRGB), "JPEG", quality=100, subsampling=0, exif=_camera_exif(index, color_space))
    _assert_near(_read(data), SRGB, 1)


def test_an_icc_profile_outranks_exif() -> None:
    options = {"quality": 100, "subsampling": 0, "exif": _camera_exif("R03", 65535)}
    data = encoded(_patches(SRGB), "JPEG", icc_profile=SRGB_PROFILE, **options)
    _assert_near(_read(data), SRGB, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_profiles_are_applied_by_their_numbers(kind: str) -> None:
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    for colors, profile in (
        (ADOBE, profile_of_primaries(ADOBE_PRIMARIES, 563 / 256)),
        (DISPLAY_P3, profile_of_cicp(12, 13)),
        (LINEAR, profile_of_primaries((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), 1.0)),
        ([(green, red, blue) for red, green, blue in SRGB], swapping_profile()),
    ):
        _assert_near(_read(encoded(_patches(colors), kind, icc_profile=profile, **options.get(kind, {}))), SRGB, 16)


def test_profiles_that_are_srgb_change_no_pixel() -> None:
    with Image.open(paths.samples_dir() / "checked-shirt-red.jpg") as image:
        shirt = image.convert("RGB")
    for profile in (SRGB_PROFILE, profile_of_primaries((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), 2.2)):
        data = encoded(shirt, "PNG", icc_profile=profile)
        same = np.array_equal(decode_photo(data, Path("photo"), short_side=9999).pixels_HWC, np.asarray(shirt))
        assert same == (profile is SRGB_PROFILE)


def test_png_chunks_rank_as_the_specification_says() -> None:
    p3, adobe, swapped, linear = (
        (b"cICP", bytes((12, 13, 0, 1))),
        _chromaticities(ADOBE_PRIMARIES),
        _chunk(swapping_profile()),
        _gamma(1.0),
    )
    _assert_near(_read(_png(DISPLAY_P3, p3, swapped, (b"sRGB", b"\0"), linear)), SRGB, 16)
    _assert_near(_read(_png([(g, r, b) for r, g, b in SRGB], swapped, adobe, linear)), SRGB, 16)
    _assert_near(_read(_png(SRGB, (b"sRGB", b"\0"), adobe, linear)), SRGB, 0)
    _assert_near(_read(_png(ADOBE, adobe, _gamma(256 / 563))), SRGB, 16)
    _assert_near(_read(_png(LINEAR, linear)), SRGB, 1)
    _assert_near(_read(_png(SRGB, _gamma(0.45455))), SRGB, 0)  # what stands for sRGB


@pytest.mark.parametrize("body", [bytes(32), b"\xff" * 32])
def test_nonsense_chromaticities_are_ignored(body: bytes) -> None:
    _assert_near(_read(_png(SRGB, (b"cHRM", body), _gamma(1.0))), SRGB, 0)


def _avif(colors: list[tuple[int, int, int]], primaries: int, transfer: int) -> bytes:
    data = encoded(_patches(colors), "AVIF", quality=100, subsampling="4:4:4")
    place = data.index(b"colrnclx") + 8
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


def test_avif_colors_follow_its_codes() -> None:
    _assert_near(_read(_avif(DISPLAY_P3, 12, 13)), SRGB, 16)
    _assert_near(_read(_avif(SRGB, 1, 13)), SRGB, 24)
    _assert_near(_read(_avif(SRGB, 2, 2)), SRGB, 24)
    _assert_near(_read(_avif(LINEAR, 1, 8)), SRGB, 16)


def _pq(nits: float) -> int:
    power = (nits / 10_000) ** (1305 / 8192)
    return round(255 * ((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32))


def test_hdr_is_tone_mapped() -> None:
    """Paper white (203 nits) is nearly white, a grey card (18 % of it) is mid-grey, lamps are not darker than paper."""
    for transfer, values in ((16, [_pq(nits) for nits in (0, 203 * 0.18, 203, 1000, 4000)]), (18, [0, 111, 191, 255])):
        colors = [(value,) * 3 for value in [*values, 255, 255][:6]]
        for data in (_avif(colors, 9, transfer), _png(colors, (b"cICP", bytes((9, transfer, 0, 1))))):
            black, card, paper, *lamps = [color[1] for color in _read(data)]
            assert black <= 2 and 110 <= card <= 126 and 240 <= paper <= 250
            assert min(lamps) >= paper and max(lamps) <= 255


def test_wide_codes_change_colors_and_common_ones_do_not() -> None:
    assert profile_of_cicp(1, 13) is profile_of_cicp(2, 2) is profile_of_cicp(1, 1) is None
    assert len({profile_of_cicp(9, 16), profile_of_cicp(9, 18), profile_of_cicp(12, 13), profile_of_cicp(1, 8)}) == 4


def test_grey_profiles_are_applied() -> None:
    """A grey profile in linear light: white point and one curve."""
    white = struct.pack(">4s4x3i", b"XYZ ", 0xF6D6, 0x10000, 0xD32D)
    curve = struct.pack(">4s4xI", b"curv", 0)
    table = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"kTRC", 156 + len(white), len(curve))
    size = 156 + len(white) + len(curve)
    head = struct.pack(">I4xI4s4s4s12x4s28x3i48x", size, 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp",
                       0xF6D6, 0x10000, 0xD32D)  # fmt: skip
    grey = _patches(LINEAR).getchannel("G")
    for kind in ("PNG", "TIFF"):
        data = encoded(grey, kind, icc_profile=head + table + white + curve)
        _assert_near(_read(data), [(g, g, g) for _, g, _ in SRGB], 1)


def test_lab_is_read() -> None:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(_patches(SRGB), *profiles, outputMode="LAB")
    assert lab is not None
    _assert_near(_read(encoded(lab, "TIFF")), SRGB, 24)
