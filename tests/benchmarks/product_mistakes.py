"""Error analysis of the bundled product model: sheets of mistakes for manual review, and label agreement of duplicates.

    python -m tests.benchmarks.product_mistakes [--sheets FOLDER] [--seed 7]

Takes the products' validation photos from ``FASHIONLENS_DATA``. A sheet shows 50 random mistakes, each with the
label (``L``), the prediction (``P``) and the product's name, to count how many of them a person would not have made.
For near-duplicates of training photos (root mean square difference of 27×20 thumbnails below 3 of 255) it prints the
share with equal labels, without cosmetics, whose photos show the packaging. This is an upper bound of the accuracy from
the photo alone. Sheets show photos of the data set; do not publish them.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from fashionlens_gui import paths
from trainer.inference.prediction import Prediction
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.preprocessing import network_input
from trainer.taxonomy import CATEGORY, Taxonomy, load

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_COLUMNS = {CATEGORY: "articleType", "colour": "baseColour", "occasion": "usage", "audience": "gender"}
_SHOWN, _A_SHEET, _A_ROW = 100, 50, 10
_PHOTO, _CELL = (135, 180), (170, 250)
_THUMBNAIL = (20, 27)
_THE_SAME = 3.0
_BATCH = 128

Row = dict[str, str]
Opened = Callable[[Row], Image.Image]


def predicted(rows: list[Row], opened: Opened) -> list[Prediction]:
    """The prediction of the bundled model for each row's photo."""
    predictor = Predictor(model_file.load(paths.bundled_models_dir() / "products.safetensors"))
    found: list[Prediction] = []
    for start in range(0, len(rows), _BATCH):
        photos = [np.asarray(opened(row)) for row in rows[start : start + _BATCH]]
        found += predictor.predict(
            [network_input.prepare(pixels_HWC, predictor.metadata.input) for pixels_HWC in photos]
        )
    return found


def sheet(mistakes: list[tuple[Row, str, str]], opened: Opened) -> Image.Image:
    """A picture of mistakes: row, label, answer."""
    lines = -(-len(mistakes) // _A_ROW)
    page = Image.new("RGB", (_A_ROW * _CELL[0], lines * _CELL[1]), "white")
    draw = ImageDraw.Draw(page)
    for number, (row, label, answer) in enumerate(mistakes):
        x, y = number % _A_ROW * _CELL[0], number // _A_ROW * _CELL[1]
        page.paste(opened(row).resize(_PHOTO, Image.Resampling.LANCZOS), (x + 8, y))
        draw.text((x + 4, y + 184), f"L: {label}\nP: {answer}\n{row['productDisplayName'][:26]}", fill="black")
    return page


def twins(asked: list[Row], known: list[Row], opened: Opened) -> list[tuple[Row, Row]]:
    """Rows whose photo is nearly the same as one of ``known``, with the nearest of them."""
    known_MD, asked_ND = _thumbnails(known, opened), _thumbnails(asked, opened)
    squares_M, pairs = np.square(known_MD).sum(axis=1), []
    for start in range(0, len(asked), _BATCH):
        part_nD = asked_ND[start : start + _BATCH]
        distances_nM = squares_M - 2 * part_nD @ known_MD.T + np.square(part_nD).sum(axis=1, keepdims=True)
        nearest_n = distances_nM.argmin(axis=1)
        near_n = distances_nM.min(axis=1) < _THE_SAME**2 * part_nD.shape[1]
        pairs += [(asked[start + index], known[nearest_n[index]]) for index in np.flatnonzero(near_n)]
    return pairs


def _thumbnails(rows: list[Row], opened: Opened) -> np.ndarray:
    return np.stack(
        [np.asarray(opened(row).resize(_THUMBNAIL, Image.Resampling.BOX), np.float32).ravel() for row in rows]
    )


def report(rows: list[Row], opened: Opened, taxonomy: Taxonomy, options: argparse.Namespace) -> None:
    """Print the metrics; draw the sheets if requested."""
    asked = [row for row in rows if row["split"] == "val"]
    predictions = predicted(asked, opened)
    for name in (CATEGORY, "colour"):
        mistakes, count = [], 0
        for row, prediction in zip(asked, predictions, strict=True):
            label = taxonomy.of_label(name, row[_COLUMNS[name]])
            answer = (prediction.category if name == CATEGORY else prediction.attributes[name]).label
            count += label is not None
            if label is not None and answer != label:
                mistakes.append((row, label, answer))
        print(f"{name}: {len(mistakes)} of {count} wrong")
        chosen = np.random.default_rng(options.seed).permutation(len(mistakes))[:_SHOWN]
        for start in range(0, len(chosen) if options.sheets else 0, _A_SHEET):
            file = options.sheets / f"{name}-{start // _A_SHEET + 1}.png"
            sheet([mistakes[index] for index in chosen[start : start + _A_SHEET]], opened).save(file)
            print(f"  {file}")
    pairs = twins(asked, [row for row in rows if row["split"] == "train"], opened)
    pairs = [pair for pair in pairs if pair[0]["masterCategory"] != "Personal Care"]
    same = {name: np.mean([a[column] == b[column] for a, b in pairs]) for name, column in _COLUMNS.items()}
    print(f"{len(pairs)} photos have a twin; same", ", ".join(f"{name} {share:.1%}" for name, share in same.items()))


def main() -> int:
    """Read the data and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=Path, help="an existing folder for the sheets")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with (DATA / "products" / "labels.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    with zipfile.ZipFile(DATA / "products" / "images-60x80.zip") as photos:

        def opened(row: Row) -> Image.Image:
            return Image.open(io.BytesIO(photos.read(f"{row['id']}.webp"))).convert("RGB")

        report(rows, opened, load(paths.resources_dir() / "taxonomy"), options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
