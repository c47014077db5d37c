"""Networks by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import nn

from trainer.errors import ModelFileError
from trainer.networks.cnn import CNN
from trainer.networks.residual import ResNetMini
from trainer.preprocessing.input_spec import InputSpec


class Network(Protocol):
    """What every registered network offers beside :class:`torch.nn.Module`."""

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Normalised images to embeddings, float32 N×D."""
        ...


_BUILDERS: dict[str, Callable[[InputSpec, int], nn.Module]] = {
    "cnn": lambda spec, classes: CNN(spec.channels, spec.height, spec.width, classes),
    "resnet-mini": lambda spec, classes: ResNetMini(spec.channels, classes),
}
NAMES = tuple(_BUILDERS)


def build(name: str, spec: InputSpec, classes: int) -> nn.Module:
    """A new network with random weights.

    Args:
        name: One of :data:`NAMES`.
        spec: The input it will see.
        classes: K, the number of logits.

    Raises:
        ModelFileError: No network has that name.
    """
    if name not in _BUILDERS:
        raise ModelFileError(
            f"This version of FashionLens has no network called “{name}”; it has {', '.join(NAMES)}. "
            "A newer version may be needed to open this model."
        )
    return _BUILDERS[name](spec, classes)
