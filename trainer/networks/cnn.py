"""The classic convolutional network: convolution, max pooling, flatten, dense (LeCun et al. 1998)."""

from __future__ import annotations

import torch
from torch import nn


class CNN(nn.Module):
    """Two convolution and max-pooling stages, then a hidden dense layer.

    Args:
        channels: C of the input.
        height: H of the input in pixels, at least 4.
        width: W of the input in pixels, at least 4.
        classes: K, the number of logits.
    """

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

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Normalised images to their embeddings, float32 N×256."""
        return self.features(x_NCHW)

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Normalised images, float32 N×C×H×W, to logits, float32 N×K."""
        return self.head(self.embed(x_NCHW))
