"""XMP and IPTC in TIFF: tags 700 and 33723 of the first directory (XMP specification part 3).

The file is not rewritten: a new first directory with the metadata is appended, and the header points to it. All else
stays at its place, so that offsets which other programs have stored stay valid.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from fashionlens_gui.photo_keywords.container import KeywordError, Metadata, damaged
from fashionlens_gui.photo_keywords.pieces import Piece

_XMP, _IPTC = 700, 33723
_BYTE, _UNDEFINED = 1, 7
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_RAW_TAGS = {50706}  # DNGVersion
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class _Layout:
    """How offsets are written: byte order, and the formats of BigTIFF or TIFF."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def offset_size(self) -> int:
        return 8 if self.big else 4

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def header_offset(self) -> int:
        """Where the header has the offset of the first directory."""
        return 8 if self.big else 4

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHI4s")


@dataclass(frozen=True, slots=True)
class _Directory:
    layout: _Layout
    entries: dict[int, tuple[int, int, bytes]]  # tag -> type, count, value or offset
    next: bytes


def read(data: bytes) -> Metadata:
    """The metadata. Raises KeywordError: the file is damaged."""
    directory = _directory(data)
    return Metadata(_value(data, directory, _XMP), _value(data, directory, _IPTC))


def write(data: bytes, metadata: Metadata) -> list[Piece]:
    """The file with other metadata. Raises KeywordError: it is damaged, camera raw, or would be too large."""
    directory = _directory(data)
    layout = directory.layout
    if _RAW_TAGS & directory.entries.keys():
        raise KeywordError("keywords_not_in_this_format", format="camera raw")
    entries = dict(directory.entries)
    appended = b"\0" * (len(data) % 2)
    for tag, value, kind in ((_XMP, metadata.xmp, _BYTE), (_IPTC, metadata.iptc, _UNDEFINED)):
        entries.pop(tag, None)
        if value is None:
            continue
        if len(value) <= layout.offset_size:
            entries[tag] = (kind, len(value), value.ljust(layout.offset_size, b"\0"))
            continue
        entries[tag] = (kind, len(value), struct.pack(layout.offset, len(data) + len(appended)))
        appended += value + b"\0" * (len(value) % 2)
    appended += b"\0" * (-(len(data) + len(appended)) % 8)
    place = len(data) + len(appended)
    appended += struct.pack(layout.count, len(entries))
    for tag, (kind, count, place_or_value) in sorted(entries.items()):
        appended += struct.pack(layout.entry, tag, kind, count, place_or_value)
    appended += directory.next
    if not layout.big and len(data) + len(appended) >= 2**32:
        raise KeywordError("keywords_too_long")
    after = layout.header_offset + layout.offset_size
    return [(0, layout.header_offset), struct.pack(layout.offset, place), (after, len(data)), appended]


def _directory(data: bytes) -> _Directory:
    layout = _layout(data)
    try:
        (start,) = struct.unpack_from(layout.offset, data, layout.header_offset)
        (count,) = struct.unpack_from(layout.count, data, start)
        if not 0 < count <= _MOST_ENTRIES:
            raise damaged(f"{count} entries in a directory")
        position = start + struct.calcsize(layout.count)
        entries = {}
        for _ in range(count):
            tag, kind, length, value = struct.unpack_from(layout.entry, data, position)
            entries[tag] = (kind, length, value)
            position += struct.calcsize(layout.entry)
        struct.unpack_from(layout.offset, data, position)
    except struct.error as error:
        raise damaged(f"a directory is cut short: {error}") from error
    return _Directory(layout, entries, data[position : position + layout.offset_size])


def _layout(data: bytes) -> _Layout:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 16:
        raise damaged("no TIFF")
    (version,) = struct.unpack_from(order + "H", data, 2)
    if version not in (42, 43):
        raise damaged(f"TIFF version {version}")
    return _Layout(order, version == 43)


def _value(data: bytes, directory: _Directory, tag: int) -> bytes | None:
    if tag not in directory.entries:
        return None
    kind, count, value = directory.entries[tag]
    length = count * _SIZES.get(kind, 1)
    if length <= directory.layout.offset_size:
        return value[:length]
    (start,) = struct.unpack(directory.layout.offset, value)
    if start + length > len(data):
        raise damaged(f"the tag {tag} is cut short")
    return data[start : start + length]
