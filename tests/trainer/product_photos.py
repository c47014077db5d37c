"""A small data folder with the layout of the product and phone photos; colour and shape encode the labels."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.trainer import bundled_taxonomy
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data import products
from trainer.data.products import ProductData

COLUMNS = (
    "id",
    "split",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "usage",
    "productDisplayName",
)
# articleType, baseColour, fill, name
KINDS = (
    ("Tshirts", "Red", (200, 30, 30), "Brand Men Striped Red T-shirt"),
    ("Jeans", "Blue", (40, 60, 160), "Brand Men Blue Jeans"),
    ("Watches", "Black", (20, 20, 20), "Brand Women Black Watch"),
    ("Umbrellas", "Green", (30, 140, 50), "Brand Unisex Umbrella"),  # in no category: Other
)
PHONE_KINDS = (("t-shirt", (200, 30, 30)), ("pants", (40, 60, 160)))


def product_folder(root: Path, per_kind: int = 8, checked_per_kind: int = 3) -> Path:
    """Write it below ``root``; every second product has detail, and every third no season."""
    (root / "products").mkdir(parents=True)
    (root / "phone").mkdir()
    rows = []
    for number in range(len(KINDS) * (per_kind + checked_per_kind)):
        article, colour, _, name = KINDS[number % len(KINDS)]
        split = "train" if number < len(KINDS) * per_kind else "val"
        season = "" if number % 3 == 0 else "Summer"
        rows.append((1000 + number, split, "Men", "Apparel", "Some", article, colour, season, "Casual", name))
    with (root / "products" / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    with (
        zipfile.ZipFile(root / "products" / "images-60x80.zip", "w") as small,
        zipfile.ZipFile(root / "products" / "images-224x224.zip", "w") as detail,
    ):
        for number, row in enumerate(rows):
            photo = picture(number, KINDS[number % len(KINDS)][2], (255, 255, 255))
            small.writestr(f"{row[0]}.webp", _webp(photo.resize((60, 80))))
            if number % 2:
                detail.writestr(f"{row[0]}.webp", _webp(photo.resize((224, 224))))
    with zipfile.ZipFile(root / "phone" / "images.zip", "w") as phone:
        for part, count in (("train", 6), ("validation", 2)):
            for number in range(count * len(PHONE_KINDS)):
                name, fill = PHONE_KINDS[number % len(PHONE_KINDS)]
                phone.writestr(f"{part}/{name}/{number}.webp", _webp(picture(number, fill, (150, 120, 90))))
    return root


def read_products(folder: Path, control: WorkControl | None = None) -> ProductData:
    """What lies below ``folder``, with the bundled taxonomy; where nothing lies is looked in first."""
    places = [folder.parent / "elsewhere", folder]
    steps = products.load(places, taxonomy.load(bundled_taxonomy.FOLDER), control or WorkControl())
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def picture(number: int, fill: tuple[int, int, int], ground: tuple[int, int, int]) -> Image.Image:
    """A block of cloth of 168×224 pixels with a little grain, somewhat different for each number."""
    image = Image.new("RGB", (168, 224), ground)
    left, top = 30 + number % 7 * 3, 40 + number % 5 * 4
    ImageDraw.Draw(image).rectangle((left, top, left + 90, top + 120), fill=fill)
    grain = np.random.default_rng(number).integers(-6, 7, (224, 168, 3))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def _webp(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=86)
    return buffer.getvalue()
