"""Makes the replay file of a model of product photos: ``python -m trainer.training.products_replay``.

For the model that comes with the program, by whoever makes it; users never need it.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

import torch

from trainer import taxonomy as taxonomies
from trainer.control import WorkControl
from trainer.data.loading import Loading
from trainer.data.photo_store import PhotoStore, open_store
from trainer.data.product_rows import PhotosById, read_rows
from trainer.errors import DataError
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.taxonomy import Taxonomy
from trainer.training import replay
from trainer.training.replay import Replay


def of_products(
    predictor: Predictor,
    taxonomy: Taxonomy,
    labels: Path,
    photos: Path,
    control: WorkControl,
    *,
    count: int = replay.PHOTOS,
    seed: int = 1,
) -> Generator[Loading, None, Replay]:
    """Sample the product photos: seven tenths from the training rows, the others from the validation rows.

    Args:
        predictor: The model of product photos.
        taxonomy: What the labels mean.
        labels: ``products/labels.csv``, see :mod:`trainer.data.products`.
        photos: ``products/images-60x80.zip``, or a folder of the same.
        control: Stops it.
        count: How many photos to keep at most.
        seed: Same seed, same sample.

    Raises:
        DataError: A file is missing or damaged.
        Cancelled: ``control`` was stopped.
    """
    with open_store(photos) as store:
        parts = []
        held_out = round(count * replay.HELD_OUT_SHARE)
        for split, wanted, sample in (
            ("train", count - held_out, replay.even_sample),
            ("val", held_out, replay.plain_sample),
        ):
            names, labels_N = _photos(predictor, taxonomy, labels, store, split)
            sample_M = sample(labels_N, wanted, seed)
            chosen = [names[int(index)] for index in sample_M]
            found = yield from embed_photos(predictor, chosen, store.load, control, f"Looking at photos ({split})")
            parts.append((found.embeddings_ND, labels_N[sample_M[found.indices]]))
    embeddings, numbers = zip(*parts, strict=True)
    held_out_N = torch.cat([torch.full((len(each),), place == 1) for place, each in enumerate(numbers)])
    return Replay(
        torch.cat(embeddings).half().float(),
        torch.cat(numbers),
        held_out_N,
        predictor.metadata.classes,
        replay.fingerprint(predictor.network),
    )


def _photos(
    predictor: Predictor, taxonomy: Taxonomy, labels: Path, store: PhotoStore, split: str
) -> tuple[list[str], torch.Tensor]:
    """Names in the store of a split's photos, and their classes, int64."""
    by_id, classes = PhotosById(store), predictor.metadata.classes
    names, numbers = [], []
    for row in read_rows(labels, split):
        # Products that the taxonomy has no name for taught the model what “Other” is.
        category = taxonomy.of_label("category", row.article_type) or "Other"
        name = by_id.find(row)
        if category in classes and name is not None:
            names.append(name)
            numbers.append(classes.index(category))
    if not names:
        raise DataError(f"There is no photo in {store.path} of a row of {labels} whose split is “{split}”.")
    return names, torch.tensor(numbers)


def main() -> None:
    """Read the arguments, make the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model file")
    parser.add_argument("--taxonomy", type=Path, required=True, help="resources/taxonomy")
    parser.add_argument("--data", type=Path, required=True, help="the folder that has products/labels.csv")
    given = parser.parse_args()
    products = given.data / "products"
    predictor = Predictor.load(given.model)
    work = of_products(
        predictor,
        taxonomies.load(given.taxonomy),
        products / "labels.csv",
        products / "images-60x80.zip",
        WorkControl(),
    )
    try:
        while True:
            next(work)
    except StopIteration as end:
        replay.save(replay.path_of(given.model), end.value)


if __name__ == "__main__":
    main()
