"""Fits the thresholds of the levels above the category and of the colour family, and writes them into a product model.

    python -m tests.tools.level_thresholds resources/models/products.safetensors

Training fits them, too; this is for a file from before it did. The predictions are those of the int8 graph, which tags.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from safetensors.torch import load_file

from fashionlens_gui import paths
from tests.tools.export_graphs import DATA
from trainer import taxonomy as taxonomies
from trainer.control import WorkControl
from trainer.data.photo_store import PhotoStore, open_store
from trainer.data.product_rows import PhotosById, ProductRow, read_rows
from trainer.errors import PhotoError
from trainer.evaluation.prediction_stream import predictions
from trainer.inference import graph_predictor
from trainer.inference.graph_predictor import INT8
from trainer.inference.prediction import Ranking
from trainer.model_files.metadata import HEADER, ModelMetadata
from trainer.model_files.model_file import save_tensors
from trainer.taxonomy import CATEGORY, Taxonomy
from trainer.training.multi_head.calibrated_metadata import family_threshold, level_reviews


def with_level_thresholds(model: Path, data: Path, taxonomy: Taxonomy) -> ModelMetadata:
    """The metadata with thresholds fitted on the studio photos of the split ``val``."""
    predictor = graph_predictor.load(model, graph_predictor.find_graphs(model, paths.graph_folders())[INT8], INT8)
    metadata, colour = predictor.metadata, predictor.metadata.attributes["colour"]
    categories: list[tuple[str, Ranking]] = []
    colours: list[tuple[str, Ranking]] = []
    with open_store(data / "products" / "images-60x80.zip") as store:
        rows = _with_photos(data / "products" / "labels.csv", store)
        for row, answer in predictions(predictor, store, rows, WorkControl()):
            assert not isinstance(answer, PhotoError), answer
            labels = row.labels(taxonomy)
            if (name := labels[CATEGORY].name) is not None:
                categories.append((name, answer.category))
            if (name := labels["colour"].name) is not None:
                colours.append((name, answer.attributes["colour"]))
    labels_N, probabilities_NK = _arrays(categories, metadata.classes)
    candidates_NK = labels_N[:, None] == np.arange(len(metadata.classes))
    found = level_reviews(probabilities_NK, candidates_NK, metadata.classes, taxonomy)
    labels_N, probabilities_NK = _arrays(colours, colour.classes)
    colour = replace(colour, family_below=family_threshold(probabilities_NK, labels_N, colour.classes, taxonomy))
    return replace(metadata, levels=found, attributes={**metadata.attributes, "colour": colour})


def _with_photos(labels: Path, store: PhotoStore) -> Iterator[tuple[ProductRow, str]]:
    photos = PhotosById(store)
    for row in read_rows(labels, "val"):
        name = photos.find(row)
        if name is not None:
            yield row, name


def _arrays(answers: list[tuple[str, Ranking]], classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Labels, int64 (N,), and probabilities, float32 (N, K)."""
    number = {name: index for index, name in enumerate(classes)}
    probabilities_NK = np.zeros((len(answers), len(classes)), np.float32)
    for row, (_, ranking) in enumerate(answers):
        probabilities_NK[row, [number[label] for label in ranking.labels]] = ranking.probabilities
    return np.array([number[label] for label, _ in answers]), probabilities_NK


def main() -> None:
    """Read the arguments, write the thresholds into the model file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    metadata = with_level_thresholds(arguments.model, arguments.data, taxonomies.load(paths.taxonomy_dir()))
    save_tensors(arguments.model, load_file(str(arguments.model)), {HEADER: json.dumps(metadata.to_json())})
    for name, threshold in metadata.thresholds.items():
        print(f"{name}: {threshold:.4f}")


if __name__ == "__main__":
    main()
