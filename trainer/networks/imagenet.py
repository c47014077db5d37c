"""Torchvision's classification networks as backbones: their convolutions, the mean of the last feature maps, a head.

ResNet (He et al. 2015, arXiv:1512.03385), VGG (Simonyan and Zisserman 2014, arXiv:1409.1556), MobileNetV3 (Howard et
al. 2019, arXiv:1905.02244), EfficientNet (Tan and Le 2019, arXiv:1905.11946).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from trainer.networks.network import Network
from trainer.torchvision_guard import torchvision


class ImageNetNetwork(Network):
    """Photos to logits.

    Args:
        name: One of :data:`trainer.networks.names.IMAGENET`.
        classes: K, the number of logits; 0 for a backbone without head, whose output is the embedding.
    """

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self.features = _convolutions(name, _whole(name))
        self.head = nn.Linear(_channels(self.features), classes) if classes else nn.Identity()  # type: ignore[assignment]
        self.attribute_heads = nn.ModuleDict()

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        return self.features(x_NCHW)


def with_weights(name: str, weights: Mapping[str, torch.Tensor]) -> ImageNetNetwork:
    """A network without head, whose convolutions have published weights.

    Args:
        name: One of :data:`trainer.networks.names.IMAGENET`.
        weights: The ``state_dict`` that torchvision publishes.

    Raises:
        RuntimeError: The weights are of another network.
    """
    whole = _whole(name)
    whole.load_state_dict(dict(weights), strict=True)
    network = ImageNetNetwork(name, classes=0)
    network.features.load_state_dict(_convolutions(name, whole).state_dict())
    return network


def _whole(name: str) -> nn.Module:
    torchvision()
    from torchvision.models import get_model

    network: nn.Module = get_model(name, weights=None)
    return network


def _convolutions(name: str, whole: nn.Module) -> nn.Module:
    if name.startswith("resnet"):
        return nn.Sequential(*list(whole.children())[:-2])  # without the mean and the old head
    return whole.get_submodule("features")


def _channels(features: nn.Module) -> int:
    """D: how many feature maps the last convolution makes."""
    last = [module for module in features.modules() if isinstance(module, nn.Conv2d)][-1]
    return last.out_channels
