"""The classic convolutional network: convolution, max pooling, flatten, dense (LeCun et al. 1998)."""

from __future__ import annotations

import torch
from torch import nn

from trainer.networks.network import Network

_CONVOLUTIONAL = 6  # layers; the others make the embedding


class CNN(Network):
    """Two convolution and max-pooling stages, then a hidden dense layer.

    Args:
        channels: C of the input.
        height: H of the input in pixels, at least 4.
        width: W of the input in pixels, at least 4.
        classes: K, the number of logits.
    """

    cell_offset = 1.5  # pooled twice: a cell sees pixels 0 to 3

    def __init__(self, channels: int, height: int, width: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 32, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(64 * (height // 4) * (width // 4), 256),
            nn.ReLU(inplace=True),
            nn.Dropout(0.25),
        )
        self.head = nn.Linear(256, classes)
        self.attribute_heads = nn.ModuleDict()

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.features[:_CONVOLUTIONAL](x_NCHW)

    def embed_maps(self, maps_NDhw: torch.Tensor) -> torch.Tensor:
        return self.features[_CONVOLUTIONAL:](maps_NDhw)

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.features(x_NCHW)
