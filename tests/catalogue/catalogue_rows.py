"""Catalogues with rows for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import failed, predicted
from trainer.errors import PhotoError
from trainer.inference.prediction import Prediction, Ranking, Swatch

MODEL = ModelIdentity("shop", "f" * 32, "1.0", "onnx", "int8")
LABELS = ("Dress", "Coat", "Bag")
ATTRIBUTES = {
    "colour": Ranking(("Navy blue", "Black", "White", "Red"), (0.5, 0.25, 0.1875, 0.0625)),
    "season": Ranking(("Winter", "Summer"), (0.75, 0.25)),
}


def item(
    name: str,
    category: str = "Dress",
    confidence: float = 0.75,
    *,
    digest: str = "",
    attributes: Mapping[str, Ranking] = ATTRIBUTES,
    folder: str = "/photos",
) -> Tagged:
    """A row of a tagging job; below 0.5 it needs review."""
    labels = (category, *[label for label in LABELS if label != category][:2])
    ranking = Ranking(labels, (confidence, (1 - confidence) * 0.75, (1 - confidence) * 0.25))
    embedding = np.full(4, 0.5, np.float32)
    colours = (Swatch("Navy blue", (16, 24, 64), 0.7125),)
    unsure = frozenset({"season"} & set(attributes))
    prediction = Prediction(ranking, confidence < 0.5, embedding, attributes, colours, unsure)
    tag = predicted(Path(folder) / name, name, prediction)
    return Tagged(tag, None, digest or f"digest of {name}", embedding.astype(np.float16), (1000, 1))


def broken(name: str) -> Tagged:
    """A row of a photo that could not be read."""
    return Tagged(failed(Path("/photos") / name, name, PhotoError("photo_empty", name=name)))


def add(catalogue: Catalogue, *items: Tagged, model: ModelIdentity = MODEL) -> list[int]:
    """Import rows; returns the ids of their photos."""
    batch = operations.begin_import(catalogue, [Path("/photos")])
    _, rows = photos.store(catalogue, batch, items, model)
    operations.finish_import(catalogue, batch)
    return [row.photo for row in rows if row.photo is not None]
