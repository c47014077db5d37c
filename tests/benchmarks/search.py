"""Search, facets and similar photos: time in a large catalogue, and how like the similar photos are.

    python -m tests.benchmarks.search [--photos 100000] [--keep FILE] [--part time|similar|quality|index]

Times are as in :mod:`tests.benchmarks.catalogue`, whose rows are used. The targets: two words and a sort, or the facets
of a list, in 100 ms of 100,000 photos; similar photos in 30 ms of 200,000.

The quality is measured on the validation split of the studio photos (``FASHIONLENS_DATA``), leaving one out: of the
first ten, how many share the category, and the category and the base colour, by the labels of the list. Beside it: the
embedding alone, raw pixels (30×40, grey photos as they are) and histograms of CIELAB.

``--part index`` compares the index (extra ``index``) with comparing all: recall of the first ten, time of a search
without reading the candidates from a catalogue, time of building, memory, size. Its photos are made from the validation
photos: one, plus a share of the difference of two others of its category, in the embedding and in the logarithms of the
probabilities. The target: a recall of 0.95 among a million within 10 ms. ``--part similar`` has the time of a whole
search with the index.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.colour_search import NearColour
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query, embeddings, find
from fashionlens_gui.catalogue.search.compared_photos import ComparedPhotos, Likeness, ReadPhotos
from fashionlens_gui.catalogue.search.facets import facets
from fashionlens_gui.catalogue.search.similar import CANDIDATES, SimilarPhotos, nearest_of
from fashionlens_gui.catalogue.search.similar_index import PhotoIndex, is_available
from fashionlens_gui.model_choice import open_predictor
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import predicted
from tests.benchmarks.catalogue import fill, timed
from trainer.control import WorkControl, batches
from trainer.data.product_rows import ProductRow, read_rows
from trainer.inference.colours import lab
from trainer.preprocessing.photo import Photo

TOP = 10
AT_ONCE = 64


def measure_search(catalogue: Catalogue, runs: int) -> None:
    queries = {
        "two words, by colour": Query(text="season 0077", sort="colour"),
        "a word of a name": Query(text="img_0012", sort="name"),
        "a word of values": Query(text='"value 3"', sort="confidence"),
        "a word of a category": Query(text='"category 7"', sort="colour"),
        "two values of one attribute": Query(values={"colour": ["Value 3", "Value 4"]}, sort="confidence"),
        "a colour that a few have": Query(near_colour=NearColour((190, 40, 50)), sort="near_colour"),
        "all of an import, by name": Query(batch=1, sort="name"),
        "all, by colour": Query(sort="colour"),
    }
    for name, query in queries.items():
        timed(f"{name} ({len(find(catalogue, query)):,})", lambda query=query: find(catalogue, query), runs)  # type: ignore[misc]
    lists = {
        "all": Query(),
        "a value": Query(values={"colour": "Value 3"}),
        "a word and a value": Query(text="0077", values={"colour": "Value 3"}),
    }
    for name, query in lists.items():
        timed(f"facets of {name}", lambda query=query: facets(catalogue, query), runs)  # type: ignore[misc]


def measure_similar(catalogue: Catalogue, runs: int) -> None:
    similar = SimilarPhotos(catalogue)
    timed("similar photos, first (reads all)", lambda: similar.to_photo(1), 1)
    places = iter(range(2, 10_000, 7))
    timed("similar photos", lambda: similar.to_photo(next(places)), 4 * runs)
    some = Query(values={"colour": "Value 3"})
    timed("similar photos in a list", lambda: similar.to_photo(next(places), TOP, some), runs)


def measure_with_index(catalogue: Catalogue, runs: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["FASHIONLENS_HOME"] = home
        similar = SimilarPhotos(catalogue)
        timed("building the index", lambda: list(similar.build_index(WorkControl())), 1)
        timed("similar photos by the index, first", lambda: similar.to_photo(1), 1)
        places = iter(range(2, 10_000, 7))
        timed("similar photos by the index", lambda: similar.to_photo(next(places)), 4 * runs)
        some = Query(values={"colour": "Value 3"})
        timed("similar photos by the index in a list", lambda: similar.to_photo(next(places), TOP, some), runs)


def spread_colours(catalogue: Catalogue) -> None:
    """Three random colours for each photo: in the catalogue of the other benchmark all photos have the same one."""
    random = np.random.default_rng(1)
    with catalogue.database.transaction(durable=False) as database:
        ids = [id_ for (id_,) in database.execute("SELECT id FROM photos")]
        srgb_NSC = random.integers(0, 256, (len(ids), 3, 3))
        share_NS = random.integers(20, 85, (len(ids), 3))
        cell_NS = srgb_NSC[..., 0] >> 4 << 8 | srgb_NSC[..., 1] >> 4 << 4 | srgb_NSC[..., 2] >> 4
        packed_NS = ((srgb_NSC[..., 0] * 256 + srgb_NSC[..., 1]) * 256 + srgb_NSC[..., 2]) * 256 + share_NS
        database.execute("DELETE FROM swatches")
        for place, id_ in enumerate(ids):
            database.executemany(
                "INSERT OR IGNORE INTO swatches VALUES (?, ?, ?)",
                zip(cell_NS[place].tolist(), [id_] * 3, packed_NS[place].tolist(), strict=True),
            )


def validation_photos(folder: Path) -> Iterator[tuple[ProductRow, np.ndarray]]:
    """uint8 80×60×3 of each photo of the validation split."""
    with zipfile.ZipFile(folder / "images-60x80.zip") as archive:
        names = set(archive.namelist())
        for row in read_rows(folder / "labels.csv", "val"):
            if f"{row.id}.webp" in names:
                with Image.open(io.BytesIO(archive.read(f"{row.id}.webp"))) as opened:
                    yield row, np.asarray(opened.convert("RGB"))


def measure_quality(folder: Path) -> None:
    """Tag the validation photos into a catalogue and print the shares."""
    predictor = open_predictor(paths.bundled_models_dir() / "products.safetensors")
    rows: list[ProductRow] = []
    baselines: dict[str, list[np.ndarray]] = {"raw pixels": [], "colour histogram": []}
    with tempfile.TemporaryDirectory() as place, Catalogue(Path(place) / "c.sqlite", write=True) as catalogue:
        batch = operations.begin_import(catalogue, [Path("/photos")])
        waiting: list[tuple[ProductRow, np.ndarray]] = []
        everything = list(validation_photos(folder))
        for number, (row, pixels_HWC) in enumerate(everything):
            waiting.append((row, pixels_HWC))
            rows.append(row)
            image = Image.fromarray(pixels_HWC)
            baselines["raw pixels"].append(np.asarray(image.resize((30, 40))).reshape(-1) / 255 - 0.5)
            histogram, _ = np.histogramdd(lab(pixels_HWC.reshape(-1, 3)), (8, 8, 8), ((0, 100), (-90, 90), (-90, 90)))
            baselines["colour histogram"].append(np.sqrt(histogram.reshape(-1)))
            if len(waiting) == AT_ONCE or number + 1 == len(everything):
                photos.store(catalogue, batch, list(tagged(predictor, waiting)), ModelIdentity("products", "f" * 32))
                waiting = []
        operations.finish_import(catalogue, batch)
        similar = SimilarPhotos(catalogue)
        found = {id_: similar.to_photo(id_, TOP).ids_K for id_ in find(catalogue, Query()).tolist()}
        ids_N, embeddings_ND = embeddings(catalogue)
    category_N = np.array([row.article_type for row in rows])
    colour_N = np.array([row.base_colour for row in rows])
    print(f"\n{len(rows):,} validation photos ({predictor.precision}): of the first {TOP} share")
    print(f"{'':22} {'category':>10} {'and colour':>10}")
    nearest = {"similar photos": np.array([found[id_] - 1 for id_ in sorted(found)])}
    nearest["embedding alone"] = by_cosine(embeddings_ND.astype(np.float32))
    nearest |= {name: by_cosine(np.array(vectors, np.float32)) for name, vectors in baselines.items()}
    assert ids_N.tolist() == sorted(found) == list(range(1, len(rows) + 1))
    for name, nearest_NK in nearest.items():
        category_NK = category_N[nearest_NK] == category_N[:, None]
        both_NK = category_NK & (colour_N[nearest_NK] == colour_N[:, None])
        print(f"{name:22} {category_NK.mean():10.1%} {both_NK.mean():10.1%}")


def clustered(source: ComparedPhotos, count: int, share: float) -> ComparedPhotos:
    """Photos around those of ``source``: each one plus ``share`` of the difference of two others of its category."""
    random = np.random.default_rng(0)
    used = slice(source.used)
    embedding_ND = source.embedding_ND[used].astype(np.float32)
    logs = [np.log(each[used] + 1e-7) for each in (source.category_NC, source.colour_NL)]
    category_N = source.category_NC[used].argmax(axis=1)
    order_N = np.argsort(category_N, kind="stable")
    starts_C = np.searchsorted(category_N[order_N], np.arange(source.category_NC.shape[1] + 1))
    made = ComparedPhotos(tuple(source.labels.items()), embedding_ND.shape[1])
    made.ids_N = np.arange(1, count + 1)
    made.embedding_ND = np.empty((count, embedding_ND.shape[1]), np.float16)
    made.category_NC = np.empty((count, logs[0].shape[1]), np.float32)
    made.colour_NL = np.empty((count, logs[1].shape[1]), np.float32)
    made.used = count
    for first in range(0, count, 20_000):
        some = slice(first, min(first + 20_000, count))
        centre_B = random.integers(0, source.used, some.stop - some.start)
        begin_B, end_B = starts_C[category_N[centre_B]], starts_C[category_N[centre_B] + 1]
        one_B, other_B = (order_N[random.integers(begin_B, end_B)] for _ in range(2))
        vector_BD = embedding_ND[centre_B] + share * (embedding_ND[one_B] - embedding_ND[other_B])
        made.embedding_ND[some] = vector_BD / np.linalg.norm(vector_BD, axis=1, keepdims=True)
        for log_NK, to_NK in zip(logs, (made.category_NC, made.colour_NL), strict=True):
            of_BK = np.exp(log_NK[centre_B] + share * (log_NK[one_B] - log_NK[other_B]))
            to_NK[some] = of_BK / of_BK.sum(axis=1, keepdims=True)
    return made


def subset(photos: ComparedPhotos, rows_M: np.ndarray) -> ComparedPhotos:
    some = ComparedPhotos(tuple(photos.labels.items()), photos.embedding_ND.shape[1])
    for name in ("ids_N", "embedding_ND", "category_NC", "colour_NL"):
        setattr(some, name, getattr(photos, name)[rows_M])
    some.used = len(rows_M)
    return some


def measure_index(folder: Path, count: int, share: float, queries: int = 200) -> None:
    """Print recall and time of the index, beside comparing all."""
    predictor = open_predictor(paths.bundled_models_dir() / "products.safetensors")
    with tempfile.TemporaryDirectory() as place, Catalogue(Path(place) / "c.sqlite", write=True) as catalogue:
        batch = operations.begin_import(catalogue, [Path("/photos")])
        waiting = list(validation_photos(folder))
        for some in batches(len(waiting), AT_ONCE):
            photos.store(catalogue, batch, list(tagged(predictor, waiting[some])), ModelIdentity("products", "f" * 32))
        operations.finish_import(catalogue, batch)
        read = ReadPhotos()
        with catalogue.database.read() as database:
            read.read_new(database)
    ((key, source),) = read.models.items()
    everything = clustered(source, count, share)
    for name, some in ("validation photos", source), ("photos made from them", everything):
        vectors_MD = some.embedding_ND[: min(4000, some.used)].astype(np.float32)
        cosine_MM = vectors_MD @ vectors_MD.T
        np.fill_diagonal(cosine_MM, -1)
        spread = ", ".join(f"{each:.2f}" for each in np.percentile(cosine_MM.max(axis=1), (10, 50, 90)))
        print(f"{some.used:,} {name}; cosine of the nearest of {len(vectors_MD):,} (10, 50, 90 %): {spread}")
    index = PhotoIndex.new(key, everything.category_NC.shape[1], everything.colour_NL.shape[1])
    began, began_by_clock = time.process_time(), time.perf_counter()
    for some in batches(count, 5000):
        parts = (everything.ids_N, everything.category_NC, everything.colour_NL, everything.embedding_ND)
        index.add(*(each[some] for each in parts))
    taken, by_clock = time.process_time() - began, time.perf_counter() - began_by_clock
    with tempfile.TemporaryDirectory() as home:
        os.environ["FASHIONLENS_HOME"] = home
        size = index.save(Path("catalogue")).stat().st_size
    print(f"built in {by_clock:,.0f} s ({taken:,.0f} s of processors), {index.memory:,} bytes, file {size:,} bytes")
    found, times = 0, {"comparing all": [], "by the index": []}
    for row in np.random.default_rng(1).choice(count, queries, replace=False):
        own = everything.likeness(row)

        def search(name: str, candidates: Callable[[], ComparedPhotos], own: Likeness = own) -> set[int]:
            began, began_by_clock = time.process_time(), time.perf_counter()
            among = candidates()
            best = nearest_of(among, own, TOP + 1).ids_K
            times[name].append((time.process_time() - began, time.perf_counter() - began_by_clock))
            return set(best.tolist())

        exact = search("comparing all", lambda: everything) - {row + 1}
        quick = search("by the index", lambda own=own: subset(everything, index.candidates(own, CANDIDATES) - 1))  # type: ignore[misc]
        found += len(exact & quick) / len(exact)
    for name, measured in times.items():
        (cpu, clock), slow = np.median(measured, axis=0) * 1000, np.percentile(measured, 95, axis=0) * 1000
        print(
            f"{name:16} {cpu:7.1f} ms of processors (95 %: {slow[0]:.1f}), {clock:7.1f} by clock (95 %: {slow[1]:.1f})"
        )
    print(f"recall of the first {TOP}: {found / queries:.3f}")


def tagged(predictor: object, some: list[tuple[ProductRow, np.ndarray]]) -> Iterator[Tagged]:
    read = [Photo(Path(f"/photos/{row.id}.webp"), row.id, pixels, (60, 80)) for row, pixels in some]
    answers = predictor.predict([predictor.prepare(each) for each in read])  # type: ignore[attr-defined]
    for photo, answer in zip(read, answers, strict=True):
        tag = predicted(photo.path, photo.path.name, answer)
        yield Tagged(tag, None, photo.digest, answer.embedding.astype(np.float16), (1, 1))


def by_cosine(vectors_ND: np.ndarray) -> np.ndarray:
    """int64 N×10: the nearest others."""
    vectors_ND = vectors_ND / np.maximum(np.linalg.norm(vectors_ND, axis=1, keepdims=True), 1e-9)
    cosine_NN = vectors_ND @ vectors_ND.T
    np.fill_diagonal(cosine_NN, -np.inf)
    nearest_NK: np.ndarray = np.argpartition(-cosine_NN, TOP, axis=1)[:, :TOP]
    return nearest_NK


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="make the catalogue here, or use the one that is there")
    parser.add_argument("--part", choices=("time", "similar", "quality", "index"), help="default: all")
    parser.add_argument("--share", type=float, default=0.35, help="of differences, in the photos of --part index")
    given = parser.parse_args()
    if given.part in (None, "time", "similar"):
        with tempfile.TemporaryDirectory() as folder:
            file = given.keep or Path(folder) / "catalogue.sqlite"
            made = not file.exists()
            with Catalogue(file, write=True) as catalogue:
                if made:
                    fill(catalogue, given.photos)
                    spread_colours(catalogue)
                print(f"\n{f'{given.photos:,} photos, milliseconds':46}   median   slowest  by clock")
                if given.part != "similar":
                    measure_search(catalogue, 5)
                if given.part != "time":
                    measure_similar(catalogue, 5)
                    if is_available():
                        measure_with_index(catalogue, 5)
    folder = Path(os.environ.get("FASHIONLENS_DATA", "")) / "products"
    if given.part in (None, "quality", "index"):
        if folder.is_dir():
            if given.part != "index":
                measure_quality(folder)
            if given.part != "quality" and is_available():
                measure_index(folder, given.photos, given.share)
        else:
            print(f"\nNo photos in {folder}: set FASHIONLENS_DATA to measure the quality.")


if __name__ == "__main__":
    main()
