"""Prediction with a loaded model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from trainer import devices
from trainer.inference import calibrated
from trainer.inference.prediction import Prediction
from trainer.model_files import model_file
from trainer.networks.network import Network
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.photo import Photo


@dataclass(frozen=True)
class Outputs:
    """Outputs of a network for N images, before calibration; with test-time augmentation where the model asks for it.

    Attributes:
        category_NK: Log-probabilities of the categories, float32.
        embeddings_ND: float32.
        attributes: Log-probabilities of each further attribute, float32 N×K; empty for models of categories alone.
    """

    category_NK: torch.Tensor
    embeddings_ND: torch.Tensor
    attributes: dict[str, torch.Tensor]

    @staticmethod
    def joined(parts: Sequence[Outputs]) -> Outputs:
        """The outputs of consecutive batches, 1 or more, as tensors that may take part in training."""
        return Outputs(
            torch.cat([part.category_NK for part in parts]).clone(),
            torch.cat([part.embeddings_ND for part in parts]).clone(),
            {name: torch.cat([part.attributes[name] for part in parts]).clone() for name in parts[0].attributes},
        )


class Predictor:
    """A loaded model that predicts photos; the model stays unchanged.

    It computes on ``device``, None for where the network is. Answers come back to the CPU.
    """

    runtime = "torch"
    precision = "float32"

    def __init__(self, model: model_file.Model, device: torch.device | None = None) -> None:
        self.model, self.metadata, self.network = model, model.metadata, model.network
        devices.to_device(model.network, device or devices.device_of(model.network))

    @property
    def decode_short_side(self) -> int:
        return self.metadata.input.decode_short_side

    @staticmethod
    def load(path: Path, device: torch.device | None = None) -> Predictor:
        """Open a model file, to compute on ``device``. Raises :class:`trainer.errors.ModelFileError`."""
        return Predictor(model_file.load(path), device)

    def leaving_one_core(self) -> AbstractContextManager[None]:
        return devices.leaving_one_core()

    def prepare(self, photo: Photo) -> np.ndarray:
        """One photo's pixels as this model wants them, uint8 C×H×W. May be called from several threads."""
        return network_input.prepare(photo.pixels_HWC, self.metadata.input)

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """The predictions for a batch of photos from :meth:`prepare`, in their order."""
        if not images:
            return []
        outputs = self.outputs(torch.from_numpy(np.stack(images)))
        attributes = {name: logits_NK.numpy() for name, logits_NK in outputs.attributes.items()}
        return calibrated.predictions(
            self.metadata,
            outputs.category_NK.numpy(),
            attributes,
            outputs.embeddings_ND.numpy(),
            self.model.open_set,
        )

    def probabilities(self, logits_NK: torch.Tensor) -> torch.Tensor:
        """Calibrated probabilities, float32 N×K, each row summing to 1, or all 0 where the network overflows."""
        return (logits_NK / self.metadata.temperature).softmax(dim=1).nan_to_num(0.0)

    def outputs(self, images_NCHW: torch.Tensor) -> Outputs:
        """Raw outputs for prepared images, uint8 N×C×H×W."""
        return network_outputs(
            self.network,
            images_NCHW,
            self.metadata.input,
            tta_hflip=self.metadata.tta_hflip,
        )


@torch.inference_mode()
def network_outputs(
    network: Network,
    images_NCHW: torch.Tensor,
    spec: InputSpec,
    *,
    tta_hflip: bool,
    has_categories: bool = True,
) -> Outputs:
    """Raw outputs of a network, on the CPU.

    Args:
        network: Any of :mod:`trainer.networks.registry`, in evaluation mode.
        images_NCHW: Prepared images, uint8.
        tta_hflip: Average over each image and its horizontal flip.
        has_categories: Whether it has a head for the category; without one, ``category_NK`` is N×0.
    """

    def forward(inputs_NCHW: torch.Tensor) -> Outputs:
        embeddings_ND = network.embed(inputs_NCHW)
        category_NK = network.head(embeddings_ND).log_softmax(dim=1) if has_categories else embeddings_ND[:, :0]
        return Outputs(
            category_NK.cpu(),
            embeddings_ND.cpu(),
            {name: logits_NK.log_softmax(dim=1).cpu() for name, logits_NK in network.logits(embeddings_ND).items()},
        )

    inputs_NCHW = spec.normalize(images_NCHW.to(devices.device_of(network)))
    inputs_NCHW = devices.arranged(inputs_NCHW)
    outputs = forward(inputs_NCHW)
    if not tta_hflip:
        return outputs
    flipped = forward(inputs_NCHW.flip(3))
    return Outputs(
        (outputs.category_NK + flipped.category_NK) / 2,
        (outputs.embeddings_ND + flipped.embeddings_ND) / 2,
        {name: (logits_NK + flipped.attributes[name]) / 2 for name, logits_NK in outputs.attributes.items()},
    )
