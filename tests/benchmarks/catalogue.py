"""How long a large catalogue takes to open, and how long its lists take.

    python -m tests.benchmarks.catalogue [--photos 100000] [--million]

Rows are made from clusters: 80 categories with a few values each, and embeddings around their centres. Each line is the
median and the slowest of several runs in milliseconds of processor time, which does not depend on what else the machine
does, and the median by the clock. The targets: with 100,000 photos, open in 1,000 ms, the first
page of any sort or filter in 100 ms; with a million, open in 2,000 ms.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.prediction_columns import INSERT, vector
from fashionlens_gui.catalogue.query import SORTS, Query, counts, embeddings, find
from fashionlens_gui.catalogue.visible_values import natural_key, refresh
from fashionlens_gui.review.group_review import open_review
from fashionlens_gui.review.labelling_order import labelling_order
from fashionlens_gui.tagging.tag import Status, predicted
from trainer.inference.prediction import Prediction, Ranking, Swatch
from trainer.taxonomy import ATTRIBUTES, CATEGORY

CATEGORIES = tuple(f"Category {number}" for number in range(80))
VALUES = tuple(f"Value {number}" for number in range(12))
NUMBERS = 384
PAGE = 60
AT_ONCE = 20_000


def ranking(labels: tuple[str, ...], first: int, confidence: float) -> Ranking:
    """``labels`` with the first one most probable; what remains falls off as it does in real rankings."""
    rest = np.geomspace(1, 1e-4, len(labels) - 1)
    probabilities = (confidence, *(rest / rest.sum() * (1 - confidence)).tolist())
    return Ranking((*labels[first:], *labels[:first]), probabilities)


def prediction(random: np.random.Generator, cluster: int) -> Prediction:
    """A prediction as a photo of this cluster gets it."""
    confidence = float(np.clip(random.beta(6, 2), 0.1, 0.999))
    values = {name: ranking(VALUES, (cluster + place) % len(VALUES), 0.8) for place, name in enumerate(ATTRIBUTES)}
    swatches = tuple(Swatch(f"Colour {cluster % 20 + place}", (60, 80, 90), 0.3) for place in range(3))
    return Prediction(ranking(CATEGORIES, cluster, confidence), confidence < 0.6, np.zeros(1), values, swatches)


def fill(catalogue: Catalogue, photos: int) -> None:
    """Add photos."""
    random = np.random.default_rng(0)
    centres_KD = random.standard_normal((len(CATEGORIES), NUMBERS)).astype(np.float32)
    model = ModelIdentity("products", "f" * 32, "0.1.0", "onnx", "int8")
    batch = operations.begin_import(catalogue, [Path("/photos")])
    with catalogue.database.transaction(durable=False) as database:
        number = model.add_to(database)
        made = [
            catalogue.columns.of(0, predicted(Path("/a"), "a", prediction(random, cluster)), number, "now", database)
            for cluster in range(len(CATEGORIES))
            for _ in range(40)
        ]
    for first in range(0, photos, AT_ONCE):
        ids = range(first + 1, min(first + AT_ONCE, photos) + 1)
        kinds_N = random.integers(0, len(made), len(ids))

        def rows(ids: range = ids) -> Iterator[tuple[object, ...]]:
            for id_ in ids:
                name = f"season {id_ % 40}/IMG_{id_ * 7919 % 10_000_019:07d}.jpg"
                yield (
                    id_,
                    f"/photos/{name}".encode(),
                    name,
                    f"{id_:032x}",
                    1000,
                    id_,
                    "now",
                    batch,
                    natural_key(name),
                    name.lower(),
                )

        with catalogue.database.transaction(durable=False) as database:
            database.executemany(
                "INSERT INTO photos (id, path, file, digest, size, mtime_ns, added_at, added_by, name_key, folded) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows(),
            )
            database.executemany(INSERT, ((id_, *made[k][1:]) for id_, k in zip(ids, kinds_N, strict=True)))
            noise_ND = 0.4 * random.standard_normal((len(ids), NUMBERS)).astype(np.float32)
            vectors = (vector(centres_KD[k // 40] + noise) for k, noise in zip(kinds_N, noise_ND, strict=True))
            database.executemany("INSERT INTO embeddings VALUES (?, ?)", zip(ids, vectors, strict=True))
            database.executemany("INSERT INTO import_photos VALUES (?, ?)", ((batch, id_) for id_ in ids))
            database.execute("CREATE TEMP TABLE IF NOT EXISTS asked (photo INTEGER PRIMARY KEY)")
            database.execute("DELETE FROM temp.asked")
            database.executemany("INSERT INTO temp.asked VALUES (?)", ((id_,) for id_ in ids))
            refresh(database)
    operations.finish_import(catalogue, batch)


def timed(name: str, act: Callable[[], object], runs: int = 5) -> None:
    """Print how long an act takes."""
    taken, by_clock = [], []
    for _ in range(runs):
        began, began_by_clock = time.process_time(), time.perf_counter()
        act()
        taken.append((time.process_time() - began) * 1000)
        by_clock.append((time.perf_counter() - began_by_clock) * 1000)
    print(f"{name:46} {statistics.median(taken):8.1f} {max(taken):9.1f} {statistics.median(by_clock):9.1f}", flush=True)


def measure(file: Path, photos: int, runs: int) -> None:
    """Make a catalogue and print its times."""
    began = time.perf_counter()
    if not file.exists():
        with Catalogue(file, write=True) as catalogue:
            fill(catalogue, photos)
    size = file.stat().st_size / photos
    print(f"\n{f'{photos:,} photos, {size:,.0f} bytes each, milliseconds':46}   median   slowest  by clock")
    print(f"{'  (making it took seconds)':46} {time.perf_counter() - began:8.0f}")
    timed("open for writing, and close", lambda: Catalogue(file, write=True).close(), runs)
    timed("open for reading, and close", lambda: Catalogue(file).close(), runs)
    with Catalogue(file, write=True) as catalogue:

        def page(query: Query) -> None:
            catalogue.tags(find(catalogue, query)[:PAGE])

        for sort in SORTS:
            timed(f"first page, sorted by {sort}", lambda sort=sort: page(Query(sort=sort)), runs)  # type: ignore[misc]
        queries = {
            "status, by confidence": Query(status=Status.NEEDS_REVIEW, sort="confidence"),
            "category, by name": Query(values={"category": "Category 7"}, sort="name"),
            "two values, by confidence": Query(values={"colour": "Value 3", "season": "Value 7"}, sort="confidence"),
            "an import, by name descending": Query(batch=1, sort="name", descending=True),
            "a folder, by category": Query(below=[Path("/photos/season 7")], sort="category"),
            "a word": Query(text="img_0012"),
            "two words, by colour": Query(text="season 0077", sort="colour"),
            "failed": Query(status=Status.ERROR),
            "gone": Query(gone=True),
        }
        for name, query in queries.items():
            timed(f"first page of {name}", lambda query=query: page(query), runs)  # type: ignore[misc]
        timed("counts by status", lambda: counts(catalogue, Query()), runs)
        timed("counts by category", lambda: counts(catalogue, Query(), "category"), runs)
        ids = find(catalogue, Query(sort="name"))
        timed("another page", lambda: catalogue.tags(ids[len(ids) // 2 :][:PAGE]), runs)
        timed("all embeddings", lambda: embeddings(catalogue), 1)
        timed("open the review in groups", lambda: open_review(catalogue, Query(), CATEGORY), runs)
        timed("order by usefulness", lambda: labelling_order(catalogue, Query()), runs)
        values = iter(range(1000))
        some = [int(id_) for id_ in ids[:100]]
        timed("correct one photo", lambda: operations.correct(catalogue, some[:1], _value(values)), runs)
        timed("correct 100 photos", lambda: operations.correct(catalogue, some, _value(values)), runs)
        timed("undo that", lambda: operations.undo(catalogue), 1)
        timed("correct all photos", lambda: operations.correct(catalogue, ids.tolist(), _value(values)), 1)
        timed("undo that", lambda: operations.undo(catalogue), 1)


def _value(values: Iterator[int]) -> dict[str, str]:
    return {"category": f"Mine {next(values)}"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="make the file here, or use the one that is there")
    parser.add_argument("--million", action="store_true", help="also measure a million photos, which takes minutes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(given.keep or Path(folder) / "catalogue.sqlite", given.photos, 5)
        if given.million:
            measure(Path(folder) / "million.sqlite", 1_000_000, 3)


if __name__ == "__main__":
    main()
