"""The format of a file, recognised by its first bytes and not by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SUFFIXES_BY_FORMAT = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WebP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif",),
    "HEIC": (".heic", ".heif", ".hif"),
    "JXL": (".jxl",),
    "PSD": (".psd",),
    "RAW": (
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf"),
        *(".rw2", ".rwl", ".sr2", ".srw", ".x3f"),
    ),
}
FORMAT_NAMES = {
    "BMP": "bitmap",
    "HEIC": "heic",
    "JXL": "jpeg_xl",
    "PSD": "photoshop",
    "RAW": "camera_raw",
    "TIFF": "tiff_values",
}
"""What errors call the formats that cannot always be opened."""


@dataclass(frozen=True, slots=True)
class UnsupportedFile:
    """No photo, or one in a format that is not decoded: code and parameters of the error, without the file's name."""

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)


_NOT_A_PICTURE = UnsupportedFile("photo_not_a_picture")
_WEB_PAGE = UnsupportedFile("photo_is_web_page")
_ARCHIVE = UnsupportedFile("photo_is_archive")


def _unsupported(format: str) -> UnsupportedFile:
    return UnsupportedFile("photo_unsupported", {"format": format})


_OTHERS = (
    (b"\x00\x00\x00\x0cjP  ", _unsupported("jpeg_2000")),
    (b"\xff\x4f\xff\x51", _unsupported("jpeg_2000")),
    (b"PK\x03\x04", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"%PDF", _unsupported("pdf")),
    (b"%!PS", _unsupported("postscript")),
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_RAW = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00", b"\x00MRM", b"FOVb")  # but what is built on TIFF


def detect_format(data: bytes, suffix: str = "") -> str | UnsupportedFile:
    """A key of :data:`SUFFIXES_BY_FORMAT`, or what the file is instead.

    Args:
        data: The file, or at least its first 64 bytes.
        suffix: Of its name: most camera raw files begin as any TIFF does.
    """
    if data.startswith(b"\xff\xd8"):
        return "JPEG"
    if data.startswith(b"\x89PNG"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith(_TIFF):
        return "RAW" if data[8:10] == b"CR" or format_of_suffix(suffix) == "RAW" else "TIFF"
    if data.startswith(_RAW):
        return "RAW"
    if data.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")):
        return "JXL"
    if data.startswith(b"8BPS"):
        return "PSD"
    if data[4:8] == b"ftyp":
        return _container(data)
    # "BM" alone is two letters of plain text; a bitmap's header has one of few sizes at byte 14.
    if data.startswith(b"BM") and data[15:18] == b"\x00\x00\x00" and data[14:15] in b"\x0c\x28\x34\x38\x40\x6c\x7c":
        return "BMP"
    for magic, format in _OTHERS:
        if data.startswith(magic):
            return format
    return _text(data[:512].lstrip(b"\xef\xbb\xbf\r\n\t ").lower())


def format_of_suffix(suffix: str) -> str:
    """The format that a file name promises, or "" when it promises none we know."""
    suffix = suffix.lower()
    return next((format for format, suffixes in SUFFIXES_BY_FORMAT.items() if suffix in suffixes), "")


def is_truncated(data: bytes, format: str) -> bool:
    """Whether the end that every complete file of its format has is missing."""
    if format == "WebP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if format == "PNG":
        return b"IEND" not in data[-4096:]
    if format == "JPEG":
        return b"\xff\xd9" not in data[-4096:]
    if format == "GIF":
        return not data.rstrip(b"\x00").endswith(b";")
    if format == "BMP":
        return int.from_bytes(data[2:6], "little") > len(data)
    if format in ("AVIF", "HEIC"):
        return _boxes_end(data) > len(data)
    return False


def _container(data: bytes) -> str | UnsupportedFile:
    """ISO base media files (HEIC, AVIF, video, Canon raw) name what they hold in their first box."""
    length = int.from_bytes(data[:4], "big")
    box = data[8 : max(16, min(length, 512))]
    brands = {box[i : i + 4] for i in range(0, len(box), 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
        return "HEIC"
    return "RAW" if b"crx " in brands else _unsupported("video")


def _boxes_end(data: bytes) -> int:
    """Where the last top-level box of an ISO base media file says that it ends; the end of ``data`` when unstated."""
    position = 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if length < 8:  # 0: to the end of the file; 1: a 64-bit length, which no still picture needs
            return len(data)
        position += length
    return position


def _text(start: bytes) -> UnsupportedFile:
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return _WEB_PAGE
    if b"<svg" in start:
        return _unsupported("svg")
    return _NOT_A_PICTURE
