"""Fits the thresholds of a product model on the runtime that tags, and writes them into its file.

    python -m tests.tools.fit_thresholds resources/models/products.safetensors

Training fits them with torch in float32; the predictions here are those of the int8 graph.
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
from trainer.evaluation import calibration
from trainer.evaluation.prediction_stream import predictions
from trainer.inference import graph_predictor
from trainer.inference.graph_predictor import INT8
from trainer.inference.prediction import Ranking
from trainer.model_files.metadata import HEADER, ModelMetadata
from trainer.model_files.model_file import save_tensors
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES, Taxonomy
from trainer.training.multi_head.calibrated_metadata import ATTRIBUTE_OK_ACCURACIES, family_threshold, level_reviews


def with_thresholds(model: Path, data: Path, taxonomy: Taxonomy) -> ModelMetadata:
    """The metadata with thresholds fitted on the studio photos of the split ``val``."""
    predictor = graph_predictor.load(model, graph_predictor.find_graphs(model, paths.graph_folders())[INT8], INT8)
    metadata = predictor.metadata
    answers: dict[str, list[tuple[str, Ranking]]] = {name: [] for name in CATEGORY_AND_ATTRIBUTES}
    with open_store(data / "products" / "images-60x80.zip") as store:
        rows = _with_photos(data / "products" / "labels.csv", store)
        for row, answer in predictions(predictor, store, rows, WorkControl()):
            assert not isinstance(answer, PhotoError), answer
            rankings = {CATEGORY: answer.category, **answer.attributes}
            for name, label in row.labels(taxonomy).items():
                if label.name is not None:
                    answers[name].append((label.name, rankings[name]))
    labels_N, probabilities_NK = _arrays(answers[CATEGORY], metadata.classes)
    confidences_N, correct_N = probabilities_NK.max(axis=1), probabilities_NK.argmax(axis=1) == labels_N
    candidates_NK = labels_N[:, None] == np.arange(len(metadata.classes))
    metadata = replace(
        metadata,
        review_below=calibration.review_threshold(confidences_N, correct_N),
        review_curve=calibration.review_curve(confidences_N, correct_N),
        levels=level_reviews(probabilities_NK, candidates_NK, metadata.classes, taxonomy),
    )
    heads = {}
    for name, head in metadata.attributes.items():
        labels_N, probabilities_NK = _arrays(answers[name], head.classes)
        correct_N = probabilities_NK.argmax(axis=1) == labels_N
        below = calibration.review_threshold(probabilities_NK.max(axis=1), correct_N, ATTRIBUTE_OK_ACCURACIES)
        heads[name] = replace(head, review_below=below)
        if name == "colour":
            family_below = family_threshold(probabilities_NK, labels_N, head.classes, taxonomy)
            heads[name] = replace(heads[name], family_below=family_below)
    return replace(metadata, attributes=heads)


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
    metadata = with_thresholds(arguments.model, arguments.data, taxonomies.load(paths.taxonomy_dir()))
    save_tensors(arguments.model, load_file(str(arguments.model)), {HEADER: json.dumps(metadata.to_json())})
    for name, threshold in metadata.thresholds.items():
        print(f"{name}: {threshold:.4f}")
    for name, head in metadata.attributes.items():
        print(f"{name}: {head.review_below:.4f}")


if __name__ == "__main__":
    main()
