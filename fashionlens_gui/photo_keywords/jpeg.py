"""XMP and IPTC in JPEG: segments APP1 and APP13 (XMP specification part 3; Adobe Photoshop image resources)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from fashionlens_gui.photo_keywords.container import KeywordError, Metadata, damaged
from fashionlens_gui.photo_keywords.pieces import Piece

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_OTHER_PICTURES = b"MPF\0"
_MOST = 65533  # bytes in a segment
_APP0, _APP1, _APP2, _APP13, _SOS, _EOI = 0xE0, 0xE1, 0xE2, 0xED, 0xDA, b"\xff\xd9"
_IPTC_RESOURCE, _DIGEST_RESOURCE = 0x0404, 0x0425


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    stop: int
    content: bytes


def read(data: bytes) -> Metadata:
    """The metadata. Raises KeywordError: the file is damaged."""
    xmp: bytes | None = None
    resources = b""
    for segment in _segments(data):
        if segment.marker == _APP1 and segment.content.startswith(_XMP) and xmp is None:
            xmp = segment.content[len(_XMP) :]
        if segment.marker == _APP13 and segment.content.startswith(_PHOTOSHOP):
            resources += segment.content[len(_PHOTOSHOP) :]
    iptc = next((value for number, _, value in _resources(resources) if number == _IPTC_RESOURCE), None)
    return Metadata(xmp, iptc)


def write(data: bytes, metadata: Metadata) -> list[Piece]:
    """The file with other metadata; image resources and the rest stay.

    Raises:
        KeywordError: The file is damaged, has further pictures behind that would no longer be found, or the metadata do
            not fit.
    """
    xmp = b"" if metadata.xmp is None else _segment(_APP1, _XMP + metadata.xmp)
    resources, replaced = b"", []
    place = 2
    pictures_behind = len(data)
    for segment in _segments(data):
        if segment.marker == _APP0 or (segment.marker == _APP1 and segment.content.startswith(_EXIF)):
            place = segment.stop if segment.start == place else place
        elif segment.marker == _APP1 and segment.content.startswith(_XMP):
            replaced.append(segment)
        elif segment.marker == _APP13 and segment.content.startswith(_PHOTOSHOP):
            replaced.append(segment)
            resources += segment.content[len(_PHOTOSHOP) :]
        elif segment.marker == _APP2 and segment.content.startswith(_OTHER_PICTURES):
            pictures_behind = segment.start
    if any(segment.start > pictures_behind for segment in replaced):
        raise KeywordError("keyword_file_of_several_pictures")
    photoshop = _with_iptc(resources, metadata.iptc)
    new = xmp + (_segment(_APP13, _PHOTOSHOP + photoshop) if photoshop else b"")
    pieces: list[Piece] = [(0, place), new]
    position = place
    for segment in replaced:
        pieces.append((position, segment.start))
        position = segment.stop
    pieces.append((position, len(data)))
    return [piece for piece in pieces if isinstance(piece, bytes) or piece[0] < piece[1]]


def _segments(data: bytes) -> Iterator[_Segment]:
    """The segments up to the image data. What is before any APPn that is replaced must be in order."""
    if data[:2] != b"\xff\xd8" or data.rfind(_EOI) < 0:
        raise damaged("no beginning or no end of a JPEG")
    position = 2
    while True:
        start = position
        if data[position : position + 1] != b"\xff":
            raise damaged(f"no marker at {position}")
        while data[position : position + 1] == b"\xff":
            position += 1
        marker = data[position] if position < len(data) else 0
        position += 1
        if marker in (0x01, *range(0xD0, 0xD8)):
            continue
        if marker == _SOS:
            return
        if marker < 0xC0 or position + 2 > len(data):
            raise damaged(f"marker {marker:#x} at {start}")
        (length,) = struct.unpack_from(">H", data, position)
        stop = position + length
        if length < 2 or stop > len(data):
            raise damaged(f"a segment of {length} bytes at {start}")
        yield _Segment(marker, start, stop, data[position + 2 : stop])
        position = stop


def _segment(marker: int, content: bytes) -> bytes:
    if len(content) > _MOST:
        raise KeywordError("keywords_too_long")
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The image resources: number, the padded name, and the value."""
    position = 0
    while position < len(data):
        if data[position : position + 4] != b"8BIM" or position + 7 > len(data):
            raise damaged("an image resource without its mark")
        (number,) = struct.unpack_from(">H", data, position + 4)
        name_end = position + 6 + (data[position + 6] + 2) // 2 * 2
        if name_end + 4 > len(data):
            raise damaged("an image resource is cut short")
        (length,) = struct.unpack_from(">I", data, name_end)
        stop = name_end + 4 + length
        if stop > len(data):
            raise damaged("an image resource is cut short")
        yield number, data[position + 6 : name_end], data[name_end + 4 : stop]
        position = stop + length % 2


def _with_iptc(resources: bytes, iptc: bytes | None) -> bytes:
    found = []
    for number, name, value in _resources(resources):
        if number not in (_IPTC_RESOURCE, _DIGEST_RESOURCE):
            found.append((number, name, value))
    if iptc is not None:
        # By the digest, readers know that XMP and IPTC were written together.
        found += [(_IPTC_RESOURCE, b"\0\0", iptc), (_DIGEST_RESOURCE, b"\0\0", _md5(iptc))]
    return b"".join(
        b"8BIM" + struct.pack(">H", number) + name + struct.pack(">I", len(value)) + value + b"\0" * (len(value) % 2)
        for number, name, value in found
    )


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
