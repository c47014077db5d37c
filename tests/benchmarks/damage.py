"""How much damage to photo files is noticed, how often a whole file is called damaged, and what that costs.

    python -m tests.benchmarks.damage

Damages the originals of ``FASHIONLENS_DATA`` (the sample photos where it is absent) in ten ways, as JPEG, progressive
JPEG, PNG and WebP; the same seed gives the same damage. Noticed is an error or the note ``damaged``. A changed bit that
leaves a plausible picture of the right length cannot be noticed. Whole files: the same photos, re-encodings of the
products' photos, and the WebP files as they are.
"""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from fashionlens_gui import paths
from trainer.errors import PhotoError
from trainer.preprocessing.photo import decode_photo

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_SIZE = 600, 800  # of the PNG and WebP files, which take long to encode
_Damage = Callable[[bytes, bytes, np.random.Generator], bytes]


def _filled(data: bytes, random: np.random.Generator, fill: Callable[[int], bytes]) -> bytes:
    """A run of 512 to 16,384 bytes in the last four fifths of the file replaced."""
    length = min(int(512 * 2 ** random.integers(0, 6)), len(data) // 3)
    place = int(random.integers(len(data) // 5, len(data) - length))
    return data[:place] + fill(length) + data[place + length :]


def _bits_flipped(data: bytes, random: np.random.Generator, bits: int) -> bytes:
    damaged = bytearray(data)
    for place in random.integers(len(data) // 5, len(data) - 16, bits):
        damaged[place] ^= 1 << int(random.integers(8))
    return bytes(damaged)


def _swapped(data: bytes, random: np.random.Generator) -> bytes:
    """Two clusters of a disk in each other's place."""
    side = min(4096, len(data) // 8)
    first, second = sorted(random.choice(np.arange(2, len(data) // side), 2, replace=False) * side)
    between = data[first + side : second]
    return data[:first] + data[second : second + side] + between + data[first : first + side] + data[second + side :]


SORTS: dict[str, _Damage] = {
    "cut at 5 to 95 %": lambda data, _, random: data[: int(len(data) * random.uniform(0.05, 0.95))],
    "last 3 to 2,000 bytes missing": lambda data, _, random: data[: -int(random.integers(3, 2000))],
    "run of zeros": lambda data, _, random: _filled(data, random, bytes),
    "run of 0xFF": lambda data, _, random: _filled(data, random, lambda length: b"\xff" * length),
    "run of random bytes": lambda data, _, random: _filled(data, random, random.bytes),
    "1 bit": lambda data, _, random: _bits_flipped(data, random, 1),
    "16 bits": lambda data, _, random: _bits_flipped(data, random, 16),
    "LF to CR LF": lambda data, _, __: data.replace(b"\n", b"\r\n"),
    "CR LF to LF": lambda data, _, __: data.replace(b"\r\n", b"\n"),
    "4 KB blocks swapped": lambda data, _, random: _swapped(data, random),
    "halves of two photos": lambda data, other, _: data[: len(data) // 2] + other[len(other) // 2 :],
    "second half zeros": lambda data, _, __: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` as a file's bytes; ``kind`` is a Pillow format name."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def originals() -> list[bytes]:
    """JPEG files."""
    folder = DATA / "products" / "originals"
    return [file.read_bytes() for file in sorted((folder if folder.is_dir() else paths.samples_dir()).glob("*.jpg"))]


def noticed(data: bytes) -> str:
    """The code of the error or note that tells of damage, or "" for a whole photo."""
    try:
        photo = decode_photo(data, Path("photo"))
    except PhotoError as error:
        return error.code
    return "damaged" if any(note.code == "damaged" for note in photo.notes) else ""


def whole_files(jpegs: list[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(what they are, files)."""
    yield "originals", iter(jpegs)
    yield "originals without the end marker", (data[:-2] for data in jpegs if data.endswith(b"\xff\xd9"))

    def images() -> Iterator[Image.Image]:
        return (Image.open(io.BytesIO(data)).convert("RGB") for data in jpegs)

    on_white = (image.point(lambda value: 255 if value > 238 else value) for image in images())
    yield (
        "originals on white as WebP, quality 100",
        (encoded(image, "WEBP", quality=100, method=0) for image in on_white),
    )
    yield (
        "originals as lossless WebP",
        (encoded(image.reduce(3), "WEBP", lossless=True, method=0) for image in images()),
    )
    for archive in ("products/images-224x224.zip", "phone/images.zip", "phone/extra.zip"):
        if not (DATA / archive).is_file():
            continue
        with zipfile.ZipFile(DATA / archive) as file:
            names = [name for name in file.namelist() if name.endswith(".webp")]
            yield f"{archive} as WebP", (file.read(name) for name in names)
            options = ({"quality": 75}, {"quality": 95, "subsampling": 0}, {"progressive": True}, {"optimize": True})
            yield (
                f"{archive} as JPEG",
                (
                    encoded(Image.open(io.BytesIO(file.read(name))).convert("RGB"), "JPEG", **options[place % 4])
                    for place, name in enumerate(names)
                ),
            )


def main() -> None:
    """Print a table of noticed damage, the false alarms, and milliseconds a photo."""
    jpegs = originals()
    images = [Image.open(io.BytesIO(data)) for data in jpegs]
    small = [image.convert("RGB").resize(_SIZE, Image.Resampling.BILINEAR, reducing_gap=2.0) for image in images]
    kinds = {
        "JPEG": jpegs,
        "progressive": [encoded(image, "JPEG", progressive=True) for image in small],
        "PNG": [encoded(image, "PNG") for image in small[:20]],
        "WebP": [encoded(image, "WEBP") for image in small],
    }
    print(f"{'noticed':32}" + "".join(f"{kind:>16}" for kind in kinds))
    for sort, damage in SORTS.items():
        cells = []
        for files in kinds.values():
            random = np.random.default_rng(1)
            damaged = [damage(data, files[place - 1], random) for place, data in enumerate(files)]
            changed = [data for data, before in zip(damaged, files, strict=True) if data != before]
            found = sum(bool(noticed(data)) for data in changed)
            cells.append(f"{found:>10} of {len(changed):2}")
        print(f"{sort:32}" + "".join(f"{cell:>16}" for cell in cells), flush=True)
    for what, whole in whole_files(jpegs):
        alarms = [noticed(data) for data in whole]
        print(f"{what}: {sum(map(bool, alarms))} false alarms in {len(alarms)}", flush=True)
    for kind, files in kinds.items():
        began = time.thread_time()
        for data in files:
            decode_photo(data, Path("photo"))
        print(f"{kind}: {(time.thread_time() - began) / len(files) * 1000:.2f} ms a photo to read, check included")


if __name__ == "__main__":
    main()
