"""Writes into a product model where its attributes are unreliable: values that are rare in a category, and photos that
are unlike the studio photos. A training does so itself; this is for files from before.

    python -m tests.tools.attribute_limits resources/models/products.safetensors

Uses the labels of the training photos and the validation photos. The weights stay as they are.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from msgspec.structs import replace
from PIL import Image

from fashionlens_gui import paths
from tests.tools.export_graphs import DATA
from trainer import taxonomy
from trainer.control import batches
from trainer.data.product_rows import read_rows
from trainer.data.products import product_labels
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.preprocessing import network_input
from trainer.training.multi_head.calibrated_metadata import STUDIO_ONLY, rare_in, studio_score

_STUDIO = 1500  # of the validation photos, evenly spread
_BATCH = 64


def validation_photos(data: Path) -> Iterator[tuple[bool, np.ndarray]]:
    """Whether it is a studio photo, these first, and its pixels, uint8 H×W×3."""
    ids = [row.id for row in read_rows(data / "products" / "labels.csv", "val")]
    spread = [ids[at] for at in np.linspace(0, len(ids) - 1, min(_STUDIO, len(ids))).astype(int)]
    with zipfile.ZipFile(data / "products" / "images-60x80.zip") as archive:
        for name in spread:
            yield True, _pixels(archive, f"{name}.webp")
    with zipfile.ZipFile(data / "phone" / "images.zip") as archive:
        for name in archive.namelist():
            if name.startswith("validation/") and not name.endswith("/"):
                yield False, _pixels(archive, name)


def _pixels(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))


def main() -> None:
    """Read the arguments, change the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    model = model_file.load(arguments.model)
    names = taxonomy.load(paths.taxonomy_dir())
    labels = product_labels(list(read_rows(arguments.data / "products" / "labels.csv", "train")), names)
    heads = {
        name: replace(head, rare_in=rare_in(labels, names, name), studio_only=name in STUDIO_ONLY)
        for name, head in model.metadata.attributes.items()
    }
    kinds, photos = zip(*validation_photos(arguments.data), strict=True)
    images_NCHW = torch.from_numpy(np.stack([network_input.prepare(each, model.metadata.input) for each in photos]))
    predictor = Predictor(model)
    embeddings_ND = torch.cat(
        [predictor.outputs(images_NCHW[rows]).embeddings_ND for rows in batches(len(photos), _BATCH)]
    )
    metadata = replace(model.metadata, attributes=heads, studio=studio_score(embeddings_ND.clone(), sum(kinds)))
    model_file.save(arguments.model, model.network, metadata, model.open_set)
    for name, head in heads.items():
        print(name, *(f"{value}: {len(rare)} categories" for value, rare in head.rare_in.items()), sep="\n  ")


if __name__ == "__main__":
    main()
