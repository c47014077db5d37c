"""The ICC profile of a photo, whatever tells of its colors: ICC, EXIF, PNG chunks, or CICP codes (ITU-T H.273).

All of them become ICC profiles, so that one conversion (:mod:`trainer.preprocessing.rgb`) treats them all.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image

from trainer.preprocessing.damage import png_chunks

_EXIF_IFD, _INTEROP_IFD, _COLOR_SPACE, _INTEROP_INDEX = 0x8769, 0xA005, 0xA001, 1
_SRGB = 1
_D65, _DCI_WHITE, _C_WHITE = (0.3127, 0.3290), (0.314, 0.351), (0.310, 0.316)
# x and y of red, green and blue, and of white: H.273, table 2.
_BT_709 = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65)
_PRIMARIES = {
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, *_C_WHITE),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_DCI_WHITE),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}
_ADOBE_RGB = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65)  # Adobe RGB (1998), gamma 563/256
_ADOBE_GAMMA = 563 / 256
_SRGB_GAMMA = 1 / 2.2  # that software writes beside or instead of the chunk sRGB
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CURVE = np.linspace(0, 1, 4096)
# HDR: the light of white paper (ITU-R BT.2408) becomes white; brighter light is compressed above the knee.
_WHITE_NITS, _KNEE = 203.0, 0.8


def profile_of(image: Image.Image, data: bytes, format: str) -> bytes | None:
    """The ICC profile of an opened photo's colors; None for sRGB.

    Args:
        image: In Pillow, loaded.
        data: The file.
        format: As :func:`trainer.preprocessing.file_formats.detect_format` says.
    """
    if format == "PNG":
        return _profile_of_png(image, data)
    if profile := image.info.get("icc_profile"):
        return bytes(profile)
    if format in ("AVIF", "HEIC"):
        return profile_of_cicp(*_nclx(data))
    return profile_of_primaries(_ADOBE_RGB, _ADOBE_GAMMA) if _is_adobe_rgb_by_exif(image) else None


@lru_cache(maxsize=16)
def profile_of_cicp(primaries: int, transfer: int) -> bytes | None:
    """The ICC profile of colors by the codes of H.273, which HEIC and AVIF (nclx) and PNG (cICP) have; None for sRGB.

    HDR (PQ and HLG) is tone-mapped. What is unspecified, or has the curve of video, is as sRGB there.
    """
    chromaticities = _PRIMARIES.get(primaries, _BT_709)
    curve = _TRANSFERS.get(transfer)
    if curve is None and chromaticities == _BT_709:
        return None
    return _matrix_profile(chromaticities, (curve or _srgb_light)(_CURVE))


@lru_cache(maxsize=16)
def profile_of_primaries(chromaticities: tuple[float, ...], gamma: float) -> bytes:
    """The ICC profile of RGB with a power function.

    Args:
        chromaticities: CIE x and y of red, green, blue and white, 8 numbers.
        gamma: Exponent from values to light, such as 2.2.
    """
    return _matrix_profile(chromaticities, _CURVE**gamma)


def _profile_of_png(image: Image.Image, data: bytes) -> bytes | None:
    """In the order of the PNG specification (third edition, 4.3): cICP, iCCP, sRGB, then gAMA with cHRM."""
    for name, body, _ in png_chunks(data):
        if name == b"cICP" and len(body) == 4:
            return profile_of_cicp(body[0], body[1])
        if name == b"IDAT":
            break
    info = image.info
    if info.get("icc_profile"):
        return bytes(info["icc_profile"])
    gamma = info.get("gamma", 0)
    if "srgb" in info or not 0.1 <= gamma <= 10:
        return None
    chromaticities = info.get("chromaticity", ())
    white, *colors = [chromaticities[at : at + 2] for at in range(0, len(chromaticities), 2)] or [_D65]
    chromaticities = tuple(value for pair in (*colors, white) for value in pair) if colors else _BT_709
    if not np.isfinite(_to_d50(chromaticities)).all():
        return None
    if abs(gamma - _SRGB_GAMMA) < 0.001:
        near = np.allclose(chromaticities, _BT_709, atol=0.005)
        return None if near else _matrix_profile(chromaticities, _srgb_light(_CURVE))
    return profile_of_primaries(chromaticities, 1 / gamma)


def _is_adobe_rgb_by_exif(image: Image.Image) -> bool:
    """What cameras write: "uncalibrated" and the interoperability index R03 (Exif 2.32, 4.6.6 and Annex E.4)."""
    if b"R03" not in image.info.get("exif", b""):
        return False
    try:
        exif = image.getexif()
        index = exif.get_ifd(_INTEROP_IFD).get(_INTEROP_INDEX, "")
        color_space = exif.get_ifd(_EXIF_IFD).get(_COLOR_SPACE)
    except Exception:  # damaged EXIF fails in many ways in Pillow's parser; the pixels are good without it
        return False
    return str(index).startswith("R03") and color_space != _SRGB


def _nclx(data: bytes) -> tuple[int, int]:
    """Primaries and transfer by the first box ``colr`` of type nclx of a HEIC or AVIF; (2, 2) where there is none."""
    start, end = 0, len(data)
    for wanted, skip in ((b"meta", 12), (b"iprp", 8), (b"ipco", 8), (b"colr", 8)):
        while start + 8 <= end:
            length = int.from_bytes(data[start : start + 4], "big")
            if data[start + 4 : start + 8] == wanted and (wanted != b"colr" or data[start + 8 : start + 12] == b"nclx"):
                start, end = start + skip, start + length
                break
            start += length if length >= 8 else end
        else:
            return 2, 2
    primaries, transfer = struct.unpack(">HH", data[start + 4 : start + 8].ljust(4, b"\0"))
    return primaries, transfer


def _srgb_light(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _pq_light(values: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, tone-mapped."""
    power = values ** (32 / 2523)
    return _tone_mapped(
        10_000 * (np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305)
    )


def _hlg_light(values: np.ndarray) -> np.ndarray:
    """ARIB STD-B67 on a display of 1,000 nits, tone-mapped."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return _tone_mapped(1000 * scene**1.2)


def _tone_mapped(nits: np.ndarray) -> np.ndarray:
    light = nits / _WHITE_NITS
    rest = 1 - _KNEE
    return np.where(light <= _KNEE, light, 1 - rest * np.exp(-(light - _KNEE) / rest))


_TRANSFERS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    4: lambda values: values**2.2,
    5: lambda values: values**2.8,
    8: lambda values: values,
    16: _pq_light,
    18: _hlg_light,
}


def _to_d50(chromaticities: tuple[float, ...]) -> np.ndarray:
    """3×3: XYZ relative to D50 of red, green and blue in columns (Bradford); not finite where they are no colors."""
    xy_42 = np.asarray(chromaticities, np.float64).reshape(4, 2)
    with np.errstate(all="ignore"):
        xyz_43 = np.column_stack([xy_42[:, 0], xy_42[:, 1], 1 - xy_42.sum(1)]) / xy_42[:, 1:]
        if not np.isfinite(xyz_43).all() or abs(np.linalg.det(xyz_43[:3])) < 1e-6:
            return np.full((3, 3), np.nan)
        to_xyz_CC = xyz_43[:3].T * np.linalg.solve(xyz_43[:3].T, xyz_43[3])
        cones_C = (_BRADFORD @ _D50) / (_BRADFORD @ xyz_43[3])
        return np.linalg.inv(_BRADFORD) @ (cones_C[:, None] * (_BRADFORD @ to_xyz_CC))


def _matrix_profile(chromaticities: tuple[float, ...], light: np.ndarray) -> bytes:
    """An ICC profile (version 2.4) of three colors and one curve, from even values in [0, 1] to light in [0, 1]."""

    def xyz(values: np.ndarray) -> bytes:
        return struct.pack(">4s4x3i", b"XYZ ", *np.rint(values * 65536).astype(int).tolist())

    curve = np.rint(light.clip(0, 1) * 65535).astype(">u2")
    colors_CC = _to_d50(chromaticities)
    contents = {b"wtpt": xyz(_D50)} | {
        name: xyz(colors_CC[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
    }
    body, table = b"", b""
    start = 128 + 4 + 12 * 7
    for name, content in contents.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content
    content = struct.pack(">4s4xI", b"curv", len(curve)) + curve.tobytes()
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        table += struct.pack(">4sII", name, start + len(body), len(content))
    head = struct.pack(">I4xI4s4s4s12x4s28x3i48x", start + len(body) + len(content), 0x02400000, b"mntr", b"RGB ",
                       b"XYZ ", b"acsp", 0xF6D6, 0x10000, 0xD32D)  # fmt: skip
    return head + struct.pack(">I", 7) + table + body + content
