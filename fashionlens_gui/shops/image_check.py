"""Checks image files against what shops publish: pixels, bytes, format, colours, transparency, background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from fashionlens_gui import paths
from fashionlens_gui.shops.google_taxonomy import APPAREL_AND_ACCESSORIES, is_below
from fashionlens_gui.shops.problem import Problem, Severity
from fashionlens_gui.shops.profile import Platform
from trainer.errors import DataError, PhotoError

_MEGABYTE = 10**6
_SMALL_SIDE = 64  # pixels of the shorter side at which the background is measured
_WHITE, _WHITE_SHARE = 245, 0.95  # of 255, the darkest channel; share of the pixels along an edge
_EDGE = 0.03  # of a side


class ImageLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shop takes.

    Attributes:
        formats: As :func:`trainer.preprocessing.file_formats.detect_format` names them.
        largest_megabytes: Of the file, 10**6 bytes.
        source: Where the limits are published.
        longest_side: In pixels; None for no limit, as the next ones.
        most_megapixels: Width by height, in millions.
        least_side: The shorter side, at least.
        least_side_apparel: The same for apparel.
        advised_side: The longer side that the shop advises.
        white_background: Whether a white or transparent background is advised.
        still: Whether animations are refused.
        changes_only: Whether the shop scales what is larger instead of refusing it.
    """

    formats: tuple[str, ...]
    largest_megabytes: float
    source: str
    longest_side: int | None = None
    most_megapixels: float | None = None
    least_side: int | None = None
    least_side_apparel: int | None = None
    advised_side: int | None = None
    white_background: bool = False
    still: bool = False
    changes_only: bool = False

    def least(self, google_category: int | None) -> int:
        """The shorter side that a product's images need, by its Google product category."""
        apparel = google_category is not None and is_below(google_category, APPAREL_AND_ACCESSORIES)
        return (apparel and self.least_side_apparel) or self.least_side or 0


@dataclass(frozen=True, slots=True)
class ImageFile:
    """Facts of an image file.

    Attributes:
        format: Such as ``JPEG``.
        size: Width and height in pixels, upright.
        bytes: Of the file.
        animated: Has several frames.
        srgb: Its colours are sRGB, or it does not say.
        transparent: Has transparent parts.
        white_background: Two or more of its edges are white or transparent.
    """

    format: str
    size: tuple[int, int]
    bytes: int
    animated: bool
    srgb: bool
    transparent: bool
    white_background: bool


@lru_cache(maxsize=1)
def image_limits() -> dict[str, ImageLimits]:
    """The limits of each platform. Raises DataError (``resource_damaged``): the installation is damaged."""
    file = paths.shops_dir() / "image-limits.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, ImageLimits])
    except (OSError, msgspec.DecodeError) as error:
        raise DataError("resource_damaged", repr(error), file=str(file), problem=str(error)) from error


def inspect(path: Path) -> ImageFile:
    """Read a file and tell what it is. Raises PhotoError: it is no photo, or damaged."""
    from trainer.preprocessing.color_profiles import profile_of
    from trainer.preprocessing.decoders import open_image
    from trainer.preprocessing.file_formats import UnsupportedFile, detect_format
    from trainer.preprocessing.photo import MAX_PIXELS, load_photo
    from trainer.preprocessing.rgb import is_srgb

    photo = load_photo(path, short_side=_SMALL_SIDE)
    try:
        data = path.read_bytes()
        format = detect_format(data, path.suffix)
        assert not isinstance(format, UnsupportedFile), "it was decoded"
        with open_image(data, format, path.name, MAX_PIXELS) as image:
            animated = format in ("GIF", "PNG", "WebP", "AVIF") and bool(getattr(image, "is_animated", False))
            may_be_transparent = image.has_transparency_data
            image.draft(None, (_SMALL_SIDE, _SMALL_SIDE))
            image.load()
            profile = profile_of(image, data, format)
            srgb = image.mode != "CMYK" and (profile is None or is_srgb(profile))
            transparent = may_be_transparent and int(np.asarray(image.convert("RGBA"))[..., 3].min()) < 255
    except (OSError, ValueError, SyntaxError) as error:  # it has changed since
        raise PhotoError("photo_unreadable", repr(error), name=path.name) from error
    white = _has_white_edges(photo.pixels_HWC)
    return ImageFile(format, photo.size, len(data), animated, srgb, transparent, white)


def image_problems(
    image: ImageFile, platform: Platform, sku: str, name: str, google_category: int | None = None
) -> Iterator[Problem]:
    """What a shop would refuse, or show otherwise.

    Args:
        image: The file.
        platform: Whose limits hold.
        sku: Of its product.
        name: What the problems call the file.
        google_category: Of its product: apparel needs larger images in some shops.
    """
    limits = image_limits()[platform]
    width, height = image.size

    def problem(code: str, severity: Severity, **parameters: object) -> Problem:
        return Problem(code, severity, 0, name, sku, parameters)

    too_large = Severity.WARNING if limits.changes_only else Severity.ERROR
    if image.format not in limits.formats:
        formats = ", ".join(limits.formats)
        yield problem("image_format", Severity.ERROR, format=image.format, formats=formats)
    if image.bytes > limits.largest_megabytes * _MEGABYTE:
        megabytes = image.bytes / _MEGABYTE
        yield problem("image_too_many_bytes", too_large, megabytes=megabytes, most=limits.largest_megabytes)
    if limits.longest_side and max(image.size) > limits.longest_side:
        most = f"{limits.longest_side} on the longer side"
        yield problem("image_too_large", too_large, width=width, height=height, most=most)
    elif limits.most_megapixels and width * height > limits.most_megapixels * 10**6:
        most = f"{limits.most_megapixels:g} million"
        yield problem("image_too_large", too_large, width=width, height=height, most=most)
    if min(image.size) < (least := limits.least(google_category)):
        yield problem("image_too_small", Severity.ERROR, width=width, height=height, least=least)
    elif limits.advised_side and max(image.size) < limits.advised_side:
        least = limits.advised_side
        yield problem("image_smaller_than_advised", Severity.WARNING, width=width, height=height, least=least)
    if limits.still and image.animated:
        yield problem("image_animated", Severity.ERROR)
    if not image.srgb:
        yield problem("image_not_srgb", Severity.WARNING)
    if image.transparent and not limits.white_background:
        yield problem("image_transparent", Severity.WARNING)
    if limits.white_background and not image.white_background:
        yield problem("image_background", Severity.WARNING)


def conforms(image: ImageFile, platform: Platform) -> bool:
    """Whether a copy need not be encoded anew: its format, size, bytes and colours are as the shop wants them."""
    changed = {"image_format", "image_too_large", "image_too_many_bytes", "image_animated", "image_not_srgb"}
    return not changed & {problem.code for problem in image_problems(image, platform, "", "")}


def _has_white_edges(pixels_HWC: np.ndarray) -> bool:
    """Whether two of the four edges are white: people and long garments run out of a picture at one or two of them."""
    height, width = pixels_HWC.shape[:2]
    rows, columns = max(1, round(height * _EDGE)), max(1, round(width * _EDGE))
    white_HW = pixels_HWC.min(2) >= _WHITE
    edges = (white_HW[:rows], white_HW[-rows:], white_HW[:, :columns], white_HW[:, -columns:])
    return sum(float(edge.mean()) >= _WHITE_SHARE for edge in edges) >= 2
