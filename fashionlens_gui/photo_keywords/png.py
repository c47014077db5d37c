"""XMP in PNG: a chunk iTXt with the keyword ``XML:com.adobe.xmp`` (XMP specification part 3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from fashionlens_gui.photo_keywords.container import Metadata, damaged
from fashionlens_gui.photo_keywords.pieces import Piece

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"XML:com.adobe.xmp\0"
_LONGEST_PACKET = 2**24


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    stop: int
    content: bytes


def read(data: bytes) -> Metadata:
    """The metadata. Raises KeywordError: the file is damaged."""
    return Metadata(next((_packet(chunk) for chunk in _chunks(data) if _has_xmp(chunk)), None))


def write(data: bytes, metadata: Metadata) -> list[Piece]:
    """The file with another XMP packet. Raises KeywordError: the file is damaged."""
    pieces: list[Piece] = []
    position = 0
    for chunk in _chunks(data):
        if chunk.kind == b"IHDR":
            pieces.append((0, chunk.stop))
            if metadata.xmp is not None:
                pieces.append(_chunk(b"iTXt", _KEYWORD + b"\0\0\0\0" + metadata.xmp))
            position = chunk.stop
        elif _has_xmp(chunk):
            pieces.append((position, chunk.start))
            position = chunk.stop
    pieces.append((position, len(data)))
    return [piece for piece in pieces if isinstance(piece, bytes) or piece[0] < piece[1]]


def _chunks(data: bytes) -> Iterator[_Chunk]:
    if not data.startswith(_SIGNATURE):
        raise damaged("no PNG")
    position = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise damaged("a chunk is cut short")
        length, kind = struct.unpack_from(">I4s", data, position)
        stop = position + 12 + length
        if stop > len(data) or (position == len(_SIGNATURE)) != (kind == b"IHDR"):
            raise damaged(f"a chunk {kind!r} of {length} bytes at {position}")
        if zlib.crc32(data[position + 4 : stop - 4]) != int.from_bytes(data[stop - 4 : stop], "big"):
            raise damaged(f"the checksum of the chunk {kind!r} at {position}")
        yield _Chunk(kind, position, stop, data[position + 8 : stop - 4])
        position = stop


def _has_xmp(chunk: _Chunk) -> bool:
    return chunk.kind == b"iTXt" and chunk.content.startswith(_KEYWORD)


def _packet(chunk: _Chunk) -> bytes:
    rest = chunk.content[len(_KEYWORD) :]
    language_end = rest.find(b"\0", 2)
    text_start = rest.find(b"\0", language_end + 1) + 1
    if len(rest) < 4 or language_end < 0 or text_start == 0:
        raise damaged("the XMP of a PNG is cut short")
    if not rest[0]:
        return rest[text_start:]
    try:
        unpacker = zlib.decompressobj()
        packet = unpacker.decompress(rest[text_start:], _LONGEST_PACKET)
    except zlib.error as error:
        raise damaged(f"the XMP of a PNG: {error}") from error
    if not unpacker.eof:
        raise damaged("the XMP of a PNG is cut short or too long")
    return packet


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
