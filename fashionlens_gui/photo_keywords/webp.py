"""XMP in WebP: a chunk ``XMP `` at the end of the extended format (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from fashionlens_gui.photo_keywords.container import Metadata, damaged
from fashionlens_gui.photo_keywords.pieces import Piece

_HAS_XMP, _HAS_ALPHA = 0x04, 0x10


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    stop: int
    content: bytes


def read(data: bytes) -> Metadata:
    """The metadata. Raises KeywordError: the file is damaged."""
    return Metadata(next((chunk.content for chunk in _chunks(data) if chunk.kind == b"XMP "), None))


def write(data: bytes, metadata: Metadata) -> list[Piece]:
    """The file with another XMP packet; a file of the simple format gets the header of the extended one.
    Raises KeywordError: the file is damaged.
    """
    chunks = list(_chunks(data))
    extended = chunks[0].kind == b"VP8X"
    if metadata.xmp is None and not any(chunk.kind == b"XMP " for chunk in chunks):
        return [(0, len(data))]
    flag = _HAS_XMP if metadata.xmp is not None else 0
    body: list[Piece] = []
    if extended:
        content = chunks[0].content
        body.append(_chunk(b"VP8X", bytes([content[0] & ~_HAS_XMP | flag]) + content[1:]))
    else:
        width, height, alpha = _size(chunks[0])
        sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        body.append(_chunk(b"VP8X", struct.pack("<I", flag | (_HAS_ALPHA if alpha else 0)) + sides))
    body += [(chunk.start, chunk.stop) for chunk in chunks[extended:] if chunk.kind != b"XMP "]
    if metadata.xmp is not None:
        body.append(_chunk(b"XMP ", metadata.xmp))
    length = 4 + sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in body)
    end = chunks[-1].stop
    return [b"RIFF" + struct.pack("<I", length), (8, 12), *body, *([(end, len(data))] if end < len(data) else [])]


def _chunks(data: bytes) -> Iterator[_Chunk]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 20:
        raise damaged("no WebP")
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise damaged("the file is cut short")
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        content_stop = position + 8 + length
        stop = content_stop + length % 2
        if content_stop > end:
            raise damaged(f"a chunk {kind!r} of {length} bytes at {position}")
        if position == 12 and kind not in (b"VP8 ", b"VP8L", b"VP8X"):
            raise damaged(f"the first chunk is {kind!r}")
        yield _Chunk(kind, position, min(stop, len(data)), data[position + 8 : content_stop])
        position = stop


def _size(chunk: _Chunk) -> tuple[int, int, bool]:
    """Width and height in pixels, and whether there is transparency."""
    content = chunk.content
    if chunk.kind == b"VP8 " and content[3:6] == b"\x9d\x01\x2a" and len(content) >= 10:
        width, height = struct.unpack_from("<HH", content, 6)
        return width & 0x3FFF, height & 0x3FFF, False
    if chunk.kind == b"VP8L" and content[:1] == b"\x2f" and len(content) >= 5:
        (bits,) = struct.unpack_from("<I", content, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    raise damaged("the size of the picture")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
