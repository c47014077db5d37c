"""Accuracy of a Fashion-MNIST model on real studio and phone photos of its ten classes.

    python -m tests.benchmarks.real_photos [MODEL …]

Takes the products' validation photos (never trained on, nothing tuned on them) and the phone photos' validation part
from ``FASHIONLENS_DATA``, sorts those whose kind is one of the ten classes into a folder per class, and evaluates the
models on that as ``fashionlens evaluate --data FOLDER`` does. The preparation of photos was chosen on the products'
training photos.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

from fashionlens_gui import paths
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.data.fashion_mnist import CLASSES
from trainer.evaluation.evaluate import evaluate, load_test_set
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Predictor
from trainer.model_files.library import ModelLibrary

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))

PRODUCT_KINDS = {
    "T-shirt/top": ("Tshirts", "Lounge Tshirts"),
    "Trouser": ("Trousers", "Jeans", "Track Pants", "Leggings", "Lounge Pants", "Jeggings", "Capris"),
    "Pullover": ("Sweaters", "Sweatshirts"),
    "Dress": ("Dresses",),
    "Coat": ("Jackets", "Rain Jacket", "Blazers"),
    "Sandal": ("Sandals", "Flip Flops", "Sports Sandals"),
    "Shirt": ("Shirts",),
    "Sneaker": ("Casual Shoes", "Sports Shoes"),
    "Bag": ("Handbags", "Backpacks", "Clutches", "Laptop Bag", "Duffel Bag", "Messenger Bag", "Rucksacks"),
    "Ankle boot": ("Booties",),
}
PHONE_KINDS = {
    "t-shirt": "T-shirt/top",
    "pants": "Trouser",
    "longsleeve": "Pullover",
    "dress": "Dress",
    "outwear": "Coat",
    "shirt": "Shirt",
    "shoes": "Sneaker",
}


def write_products(root: Path) -> None:
    """The validation photos of the ten kinds; the squashed 224-pixel ones get their 3:4 back."""
    kind_of = {label: name for name, labels in PRODUCT_KINDS.items() for label in labels}
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        zipfile.ZipFile(DATA / "products" / "images-60x80.zip") as small,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        detailed = {Path(name).name: name for name in large.namelist()}
        others = {Path(name).name: name for name in small.namelist()}
        for row in csv.DictReader(table):
            file = f"{row['id']}.webp"
            if row["split"] != "val" or row["articleType"] not in kind_of or file not in others:
                continue
            folder = _folder(root, kind_of[row["articleType"]])
            if file in detailed:
                image = Image.open(io.BytesIO(large.read(detailed[file]))).convert("RGB")
                image.resize((168, 224), Image.Resampling.LANCZOS).save(folder / f"{row['id']}.png")
            else:
                (folder / file).write_bytes(small.read(others[file]))


def write_phone(root: Path) -> None:
    """The validation photos of the seven kinds that the ten classes have."""
    with zipfile.ZipFile(DATA / "phone" / "images.zip") as photos:
        for name in photos.namelist():
            part, _, rest = name.partition("/")
            kind, _, file = rest.partition("/")
            if part == "validation" and file and kind in PHONE_KINDS:
                (_folder(root, PHONE_KINDS[kind]) / file).write_bytes(photos.read(name))


def _folder(root: Path, name: str) -> Path:
    folder = root / name.replace("/", " ")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main(models: list[str]) -> None:
    """Print a line for each model and set of photos."""
    library = ModelLibrary(paths.model_folders())
    with tempfile.TemporaryDirectory() as temporary:
        sets = {"products, validation": Path(temporary, "products"), "phone, validation": Path(temporary, "phone")}
        write_products(sets["products, validation"])
        write_phone(sets["phone, validation"])
        for model in models or ["fashion-mnist-cnn", "fashion-mnist-resnet"]:
            predictor = Predictor.load(library.find(model))
            for name, root in sets.items():
                images = _finish(
                    load_test_set(str(root), DataPaths((), Path(temporary)), predictor.metadata, WorkControl())
                )
                result = _finish(evaluate(predictor, images, WorkControl()))
                ok = ~below_threshold(result.confidences_N, predictor.metadata.review_below)
                right = result.labels_N == result.predictions_N
                print(
                    f"{model}  {name}: {result.accuracy:.1%} of {result.n} named rightly "
                    f"({len(CLASSES)} classes); marked ok {ok.mean():.1%}, of those right {right[ok].mean():.1%}"
                )


def _finish(work):  # type: ignore[no-untyped-def]
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return stop.value


if __name__ == "__main__":
    main(sys.argv[1:])
