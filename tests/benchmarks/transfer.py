"""Speed and accuracy of transfer learning on own categories, with the phone photos as an example.

    python -m tests.benchmarks.transfer [--from MODEL] [--all]

Takes 20 photos of each of the ten classes (three seeded draws) from the phone photos' training part, trains a linear
probe of the bundled model and the network ``cnn`` from random weights, and tests both on the whole validation part.
``--all`` also trains on all training photos, by linear probe and by fine-tuning, and compares with the bundled model.
The bundled model predicts one of 79 categories and is correct when it belongs to the class; so a long-sleeved
T-shirt may be predicted as a T-shirt. Trained models therefore have two accuracies: of the exact class, and of classes
that share a category with the true class.

The bundled model was trained on the training part (not on the validation part), so its features fit these photos better
than those of a shop; the gain of the probe is smaller on other photos.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

from fashionlens_gui import paths
from trainer import taxonomy

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
EACH, DRAWS = 20, (1, 2, 3)
FROM_NOTHING = ("--model", "cnn", "--epochs", "30", "--batch-size", "16")


def command(*arguments: str) -> str:
    """Run the command line as a user would; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "fashionlens_gui", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def draw(source: Path, target: Path, seed: int) -> Path:
    """A folder with :data:`EACH` photos of each class, linked from ``source``."""
    chance = random.Random(seed)
    for folder in sorted(source.iterdir()):
        (target / folder.name).mkdir(parents=True)
        for photo in chance.sample(sorted(folder.iterdir()), EACH):
            os.link(photo, target / folder.name / photo.name)
    return target


class Trained(NamedTuple):
    """Accuracies on the test photos, [0, 1], see above, and seconds including the start."""

    exact: float
    akin: float
    seconds: float


def train_and_evaluate(photos: Path, test: Path, how: tuple[str, ...]) -> Trained:
    """Train and evaluate."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "taught.safetensors")
        began = time.perf_counter()
        command("train", "--data", str(photos), "--out", str(model), *how)
        seconds = time.perf_counter() - began
        evaluated = json.loads(command("evaluate", "--model", str(model), "--data", str(test), "--json"))
        return Trained(evaluated["accuracy"], _akin(evaluated["classes"], evaluated["confusion_matrix"]), seconds)


def _akin(classes: list[str], confusion_KK: list[list[int]]) -> float:
    """Share of photos whose true and predicted class share a category."""
    categories_of = taxonomy.load(paths.taxonomy_dir()).categories_of_class
    right = sum(
        count
        for actual, counts_K in zip(classes, confusion_KK, strict=True)
        for named, count in zip(classes, counts_K, strict=True)
        if actual == named or categories_of(actual) & categories_of(named)
    )
    return right / sum(map(sum, confusion_KK))


def main() -> None:
    """Print a line for each training method."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="start", default="products")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    probe = ("--from", arguments.start, "--mode", "probe")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(DATA / "phone" / "images.zip") as archive:
            archive.extractall(folder)
        training, test = Path(folder, "train"), Path(folder, "validation")
        gains = []
        for seed in DRAWS:
            few = draw(training, Path(folder, f"draw-{seed}"), seed)
            taught, scratch = train_and_evaluate(few, test, probe), train_and_evaluate(few, test, FROM_NOTHING)
            gains.append(taught.exact - scratch.exact)
            print(
                f"{EACH} photos each, draw {seed}: probe {taught.exact:.1%} in {taught.seconds:.0f} s, "
                f"from nothing {scratch.exact:.1%} in {scratch.seconds:.0f} s",
                flush=True,
            )
        print(f"gain: {sum(gains) / len(gains):.1%} of the photos, smallest {min(gains):.1%}", flush=True)
        if arguments.all:
            evaluated = json.loads(command("evaluate", "--model", arguments.start, "--data", str(test), "--json"))
            print(f"the model itself: {evaluated['top1']:.1%}", flush=True)
            for how in (probe, ("--from", arguments.start, "--mode", "finetune")):
                taught = train_and_evaluate(training, test, how)
                print(
                    f"all photos, {how[-1]}: {taught.exact:.1%} exact, {taught.akin:.1%} a category in common, "
                    f"in {taught.seconds:.0f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
