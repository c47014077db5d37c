"""EfficientNet-Lite (tensorflow/tpu, models/official/efficientnet/lite).

EfficientNet (Tan and Le 2019, arXiv:1905.11946) without squeeze-and-excitation, with ReLU6 and a fixed stem and head,
so that it quantizes well. Convolutions pad as “same” of TensorFlow does, since the published weights come from there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from trainer.networks.network import Network, attribute_heads

# Width and depth coefficient of each variant.
VARIANTS = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
EMBEDDING_SIZE = 384
"""D, the length of the embeddings."""

_STEM, _MAPS = 32, 1280
# Repeats, kernel size, stride, expansion and output channels of each stage, before scaling.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's “same” padding: an odd pixel is added at the right and the bottom."""

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Float32 N×inputs×H×W to N×outputs×⌈H/stride⌉×⌈W/stride⌉."""
        top, bottom = _padding(x_NCHW.shape[2], self.kernel_size[0], self.stride[0])
        left, right = _padding(x_NCHW.shape[3], self.kernel_size[1], self.stride[1])
        if (top, left) == (bottom, right):
            return F.conv2d(x_NCHW, self.weight, self.bias, self.stride, (top, left), groups=self.groups)
        padded = F.pad(x_NCHW, (left, right, top, bottom))
        return F.conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution and projection, with a shortcut where shapes agree (MobileNetV2)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        expand = [_conv_norm(inputs, inner, 1)] if expansion != 1 else []
        depthwise = _conv_norm(inner, inner, kernel, stride, groups=inner)
        self.layers = nn.Sequential(*expand, depthwise, _conv_norm(inner, outputs, 1, activation=False))
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Float32 N×inputs×H×W to N×outputs×⌈H/stride⌉×⌈W/stride⌉."""
        y_NCHW = self.layers(x_NCHW)
        return x_NCHW + y_NCHW if self.shortcut else y_NCHW


class EfficientNetLite(nn.Module):
    """The backbone: normalised photos, float32 N×3×H×W, to feature maps, float32 N×1280×⌈H/32⌉×⌈W/32⌉.

    Args:
        variant: One of :data:`VARIANTS`; ``lite0`` has 3.4 million parameters.
    """

    def __init__(self, variant: str) -> None:
        super().__init__()
        width, depth = VARIANTS[variant]
        self.stem = _conv_norm(3, _STEM, 3, stride=2)
        blocks: list[nn.Module] = []
        inputs = _STEM
        for number, (repeats, kernel, stride, expansion, channels) in enumerate(_STAGES):
            outputs = _scaled(channels, width)
            fixed = number in (0, len(_STAGES) - 1)
            for repeat in range(repeats if fixed else math.ceil(repeats * depth)):
                blocks.append(InvertedResidual(inputs, outputs, kernel, 1 if repeat else stride, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.top = _conv_norm(inputs, _MAPS, 1)

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.top(self.blocks(self.stem(x_NCHW)))


class EfficientNetLiteNetwork(Network):
    """Photos to logits of category and attributes, and an embedding: the backbone, a linear projection, linear heads.

    Args:
        variant: One of :data:`VARIANTS`.
        classes: K, the number of categories.
        attributes: Numbers of values of further attributes, by name.
    """

    cell_offset = 15.5  # measured: by their gradients, cells see around the middle of their own 32×32 pixels

    def __init__(self, variant: str, classes: int, attributes: Mapping[str, int]) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(variant)
        self.projection = _conv_norm(_MAPS, EMBEDDING_SIZE, 1, activation=False)
        self.head = nn.Linear(EMBEDDING_SIZE, classes)
        self.attribute_heads = attribute_heads(EMBEDDING_SIZE, attributes)

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.projection(self.backbone(x_NCHW))

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        if self.training:
            return super().embed(x_NCHW)
        # Equal to the mean of the features, since the projection is linear, with less computation.
        return self.projection(self.backbone(x_NCHW).mean(dim=(2, 3), keepdim=True)).flatten(1)


def _conv_norm(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, *, activation: bool = True
) -> nn.Sequential:
    convolution = SameConv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
    # Momentum and epsilon of the published networks.
    layers: list[nn.Module] = [convolution, nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)]
    return nn.Sequential(*layers, *([nn.ReLU6(inplace=True)] if activation else []))


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels before and after."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _scaled(channels: int, width: float) -> int:
    """``channels * width``, rounded to a multiple of 8, and up if that were more than a tenth too few."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded
