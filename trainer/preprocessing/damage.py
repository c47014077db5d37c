"""Damage that decoders repair without a word, in JPEG, PNG and WebP files."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np
import simplejpeg
from PIL import Image

from trainer.preprocessing.file_formats import is_truncated

_END_OF_JPEG = b"\xff\xd9"
_COLORSPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
# Of libjpeg's warnings, those about pixels. Others (the revision of JFIF, scan parameters that Samsung phones write,
# Adobe's transform) tell of headers that are decoded well.
_PIXEL_WARNING = re.compile("Corrupt JPEG data|Premature end|Inconsistent progression")
_UNUSED_BYTES = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_MOST_PADDING = 16  # zeros after the pixels, which encoders in hardware add
# A sector of a disk. A lossy WebP's pixels hold no such run of 0xFF; of zeros only in large, perfectly even areas at
# highest quality: 5,991 bytes of 4.3 megapixels in one colour.
_FILL = 512
_PIXELS_PER_ZERO = 600
_CONTAINER_FILL = 4096  # of HEIC and AVIF; other data in them, such as a camera's notes, may hold shorter runs
# Where a baseline JPEG's data is wrong, another brightness or another part of the photo begins: in that row of blocks
# with an edge above all that is right of there, and below all that is left of there. Least share of columns with it; of
# 13,000 photos none has it in more than 0.45 of them.
_EDGE_SHARE = 0.75
_EDGE = 6  # an edge differs by so much more (of 510, red and blue together), and twice as much, as the rows beside it


def decode_jpeg(data: bytes, image: Image.Image, height: int) -> tuple[Image.Image, bool]:
    """Decode a JPEG, and tell whether libjpeg repaired damaged pixels.

    Pillow drops libjpeg's warnings; simplejpeg raises them, with the same pixels. A file without its end marker is
    whole as long as all pixels are there.

    Args:
        data: The file.
        image: The same, opened by Pillow; its draft size is the size that is decoded.
        height: Of the original in pixels.

    Raises:
        OSError: Pixels are missing, or nothing can be decoded.
    """
    whole = data if data.endswith(_END_OF_JPEG) else data + _END_OF_JPEG
    decode = partial(simplejpeg.decode_jpeg, whole, colorspace=_COLORSPACES[image.mode])
    try:
        pixels_HWC = decode(min_width=image.width, min_height=image.height)
    except ValueError as error:
        if (damaged := _pixels_are_damaged(str(error), whole)) and is_truncated(data, "JPEG"):
            raise OSError(f"truncated: {error}") from error
        image.load()  # also what simplejpeg does not decode: CMYK with unusual chroma subsampling
        return image, damaged
    if image.mode == "CMYK":
        pixels_HWC = 255 - pixels_HWC  # as Adobe stores it and Pillow reads it
    sampling = getattr(image, "layer", ())  # of each component: name, horizontal and vertical factor, table
    block = max(1, 8 * max((vertical for _, _, vertical, *_ in sampling), default=1) * image.height // height)
    broken = not image.info.get("progressive") and _has_broken_row(pixels_HWC, block)
    if broken and block == 1:  # it may be a stripe, where each row is a row of blocks
        broken = _has_broken_row(decode(min_width=2 * image.width - 1, min_height=2 * image.height - 1), 2)
    size = (pixels_HWC.shape[1], pixels_HWC.shape[0])
    return Image.frombuffer(image.mode, size, np.ascontiguousarray(pixels_HWC)), broken


def is_damaged(data: bytes, format: str, pixels: int) -> bool:
    """Whether a PNG, WebP, HEIC, AVIF or BMP that can be decoded has damaged pixels nevertheless.

    In HEIC and AVIF a long run of zeros is what an interrupted copy leaves: compressed pixels have none.
    WebP has no checksums: its damage is known only by its length, by a run of equal bytes, and by the line ends of a
    transfer as text; that of BMP by these line ends alone.

    Args:
        pixels: Width times height.
    """
    if format == "PNG":
        return any(
            name[:1].isupper() and zlib.crc32(body, zlib.crc32(name)) != crc for name, body, crc in png_chunks(data)
        )
    if format in ("HEIC", "AVIF"):
        return bytes(_CONTAINER_FILL) in data
    if format == "WebP":
        if is_truncated(data, "WebP"):
            return True
        if _has_text_line_ends(data):
            return True
        fills = bytes(max(_FILL, pixels // _PIXELS_PER_ZERO)), b"\xff" * _FILL
        bodies = [body for name, body in _webp_chunks(data) if name == b"VP8 "]  # lossless: VP8L
        return any(fill in body for fill in fills for body in bodies)
    if format == "BMP":
        return int.from_bytes(data[2:6], "little") < len(data) and _has_text_line_ends(data)
    return False


def _has_text_line_ends(data: bytes) -> bool:
    line_ends = data.count(b"\n")
    return line_ends > _MOST_PADDING and data.count(b"\r\n") == line_ends


def _pixels_are_damaged(warning: str, data: bytes) -> bool:
    if not _PIXEL_WARNING.search(warning):
        return False
    if unused := _UNUSED_BYTES.search(warning):
        pixels = data[: data.rfind(_END_OF_JPEG)]
        return int(unused[1]) > min(_MOST_PADDING, len(pixels) - len(pixels.rstrip(b"\0")))
    return True


def _has_broken_row(pixels_HWC: np.ndarray, block: int) -> bool:
    """Whether the picture breaks off within a row of blocks; ``block`` is their height in pixels."""
    height, width, _ = pixels_HWC.shape
    if width < 24 or height < 4 * block:
        return False
    side = max(2, width // 32)
    rows = np.arange(block, height - 1, block)[1 if block == 1 else 0 :]

    def edges(rows: np.ndarray, columns: slice) -> np.ndarray:
        """R×W bool: where pixels differ from those above, more than the next pixels up and down do."""
        part_HWC = pixels_HWC[:, columns]
        values_HW = part_HWC[..., 0].astype(np.int16) + part_HWC[..., -1]
        above, below = values_HW[rows - 1], values_HW[rows]
        up, down = np.abs(above - values_HW[rows - 2]), np.abs(values_HW[rows + 1] - below)
        usual = np.minimum(up, down) if block == 1 else np.maximum(up, down)
        return np.abs(below - above) > 2 * usual + _EDGE

    left_R, right_R = edges(rows, slice(0, side)).mean(1), edges(rows, slice(-side, None)).mean(1)
    for row in np.flatnonzero((right_R[:-1] > 0.5) & (left_R[:-1] < 0.5) & (left_R[1:] > 0.5) & (right_R[1:] < 0.5)):
        first_W, second_W = edges(rows[row : row + 2], slice(None))
        left_W, right_W = second_W & ~first_W, first_W & ~second_W
        found_W = np.cumsum(left_W) - np.cumsum(right_W) + right_W.sum()
        if found_W[side:-side].max() > _EDGE_SHARE * width:
            return True
    return False


def png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, int]]:
    """Name, content and checksum of each chunk; the last may be incomplete."""
    place = 8
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], memoryview(data)[place + 8 : end], int.from_bytes(data[end : end + 4], "big")
        place = end + 4


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk."""
    place = 12
    while place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4], data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
