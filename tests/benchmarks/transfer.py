"""How fast and how well own categories are learnt, with the phone photos as a stand-in for a shop's own.

    python -m tests.benchmarks.transfer [--from MODEL] [--all]

Takes 20 photos of each of the ten classes (three seeded draws) from the phone photos' training part, teaches them by a
linear probe from the bundled model and from nothing (the network ``cnn``), and tests both on the whole validation part.
``--all`` teaches all training photos, too, by probe and by fine-tuning, and compares with the bundled model itself.
That one is not asked the same: it answers with one of 79 categories, and what it says is right when the class stands
for it; so a long-sleeved T-shirt may be called a T-shirt. Hence two figures for a taught model: the class exactly as
its folder says, and one that counts as right, too, when the class named and the true one stand for a category in
common.

The bundled model has seen the training part (not the validation part) when it was made, so that its features suit
these photos better than a shop's; the probe's gain on photos of another kind will be smaller.
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


class Learnt(NamedTuple):
    """What came of a training, on the test photos: shares right, [0, 1], see above, and seconds, start included."""

    exact: float
    akin: float
    seconds: float


def learnt(photos: Path, test: Path, how: tuple[str, ...]) -> Learnt:
    """Teach and test."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "taught.safetensors")
        began = time.perf_counter()
        command("train", "--data", str(photos), "--out", str(model), *how)
        seconds = time.perf_counter() - began
        said = json.loads(command("evaluate", "--model", str(model), "--data", str(test), "--json"))
        return Learnt(said["accuracy"], _akin(said["classes"], said["confusion_matrix"]), seconds)


def _akin(classes: list[str], confusion_KK: list[list[int]]) -> float:
    """Share of photos whose true class and named one have a category in common."""
    meant = taxonomy.load(paths.taxonomy_dir()).categories_of_class
    right = sum(
        count
        for actual, counts_K in zip(classes, confusion_KK, strict=True)
        for named, count in zip(classes, counts_K, strict=True)
        if actual == named or meant(actual) & meant(named)
    )
    return right / sum(map(sum, confusion_KK))


def main() -> None:
    """Print a line for each way of learning."""
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
            taught, scratch = learnt(few, test, probe), learnt(few, test, FROM_NOTHING)
            gains.append(taught.exact - scratch.exact)
            print(
                f"{EACH} photos each, draw {seed}: probe {taught.exact:.1%} in {taught.seconds:.0f} s, "
                f"from nothing {scratch.exact:.1%} in {scratch.seconds:.0f} s",
                flush=True,
            )
        print(f"gain: {sum(gains) / len(gains):.1%} of the photos, smallest {min(gains):.1%}", flush=True)
        if arguments.all:
            said = json.loads(command("evaluate", "--model", arguments.start, "--data", str(test), "--json"))
            print(f"the model itself: {said['top1']:.1%}", flush=True)
            for how in (probe, ("--from", arguments.start, "--mode", "finetune")):
                taught = learnt(training, test, how)
                print(
                    f"all photos, {how[-1]}: {taught.exact:.1%} exact, {taught.akin:.1%} a category in common, "
                    f"in {taught.seconds:.0f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
