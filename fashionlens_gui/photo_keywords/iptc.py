"""IPTC-IIM datasets: keywords and title are set, everything else is kept (IPTC Information Interchange Model 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence

from fashionlens_gui.photo_keywords.container import damaged

_CHARSET, _TITLE, _KEYWORD = (1, 90), (2, 5), (2, 25)
_UTF8 = b"\x1b%G"
_LONGEST = 64  # bytes of a keyword or title

_Dataset = tuple[tuple[int, int], bytes]


class IptcRecord:
    """Datasets that can be changed.

    Args:
        data: As a file has them; None for none.

    Raises:
        KeywordError: They are damaged.
    """

    def __init__(self, data: bytes | None) -> None:
        self._datasets = list(_datasets(data or b""))
        charset = next((value for key, value in self._datasets if key == _CHARSET), None)
        others = b"".join(value for key, value in self._datasets if key[0] == 2)
        self._encoding = "utf-8" if charset == _UTF8 or others.isascii() else "latin-1"

    @property
    def keywords(self) -> list[str]:
        """The keywords."""
        return [self._text(value) for key, value in self._datasets if key == _KEYWORD]

    @property
    def title(self) -> str:
        """The title; empty when there is none."""
        return next((self._text(value) for key, value in self._datasets if key == _TITLE), "")

    def replace_keywords(self, old: Collection[str], new: Sequence[str]) -> None:
        """Remove keywords and add others. One that the encoding of the other datasets cannot express is left out: it
        is in the XMP.
        """
        removed = {self._bytes(each) for each in old}
        kept = [each for each in self._datasets if each[0] != _KEYWORD or each[1] not in removed]
        there = {value for key, value in kept if key == _KEYWORD}
        added = [value for each in new if (value := self._bytes(each)) and value not in there]
        self._datasets = [*kept, *((_KEYWORD, value) for value in dict.fromkeys(added))]

    def set_title(self, title: str) -> None:
        """Replace the title; an empty one removes it."""
        self._datasets = [each for each in self._datasets if each[0] != _TITLE]
        if value := self._bytes(title):
            self._datasets.append((_TITLE, value))

    def to_bytes(self) -> bytes | None:
        """The datasets, in the order of their records; None for none."""
        found = [each for each in self._datasets if each[0] != _CHARSET]
        if not found:
            return None
        charset = [(_CHARSET, _UTF8)] if self._encoding == "utf-8" else []
        charset = charset or [each for each in self._datasets if each[0] == _CHARSET]
        ordered = sorted((*charset, *found), key=lambda each: each[0][0])
        return b"".join(_encoded(*each) for each in ordered)

    def _text(self, value: bytes) -> str:
        return value.decode(self._encoding, "replace").strip("\0 ")

    def _bytes(self, text: str) -> bytes:
        try:
            value = text.encode(self._encoding)
        except UnicodeEncodeError:
            return b""
        if len(value) <= _LONGEST:
            return value
        return value[:_LONGEST].decode(self._encoding, "ignore").encode(self._encoding)


def _datasets(data: bytes) -> Iterator[_Dataset]:
    position = 0
    while position + 5 <= len(data) and data[position] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", data, position + 1)
        position += 5
        if length & 0x8000:
            digits = length & 0x7FFF
            length = int.from_bytes(data[position : position + digits], "big")
            position += digits
        if position + length > len(data):
            raise damaged("an IPTC dataset is cut short")
        yield (record, number), data[position : position + length]
        position += length
    if data[position:].strip(b"\0"):
        raise damaged("IPTC with other bytes between its datasets")


def _encoded(key: tuple[int, int], value: bytes) -> bytes:
    length = struct.pack(">H", len(value)) if len(value) < 0x8000 else struct.pack(">HI", 0x8004, len(value))
    return struct.pack(">BBB", 0x1C, *key) + length + value
