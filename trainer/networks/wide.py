"""A wide residual network (Zagoruyko and Komodakis 2016, arXiv:1605.07146) for images as small as Fashion-MNIST's.

Its first group works at full resolution, which is slow on two CPU cores; a GPU trains it in minutes.
"""

from __future__ import annotations

from torch import nn

from trainer.networks.residual import PooledResNet, ResidualBlock

_WIDTHS = (48, 96, 192)  # of the three groups: three times those of a plain ResNet
_BLOCKS = 2  # in each group, so that with stem and head it is “WRN-16-3”


class WideResNet(PooledResNet):
    """Stem, three groups of two residual blocks at full, half and quarter resolution, global mean; 1.5 million
    parameters.

    Its last maps are D = 192 of ⌈H/4⌉×⌈W/4⌉.

    Args:
        channels: C of the input.
        classes: K, the number of logits. Any input size from 4×4 pixels works.
    """

    def __init__(self, channels: int, classes: int) -> None:
        stem = nn.Sequential(
            nn.Conv2d(channels, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)
        )
        blocks: list[nn.Module] = []
        inputs = 16
        for group, width in enumerate(_WIDTHS):
            for number in range(_BLOCKS):
                blocks.append(ResidualBlock(inputs, width, 2 if group and not number else 1))
                inputs = width
        super().__init__(stem, nn.Sequential(*blocks), inputs, classes)
