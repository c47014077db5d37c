"""Fits the test for photos without a product to a product model, and writes it into the model's file.

    python -m tests.tools.no_product_head resources/models/products.safetensors

A logistic regression on the embeddings of drawn pictures (:mod:`tests.drawn_photos.no_product`) against photos of
products, cosmetics among them. The backbone and the heads stay as they are, so graphs and replay file fit as before;
the graphs must be there. A limit sends one in two hundred of the validation photos of products to review, of the part
where it sends most: studio or phone.

Prints, for each kind of picture, the share found when that kind took no part in fitting, then the shares of photos of
products that are found by the final test.
"""

from __future__ import annotations

import argparse
import os
import random
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from fashionlens_gui import paths
from tests.drawn_photos import no_product
from tests.tools.export_graphs import read_photos
from trainer.control import batches
from trainer.data.product_rows import read_rows
from trainer.inference import graph_predictor
from trainer.inference.graph_predictor import FLOAT32, GraphPredictor
from trainer.model_files import model_file
from trainer.model_files.open_set import NoProduct
from trainer.networks.linear_probe import fit_linear_probe
from trainer.preprocessing import network_input

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
EACH = 50
"""Pictures of each kind."""
_STUDIO, _PHONE, _VALIDATION = 2_000, 1_000, 1_000
_BATCH = 64
_WEIGHT_DECAY = 1e-3
_SHARE = 0.005  # of photos of products beyond the limit


def embed(predictor: GraphPredictor, photos: Iterable[np.ndarray]) -> np.ndarray:
    """float32 N×D."""
    images = [network_input.prepare(pixels_HWC, predictor.metadata.input) for pixels_HWC in photos]
    return np.concatenate([predictor.embeddings(images[rows]) for rows in batches(len(images), _BATCH)])


def photos_of_products(predictor: GraphPredictor, data: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of studio and of phone photos of a part, ``train`` or ``val``."""
    studio, phone = (_STUDIO, _PHONE) if part == "train" else (_VALIDATION, _VALIDATION)
    chance = random.Random(1)  # not every n-th: the list is sorted
    with zipfile.ZipFile(data / "products" / "images-60x80.zip") as archive:
        names = [f"{row.id}.webp" for row in read_rows(data / "products" / "labels.csv", part)]
        of_studio = embed(predictor, read_photos(archive, chance.sample(names, min(studio, len(names)))))
    with zipfile.ZipFile(data / "phone" / "images.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith(part) and not name.endswith("/")]
        of_phone = embed(predictor, read_photos(archive, chance.sample(names, min(phone, len(names)))))
    return of_studio, of_phone


def fit(drawn_ND: np.ndarray, products_ND: np.ndarray, validation: tuple[np.ndarray, ...]) -> NoProduct:
    """The classifier with its limit."""
    embeddings_ND = torch.from_numpy(np.concatenate([products_ND, drawn_ND]))
    labels_N = torch.cat([torch.zeros(len(products_ND)), torch.ones(len(drawn_ND))]).long()
    probe = fit_linear_probe(embeddings_ND, labels_N, 2, weight_decay=_WEIGHT_DECAY)
    weight_D, bias = (probe.weight_KD[1] - probe.weight_KD[0]).numpy(), float(probe.bias_K[1] - probe.bias_K[0])
    found = NoProduct(weight_D, bias)
    limit = max(0.0, *(float(np.quantile(found.scores(part_MD), 1 - _SHARE)) for part_MD in validation))
    return NoProduct(weight_D, bias - limit)


def found_share(test: NoProduct, embeddings_ND: np.ndarray) -> str:
    """Of photos that show no product by the test."""
    return f"{(test.scores(embeddings_ND) > 0).mean():.1%}"


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--graphs", type=Path, default=paths.resources_dir() / "graphs")
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    graphs = graph_predictor.find_graphs(arguments.model, [arguments.graphs])
    if FLOAT32 not in graphs:
        parser.error("There is no graph of this model: run tests.tools.export_graphs first.")
    predictor = graph_predictor.load(arguments.model, graphs[FLOAT32], FLOAT32, 2)
    products_ND = np.concatenate(photos_of_products(predictor, arguments.data, "train"))
    validation = photos_of_products(predictor, arguments.data, "val")
    drawn = {
        kind: embed(predictor, (np.asarray(no_product.draw(kind, seed)) for seed in range(EACH)))
        for kind in no_product.KINDS
    }
    for kind, drawn_MD in drawn.items():
        others_ND = np.concatenate([each for name, each in drawn.items() if name != kind])
        print(f"{kind}: {found_share(fit(others_ND, products_ND, validation), drawn_MD)} without having seen any")
    test = fit(np.concatenate(list(drawn.values())), products_ND, validation)
    for name, part_MD in zip(("studio", "phone"), validation, strict=True):
        print(f"{name} photos of products: {found_share(test, part_MD)}")
    model = model_file.load(arguments.model)
    model_file.save(arguments.model, model.network, model.metadata, replace(model.open_set, no_product=test))


if __name__ == "__main__":
    main()
