"""Tagging speed on full-size photos, compared with a naive pipeline and the limit of the decoder.

    python -m tests.benchmarks.tagging_speed [--model NAME] [--rounds 3] [--runtime auto] [--stages]

On the originals of ``FASHIONLENS_DATA`` (60 JPEGs, mostly 1800×2400), four copies of each since a job tags each file
once, in one run, in turns:

* ours: the tagging job with all attributes, colours and the embedding, in two decoder threads;
* peer: ``DataLoader`` with two workers, full decode, resize to 224, ResNet-18 in eager float32, batches of 32;
* limit: nothing but Pillow's scaled JPEG decode in two threads.

Prints photos a second and the ratios, then whether scaled decoding changes the predictions. With ``--stages`` it prints
instead how much core time a photo each stage takes, beside that of the limit; other work on the computer disturbs these
figures less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# As the program sets it, before torch reads it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from fashionlens_gui.model_choice import find_model, open_predictor
from fashionlens_gui.tagging.job import Tagged, palette_for, tag_photos
from tests.benchmarks.tagging_stages import core_times
from trainer.control import WorkControl
from trainer.inference.prediction import PhotoPredictor
from trainer.preprocessing.photo import load_photo
from trainer.torchvision_guard import torchvision

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_COPIES = 4


class FullDecode(Dataset):  # type: ignore[type-arg]
    """Photos as the first tutorial reads them."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> torch.Tensor:
        """float32 3×224×224, [0, 1]."""
        image = Image.open(self._files[index]).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255


def ours(predictor: PhotoPredictor, files: list[Path]) -> None:
    """The job that the window and the command line run, with thumbnails as in the window."""
    palette = palette_for(predictor.metadata)
    with predictor.leaving_one_core():
        events = tag_photos(files, predictor, WorkControl(), thumbnail_side=96, palette=palette)
        rows = sum(isinstance(event, Tagged) for event in events)
    assert rows == len(files)


def peer(network: torch.nn.Module, files: list[Path]) -> None:
    """The naive pipeline."""
    with torch.inference_mode():
        for batch in DataLoader(FullDecode(files), batch_size=32, num_workers=2):
            network(batch)


def limit(files: list[Path]) -> None:
    """Decode at an eighth in two threads, and do nothing with it."""

    def decode(file: Path) -> None:
        with Image.open(file) as image:
            image.draft("RGB", (168, 168))
            image.load()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decode, files))


def changed_by_scaling(predictor: PhotoPredictor, files: list[Path]) -> tuple[int, float]:
    """How many categories differ from those of fully decoded photos, and the largest change of a confidence."""
    different, most = 0, 0.0
    for file in files:
        whole = load_photo(file, short_side=100_000)
        pair = [predictor.prepare(photo) for photo in (load_photo(file, short_side=predictor.decode_short_side), whole)]
        scaled, full = predictor.predict(pair)
        different += scaled.category.label != full.category.label
        most = max(most, abs(scaled.category.confidence - full.category.confidence))
    return different, most


def main() -> None:
    """Copy the photos, measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="products")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runtime", choices=("auto", "onnx", "torch"), default="auto")
    parser.add_argument("--stages", action="store_true", help="core time a photo of each stage instead of speed")
    arguments = parser.parse_args()
    originals = sorted((DATA / "products" / "originals").iterdir())
    originals = [file for file in originals if file.suffix.lower() in (".jpg", ".jpeg")]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{copy}-{file.name}") for copy in range(_COPIES) for file in originals]
        for place, file in enumerate(files):
            shutil.copyfile(originals[place % len(originals)], file)
        (stages if arguments.stages else measure)(arguments, originals, files)


def stages(arguments: argparse.Namespace, _originals: list[Path], files: list[Path]) -> None:
    """Print the core time of each stage, in ms a photo, of the run that needed least, and of the limit."""
    predictor = open_predictor(find_model(arguments.model), runtime=arguments.runtime)
    rounds: list[dict[str, float]] = []
    for _ in range(arguments.rounds):
        began = time.process_time()
        limit(files)
        bare = 1000 * (time.process_time() - began) / len(files)
        table = core_times(lambda: ours(predictor, files), predictor, len(files))
        rounds.append({**table, "the limit": round(bare, 3), "of the limit": round(bare / table["whole"], 3)})
    best = min(rounds, key=lambda table: table["whole"])
    print("\n".join(f"{stage:20}{value:8.3f}" for stage, value in best.items()))


def measure(arguments: argparse.Namespace, originals: list[Path], files: list[Path]) -> None:
    """Run all pipelines on all files, then compare the predictions of the originals."""
    predictor = open_predictor(find_model(arguments.model), runtime=arguments.runtime)
    network = torchvision().models.resnet18(weights=None).eval()
    contestants: dict[str, Callable[[], None]] = {
        "ours": lambda: ours(predictor, files),
        "peer": lambda: peer(network, files),
        "limit": lambda: limit(files),
    }
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(arguments.rounds):
        for name, run in contestants.items():
            began = time.perf_counter()
            run()
            speeds[name].append(len(files) / (time.perf_counter() - began))
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    different, most = changed_by_scaling(predictor, originals)
    print(
        json.dumps(
            {
                "photos_per_second": {name: [round(value, 1) for value in values] for name, values in speeds.items()},
                "times_the_peer": round(medians["ours"] / medians["peer"], 2),
                "of_the_limit": round(medians["ours"] / medians["limit"], 2),
                "categories_changed_by_scaled_decoding": f"{different} of {len(originals)}",
                "largest_change_of_confidence": round(most, 4),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
