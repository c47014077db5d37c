"""The network of product photos: one residual backbone, a linear head for each attribute.

Half and quarter resolution are enough for a garment's category, so the stem has two strided convolutions, and most of
the work is done on maps of 14×11 to 4×3 cells. Each block has squeeze-and-excitation (Hu et al. 2017,
arXiv:1709.01507).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from trainer.networks.network import attribute_heads
from trainer.networks.residual import PooledResNet, ResidualBlock


class SqueezeExcitationBlock(ResidualBlock):
    """A residual block with squeeze-and-excitation before the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(inputs, outputs, stride)
        squeezed = max(outputs // 8, 8)
        self.squeeze = nn.Linear(outputs, squeezed)
        self.excite = nn.Linear(squeezed, outputs)

    def residual(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        y_NCHW = super().residual(x_NCHW)
        weight_NC = torch.sigmoid(self.excite(F.relu(self.squeeze(y_NCHW.mean(dim=(2, 3))))))
        return y_NCHW * weight_NC[:, :, None, None]


class ProductNetwork(PooledResNet):
    """Photos to logits of category and attributes, and an embedding.

    Its last maps are of ⌈H/32⌉×⌈W/32⌉.

    Args:
        channels: C of the input.
        classes: K, the number of categories.
        attributes: How many values each further attribute has, by its name.
        width: Channels of the first block, an even number; the last maps and embeddings are eight times as many (D). 48
            make 3.7 million parameters, 64 make 6.6 million.
    """

    def __init__(self, channels: int, classes: int, attributes: Mapping[str, int], width: int = 48) -> None:
        stem = nn.Sequential(
            nn.Conv2d(channels, width // 2, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(width // 2, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        blocks = nn.Sequential(
            SqueezeExcitationBlock(width, width, 1),
            SqueezeExcitationBlock(width, 2 * width, 2),
            SqueezeExcitationBlock(2 * width, 2 * width, 1),
            SqueezeExcitationBlock(2 * width, 4 * width, 2),
            SqueezeExcitationBlock(4 * width, 4 * width, 1),
            SqueezeExcitationBlock(4 * width, 8 * width, 2),
        )
        super().__init__(stem, blocks, 8 * width, classes)
        self.attribute_heads = attribute_heads(8 * width, attributes)
