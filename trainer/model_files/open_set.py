"""What tells photos of other things than a model was trained on, as small tensors in its file. Numpy only.

Three tests on the embedding of a photo, each of which a model may lack:

* :class:`Distance` to the nearest class mean, for what looks like nothing it was trained on (Mensink et al. 2013;
  Lee et al. 2018, arXiv:1807.03888, with the identity as covariance).
* :class:`Reference`: the categories of the model that the training began with. Where that one sees something which the
  training photos of the predicted class never looked like, such as a handbag, the class is a guess.
* :class:`NoProduct`: a linear classifier for size charts, labels, swatches, packaging, mood pictures and screenshots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trainer.networks.names import OPEN_SET

Doubt = Literal["unlike_training_photos", "no_product"]
"""Why a photo needs review whatever the confidence; also the code of its note."""
UNLIKE_TRAINING_PHOTOS: Doubt = "unlike_training_photos"
NO_PRODUCT: Doubt = "no_product"

_LEAST = 1e-9  # of a probability, for its logarithm


@dataclass(frozen=True)
class Distance:
    """Euclidean distance of an embedding to the nearest class mean.

    Attributes:
        means_KD: Of the training photos of each class, float32.
        limit: Photos that are farther away are unlike them.
    """

    means_KD: np.ndarray
    limit: float

    def scores(self, embeddings_ND: np.ndarray) -> np.ndarray:
        """float32 (N,), 0 or more."""
        squares_NK = (embeddings_ND**2).sum(1)[:, None] - 2 * embeddings_ND @ self.means_KD.T
        return np.sqrt(np.maximum(squares_NK + (self.means_KD**2).sum(1), 0).min(1))


@dataclass(frozen=True)
class Reference:
    """The categories of an earlier model, which knows more kinds of products.

    Attributes:
        weight_CD: Of its linear head for C categories, calibrated, float32.
        bias_C: Likewise.
        typical_KC: Mean probabilities of its categories for the training photos of each class, float32.
        limit: Photos with a lower score are unlike the training photos of the class.
    """

    weight_CD: np.ndarray
    bias_C: np.ndarray
    typical_KC: np.ndarray
    limit: float

    def probabilities(self, embeddings_ND: np.ndarray) -> np.ndarray:
        """Of its categories, float32 N×C."""
        return reference_probabilities(self.weight_CD, self.bias_C, embeddings_ND)

    def scores(self, embeddings_ND: np.ndarray, labels_N: np.ndarray) -> np.ndarray:
        """Logarithm of the probability that a photo and a training photo of its class have the same category there.

        Args:
            labels_N: int64, the class of each photo.

        Returns:
            float32 (N,), 0 or less.
        """
        same_N = (self.probabilities(embeddings_ND) * self.typical_KC[labels_N]).sum(1)
        return np.log(np.maximum(same_N, _LEAST))


@dataclass(frozen=True)
class NoProduct:
    """Logistic regression: a photo whose score is above 0 shows no product. ``weight_D`` is float32."""

    weight_D: np.ndarray
    bias: float

    def scores(self, embeddings_ND: np.ndarray) -> np.ndarray:
        """Logits that a photo shows no product, less the limit; float32 (N,)."""
        return embeddings_ND @ self.weight_D + np.float32(self.bias)


@dataclass(frozen=True)
class OpenSet:
    """The tests that a model has; by default none."""

    distance: Distance | None = None
    reference: Reference | None = None
    no_product: NoProduct | None = None

    def doubts(self, embeddings_ND: np.ndarray, labels_N: np.ndarray) -> list[Doubt | None]:
        """What is doubtful about each photo, or None.

        Args:
            embeddings_ND: float32, as the network gives them, not normalised.
            labels_N: int64, the predicted classes.
        """
        unlike_N, none_N = np.zeros((2, len(embeddings_ND)), bool)
        if self.distance is not None:
            unlike_N |= self.distance.scores(embeddings_ND) > self.distance.limit
        if self.reference is not None:
            unlike_N |= self.reference.scores(embeddings_ND, labels_N) < self.reference.limit
        if self.no_product is not None:
            none_N |= self.no_product.scores(embeddings_ND) > 0
        return [
            NO_PRODUCT if none else UNLIKE_TRAINING_PHOTOS if unlike else None
            for none, unlike in zip(none_N, unlike_N, strict=True)
        ]

    def tensors(self) -> dict[str, np.ndarray]:
        """By their names in a model file, float32."""
        found: dict[str, Any] = {}
        if self.distance is not None:
            found |= {"distance.means": self.distance.means_KD, "distance.limit": [self.distance.limit]}
        if (known := self.reference) is not None:
            found |= {"reference.weight": known.weight_CD, "reference.bias": known.bias_C}
            found |= {"reference.typical": known.typical_KC, "reference.limit": [known.limit]}
        if self.no_product is not None:
            found |= {"no_product.weight": self.no_product.weight_D, "no_product.bias": [self.no_product.bias]}
        return {f"{OPEN_SET}.{name}": np.asarray(value, np.float32) for name, value in found.items()}

    @staticmethod
    def of_tensors(tensors: Mapping[str, np.ndarray]) -> OpenSet:
        """The inverse of :meth:`tensors`; others in the mapping are ignored."""

        def get(name: str) -> np.ndarray:
            return tensors[f"{OPEN_SET}.{name}"]

        def has(name: str) -> bool:
            return f"{OPEN_SET}.{name}" in tensors

        return OpenSet(
            Distance(get("distance.means"), float(get("distance.limit")[0])) if has("distance.limit") else None,
            Reference(
                get("reference.weight"),
                get("reference.bias"),
                get("reference.typical"),
                float(get("reference.limit")[0]),
            )
            if has("reference.limit")
            else None,
            NoProduct(get("no_product.weight"), float(get("no_product.bias")[0])) if has("no_product.bias") else None,
        )


def reference_probabilities(weight_CD: np.ndarray, bias_C: np.ndarray, embeddings_ND: np.ndarray) -> np.ndarray:
    """Softmax of a linear head, float32 N×C."""
    logits_NC = embeddings_ND @ weight_CD.T + bias_C
    exponents_NC = np.exp(logits_NC - logits_NC.max(1, keepdims=True))
    return exponents_NC / exponents_NC.sum(1, keepdims=True)


def expected_shapes(found: Mapping[str, list[int]], classes: int, width: int) -> dict[str, list[int]]:
    """Shapes that the tensors of :class:`OpenSet` must have, of those tests that a file has a tensor of.

    Args:
        found: Shapes of all tensors of a model file, by name.
        classes: K, of the model.
        width: D, of its embeddings.
    """
    many = found.get(f"{OPEN_SET}.reference.bias") or [0]
    parts = {
        "distance": {"means": [classes, width], "limit": [1]},
        "reference": {"weight": [many[0], width], "bias": many[:1], "typical": [classes, many[0]], "limit": [1]},
        "no_product": {"weight": [width], "bias": [1]},
    }
    return {
        f"{OPEN_SET}.{part}.{name}": shape
        for part, shapes in parts.items()
        if any(key.startswith(f"{OPEN_SET}.{part}.") for key in found)
        for name, shape in shapes.items()
    }
