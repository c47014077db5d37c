"""Pixels of any kind to upright 8-bit RGB on white: colour modes, depths, profiles, transparency, orientation.

Works on opened Pillow images, knows nothing of files. Pillow's own ``convert`` is not enough: it turns 16-bit grey
white, transparent pixels black, and leaves colour profiles and orientation alone.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_ORIENTATION = 0x0112
# EXIF 2.32, 4.6.4.A: what to do so that the photo stands upright.
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_MAX_PROFILE_BYTES = 16 * 2**20  # bytes; press profiles have 0.5 to 4 MB
_WHITE = (255, 255, 255)
_SRGB_TOLERANCE = 3  # of 255: tables of sRGB profiles are rounded


def exif_orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 when there is none or it makes no sense.

    Call it after ``image.load()``: a PNG may keep EXIF behind its pixels.
    """
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF fails in many ways in Pillow's parser; the pixels are good without it
        return 1
    return value if value in _TRANSPOSES else 1


def to_8_bit(image: Image.Image) -> Image.Image:
    """The same picture with 8 bits a channel, in mode L, LA, RGB, RGBA or CMYK.

    Deeper grey is scaled so that its white stays white and its middle stays in the middle.
    """
    if image.mode.startswith("I;16"):
        values_HW = np.asarray(image)
        tags = getattr(image, "tag_v2", {})  # of TIFF: 258 is BitsPerSample, 262 PhotometricInterpretation
        peak = 4095 if tags.get(258, (16,))[0] == 12 else 65535
        grey_HW = ((values_HW.astype(np.uint32) * 255 + peak // 2) // peak).clip(0, 255).astype(np.uint8)
        # 0 is white: Pillow 13 does not apply that to 16-bit grey.
        return Image.fromarray(255 - grey_HW if tags.get(262) == 0 else grey_HW)
    if image.mode in ("I", "F"):
        return Image.fromarray(_scaled(np.asarray(image, np.float32)))
    if image.mode == "LAB":
        return _apply_profile(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))) or image.convert("L")
    if image.has_transparency_data or image.mode in ("RGBa", "La", "PA"):
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def to_srgb_on_white(image: Image.Image, profile: bytes | None) -> Image.Image:
    """sRGB, transparent parts on white as catalogues print them, of an image from :func:`to_8_bit`.

    ``profile`` is the file's ICC profile; a damaged or unfitting one is ignored.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    if alpha is not None:
        image = image.convert("L" if image.mode == "LA" else "RGB")
    colours = (_from_profile(image, profile) if profile else None) or image.convert("RGB")
    if alpha is None:
        return colours
    return Image.composite(colours, Image.new("RGB", colours.size, _WHITE), alpha)


def apply_orientation(image: Image.Image, orientation: int) -> Image.Image:
    """Turned and mirrored as the camera noted."""
    transpose = _TRANSPOSES.get(orientation)
    return image if transpose is None else image.transpose(transpose)


def _scaled(values_HW: np.ndarray) -> np.ndarray:
    """32-bit integer or float grey to uint8; the scale follows from the range of the values."""
    values_HW = np.nan_to_num(values_HW, nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(values_HW.max(initial=0.0))
    for white in (1.0, 255.0, 65535.0):
        if peak <= white:
            break
    else:
        white = peak
    return np.rint(values_HW.clip(0, white) * (255.0 / white)).astype(np.uint8)


def _from_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """``image`` through its ICC profile to sRGB, or None where the profile is of no use (or is sRGB already)."""
    if len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None
    if image.mode == "L" and space == "RGB ":  # grey as three equal channels, as PNG and HDR have it
        image = image.convert("RGB")
    if space != _PROFILE_SPACES.get(image.mode) or (image.mode == "RGB" and is_srgb(profile)):
        return None
    return _apply_profile(image, opened)


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile changes no color by more than :data:`_SRGB_TOLERANCE`; its name says little."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid_NC = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    colors_NC = np.concatenate([grid_NC, np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)])
    converted = _apply_profile(Image.fromarray(colors_NC[None]), ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    if converted is None:
        return True
    difference_NC = np.asarray(converted, np.int16)[0] - colors_NC
    return bool(np.abs(difference_NC).max() <= _SRGB_TOLERANCE)


def _apply_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image | None:
    try:
        # A new transform for each photo: Little CMS keeps a cache in it that is not thread-safe.
        return ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None
