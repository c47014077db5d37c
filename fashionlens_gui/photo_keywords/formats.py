"""The files that metadata are read from and written into: sidecars, JPEG, PNG, WebP and TIFF."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from fashionlens_gui.photo_keywords import jpeg, png, tiff, webp
from fashionlens_gui.photo_keywords.container import KeywordError, Metadata
from fashionlens_gui.photo_keywords.pieces import Piece

_LONGEST_SIDECAR = 16 * 2**20  # bytes
_WITH_IPTC = (jpeg, tiff)


def sidecar_of(photo: Path) -> Path:
    """``coat.jpg.xmp``, the name that digiKam and darktable use, and that says whose sidecar it is."""
    return photo.with_name(f"{photo.name}.xmp")


def other_sidecar_of(photo: Path) -> Path:
    """``coat.xmp``, the name that Lightroom and Bridge use for camera raw; it is read, not written."""
    return photo.with_suffix(".xmp")


def read_metadata(data: bytes) -> Metadata:
    """The metadata inside a photo. Raises KeywordError: another format, or damaged."""
    metadata: Metadata = _format(data).read(data)
    return metadata


def has_iptc(data: bytes) -> bool:
    """Whether IPTC goes into this file."""
    return _format(data) in _WITH_IPTC


def write_metadata(data: bytes, metadata: Metadata) -> list[Piece]:
    """The photo with other metadata, as pieces of the present file. Raises KeywordError: see the formats."""
    pieces: list[Piece] = _format(data).write(data, metadata)
    return pieces


def read_sidecar(file: Path) -> bytes | None:
    """The packet of a sidecar; None when there is no file.

    Raises:
        OSError: It cannot be read.
        KeywordError: It is no sidecar.
    """
    try:
        if file.stat().st_size > _LONGEST_SIDECAR:
            raise KeywordError("xmp_damaged", f"{file.stat().st_size} bytes")
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _format(data: bytes) -> ModuleType:
    if data.startswith(b"\xff\xd8"):
        return jpeg
    if data.startswith(b"\x89PNG"):
        return png
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return tiff
    raise KeywordError("keywords_not_in_this_format", format="this kind of file")
