"""What all networks have in common: feature maps, an embedding, and linear heads on it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


class Network(nn.Module):
    """Normalised images, float32 N×C×H×W, to an embedding and logits.

    Attributes:
        head: Of the category.
        attribute_heads: Of the attributes, by name; empty for networks of categories alone.
        cell_offset: The pixel, along each side, in the middle of what the first cell of the feature maps sees.
    """

    head: nn.Linear
    attribute_heads: nn.ModuleDict
    cell_offset = 0.0  # a 3×3 convolution of stride 2 sees around every second pixel, from 0

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """The last feature maps, float32 N×D×h×w."""
        raise NotImplementedError

    def embed_maps(self, maps_NDhw: torch.Tensor) -> torch.Tensor:
        """The embeddings of images with these feature maps, float32 N×D."""
        return maps_NDhw.mean(dim=(2, 3))

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Images to their embeddings, float32 N×D."""
        return self.embed_maps(self.feature_maps(x_NCHW))

    def logits(self, embeddings_ND: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits of the attributes by name (without the category), float32 N×K each."""
        return {name: head(embeddings_ND) for name, head in self.attribute_heads.items()}

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Images to logits of the category, float32 N×K."""
        return self.head(self.embed(x_NCHW))


def attribute_heads(embedding_size: int, attributes: Mapping[str, int]) -> nn.ModuleDict:
    """Linear heads by attribute, each with so many values."""
    return nn.ModuleDict({name: nn.Linear(embedding_size, count) for name, count in attributes.items()})
