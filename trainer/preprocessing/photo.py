"""One photo file to pixels, or to a plain sentence that says why not.

Everything a folder can hold may be thrown at :func:`load_photo`: it never hangs, never runs code from a file, never
returns half a picture, and fails only with :class:`trainer.errors.PhotoError`.

Formats, told by content and not by name: JPEG (with MPO, which phones write), PNG, WebP, GIF, BMP, TIFF and AVIF,
the ones that cameras, phones, studios and shop systems produce. All others stay shut, as Pillow's security notes
advise, because each decoder is one more door: JPEG 2000 too, which no camera or shop writes, EPS (it would start
Ghostscript), PSD, and everything exotic.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from trainer.errors import PhotoError
from trainer.preprocessing import rgb
from trainer.preprocessing.file_kinds import (
    SUFFIXES_OF_PHOTOS,
    NotReadable,
    is_cut_short,
    kind_of,
    kind_of_suffix,
)
from trainer.preprocessing.input_spec import ENOUGH_FOR_A_NETWORK

# What a folder scan takes as photos. HEIC is among them to be reported instead of passed over in silence.
PHOTO_SUFFIXES = frozenset(suffix for kind in SUFFIXES_OF_PHOTOS.values() for suffix in kind)
LARGEST_PIXELS = 178_000_000
LARGEST_JPEG_PIXELS = 250_000_000  # phones take 200 megapixels, and a JPEG is decoded at an eighth of its size
LARGEST_FILE = 512 * 2**20  # bytes
TOO_SMALL = "Too small to trust."
ANIMATION = "Animation: first frame used."
PAGES = "Several pages: first page used."

_SMALL_SIDE = 16  # pixels; below that there is no garment to see
_BIG_PIXELS = 40_000_000  # decoded one at a time, so that several threads together do not exhaust the memory
_one_big_photo = threading.Lock()

# Pillow warns of large photos and of odd metadata, and refuses at twice its own line. Ours are those above, and a
# warning on the terminal tells nobody which photo it was. Set once, at import: doing so around a call is not
# thread-safe.
Image.MAX_IMAGE_PIXELS = LARGEST_JPEG_PIXELS
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        path: The file.
        digest: BLAKE2b of the file's bytes, 16 bytes as hex: same digest, same file content.
        pixels_HWC: uint8 sRGB, H×W×3, upright, transparent parts on white, scaled down towards the asked shortest
            side where it was larger (never up).
        size: Width and height of the original in pixels, upright.
        note: What the user should know, such as ``Animation: first frame used.``; else empty.
    """

    path: Path
    digest: str
    pixels_HWC: np.ndarray
    size: tuple[int, int]
    note: str = ""


def load_photo(path: Path, *, shortest_side: int = ENOUGH_FOR_A_NETWORK, called: str = "") -> Photo:
    """Read and decode one photo. Safe to call from several threads.

    Args:
        path: Any path; whatever does not turn out to be a photo raises.
        shortest_side: In pixels, 1 or more. Larger photos are scaled down, with antialiasing, to just this.
        called: What messages call it, such as ``dress/1.jpg``; by default its name without folders.

    Raises:
        PhotoError: With one of the codes ``missing``, ``no permission``, ``not a file``, ``name too long``,
            ``unreadable`` (other input/output trouble), ``changing`` (still being written), ``empty``,
            ``not a picture``, ``unsupported`` (a known other format, such as HEIC), ``too large``, ``truncated``,
            ``damaged``, ``memory``.
    """
    path = Path(path)
    name = shown_name(path, called)
    return _photo(path, name, lambda: _read(path, name), shortest_side)


def photo_of_bytes(data: bytes, path: Path, *, shortest_side: int = ENOUGH_FOR_A_NETWORK, called: str = "") -> Photo:
    """Decode a photo that was read from somewhere else, such as an archive; else as :func:`load_photo`.

    Args:
        data: All bytes of the file.
        path: What to call it in :attr:`Photo.path`; it need not exist.
        shortest_side: As for :func:`load_photo`.
        called: As for :func:`load_photo`.

    Raises:
        PhotoError: With the codes of :func:`load_photo` that are about the content.
    """
    return _photo(path, shown_name(path, called), lambda: data, shortest_side)


def _photo(path: Path, name: str, read: Callable[[], bytes], shortest_side: int) -> Photo:
    try:
        data = read()
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        pixels_HWC, size, notes = _decode(path, name, data, max(1, shortest_side))
    except MemoryError as error:
        raise PhotoError(
            "memory",
            f"There is not enough memory to open {name}. Close other programs, or make the photo smaller.",
            repr(error),
        ) from error
    return Photo(path, digest, pixels_HWC, size, " ".join(notes))


def shown_name(path: Path, called: str = "") -> str:
    """A file's name for a message: printable whatever bytes it has, and not longer than 80 characters.

    Args:
        path: The file.
        called: What to call it instead of by its name without folders.
    """
    name = os.fsencode(called or path.name or str(path)).decode("utf-8", "backslashreplace")
    name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return name if len(name) <= 80 else f"{name[:48]}…{name[-24:]}"


def _read(path: Path, name: str) -> bytes:
    """The whole file, once. Devices and pipes are refused before they are opened, since opening one may block."""
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
    raise PhotoError("changing", f"{name} is still being written. Wait until it is complete, then add it again.")


_SMALLER = "Save a smaller copy and add that."


def _refuse_all_but_files(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PhotoError("not a file", f"{name} is a folder, not a photo. Add the folder itself to tag what is in it.")
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("not a file", f"{name} is a device or a pipe, not a photo. Leave it out.")
    if status.st_size > LARGEST_FILE:
        raise PhotoError("too large", f"{name} has {status.st_size / 2**20:,.0f} MB. {_SMALLER}")


def _cannot_open(error: OSError | ValueError, name: str) -> PhotoError:
    number = getattr(error, "errno", None)
    if number == errno.ENAMETOOLONG:
        return PhotoError(
            "name too long", f"The name of {name} is too long. Rename it, then add it again.", repr(error)
        )
    if number == errno.ELOOP:
        return PhotoError("missing", f"{name} is a link that leads only to itself. Add the photo itself.", repr(error))
    if number in (errno.ENOENT, errno.ENOTDIR) or isinstance(error, ValueError):
        return PhotoError("missing", f"{name} is no longer there. It was moved, renamed or deleted.", repr(error))
    if number in (errno.EACCES, errno.EPERM):
        sentence = f"You have no permission to read {name}. Ask its owner, or copy it to a folder of your own."
        return PhotoError("no permission", sentence, repr(error))
    sentence = f"{name} could not be read from the disk. Check that the drive or network folder is connected."
    return PhotoError("unreadable", sentence, repr(error))


def _decode(path: Path, name: str, data: bytes, shortest_side: int) -> tuple[np.ndarray, tuple[int, int], list[str]]:
    """(pixels H×W×3 uint8, upright original size, notes)."""
    if not data:
        raise PhotoError("empty", f"{name} is empty (0 bytes). Copy or download it again.")
    kind = kind_of(data)
    if isinstance(kind, NotReadable):
        raise PhotoError(kind.code, kind.sentence.format(name=name), f"starts with {data[:16]!r}")
    try:
        with Image.open(io.BytesIO(data), formats=(kind.upper(),)) as image:
            width, height = image.size
            _refuse_too_many_pixels(width, height, kind, name)
            notes = _notes(image, path, kind)
            image.draft(None, (shortest_side, shortest_side))  # JPEG only: decodes at 1/2, 1/4 or 1/8, much faster
            # Of a progressive JPEG all is held, whatever it is scaled to: 700 MB for the largest of phones.
            held = width * height if image.info.get("progressive") else image.width * image.height
            if held > _BIG_PIXELS:
                with _one_big_photo:
                    result, turn = _convert(image, shortest_side)
            else:
                result, turn = _convert(image, shortest_side)
            if kind == "TIFF":  # Pillow has turned it already, and says so only after decoding
                width, height = image.size
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name, f"more than {_largest(kind) // 1_000_000} megapixels", repr(error)) from error
    except MemoryError:
        raise
    except Exception as error:  # decoders of damaged files raise nearly anything: OSError, SyntaxError, struct.error …
        raise _broken(data, kind, name, error) from error
    return np.array(result), (height, width) if turn >= 5 else (width, height), notes


def _convert(image: Image.Image, shortest_side: int) -> tuple[Image.Image, int]:
    """Decode, scale down, to upright RGB; also the EXIF orientation that was applied, 1 to 8."""
    image.load()
    turn = rgb.orientation(image)
    profile = image.info.get("icc_profile")
    picture = _scaled_down(rgb.eight_bits(image), shortest_side)
    return rgb.upright(rgb.rgb_on_white(picture, profile), turn), turn


def _scaled_down(image: Image.Image, shortest_side: int) -> Image.Image:
    shortest = min(image.size)
    if shortest <= shortest_side:
        return image
    factor = shortest_side / shortest
    size = (max(shortest_side, round(image.width * factor)), max(shortest_side, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _notes(image: Image.Image, path: Path, kind: str) -> list[str]:
    notes = []
    # A phone's MPO is a JPEG with further pictures for 3-D or HDR: neither an animation nor pages.
    if kind != "JPEG" and _has_more_frames(image):
        notes.append(PAGES if kind == "TIFF" else ANIMATION)
    said = kind_of_suffix(path.suffix)
    if said and said != kind:
        notes.append(f"Named {path.suffix.lower()} but is a {kind} file.")
    if min(image.size) < _SMALL_SIDE:
        notes.append(TOO_SMALL)
    return notes


def _has_more_frames(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a second frame that cannot even be looked at is none
        return False


def _largest(kind: str) -> int:
    return LARGEST_JPEG_PIXELS if kind == "JPEG" else LARGEST_PIXELS


def _refuse_too_many_pixels(width: int, height: int, kind: str, name: str) -> None:
    if width * height > _largest(kind):
        how_many = f"{width:,} × {height:,} = {width * height / 1e6:,.0f} megapixels"
        raise _too_many_pixels(name, f"{how_many}; the limit is {_largest(kind) // 1_000_000}")


def _too_many_pixels(name: str, how_many: str, detail: str = "") -> PhotoError:
    return PhotoError("too large", f"{name} is too large: {how_many}. {_SMALLER}", detail)


def _broken(data: bytes, kind: str, name: str, error: Exception) -> PhotoError:
    if "truncated" in str(error).lower() or isinstance(error, EOFError) or is_cut_short(data, kind):
        return PhotoError(
            "truncated", f"{name} is cut short: part of it is missing. Copy or download it again.", repr(error)
        )
    return PhotoError("damaged", f"{name} is damaged and cannot be opened. Copy or download it again.", repr(error))
