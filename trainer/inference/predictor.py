"""From photos to predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from trainer.inference.prediction import Prediction, Ranking
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing import garment
from trainer.preprocessing.photo import Photo


class Predictor:
    """A loaded model that names photos.

    Args:
        model: The model; it stays unchanged.
    """

    def __init__(self, model: model_file.Model) -> None:
        self._network = model.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        self.metadata: ModelMetadata = model.metadata

    @staticmethod
    def load(path: Path) -> Predictor:
        """Open a model file. Raises :class:`trainer.errors.ModelFileError`."""
        return Predictor(model_file.load(path))

    def prepare(self, photo: Photo) -> np.ndarray:
        """One photo's pixels as this model wants them, uint8 C×H×W. May be called from several threads."""
        return garment.prepare(photo.pixels_HWC, self.metadata.input)

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """Name a batch of prepared photos.

        Args:
            images: N arrays from :meth:`prepare`.

        Returns:
            N predictions in the same order.
        """
        if not images:
            return []
        logits_NK, embeddings_ND = self.logits_and_embeddings(torch.from_numpy(np.stack(images)))
        probabilities_NK = self.probabilities(logits_NK)
        embeddings = F.normalize(embeddings_ND, dim=1).numpy()
        return [
            self._prediction(row, embedding)
            for row, embedding in zip(probabilities_NK.numpy(), embeddings, strict=True)
        ]

    def probabilities(self, logits_NK: torch.Tensor) -> torch.Tensor:
        """Calibrated probabilities, float32 N×K, each row summing to 1."""
        return (logits_NK / self.metadata.temperature).softmax(dim=1)

    @torch.inference_mode()
    def logits_and_embeddings(self, images_NCHW: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw outputs for uint8 images.

        Returns:
            Log-probabilities before calibration, float32 N×K, and embeddings, float32 N×D. Where the model says so,
            both are averages over each image and its mirror image.
        """
        inputs = self.metadata.input.normalise(images_NCHW).contiguous(memory_format=torch.channels_last)
        embeddings_ND = self._network.embed(inputs)
        logits_NK = self._network.head(embeddings_ND).log_softmax(dim=1)
        if not self.metadata.mirror_test:
            return logits_NK, embeddings_ND
        mirrored_ND = self._network.embed(inputs.flip(3))
        mirrored_NK = self._network.head(mirrored_ND).log_softmax(dim=1)
        return (logits_NK + mirrored_NK) / 2, (embeddings_ND + mirrored_ND) / 2

    def _prediction(self, probabilities_K: np.ndarray, embedding_D: np.ndarray) -> Prediction:
        order = np.argsort(-probabilities_K, kind="stable")
        ranking = Ranking(
            tuple(self.metadata.classes[index] for index in order),
            tuple(float(probabilities_K[index]) for index in order),
        )
        return Prediction(ranking, ranking.confidence < self.metadata.review_below, embedding_D.copy())
