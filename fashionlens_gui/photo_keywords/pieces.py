"""A new file as pieces of the old one and new bytes: what is not replaced is the same bytes, by construction.

From the pieces follows the way back, which is small: all but what was replaced is found in the new file.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import msgspec

Piece = tuple[int, int] | bytes
"""A range of the old file, from the first byte up to, without, the second; or new bytes."""

_LONGEST_ORIGINAL = 2**31


class _WayBack(msgspec.Struct, array_like=True):
    digest: str
    pieces: list[tuple[int, int] | bytes]


def joined(old: bytes, pieces: Sequence[Piece]) -> bytes:
    """The new file."""
    return b"".join(piece if isinstance(piece, bytes) else old[piece[0] : piece[1]] for piece in pieces)


def digest_of(data: bytes) -> str:
    """BLAKE2b, as :attr:`trainer.preprocessing.photo.Photo.digest`."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def way_back(old: bytes, pieces: Sequence[Piece]) -> bytes:
    """What :func:`restored` needs beside the new file. The ranges of the pieces are in ascending order."""
    back: list[Piece] = []
    position = new_position = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            new_position += len(piece)
            continue
        start, stop = piece
        if start > position:
            back.append(old[position:start])
        back.append((new_position, new_position + stop - start))
        new_position += stop - start
        position = stop
    if position < len(old):
        back.append(old[position:])
    return zlib.compress(msgspec.msgpack.encode(_WayBack(digest_of(old), back)))


def restored(new: bytes, back: bytes) -> bytes:
    """The old file.

    Raises:
        ValueError: ``new`` is not the file that was made, or the way back is damaged.
    """
    try:
        unpacker = zlib.decompressobj()
        record = msgspec.msgpack.decode(unpacker.decompress(back, _LONGEST_ORIGINAL), type=_WayBack)
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error
    old = joined(new, record.pieces)
    if digest_of(old) != record.digest:
        raise ValueError("the restored file has another digest")
    return old
