"""Opens the bytes of a photo as a Pillow image, also in formats that need a library of their own.

HEIC needs ``pi_heif``. JPEG XL and camera raw need the packages of the extra ``formats``; without them such a photo is
refused with advice. These libraries are imported when the first such photo is opened.
"""

from __future__ import annotations

import io
import struct

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from trainer.errors import PhotoError
from trainer.preprocessing.file_formats import FORMAT_NAMES

_ORIENTATION = 0x0112
_WIDTH, _HEIGHT, _BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR_CONFIGURATION = 256, 257, 258, 262, 284  # tags of TIFF 6.0
_MISSING_IN_LIBTIFF = {"webp"}  # as Pillow comes
_ORIENTATION_OF_FLIP = {3: 3, 5: 8, 6: 6}  # of LibRaw's "flip"
_SMALL_PREVIEW = 480  # pixels; some cameras keep only a thumbnail beside the raw data
_JXL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # ISO/IEC 18181-1, table A.3
_PSD_MODES = {1, 2, 3, 4}  # grey, palette, RGB, CMYK
_PSD_VERSION_INFO, _PSD_ALPHA_IDS = 1057, 1053  # image resources, see Adobe's Photoshop File Formats Specification


def open_image(data: bytes, format: str, name: str, max_pixels: int) -> Image.Image:
    """Open a photo; its pixels may be decoded only later.

    Args:
        data: The file.
        format: As :func:`trainer.preprocessing.file_formats.detect_format` says.
        name: For errors.
        max_pixels: Refused from here on, where a decoder does not tell the size before it decodes.

    Raises:
        PhotoError: The format, or its kind of this photo, cannot be opened here.
        Exception: Whatever decoders raise for damaged files.
    """
    try:
        if format == "HEIC":
            return _heic(data)
        if format == "JXL":
            return _jpeg_xl(data, name, max_pixels)
        if format == "RAW":
            return _camera_raw(data)
    except ImportError as error:
        raise _unsupported(format, name, error) from error
    if format == "PSD":
        return _photoshop(data, name)
    if format == "TIFF":
        return _tiff(data, name)
    return Image.open(io.BytesIO(data), formats=(format.upper(),))


def _unsupported(format: str, name: str, error: object) -> PhotoError:
    return PhotoError("photo_unsupported", repr(error), name=name, format=FORMAT_NAMES[format])


def _heic(data: bytes) -> Image.Image:
    """Upright and with 8 bits: libheif turns the picture by its boxes, and EXIF in HEIF repeats that."""
    from pi_heif import HeifImageFile

    image: Image.Image = HeifImageFile(io.BytesIO(data))
    return image


def _jpeg_xl(data: bytes, name: str, max_pixels: int) -> Image.Image:
    import pillow_jxl  # noqa: F401 # registers the format

    width, height = jpeg_xl_size(data)
    if width * height > max_pixels:
        raise PhotoError("photo_too_many_pixels", name=name, limit=max_pixels, width=width, height=height)
    image = Image.open(io.BytesIO(data), formats=("JXL",))
    if not getattr(image, "jpeg", False):
        image.info.pop("exif", None)  # the decoder has turned the picture; only a JPEG inside is as the camera held it
    return image


def jpeg_xl_size(data: bytes) -> tuple[int, int]:
    """Width and height by the header of a JPEG XL file (ISO/IEC 18181), before orientation. (0, 0) without a header."""
    position, start = 0, 0 if data.startswith(b"\xff\x0a") else -1
    while start < 0 and position + 16 <= len(data):
        length, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        if kind in (b"jxlc", b"jxlp"):
            start = data.find(b"\xff\x0a", position + 8)
            break
        position += int.from_bytes(data[position + 8 : position + 16], "big") if length == 1 else length or len(data)
    if start < 0:
        return 0, 0
    bits = int.from_bytes(data[start + 2 : start + 18], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    def side() -> int:
        return 8 * (1 + take(5)) if small else 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height, ratio = side(), take(3)
    if not ratio:
        return side(), height
    over, under = _JXL_RATIOS[ratio - 1]
    return height * over // under, height


def _camera_raw(data: bytes) -> Image.Image:
    """The JPEG that the camera made of its raw data; the raw data at half size where it is missing or a thumbnail."""
    import rawpy

    with rawpy.imread(io.BytesIO(data)) as raw:
        orientation = _ORIENTATION_OF_FLIP.get(raw.sizes.flip, 1)
        try:
            preview = raw.extract_thumb()
        except rawpy.LibRawError:
            preview = None
        if preview is not None and preview.format == rawpy.ThumbFormat.JPEG:
            image = Image.open(io.BytesIO(preview.data), formats=("JPEG",))
            if min(image.size) >= min(_SMALL_PREVIEW, raw.sizes.height // 2):
                image.getexif().setdefault(_ORIENTATION, orientation)
                return image
        return Image.fromarray(raw.postprocess(use_camera_wb=True, half_size=True))  # upright


def _tiff(data: bytes, name: str) -> Image.Image:
    """As Pillow opens it, with two pixel layouts mended: uncompressed 16-bit planes, which it reads as 8-bit ones, and
    compressed 32-bit grey of big-endian files, whose bytes libtiff has swapped already. Refused are planes of LAB, with
    signed values that it reads as unsigned, uncompressed 16-bit planes of CMYK, and what its libtiff cannot unpack.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=("TIFF",))
    except UnidentifiedImageError as error:
        if _has_pixels(data):
            raise _unsupported("TIFF", name, error) from error
        raise
    tags = getattr(image, "tag_v2", {})
    planes = tags.get(_PLANAR_CONFIGURATION) == 2
    if image.info.get("compression") in _MISSING_IN_LIBTIFF:
        raise _unsupported("TIFF", name, image.info["compression"])
    deep_planes = planes and set(tags.get(_BITS_PER_SAMPLE, ())) == {16} and image.tile[0].codec_name == "raw"
    if planes and (image.mode == "LAB" or (deep_planes and image.mode not in ("RGB", "RGBA"))):
        raise _unsupported("TIFF", name, f"planes of {image.mode}")
    for place, tile in enumerate(image.tile):
        values, *rest = tuple(tile.args or ("",))
        if deep_planes:
            values += ";16L" if data.startswith(b"II") else ";16B"
        elif tile.codec_name == "libtiff":
            values = values.replace(";32B", ";32N")
        image.tile[place] = tile._replace(args=(values, *rest))
    return image


def _has_pixels(data: bytes) -> bool:
    """Whether a TIFF's first directory can be read and describes a picture."""
    try:
        directory = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if 43 in data[2:4] else 8])
        file = io.BytesIO(data)
        file.seek(directory.next)
        directory.load(file)
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        return False
    return {_WIDTH, _HEIGHT, _PHOTOMETRIC} <= set(directory)


def _photoshop(data: bytes, name: str) -> Image.Image:
    """The flat picture beside the layers."""
    version, depth, mode = (int.from_bytes(data[at : at + 2], "big") for at in (4, 22, 24))
    if version != 1 or depth != 8 or mode not in _PSD_MODES:
        raise _unsupported("PSD", name, f"version {version}, {depth} bits, mode {mode}")
    image = Image.open(io.BytesIO(data), formats=("PSD",))
    resources = {number: content for number, _, content in getattr(image, "resources", ())}
    if resources.get(_PSD_VERSION_INFO, b"\0\0\0\0\1")[4:5] == b"\0":
        raise PhotoError("photo_without_flat_picture", name=name)
    ids = resources.get(_PSD_ALPHA_IDS, b"")
    if image.mode == "RGBA" and ids and not any(ids[at : at + 4] == bytes(4) for at in range(0, len(ids), 4)):
        return image.convert("RGB")  # the fourth channel is a stored selection; transparency has the number 0
    return image
