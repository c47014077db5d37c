"""What the networks of product photos have in common: a head for the category and one for each attribute."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


class MultiHeadNetwork(nn.Module):
    """Photos to an embedding, and linear heads on it.

    Attributes:
        dropout: Applied to the embeddings in training.
        head: Of the category.
        attribute_heads: Of the other attributes, by name.
    """

    dropout: nn.Dropout
    head: nn.Linear
    attribute_heads: nn.ModuleDict

    def embed(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Normalised photos, float32 N×3×H×W, to their embeddings, float32 N×D."""
        raise NotImplementedError

    def logits(self, embeddings_ND: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits of the attributes by name (without the category), float32 N×K each."""
        return {name: head(embeddings_ND) for name, head in self.attribute_heads.items()}

    def forward(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        """Normalised photos, float32 N×3×H×W, to logits of the category, float32 N×K."""
        return self.head(self.embed(x_NCHW))


def attribute_heads(embedding_size: int, attributes: Mapping[str, int]) -> nn.ModuleDict:
    """Linear heads by attribute, each with so many values."""
    return nn.ModuleDict({name: nn.Linear(embedding_size, count) for name, count in attributes.items()})
