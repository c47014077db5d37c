"""What every registered network offers."""

from __future__ import annotations

import pytest
import torch

from trainer.networks import names, registry
from trainer.preprocessing.input_spec import COLOUR_INPUT, FASHION_MNIST_INPUT


@pytest.mark.parametrize("name", [name for name in registry.NAMES if name not in names.IMAGENET])
def test_networks_have_maps_an_embedding_of_them_and_heads(name: str) -> None:
    attributes = {"colour": 5} if name in names.WITH_ATTRIBUTES else {}
    spec = COLOUR_INPUT if attributes else FASHION_MNIST_INPUT
    network = registry.build(name, spec, 3, attributes).eval()
    images_NCHW = torch.rand(2, spec.channels, spec.height, spec.width)
    with torch.inference_mode():
        embeddings_ND = network.embed(images_NCHW)
        assert torch.allclose(network.embed_maps(network.feature_maps(images_NCHW)), embeddings_ND, atol=1e-5)
        assert torch.equal(network(images_NCHW), network.head(embeddings_ND))
        assert {name: each.shape for name, each in network.logits(embeddings_ND).items()} == {
            name: (2, count) for name, count in attributes.items()
        }
