"""Image files without metadata: where and when a photo was taken stays in the house, the pixels stay as they are."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

_ORIENTATION, _GPS, _XMP, _IPTC = 0x0112, 0x8825, 700, 33723
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # behind a scan; what is left out belongs to its data
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_TEXTS = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_FLAGS = 0x0C  # of EXIF and XMP in the chunk VP8X


def without_metadata(data: bytes, format: str) -> bytes | None:
    """The file without EXIF, XMP, IPTC, comments, and what is behind the picture, such as the film of a motion photo.

    The pixels, the colour profile, and how a JPEG is to be turned stay. A file without metadata stays as it is.

    Args:
        data: The file, which can be decoded.
        format: As :func:`trainer.preprocessing.file_formats.detect_format` names it.

    Returns:
        None where the file has metadata and can lose them only when it is encoded anew.
    """
    try:
        if format == "JPEG":
            return b"".join(_jpeg(data, _orientation(data)))
        if format == "PNG":
            return b"".join(_png(data)) if _orientation(data) == 1 else None
        if format == "WebP":
            return _webp(data) if _orientation(data) == 1 else None
        return None if _has_metadata(data, format) else data
    except (ValueError, struct.error, IndexError):  # decoders read more than the formats allow
        return None


def _orientation(data: bytes) -> int:
    """EXIF's orientation, 1 for upright."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            found = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError) as error:
        raise ValueError("no picture that Pillow opens") from error
    return found if found in range(1, 9) else 1


def _has_metadata(data: bytes, format: str) -> bool:
    if format == "BMP":
        return False
    if format not in ("GIF", "TIFF"):
        return True  # HEIC and AVIF: boxes that refer to each other by their places
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            tags = set(image.getexif())
            return bool(tags & {_GPS, _XMP, _IPTC, 0x8769}) or bool({"xmp", "comment"} & set(image.info))
    except (OSError, SyntaxError):
        return True


def _jpeg(data: bytes, orientation: int) -> Iterator[bytes]:
    """The segments that stay, to the end of the picture."""
    yield data[:2]
    if orientation != 1:
        tag = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
        yield struct.pack(">HH", 0xFFE1, 2 + 6 + len(tag)) + b"Exif\0\0" + tag
    place = 2
    while True:
        found = _MARKER.search(data, place)
        if found is None:
            raise ValueError("no end of the picture")
        yield data[place : found.start()]  # of a scan
        marker = found[0][-1]
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (size,) = struct.unpack_from(">H", data, found.end())
        segment = data[found.end() - 2 : found.end() + size]
        if _stays(marker, segment[4:]):
            yield segment
        place = found.end() + size


def _stays(marker: int, content: bytes) -> bool:
    if marker == 0xE2:
        return content.startswith(b"ICC_PROFILE\0")
    if marker == 0xE0:
        return content.startswith(b"JFIF\0")
    return marker == 0xEE or not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _png(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_START):
        raise ValueError("no PNG")
    yield _PNG_START
    place = len(_PNG_START)
    while True:
        size, kind = struct.unpack_from(">I4s", data, place)
        if kind not in _PNG_TEXTS:
            yield data[place : place + 12 + size]
        place += 12 + size
        if kind == b"IEND":
            return


def _webp(data: bytes) -> bytes:
    kept, place = [], 12
    (size,) = struct.unpack_from("<I", data, 4)
    end = min(len(data), 8 + size)
    while place + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, place)
        chunk = data[place : place + 8 + size + size % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
        place += 8 + size + size % 2
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
