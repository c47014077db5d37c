"""Exports of 900 products with 3,000 photos, and how well the check of images finds white backgrounds.

    python -m tests.benchmarks.exports

Prints the seconds of each stage, and the share of 240 studio photos and 240 phone photos from ``FASHIONLENS_DATA``
whose background counts as white: of the studio photos nearly all have a white one, of the phone photos hardly any.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
import zipfile
from pathlib import Path

import msgspec

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.export_job import plan_export, write_part
from fashionlens_gui.shops.image_check import inspect
from fashionlens_gui.shops.profile import SHIPPED, find_profile
from tests.catalogue.catalogue_rows import add, item

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
PHOTOS = 240


def exports(folder: Path) -> None:
    names = [(f"S-{product:03}", number) for product in range(900) for number in range(1, 4 + (product % 3 == 0))]
    with Catalogue(folder / "catalogue.sqlite", write=True) as catalogue:
        ids = add(catalogue, *(item(f"{sku}_{number}.jpg", confidence=0.9) for sku, number in names))
        arranging.group(catalogue, dict(zip(ids, names, strict=True)))
        before = time.perf_counter()
        products = product_rows(catalogue)
        print(f"read {len(products)} products of {len(names)} photos: {time.perf_counter() - before:.2f} s")
        for name in SHIPPED:
            profile = find_profile(name)
            profile = msgspec.structs.replace(profile, image_url="https://shop.example/{image_name|url}")
            before = time.perf_counter()
            (part,) = plan_export(catalogue, profile, products, folder / f"out{profile.suffix}").parts
            planned = time.perf_counter()
            for _ in write_part(catalogue, part):
                pass
            after = time.perf_counter()
            print(f"{name}: rows and check {planned - before:.2f} s, written and remembered {after - planned:.2f} s")


def white_backgrounds(store: Path, folder: Path) -> str:
    """How many of the sampled photos of a zip file have a white background."""
    with zipfile.ZipFile(store) as photos:
        names = [name for name in photos.namelist() if name.endswith((".webp", ".jpg"))]
        white = 0
        for name in random.Random(3).sample(names, PHOTOS):
            file = folder / f"photo{Path(name).suffix}"
            file.write_bytes(photos.read(name))
            white += inspect(file).white_background
    return f"{white} of {PHOTOS}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        exports(Path(scratch))
        for kind, name in (("studio", "products/images-224x224.zip"), ("phone", "phone/images.zip")):
            if (DATA / name).exists():
                print(f"white background: {white_backgrounds(DATA / name, Path(scratch))} {kind} photos")
