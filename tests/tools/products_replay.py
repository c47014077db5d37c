"""Makes the replay file of a product model: ``python -m tests.tools.products_replay``.

For the bundled model. Its embeddings come from torch in float32.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

import torch

from trainer import taxonomy as taxonomies
from trainer.control import ProgressEvent, WorkControl
from trainer.data.photo_store import PhotoStore, open_store
from trainer.data.product_rows import PhotosById, read_rows
from trainer.errors import DataError
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.model_files import replay_file
from trainer.model_files.replay_file import Labels, Replay
from trainer.taxonomy import CATEGORY, OTHER, Taxonomy
from trainer.training.improve import replay_sampling
from trainer.training.improve.corrections import trainable_values


def sample_product_replay(
    predictor: Predictor,
    taxonomy: Taxonomy,
    labels: Path,
    photos: Path,
    control: WorkControl,
    *,
    count: int = replay_sampling.SAMPLE_SIZE,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Replay]:
    """Sample the product photos: seven tenths from the training rows, three tenths from the validation rows.

    Args:
        labels: ``products/labels.csv``, see :mod:`trainer.data.products`.
        photos: ``products/images-60x80.zip``, or a folder of the same.
        count: Size of the sample at most.

    Raises:
        DataError: A file is missing or damaged; ``no_photos_of_split``.
    """
    with open_store(photos) as store:
        parts: list[tuple[torch.Tensor, dict[str, torch.Tensor], bool]] = []
        held_out = round(count * replay_sampling.HOLDOUT_SHARE)
        for split, wanted, sample in (
            ("train", count - held_out, replay_sampling.balanced_sample),
            ("val", held_out, replay_sampling.uniform_sample),
        ):
            names, known = _photos(predictor, taxonomy, labels, store, split)
            sample_M = sample(known[CATEGORY], wanted, seed)
            chosen = [names[int(index)] for index in sample_M]
            found = yield from embed_photos(predictor, chosen, store.load, control, "computing_embeddings")
            rows_M = sample_M[found.indices]
            parts.append(
                (found.embeddings_ND, {name: each_N[rows_M] for name, each_N in known.items()}, split == "val")
            )
    embeddings, known_of, held = zip(*parts, strict=True)
    together = {name: torch.cat([known[name] for known in known_of]) for name in known_of[0]}
    metadata = predictor.metadata
    return Replay(
        torch.cat(embeddings).half().float(),
        together[CATEGORY],
        torch.cat([torch.full((len(each),), is_out) for each, is_out in zip(embeddings, held, strict=True)]),
        metadata.classes,
        replay_file.fingerprint(predictor.network),
        {name: Labels(head.classes, together[name]) for name, head in metadata.attributes.items()},
    )


def _photos(
    predictor: Predictor, taxonomy: Taxonomy, labels: Path, store: PhotoStore, split: str
) -> tuple[list[str], dict[str, torch.Tensor]]:
    """Names in the store of a split's photos, and their labels by attribute, int64; -1 where there is none."""
    by_id, metadata = PhotosById(store), predictor.metadata
    classes = trainable_values(metadata)
    names: list[str] = []
    known: dict[str, list[int]] = {name: [] for name in classes}
    for row in read_rows(labels, split):
        values = {name: label.name for name, label in row.labels(taxonomy).items()}
        # Products without a category in the taxonomy are the model's “Other”.
        values[CATEGORY] = taxonomy.of_label(CATEGORY, row.article_type) or OTHER
        name = by_id.find(row)
        if values[CATEGORY] in metadata.classes and name is not None:
            names.append(name)
            for attribute, numbers in known.items():
                numbers.append(_index(classes[attribute], values.get(attribute)))
    if not names:
        raise DataError("no_photos_of_split", photos=str(store.path), labels=str(labels), split=split)
    return names, {attribute: torch.tensor(numbers) for attribute, numbers in known.items()}


def _index(classes: tuple[str, ...], value: str | None) -> int:
    return classes.index(value) if value in classes else -1


def main() -> None:
    """Read the arguments, make the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model file")
    parser.add_argument("--taxonomy", type=Path, required=True, help="resources/taxonomy")
    parser.add_argument("--data", type=Path, required=True, help="the folder that has products/labels.csv")
    given = parser.parse_args()
    products = given.data / "products"
    predictor = Predictor.load(given.model)
    work = sample_product_replay(
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
        replay_file.save(replay_file.path_of(given.model), end.value)


if __name__ == "__main__":
    main()
