"""How many planted label issues a data check finds, and how long it takes.

    python -m tests.benchmarks.data_check [--photos 600] [--seed 1]

Phone photos of the training part (``FASHIONLENS_DATA``, ten categories), seeded: 5 % are put into a wrong category, 5 %
get a copy that is cropped by 5 %, made 10 % lighter, smaller, mirrored or saved again as JPEG, in turns, half of them
in another category, and five files are broken. Prints JSON: recall of the wrong labels when the 5 % of the photos with
the lowest margins are looked at, of those that the check lists, precision and recall of the copies, broken files found,
seconds. Photos that the check tells to be in two categories are not among those looked at. Real copies among the photos
count as false alarms, and the photos' own wrong labels take places of planted ones.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path, PurePosixPath

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the program sets it, before torch reads it

from PIL import Image, ImageEnhance, ImageOps

from fashionlens_gui import paths
from trainer.control import WorkControl
from trainer.data.labelled_photos import find
from trainer.data.photo_store import open_store
from trainer.data_quality.data_check import DataCheck, check
from trainer.inference.predictor import Predictor
from trainer.model_files.library import ModelLibrary

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_SHARE = 0.05
_BROKEN = 5
_KINDS = ("cropped", "lighter", "smaller", "mirrored", "saved again")


def copied(image: Image.Image, kind: str) -> Image.Image:
    """The same photo, changed."""
    wide, high = image.size
    if kind == "cropped":
        return image.crop((round(wide * 0.02), round(high * 0.04), round(wide * 0.97), round(high * 0.99)))
    if kind == "lighter":
        return ImageEnhance.Brightness(image).enhance(1.1)
    if kind == "smaller":
        return image.resize((wide * 6 // 10, high * 6 // 10))
    return ImageOps.mirror(image) if kind == "mirrored" else image


class Planted:
    """A folder of photos with planted issues, which the file names contain."""

    def __init__(self, root: Path, photos: int, seed: int) -> None:
        chance = random.Random(seed)
        self.wrong: set[str] = set()
        self.copies: dict[str, str] = {}  # name of the copy -> kind
        with open_store(DATA / "phone" / "images.zip") as store:
            names = [name for name in store.names() if PurePosixPath(name).parts[-3] == "train"]
            names = chance.sample(names, photos)
            classes = sorted({PurePosixPath(name).parts[-2] for name in names})
            count = round(photos * _SHARE)
            for number, name in enumerate(names):
                image = Image.fromarray(store.load(name).pixels_HWC)
                label = PurePosixPath(name).parts[-2]
                others = [other for other in classes if other != label]
                if number < count:
                    self.wrong.add(f"{number}.jpg")
                    label = chance.choice(others)
                folder = root / label
                folder.mkdir(parents=True, exist_ok=True)
                image.save(folder / f"{number}.jpg", quality=92)
                if count <= number < 2 * count:
                    kind = _KINDS[number % len(_KINDS)]
                    where = root / (chance.choice(others) if number // len(_KINDS) % 2 else label)
                    where.mkdir(exist_ok=True)
                    copied(image, kind).save(where / f"{number} copy.jpg", quality=60 if kind == "saved again" else 85)
                    self.copies[f"{number} copy.jpg"] = kind
        for number in range(_BROKEN):
            data = (root / classes[number] / "broken.jpg").with_suffix(f".{number}.jpg")
            data.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100 * number))


def scores(found: DataCheck, planted: Planted, lowest_margins: list[str]) -> dict[str, object]:
    """Metrics of the check."""
    names = [file.name for file in found.photos.files]
    listed = [names[error.index] for error in found.label_errors]
    groups = [{names[place] for place in group.places} for group in found.copies]
    hits = {kind: [0, 0] for kind in _KINDS}
    for copy, kind in planted.copies.items():
        hits[kind][0] += any({copy, copy.replace(" copy", "")} <= group for group in groups)
        hits[kind][1] += 1
    right = sum(any(name in planted.copies for name in group) for group in groups)
    return {
        "wrong_labels_planted": len(planted.wrong),
        "recall_at_5_percent_reviewed": round(len(planted.wrong & set(lowest_margins)) / len(planted.wrong), 3),
        "listed": len(listed),
        "recall_of_those_listed": round(len(planted.wrong & set(listed)) / len(planted.wrong), 3),
        "copies_planted": len(planted.copies),
        "recall_of_copies": round(sum(each[0] for each in hits.values()) / len(planted.copies), 3),
        "found_by_kind": {kind: f"{each[0]} of {each[1]}" for kind, each in hits.items()},
        "precision_of_copies": round(right / max(len(groups), 1), 3),
        "not_planted": [sorted(group) for group in groups if not any(name in planted.copies for name in group)],
        "broken_found": f"{len(found.unreadable)} of {_BROKEN}",
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    predictor = Predictor.load(ModelLibrary(paths.model_folders()).find("products"))
    with tempfile.TemporaryDirectory() as folder:
        planted = Planted(Path(folder), arguments.photos, arguments.seed)
        began = time.perf_counter()
        work = check(find(Path(folder)), predictor, WorkControl())
        while True:
            try:
                next(work)
            except StopIteration as end:
                found: DataCheck = end.value
                break
        seconds = time.perf_counter() - began
    budget = round(sum(found.counts) * _SHARE)
    # Photos that are in two categories are told as such, and one of each pair is wrong there without being planted so.
    across = {place for group in found.copies if group.across for place in group.places}
    ranking = [found.photos.files[each.index].name for each in found.ranking if each.index not in across]
    lowest_margins = ranking[:budget]
    print(json.dumps({**scores(found, planted, lowest_margins), "seconds": round(seconds, 1)}, indent=1))


if __name__ == "__main__":
    main()
