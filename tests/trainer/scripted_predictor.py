"""A predictor with scripted predictions: the red value of a photo's first pixel is the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from trainer import taxonomy as taxonomies
from trainer.data.data_paths import DatasetInfo
from trainer.inference.prediction import Prediction, Ranking
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.preprocessing.input_spec import COLOUR_INPUT
from trainer.preprocessing.photo import Photo
from trainer.recipe import DEFAULTS
from trainer.taxonomy import ATTRIBUTES, Taxonomy

TAXONOMY_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "taxonomy"


def taxonomy() -> Taxonomy:
    return taxonomies.load(TAXONOMY_FOLDER)


def ranking(names: Sequence[str], *first: str, confidence: float = 0.6) -> Ranking:
    """``first`` in this order, then all others; the first one has ``confidence``."""
    labels = (*first, *(name for name in names if name not in first))
    rest = (1 - confidence) / (len(labels) - 1)
    return Ranking(labels, (confidence, *([rest] * (len(labels) - 1))))


def answer(
    *categories: str,
    confidence: float = 0.6,
    needs_review: bool = False,
    unsure: Sequence[str] = (),
    **attributes: str | tuple[str, ...],
) -> Prediction:
    """An answer that ranks what is given first; attributes not given rank as the taxonomy lists them."""
    names = taxonomy()
    rankings = {}
    for name in ATTRIBUTES:
        given = attributes.get(name, ())
        rankings[name] = ranking(names.names(name), *((given,) if isinstance(given, str) else given))
    return Prediction(
        ranking(names.names("category"), *categories, confidence=confidence),
        needs_review,
        np.zeros(4, np.float32),
        rankings,
        unsure=frozenset(unsure),
    )


class ScriptedPredictor:
    def __init__(self, answers: Sequence[Prediction], without: Sequence[str] = ()) -> None:
        names = taxonomy()
        self._answers = answers
        self.prepared_shapes: list[tuple[int, ...]] = []
        self.on_predict: Callable[[], object] = lambda: None
        heads: Mapping[str, AttributeHead] = {
            name: AttributeHead(names.names(name)) for name in ATTRIBUTES if name not in without
        }
        self.decode_short_side = COLOUR_INPUT.decode_short_side
        self.metadata = ModelMetadata(
            "scripted",
            "product",
            names.names("category"),
            COLOUR_INPUT,
            DEFAULTS["cnn"],
            DatasetInfo(name="nothing"),
            attributes=dict(heads),
        )

    def prepare(self, photo: Photo) -> np.ndarray:
        self.prepared_shapes.append(photo.pixels_HWC.shape)
        return np.ascontiguousarray(photo.pixels_HWC.transpose(2, 0, 1))

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        self.on_predict()
        return [self._answers[int(image_CHW[0, 0, 0]) // 10] for image_CHW in images]


def photo(path: Path, number: int, size: tuple[int, int] = (30, 40)) -> Path:
    """A PNG that gets answer ``number``, 0 to 25."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (number * 10, 100, 50)).save(path)
    return path
