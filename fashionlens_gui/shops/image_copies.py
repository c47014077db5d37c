"""Copies of photos as a shop wants them: smaller, in sRGB, in a format it takes, named by a template."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fashionlens_gui.shops.image_check import ImageFile, ImageLimits, conforms, image_limits, image_problems, inspect
from fashionlens_gui.shops.metadata_free import without_metadata
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.problem import Problem, Severity
from fashionlens_gui.shops.product_row import PhotoFile, ProductFacts, ProductRow
from fashionlens_gui.shops.profile import Platform, Profile
from fashionlens_gui.shops.template import read_template
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import atomic_write
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import PhotoError
from trainer.read_ahead import read_ahead
from trainer.taxonomy import CATEGORY

CopyFormat = Literal["JPEG", "WebP"]

_Item = tuple[ProductRow, PhotoFile, int]
"""A photo with its product and its number in it, from 1."""

_SUFFIXES = {"JPEG": ".jpg", "WebP": ".webp", "PNG": ".png", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif"}
_SUFFIXES |= {"AVIF": ".avif", "HEIC": ".heic"}
_QUALITIES = (90, 84, 78, 70, 60)
_BAD_IN_NAMES = '<>:"/\\|?*'


@dataclass(slots=True)
class ImageCopies:
    """What became of the photos.

    Attributes:
        file_names: Names of the copies by the photo's id.
        written: Copies that were written.
        kept: Copies that were there already, with the same bytes.
        problems: Photos that cannot be read, copies whose names are taken, and what a shop would refuse all the same.
    """

    file_names: dict[int, str] = field(default_factory=dict)
    written: int = 0
    kept: int = 0
    problems: list[Problem] = field(default_factory=list)


def check_images(
    products: Sequence[ProductRow], platform: Platform, names: Names, control: WorkControl | None = None
) -> Generator[ProgressEvent, None, list[Problem]]:
    """What a shop would refuse or show otherwise of the products' photos, in their order.
    Raises :class:`Cancelled`.
    """
    work = _all_photos(products)
    found: list[Problem] = []
    for done, ((product, photo, _), image) in enumerate(
        read_ahead(work, lambda item: inspect(item[1].path), control or WorkControl()), 1
    ):
        name = printable(photo.path.name)
        if isinstance(image, PhotoError):
            found.append(_unreadable(name, product, image))
        else:
            category = names.google_category(product.values.get(CATEGORY, ""))
            found += image_problems(image, platform, product.sku, name, category)
        yield ProgressEvent("checking_images", done, len(work))
    return found


def write_copies(
    products: Sequence[ProductRow],
    profile: Profile,
    names: Names,
    folder: Path,
    *,
    format: CopyFormat = "JPEG",
    replace: bool = False,
    control: WorkControl | None = None,
) -> Generator[ProgressEvent, None, ImageCopies]:
    """Write copies of the products' photos into a folder; the photos themselves are only read.

    The pixels of a photo that is as the shop wants it are copied as they are; others are scaled down, converted to sRGB
    on white, and encoded. Nothing is made larger. Copies have no metadata: neither the place and time of the photo nor
    the camera leave the house.

    Args:
        products: With their photos in order.
        profile: Its platform's limits hold; its ``image_name`` names the copies.
        names: In the profile's language.
        folder: Made when missing.
        format: Of copies that are encoded.
        replace: Replace files of the same name with other content; else they stay, and are listed.
        control: Stops the work; what was written stays.

    Raises:
        SaveError: The folder cannot be written to.
        Cancelled: It was stopped.
    """
    work = _all_photos(products)
    limits = image_limits()[profile.platform]
    copies = ImageCopies()
    stems = _stems(work, profile, names)

    def read(item: _Item) -> tuple[ImageFile, bytes, str]:
        image = inspect(item[1].path)
        if conforms(image, profile.platform):
            try:
                data = without_metadata(item[1].path.read_bytes(), image.format)
            except OSError as error:
                raise PhotoError("photo_unreadable", repr(error), name=item[1].path.name) from error
            if data is not None:
                return image, data, _SUFFIXES[image.format]
        return image, encoded(item[1].path, image, limits, format), _SUFFIXES[format]

    ahead = read_ahead(work, read, control or WorkControl(), in_flight=8)
    for done, ((product, photo, _), result) in enumerate(ahead, 1):
        name = printable(photo.path.name)
        if isinstance(result, PhotoError):
            copies.problems.append(_unreadable(name, product, result))
        else:
            image, data, suffix = result
            target = folder / f"{stems[photo.id]}{suffix}"
            category = names.google_category(product.values.get(CATEGORY, ""))
            left = image_problems(image, profile.platform, product.sku, name, category)
            copies.problems += [problem for problem in left if problem.code in _STAY]
            if _store(target, data, replace, copies, product.sku):
                copies.file_names[photo.id] = target.name
        yield ProgressEvent("writing_images", done, len(work))
    return copies


_STAY = {"image_too_small", "image_smaller_than_advised", "image_background"}
"""Problems that a copy has, too."""


def encoded(path: Path, image: ImageFile, limits: ImageLimits, format: CopyFormat) -> bytes:
    """A photo within a shop's limits, upright, in sRGB on white. Raises PhotoError."""
    from PIL import Image, ImageCms

    from trainer.preprocessing.photo import load_photo

    largest = limits.largest_megabytes * 10**6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    short_side = _short_side(image.size, limits)
    while True:
        picture = Image.fromarray(load_photo(path, short_side=short_side).pixels_HWC)
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            picture.save(buffer, format.upper(), quality=quality, icc_profile=profile)
            if buffer.tell() <= largest or (quality == _QUALITIES[-1] and short_side == 1):
                return buffer.getvalue()
        short_side = max(1, short_side * 3 // 4)


def _short_side(size: tuple[int, int], limits: ImageLimits) -> int:
    """The largest shorter side, in pixels, with which an image is within the limits of pixels."""
    short, long = min(size), max(size)
    factor = min(1.0, (limits.longest_side or long) / long)
    if limits.most_megapixels:
        factor = min(factor, (limits.most_megapixels * 10**6 / (short * long)) ** 0.5)
    side = max(1, round(short * factor))
    most = limits.longest_side or long
    return side - 1 if side > 1 and round(long * side / short) > most else side


def _store(target: Path, data: bytes, replace: bool, copies: ImageCopies, sku: str) -> bool:
    if target.exists() and not replace:
        same = target.stat().st_size == len(data) and target.read_bytes() == data
        if not same:
            copies.problems.append(Problem("image_exists", Severity.ERROR, 0, target.name, sku))
        copies.kept += same
        return same
    with atomic_write(target, durable=False) as temporary:
        temporary.write_bytes(data)
    copies.written += 1
    return True


def _stems(work: Iterable[_Item], profile: Profile, names: Names) -> dict[int, str]:
    """The name of each copy without suffix, by the photo's id; no two are the same."""
    template = read_template(profile.image_name)
    taken: set[str] = set()
    found = {}
    for product, photo, number in work:
        facts = ProductFacts(product, profile, names).of_image(number)
        text = template.fill(facts, names, facts.constants) or f"{product.sku}-{number}"
        stem = "".join("-" if sign in _BAD_IN_NAMES or not sign.isprintable() else sign for sign in text).strip(" .")
        stem, again = stem[:120] or "photo", 2
        plain = stem
        while stem.casefold() in taken:
            stem, again = f"{plain}-{again}", again + 1
        taken.add(stem.casefold())
        found[photo.id] = stem
    return found


def _all_photos(products: Sequence[ProductRow]) -> list[_Item]:
    return [(product, photo, number) for product in products for number, photo in enumerate(product.photos, 1)]


def _unreadable(name: str, product: ProductRow, error: PhotoError) -> Problem:
    return Problem("image_unreadable", Severity.ERROR, 0, name, product.sku, {"error": error})
