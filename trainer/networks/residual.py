"""Residual networks (He et al. 2016, arXiv:1512.03385), and a small one that two CPU cores can train.

Convolutions at full resolution are expensive, so the small one has only a thin stem there, and residual blocks at half
and quarter resolution.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from trainer.networks.network import Network


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch normalisation beside a shortcut, projected where shapes differ."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        # Initially the block is its shortcut, which stabilises the first epochs (Goyal et al. 2017, arXiv:1706.02677).
        nn.init.zeros_(self.norm2.weight)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Float32 N×inputs×H×W to N×outputs×(H/stride)×(W/stride)."""
        return F.relu(self.residual(x_NCHW) + self.shortcut(x_NCHW), inplace=True)

    def residual(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """What is added to the shortcut, in the shape of the result."""
        y_NCHW = F.relu(self.norm1(self.conv1(x_NCHW)), inplace=True)
        return self.norm2(self.conv2(y_NCHW))


class PooledResNet(Network):
    """Stem, residual blocks, global mean, a linear head; what the residual networks here have in common.

    Args:
        stem: Images to the first feature maps.
        blocks: Those to the last.
        maps: D, how many the last are.
        classes: K, the number of logits.
    """

    def __init__(self, stem: nn.Sequential, blocks: nn.Sequential, maps: int, classes: int) -> None:
        super().__init__()
        self.stem = stem
        self.blocks = blocks
        self.head = nn.Linear(maps, classes)
        self.attribute_heads = nn.ModuleDict()

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.stem(x_NCHW))


class ResNetMini(PooledResNet):
    """Stem, three residual blocks of 64, 128 and 128 channels, global mean; 0.6 million parameters.

    Its last maps are D = 128 of ⌈H/4⌉×⌈W/4⌉ (for even H and W).

    Args:
        channels: C of the input.
        classes: K, the number of logits. Any input size from 8×8 pixels works.
    """

    cell_offset = 0.5  # of pooling

    def __init__(self, channels: int, classes: int) -> None:
        stem = nn.Sequential(
            nn.Conv2d(channels, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 64, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
        )
        blocks = nn.Sequential(ResidualBlock(64, 64, 1), ResidualBlock(64, 128, 2), ResidualBlock(128, 128, 1))
        super().__init__(stem, blocks, 128, classes)
