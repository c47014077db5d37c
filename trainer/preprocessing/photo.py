"""Decodes one photo file to pixels, or raises an error that says why it cannot.

:func:`load_photo` takes any file: it never hangs, never runs code from a file, never returns a partial picture, and
raises only :class:`trainer.errors.PhotoError`.

Formats are recognised by content, not by name: JPEG (with MPO, which phones write), PNG, WebP, GIF, BMP, TIFF, AVIF,
HEIC, JPEG XL, the flat picture of PSD and the preview of camera raw, which cameras, phones, studios and shop systems
produce. No other decoder of Pillow is enabled, as its security notes advise: not JPEG 2000 or EPS (it would start
Ghostscript).
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from trainer.errors import PhotoError, os_reason
from trainer.preprocessing import rgb
from trainer.preprocessing.color_profiles import profile_of
from trainer.preprocessing.damage import decode_jpeg, is_damaged
from trainer.preprocessing.date_taken import date_taken
from trainer.preprocessing.decoders import open_image
from trainer.preprocessing.file_formats import (
    FORMAT_NAMES,
    SUFFIXES_BY_FORMAT,
    UnsupportedFile,
    detect_format,
    format_of_suffix,
    is_truncated,
)
from trainer.preprocessing.input_spec import DEFAULT_SHORT_SIDE

# What a folder scan takes as photos without looking into them.
PHOTO_SUFFIXES = frozenset(suffix for format in SUFFIXES_BY_FORMAT.values() for suffix in format)
MAX_PIXELS = 178_000_000
MAX_JPEG_PIXELS = 250_000_000  # phones take 200 megapixels, and a JPEG is decoded at an eighth of its size
MAX_FILE_BYTES = 512 * 2**20

_SMALL_SIDE = 16  # pixels; below that there is no garment to see
_LONGEST_SHAPE = 5  # times as long as wide; of 18,000 photos none has more than 2.2
# A photo is blank where hardly any neighboring pixels differ. The 0.5 % that differ most differ by 24 of 255 or more in
# each of 22,000 photos, and by 8 or less in empty, noisy and shaded backgrounds.
_BLANK_DIFFERENCE, _BLANK_SHARE = 12, 0.005
_BLANK_SIDE, _BLANK_STEP = 64, 3  # pixels of the longest side that it is measured at, and between neighbors
_MOST_FRAMES, _MOST_FRAME_PIXELS = 100, 200_000_000  # of an animation, searched for one that is not blank
_BIG_PIXELS = 40_000_000  # decoded one at a time, so that several threads together do not exhaust the memory
_QUICK_PIXELS = 4_000_000  # have their profile applied before they are scaled down, larger ones after it
_one_big_photo = threading.Lock()

# Pillow warns of large photos and of odd metadata, and refuses at twice its own line. Ours are those above, and a
# warning on the terminal tells nobody which photo it was. Set once, at import: doing so around a call is not
# thread-safe.
Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class PhotoNote:
    """A fact about a photo for people, as a code with parameters.

    Attributes:
        code: ``first_frame`` (of an animation), ``first_page`` (of several), ``other_format`` (than its suffix), and
            those of :data:`REVIEW_NOTES`.
        parameters: What the sentence names, as plain values: ``suffix`` and ``format`` of ``other_format``.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)


TOO_SMALL = PhotoNote("too_small")
_FIRST_FRAME = PhotoNote("first_frame")
# Codes of notes that tell a person to look at the photo, however sure the model is.
REVIEW_NOTES = frozenset(
    {"too_small", "too_long", "blank", "later_frame", "damaged", "unlike_training_photos", "no_product"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        digest: BLAKE2b of the file's bytes, 16 bytes as hex: same digest, same file content.
        pixels_HWC: uint8 sRGB, H×W×3, upright, transparent parts on white, scaled down towards the asked shortest
            side where it was larger (never up).
        size: Width and height of the original in pixels, upright.
        notes: What people should know of it.
        taken: As :func:`trainer.preprocessing.date_taken.date_taken` gives it.
    """

    path: Path
    digest: str
    pixels_HWC: np.ndarray
    size: tuple[int, int]
    notes: tuple[PhotoNote, ...] = ()
    taken: str = ""


def load_photo(path: Path, *, short_side: int = DEFAULT_SHORT_SIDE, display_name: str = "") -> Photo:
    """Read and decode one photo. Safe to call from several threads.

    Args:
        path: Any path; anything but a photo raises.
        short_side: In pixels, 1 or more. Larger photos are scaled down, with antialiasing, to just this.
        display_name: What messages call it, such as ``dress/1.jpg``; by default its name without folders.

    Raises:
        PhotoError: It cannot be read; all codes begin with ``photo_``.
    """
    path = Path(path)
    name = printable_name(path, display_name)
    return _photo(path, name, lambda: _read(path, name), short_side)


def read_date_taken(path: Path) -> str:
    """As :attr:`Photo.taken`, without decoding the pixels.

    Raises:
        PhotoError: The file cannot be read.
    """
    name = printable_name(path)
    data = _read(path, name)
    format = detect_format(data, path.suffix)
    if not data or isinstance(format, UnsupportedFile):
        return ""
    try:
        with open_image(data, format, name, MAX_PIXELS) as image:
            return date_taken(image)
    except Exception as error:  # as in _decode
        raise _broken(data, format, name, error) from error


def decode_photo(data: bytes, path: Path, *, short_side: int = DEFAULT_SHORT_SIDE, display_name: str = "") -> Photo:
    """Decode a photo that was read from somewhere else, such as an archive; else as :func:`load_photo`.

    Args:
        path: What to call it in :attr:`Photo.path`; it need not exist.

    Raises:
        PhotoError: It cannot be decoded.
    """
    return _photo(path, printable_name(path, display_name), lambda: data, short_side)


def _photo(path: Path, name: str, read: Callable[[], bytes], short_side: int) -> Photo:
    try:
        data = read()
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        pixels_HWC, size, notes, taken = _decode(path, name, data, max(1, short_side))
    except MemoryError as error:
        raise PhotoError("photo_out_of_memory", repr(error), name=name) from error
    return Photo(path, digest, pixels_HWC, size, tuple(notes), taken)


def printable_name(path: Path, display_name: str = "") -> str:
    """A file's name without folders, or ``display_name``: always printable, at most 80 characters."""
    name = os.fsencode(display_name or path.name or str(path)).decode("utf-8", "backslashreplace")
    name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return name if len(name) <= 80 else f"{name[:48]}…{name[-24:]}"


def _read(path: Path, name: str) -> bytes:
    """The whole file. Devices and pipes are refused before they are opened, since opening one may block."""
    try:
        for _ in range(2):
            _refuse_all_but_files(os.stat(path), name)
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
            with os.fdopen(os.open(path, flags), "rb") as file:
                before = os.fstat(file.fileno())
                _refuse_all_but_files(before, name)
                data = file.read(before.st_size + 1)  # as much memory is taken first, whatever is read; 1 shows growth
                after = os.fstat(file.fileno())
            unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
            if unchanged and len(data) == before.st_size:
                return data
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise _cannot_open(error, name) from error
    raise PhotoError("photo_changing", name=name)


def _refuse_all_but_files(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PhotoError("photo_is_folder", name=name)
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("photo_is_device", name=name)
    if status.st_size > MAX_FILE_BYTES:
        raise PhotoError("photo_file_too_large", name=name, bytes=status.st_size)


def _cannot_open(error: OSError | ValueError, name: str) -> PhotoError:
    number = getattr(error, "errno", None)
    reason = os_reason(error) if isinstance(error, OSError) else ""
    if reason in ("access_denied", "file_in_use"):
        return PhotoError("photo_in_use", repr(error), name=name)
    if reason == "mac_privacy":
        return PhotoError("photo_mac_privacy", repr(error), name=name)
    if reason == "path_too_long":
        return PhotoError("photo_name_too_long", repr(error), name=name)
    if number == errno.ELOOP:
        return PhotoError("photo_link_loop", repr(error), name=name)
    if number in (errno.ENOENT, errno.ENOTDIR) or isinstance(error, ValueError):
        return PhotoError("photo_missing", repr(error), name=name)
    if number in (errno.EACCES, errno.EPERM):
        return PhotoError("photo_no_permission", repr(error), name=name)
    return PhotoError("photo_unreadable", repr(error), name=name)


def _decode(
    path: Path, name: str, data: bytes, short_side: int
) -> tuple[np.ndarray, tuple[int, int], list[PhotoNote], str]:
    """(pixels H×W×3 uint8, upright original size, notes, when it was taken)."""
    if not data:
        raise PhotoError("photo_empty", name=name)
    format = detect_format(data, path.suffix)
    if isinstance(format, UnsupportedFile):
        raise PhotoError(format.code, f"starts with {data[:16]!r}", name=name, **format.parameters)
    try:
        with open_image(data, format, name, MAX_PIXELS) as image:
            width, height = image.size
            if width * height > (limit := _largest(format)):
                raise PhotoError("photo_too_many_pixels", name=name, limit=limit, width=width, height=height)
            notes = _notes(image, path, format)
            image.draft(None, (short_side, short_side))  # JPEG only: decodes at 1/2, 1/4 or 1/8, much faster
            # A progressive JPEG is held in full size at any scale: 700 MB for the largest phone photos.
            held = width * height if image.info.get("progressive") else image.width * image.height
            if held > _BIG_PIXELS:
                with _one_big_photo:
                    result, orientation, damaged = _convert(image, data, format, height, short_side)
            else:
                result, orientation, damaged = _convert(image, data, format, height, short_side)
            if damaged:
                notes.append(PhotoNote("damaged"))
            if TOO_SMALL not in notes and is_blank(result):
                result, notes = _later_frame(
                    image, result, notes, lambda: _convert(image, data, format, height, short_side)[0]
                )
            if format in ("TIFF", "HEIC"):  # turned already by the decoder, which reports the size only after decoding
                width, height = image.size
            taken = date_taken(image)
    except (PhotoError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError("photo_too_many_pixels", repr(error), name=name, limit=_largest(format)) from error
    except Exception as error:  # decoders of damaged files raise nearly anything: OSError, SyntaxError, struct.error …
        raise _broken(data, format, name, error) from error
    return np.array(result), (height, width) if orientation >= 5 else (width, height), notes, taken


def _convert(
    image: Image.Image, data: bytes, format: str, height: int, short_side: int
) -> tuple[Image.Image, int, bool]:
    """Decode, scale down, to upright RGB; the EXIF orientation that was applied, 1 to 8; whether it is damaged."""
    if format == "JPEG":
        picture, damaged = decode_jpeg(data, image, height)
    else:
        image.load()
        picture, damaged = image, is_damaged(data, format, image.width * image.height)
    orientation = rgb.exif_orientation(image)
    profile = profile_of(image, data, format)
    picture = rgb.to_8_bit(picture)
    if profile and picture.width * picture.height <= _QUICK_PIXELS:
        picture, profile = rgb.to_srgb_on_white(picture, profile), None
    picture = _scaled_down(picture, short_side)
    return rgb.apply_orientation(rgb.to_srgb_on_white(picture, profile), orientation), orientation, damaged


def _scaled_down(image: Image.Image, short_side: int) -> Image.Image:
    shortest = min(image.size)
    if shortest <= short_side:
        return image
    if image.width > image.height:  # Pillow scales rows first, with rounding: a copy on its side gets the same pixels
        across = Image.Transpose.TRANSPOSE
        return _scaled_down(image.transpose(across), short_side).transpose(across)
    factor = short_side / shortest
    size = (max(short_side, round(image.width * factor)), max(short_side, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR)


def _notes(image: Image.Image, path: Path, format: str) -> list[PhotoNote]:
    notes = []
    # A phone's MPO or HEIC holds further pictures for 3-D or HDR, a PSD holds layers: neither an animation nor pages.
    if format not in ("JPEG", "HEIC", "PSD", "RAW") and _has_more_frames(image):
        notes.append(PhotoNote("first_page") if format == "TIFF" else _FIRST_FRAME)
    promised = format_of_suffix(path.suffix)
    if promised and promised != format:
        notes.append(PhotoNote("other_format", {"suffix": path.suffix.lower(), "format": format}))
    if min(image.size) < _SMALL_SIDE:
        notes.append(TOO_SMALL)
    elif max(image.size) > _LONGEST_SHAPE * min(image.size):
        notes.append(PhotoNote("too_long", {"width": image.width, "height": image.height}))
    return notes


def is_blank(image: Image.Image) -> bool:
    """Whether an RGB photo shows nothing: one color, also with noise, a vignette or a speck."""
    factor = _BLANK_SIDE / max(image.size)
    if factor < 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.BOX)
    pixels_CHW = np.asarray(image).transpose(2, 0, 1).astype(np.int16, order="C")
    differences = [
        np.abs(pixels_CHW[:, _BLANK_STEP:] - pixels_CHW[:, :-_BLANK_STEP]).max(0, initial=0),
        np.abs(pixels_CHW[..., _BLANK_STEP:] - pixels_CHW[..., :-_BLANK_STEP]).max(0, initial=0),
    ]
    differs_N = np.concatenate([values.ravel() for values in differences]) > _BLANK_DIFFERENCE
    return bool(np.count_nonzero(differs_N) <= _BLANK_SHARE * differs_N.size)


def _later_frame(
    image: Image.Image, first: Image.Image, notes: list[PhotoNote], read: Callable[[], Image.Image]
) -> tuple[Image.Image, list[PhotoNote]]:
    """The first frame of an animation that is not blank, or ``first``; ``notes`` and what people should know."""
    if _FIRST_FRAME in notes:
        affordable = 1 + _MOST_FRAME_PIXELS // (image.width * image.height)
        for number in range(1, min(getattr(image, "n_frames", 1), _MOST_FRAMES, affordable)):
            image.seek(number)
            frame = read()
            if not is_blank(frame):
                others = [note for note in notes if note != _FIRST_FRAME]
                return frame, [*others, PhotoNote("later_frame", {"number": number + 1})]
    return first, [*notes, PhotoNote("blank")]


def _has_more_frames(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a second frame that cannot be read is ignored
        return False


def _largest(format: str) -> int:
    return MAX_JPEG_PIXELS if format == "JPEG" else MAX_PIXELS


def _broken(data: bytes, format: str, name: str, error: Exception) -> PhotoError:
    if format == "BMP" and str(error).startswith("Unsupported"):
        return PhotoError("photo_unsupported", repr(error), name=name, format=FORMAT_NAMES[format])
    if "truncated" in str(error).lower() or isinstance(error, EOFError) or is_truncated(data, format):
        return PhotoError("photo_truncated", repr(error), name=name)
    return PhotoError("photo_damaged", repr(error), name=name)
