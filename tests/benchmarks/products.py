"""Products of several photos: decisions, accuracy of one tag set a product, photos of another product, own attributes.

    python -m tests.benchmarks.products [--products 900] [--keep FOLDER]

Real photos of several views of a product were not at hand. The products are made from one validation photo each (of
``FASHIONLENS_DATA``, never trained on): three to eight photos, the packshot and made views of it (mirrored in other
light, turned, dark, two details that show a part), in one of five products not the packshot first, in one of four with
a size chart. In one of twenty products one photo is of another product with another category. Made views share their
pixels with the packshot, so that real views differ more: gain and agreement are those of this set, not a promise.

What is chosen here (weights, limits) is chosen on the products with an odd number; the figures are those of the others.
``--keep`` writes photos and catalogue there, and uses them again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from fashionlens_gui import cli, paths
from trainer.taxonomy import Taxonomy, load

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_SIZE = (168, 224)
_VIEWS = ("other light", "turned", "dark", "detail", "close detail", "mirrored detail")
_MOST = 8


@dataclass(frozen=True)
class Made:
    """A photo that was made: its product's SKU, what it shows, the category that its product is sold as."""

    sku: str
    view: str
    category: str


def view(image: Image.Image, name: str, rng: np.random.Generator) -> Image.Image:
    """A made view of a packshot."""
    wide, high = image.size
    if name == "other light":
        return _lit(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), rng)
    if name == "turned":
        edge = image.getpixel((1, 1))
        turned = image.rotate(float(rng.uniform(-14, 14)), Image.Resampling.BICUBIC, fillcolor=edge)
        return _lit(turned, rng)
    if name == "dark":
        return ImageEnhance.Brightness(image).enhance(0.55).filter(ImageFilter.GaussianBlur(1.0))
    if name == "size chart":
        page = Image.new("RGB", _SIZE, "white")
        draw = ImageDraw.Draw(page)
        for row in range(9):
            for column in range(4):
                left, top = 12 + column * 37, 24 + row * 20
                draw.rectangle((left, top, left + 37, top + 20), outline="black")
                draw.text(
                    (left + 6, top + 4), ("S", "M", "L", "XL")[column] if row == 0 else str(40 + row * column), "black"
                )
        return page
    share = {"detail": (0.4, 0.6), "mirrored detail": (0.45, 0.65), "close detail": (0.22, 0.35)}[name]
    side = float(rng.uniform(*share))
    # Around the middle, where the product is.
    x, y = (float(rng.uniform(0.5 - 0.2, 0.5 + 0.2)) for _ in range(2))
    left, top = (min(max(at - side / 2, 0), 1 - side) for at in (x, y))
    box = (round(left * wide), round(top * high), round((left + side) * wide), round((top + side) * high))
    cut = image.crop(box).resize(_SIZE, Image.Resampling.LANCZOS)
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if name == "mirrored detail" else cut


def _lit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image, np.float32) * rng.uniform(0.85, 1.1) * rng.uniform(0.93, 1.07, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def rows_of(count: int, taxonomy: Taxonomy) -> list[dict[str, str]]:
    """Labels of validation products of which there is a detailed photo and whose category is known."""
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        names = {Path(name).stem: name for name in large.namelist()}
        found = [
            {**row, "member": names[row["id"]], "category": category}
            for row in csv.DictReader(table)
            if row["split"] == "val" and row["id"] in names
            if (category := taxonomy.of_label("category", row["articleType"]))
        ]
    order = np.random.default_rng(7).permutation(len(found))
    return [found[index] for index in order[:count]]


def write_photos(folder: Path, rows: list[dict[str, str]]) -> dict[str, Made]:
    """Write the photos of all products; returns what they are, by file name."""
    rng = np.random.default_rng(11)
    folder.mkdir(parents=True)
    made: dict[str, Made] = {}
    with zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large:

        def packshot(row: dict[str, str]) -> Image.Image:
            image = Image.open(io.BytesIO(large.read(row["member"]))).convert("RGB")
            return image.resize(_SIZE, Image.Resampling.LANCZOS)

        for number, row in enumerate(rows):
            sku, count = f"FL{int(row['id']):06d}", int(rng.integers(3, _MOST + 1))
            shown = ["packshot", *rng.permutation(_VIEWS).tolist()][:count]
            while len(shown) < count:
                shown.append("other light")
            if rng.random() < 0.2:
                shown[:2] = shown[1::-1]
            if rng.random() < 0.25:
                shown[-1] = "size chart"
            wrong = number % 20 == 3 or number % 20 == 12 if number % 40 < 20 else False
            image = packshot(row)
            for place, name in enumerate(shown, 1):
                picture = image if name == "packshot" else view(image, name, rng)
                if wrong and place == len(shown):
                    other = next(
                        each for each in rng.permutation(len(rows)) if rows[each]["category"] != row["category"]
                    )
                    picture, name = view(packshot(rows[other]), "other light", rng), "other product"
                file = f"{sku}_{place}.jpg"
                picture.save(folder / file, quality=90)
                made[file] = Made(sku, name, row["category"])
    return made


def write_pattern_photos(folder: Path, taxonomy: Taxonomy) -> dict[str, str]:
    """Validation photos whose product name says the pattern; returns it by file name."""
    folder.mkdir(parents=True)
    patterns: dict[str, str] = {}
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        zipfile.ZipFile(DATA / "products" / "images-60x80.zip") as small,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        detailed = {Path(name).stem: name for name in large.namelist()}
        others = {Path(name).stem: name for name in small.namelist()}
        for row in csv.DictReader(table):
            pattern = taxonomy.weak_pattern(row["productDisplayName"], row["articleType"])
            if row["split"] != "val" or pattern is None:
                continue
            source, name = (large, detailed[row["id"]]) if row["id"] in detailed else (small, others[row["id"]])
            image = Image.open(io.BytesIO(source.read(name))).convert("RGB")
            image.resize(_SIZE, Image.Resampling.LANCZOS).save(folder / f"{row['id']}.jpg", quality=92)
            patterns[f"{row['id']}.jpg"] = pattern
    return patterns


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--products", type=int, default=900)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        home = given.keep or Path(temporary)
        rows = rows_of(given.products, load(paths.taxonomy_dir()))
        manifest, file = home / "made.json", home / "catalogue.sqlite"
        if not manifest.exists():
            made = write_photos(home / "photos", rows)
            manifest.write_text(json.dumps({name: vars(each) for name, each in made.items()}), encoding="utf-8")
        if not file.exists():
            code = cli.main(["tag", str(home / "photos"), "--catalogue", str(file), "--out", str(home / "tags.csv")])
            assert code == 0
        patterns, own = home / "patterns.json", home / "own.sqlite"
        if not patterns.exists():
            patterns.write_text(json.dumps(write_pattern_photos(home / "patterns", load(paths.taxonomy_dir()))))
        if not own.exists():
            code = cli.main(["tag", str(home / "patterns"), "--catalogue", str(own), "--out", str(home / "own.csv")])
            assert code == 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
