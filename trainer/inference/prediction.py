"""Predictions for photos. No torch, so that the window and exports can use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, overload

import numpy as np

from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.open_set import Doubt
from trainer.preprocessing.photo import Photo

Pixels = TypeVar("Pixels")
Answer = TypeVar("Answer")


@overload
def below_threshold(confidence: float, review_below: float) -> bool: ...
@overload
def below_threshold(confidence: np.ndarray, review_below: float) -> np.ndarray: ...
def below_threshold(confidence: float | np.ndarray, review_below: float) -> bool | np.ndarray:
    """Whether a person should look: the confidence, [0, 1], is below the threshold, or that is 1 and trusts nothing."""
    return (confidence < review_below) | (review_below >= 1)


@dataclass(frozen=True, slots=True)
class Ranking:
    """All K labels of one attribute, most probable first, with calibrated probabilities that sum to 1."""

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def label(self) -> str:
        return self.labels[0]

    @property
    def confidence(self) -> float:
        """Probability of the first label, [0, 1]."""
        return self.probabilities[0]

    @property
    def second_label(self) -> str:
        """The runner-up, or an empty text when there is but one label."""
        return self.labels[1] if len(self.labels) > 1 else ""

    @property
    def second_confidence(self) -> float:
        return self.probabilities[1] if len(self.probabilities) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour of the garment: its nearest name, its mean sRGB, and its share of the garment's pixels, [0, 1]."""

    name: str
    srgb: tuple[int, int, int]
    share: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for one photo.

    Attributes:
        needs_review: The confidence is below the model's threshold: a person should look.
        embedding: float32 (D,), L2-normalised; near embeddings mean similar photos.
        attributes: The rankings of the other attributes by name (``colour``, ``pattern``…); empty for a model of
            categories alone.
        colours: Measured colours, largest share first; empty when they were not measured.
        unsure: Attributes whose confidence is below their threshold, or that the model was not trained on for such
            photos (:attr:`AttributeHead.known_for`, ``rare_in`` and ``studio_only``); all where no product is
            seen.
        review_below: The model's threshold of each :class:`trainer.taxonomy.Level`, and of the colour family under
            :data:`trainer.taxonomy.COLOUR_FAMILY`, [0, 1]; empty where only ``needs_review`` is known.
        doubt: Why a person should look, whatever the confidence.
    """

    category: Ranking
    needs_review: bool
    embedding: np.ndarray
    attributes: Mapping[str, Ranking] = field(default_factory=dict)
    colours: tuple[Swatch, ...] = ()
    unsure: frozenset[str] = frozenset()
    review_below: Mapping[str, float] = field(default_factory=dict)
    doubt: Doubt | None = None

    @property
    def ok(self) -> bool:
        """Whether nobody needs to look at it."""
        return not self.needs_review and self.doubt is None


class BatchPredictor(Protocol[Pixels, Answer]):
    """Predicts photos in batches: one model, or several at once."""

    @property
    def decode_short_side(self) -> int:
        """Pixels of the shortest side at which photos are read for it."""

    def prepare(self, photo: Photo) -> Pixels:
        """The input for one photo; called from several threads."""

    def predict(self, images: Sequence[Pixels]) -> list[Answer]:
        """One answer per image."""


class PhotoPredictor(BatchPredictor[np.ndarray, Prediction], Protocol):
    """What is needed of :class:`trainer.inference.predictor.Predictor`, which imports torch, and of
    :class:`trainer.inference.graph_predictor.GraphPredictor`, which does not.
    """

    metadata: ModelMetadata
    runtime: str
    """``onnx`` or ``torch``."""
    precision: str
    """``float32`` or ``int8``."""

    def leaving_one_core(self) -> AbstractContextManager[None]:
        """Within it predictions leave one core to the decoders."""
