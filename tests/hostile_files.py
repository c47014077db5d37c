"""A folder of malformed and unusual files, with the expected result of each file.

Used by the tests of decoding, of tagging, of the command line and of the window.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

RED = (200, 30, 40)
BLUE = (30, 60, 200)
SIZE = (60, 80)  # width, height of the picture in most files


@dataclass(frozen=True)
class Expected:
    """The expected result of ``load_photo`` for one file.

    Attributes:
        code: The code of the PhotoError, or "" where the photo is readable.
        note: The displayed text of the note; "" without a note.
        size: Upright width and height of a readable photo.
        corner: RGB of the top left region of the upright photo; None where it is not checked.
    """

    code: str = ""
    note: str = ""
    size: tuple[int, int] = SIZE
    corner: tuple[int, int, int] | None = RED


def build(folder: Path) -> dict[str, Expected]:
    """Fill ``folder`` and return, by file name in it, the expected result of each file.

    The result does not contain ``loop/again``, a link to the folder itself, and
    ``empty folder``. Non-UTF-8 names are in Python's escaped form (``surrogateescape``).
    """
    folder.mkdir(parents=True, exist_ok=True)
    expected: dict[str, Expected] = {}
    for make in (_broken, _too_large_or_small, _colour_modes, _several_pictures, _metadata, _names):
        expected |= make(folder)
    (folder / "empty folder").mkdir()
    if sys.platform != "win32":
        expected |= _unix_only(folder)
    return expected


def picture() -> Image.Image:
    """An RGB image with four different quarters, the top left one :data:`RED`, to detect rotations and flips."""
    image = Image.new("RGB", SIZE, (235, 235, 230))
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=RED)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=BLUE)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=(40, 160, 60))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` as a file's bytes; ``kind`` is a Pillow format name."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, depth: int, colour_type: int, rows: Iterable[bytes]) -> bytes:
    """Encode a PNG of any bit depth row by row, without holding its pixels in memory.

    Args:
        width: Pixels.
        height: Pixels; the number of rows.
        depth: Bits per channel: 1 or 16 here.
        colour_type: As in the PNG standard: 0 grey, 2 RGB.
        rows: The packed bytes of each row.
    """
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(b"\0" + row) for row in rows) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _broken(folder: Path) -> dict[str, Expected]:
    jpeg = encoded(picture().resize((600, 800)), "JPEG")
    files = {
        "empty.jpg": (b"", "photo_empty"),
        "text.jpg": (b"This is a shopping list.\n" * 40, "photo_not_a_picture"),
        "web page.jpg": (b"<!DOCTYPE html><html><body>404 Not found</body></html>", "photo_is_web_page"),
        "archive.png": (b"PK\x03\x04" + bytes(200), "photo_is_archive"),
        "truncated.jpg": (jpeg[: len(jpeg) // 2], "photo_truncated"),
        "truncated at start.jpg": (jpeg[:20], "photo_truncated"),
        "truncated.png": (encoded(picture(), "PNG")[:120], "photo_truncated"),
        "truncated.webp": (encoded(picture(), "WEBP")[:-40], "photo_truncated"),
        "truncated.gif": (encoded(picture(), "GIF")[:-40], "photo_truncated"),
        "truncated.tif": (encoded(picture(), "TIFF")[:-4000], "photo_truncated"),
        "bit flip.png": (_flipped(encoded(picture(), "PNG")), "photo_damaged"),
        "iphone.heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400), "photo_damaged"),
        "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "photo_unsupported"),
        "ghostscript.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "photo_unsupported"),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    return {name: Expected(code) for name, (_, code) in files.items()}


def _flipped(data: bytes) -> bytes:
    """One changed byte in the compressed pixels, so that the checksum is wrong."""
    at = data.index(b"IDAT") + 30
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _too_large_or_small(folder: Path) -> dict[str, Expected]:
    row = bytes(20_000 // 8)
    (folder / "20000 x 20000.png").write_bytes(png(20_000, 20_000, 1, 0, (row for _ in range(20_000))))
    (folder / "1 x 1.png").write_bytes(encoded(Image.new("RGB", (1, 1), RED), "PNG"))
    (folder / "65500 x 1.jpg").write_bytes(encoded(Image.new("RGB", (65_500, 1), RED), "JPEG"))
    small = "Too small to trust."
    return {
        "20000 x 20000.png": Expected("photo_too_many_pixels"),
        "1 x 1.png": Expected(note=small, size=(1, 1)),
        "65500 x 1.jpg": Expected(note=small, size=(65_500, 1)),
    }


def _colour_modes(folder: Path) -> dict[str, Expected]:
    cut_out = picture().convert("RGBA")
    cut_out.putalpha(Image.new("L", SIZE, 0))
    palette = picture().quantize(8)
    see_through = palette.getpixel((0, 0))
    ramp = b"".join(struct.pack(">H", 32_768) for _ in range(SIZE[0]))
    red16 = b"".join(struct.pack(">H", level * 257) for level in RED) * SIZE[0]
    files = {
        "cmyk.jpg": (encoded(picture().convert("CMYK"), "JPEG", quality=95), RED),
        "cmyk.tif": (encoded(picture().convert("CMYK"), "TIFF"), RED),
        "grey 16 bit.png": (png(*SIZE, 16, 0, (ramp for _ in range(SIZE[1]))), (128, 128, 128)),
        "grey 16 bit.tif": (encoded(Image.new("I;16", SIZE, 32_768), "TIFF"), (128, 128, 128)),
        "rgb 16 bit.png": (png(*SIZE, 16, 2, (red16 for _ in range(SIZE[1]))), RED),
        "float.tif": (encoded(Image.new("F", SIZE, 0.5), "TIFF"), (128, 128, 128)),
        "one bit.png": (encoded(Image.new("1", SIZE, 1), "PNG"), (255, 255, 255)),
        "grey.jpg": (encoded(Image.new("L", SIZE, 90), "JPEG"), (90, 90, 90)),
        "palette.gif": (encoded(palette, "GIF"), RED),
        "palette and alpha.png": (encoded(palette, "PNG", transparency=see_through), (255, 255, 255)),
        "transparent.png": (encoded(cut_out, "PNG"), (255, 255, 255)),
        "transparent.webp": (encoded(cut_out, "WEBP"), (255, 255, 255)),
        "grey and alpha.png": (encoded(cut_out.convert("LA"), "PNG"), (255, 255, 255)),
        "modern.avif": (encoded(picture(), "AVIF", quality=95), RED),
        "bitmap.bmp": (encoded(picture(), "BMP"), RED),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    plain = {name for name in files if name.startswith(("grey", "rgb 16", "float", "one bit", "transparent"))}
    return {
        name: Expected(note="Blank: nothing to see." if name in plain else "", corner=corner)
        for name, (_, corner) in files.items()
    }


def _several_pictures(folder: Path) -> dict[str, Expected]:
    frames = {"save_all": True, "append_images": [Image.new("RGB", SIZE, BLUE), Image.new("RGB", SIZE, (0, 0, 0))]}
    for name, kind in (
        ("animated.gif", "GIF"),
        ("animated.webp", "WEBP"),
        ("animated.png", "PNG"),
        ("pages.tif", "TIFF"),
    ):
        (folder / name).write_bytes(encoded(picture(), kind, **frames))
    animation = Expected(note="Animation: first frame used.")
    return {
        "animated.gif": animation,
        "animated.webp": animation,
        "animated.png": animation,
        "pages.tif": Expected(note="Several pages: first page used."),
    }


def _metadata(folder: Path) -> dict[str, Expected]:
    expected = {}
    for orientation, unturn in _UNTURN.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif"), ("AVIF", "avif")):
            name = f"orientation {orientation}.{suffix}"
            (folder / name).write_bytes(encoded(unturn(picture()), kind, exif=exif))
            expected[name] = Expected()
    upside_down = Image.Exif()
    upside_down[0x0112] = 77
    jpeg = encoded(picture(), "JPEG", quality=95)
    files = {
        "nonsense orientation.jpg": encoded(picture(), "JPEG", exif=upside_down),
        "corrupt exif.jpg": encoded(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage " + bytes(60)),
        "broken profile.jpg": encoded(picture(), "JPEG", icc_profile=b"this is no colour profile" * 9),
        "red and green swapped profile.png": encoded(_swapped(picture()), "PNG", icc_profile=swapping_profile()),
        "trailing junk.jpg": jpeg + b"\0junk" * 500,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return expected | {name: Expected() for name in files}


_Turn = Callable[[Image.Image], Image.Image]


def _transposed(how: Image.Transpose) -> _Turn:
    return lambda image: image.transpose(how)


# EXIF orientation -> transform that stores the image as a camera would; the reader must undo it.
_UNTURN: dict[int, _Turn] = {
    2: _transposed(Image.Transpose.FLIP_LEFT_RIGHT),
    3: _transposed(Image.Transpose.ROTATE_180),
    4: _transposed(Image.Transpose.FLIP_TOP_BOTTOM),
    5: _transposed(Image.Transpose.TRANSPOSE),
    6: _transposed(Image.Transpose.ROTATE_90),
    7: _transposed(Image.Transpose.TRANSVERSE),
    8: _transposed(Image.Transpose.ROTATE_270),
}


def swapping_profile() -> bytes:
    """A valid ICC profile named sRGB with red and green swapped: readers that go by its name show wrong colours."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"rXYZ", b"\1\1\1\1").replace(b"gXYZ", b"rXYZ").replace(b"\1\1\1\1", b"gXYZ")


def _swapped(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (green, red, blue))


def _names(folder: Path) -> dict[str, Expected]:
    jpeg = encoded(picture(), "JPEG", quality=95)
    long_name = "n" * 246 + ".jpg"  # 250 bytes; file systems take 255
    names = ["Übergröße Bluse — été.jpg", "连衣裙 ワンピース.jpg", "dress 👗.jpg", "=cmd,'quoted\".jpg", "UPPER.JPG"]
    if sys.platform == "win32":
        names = [name for name in names if '"' not in name]
        long_name = "n" * 120 + ".jpg"  # the whole path may have 260 characters
    for name in [*names, long_name]:
        (folder / name).write_bytes(jpeg)
    (folder / "really a jpeg.png").write_bytes(jpeg)
    (folder / "really a png.jpg").write_bytes(encoded(picture(), "PNG"))
    return {name: Expected() for name in [*names, long_name]} | {
        "really a jpeg.png": Expected(note="Named .png but is a JPEG file."),
        "really a png.jpg": Expected(note="Named .jpg but is a PNG file."),
    }


def _unix_only(folder: Path) -> dict[str, Expected]:
    expected = {}
    jpeg = encoded(picture(), "JPEG", quality=95)
    (folder / "loop").mkdir()
    (folder / "loop" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "link to itself.jpg").symlink_to(folder / "link to itself.jpg")
    (folder / "link to nothing.jpg").symlink_to(folder / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")
    expected["link to itself.jpg"] = Expected("photo_link_loop")
    expected["link to nothing.jpg"] = Expected("photo_missing")
    expected["pipe.jpg"] = Expected("photo_is_device")
    secret = folder / "no permission.jpg"
    secret.write_bytes(jpeg)
    secret.chmod(0)
    # Root can read every file.
    expected[secret.name] = Expected() if os.geteuid() == 0 else Expected("photo_no_permission")
    if sys.platform == "linux":  # macOS rejects such names
        name = os.fsdecode(b"caf\xe9 latin-1.jpg")
        (folder / name).write_bytes(jpeg)
        expected[name] = Expected()
    return expected
