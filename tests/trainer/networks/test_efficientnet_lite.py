"""EfficientNet-Lite and its bundled ImageNet weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fashionlens_gui import paths
from tests.refused import refused
from trainer.networks.backbone_weights import load_backbone_weights
from trainer.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteNetwork, SameConv2d
from trainer.networks.product import ProductNetwork

FILE = paths.backbones_dir() / "efficientnet-lite0.safetensors"
CLASSIFIER = 1280 * 1000 + 1000  # of ImageNet, which is left out

# Of the reference implementation with the published float32 weights: the largest pooled maps of the gradient below.
REFERENCE = {
    897: 4.8619,
    71: 4.7070,
    113: 4.4818,
    1260: 4.1480,
    755: 4.0242,
    245: 4.0065,
    1167: 3.9931,
    425: 3.6781,
    1157: 3.2560,
    829: 3.1243,
    235: 2.6021,
    689: 2.4794,
}


def gradient() -> torch.Tensor:
    """A colour gradient, 1×3×128×96, normalised for EfficientNet-Lite."""
    rows_H, columns_W = torch.linspace(0, 255, 128), torch.linspace(0, 255, 96)
    down_HW, across_HW = rows_H[:, None].expand(128, 96), columns_W[None].expand(128, 96)
    return ((torch.stack([down_HW, across_HW, (down_HW + across_HW) / 2]) - 127) / 128)[None]


@pytest.mark.parametrize(("variant", "count"), [("lite0", 4_652_008), ("lite1", 5_416_680), ("lite2", 6_092_072)])
def test_it_has_as_many_parameters_as_published(variant: str, count: int) -> None:
    assert sum(p.numel() for p in EfficientNetLite(variant).parameters()) == count - CLASSIFIER


@pytest.mark.parametrize(("size", "cells"), [((128, 96), (4, 3)), ((160, 120), (5, 4)), ((91, 68), (3, 3))])
def test_maps_are_a_32nd_of_the_photo(size: tuple[int, int], cells: tuple[int, int]) -> None:
    with torch.inference_mode():
        assert EfficientNetLite("lite0").eval()(torch.zeros(1, 3, *size)).shape == (1, 1280, *cells)


def test_padding_is_tensorflows() -> None:
    convolution = SameConv2d(1, 1, 3, stride=2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    # Even sizes are padded at the bottom and right only: the first sum is of nine ones, the last of four.
    assert convolution(torch.ones(1, 1, 4, 4)).flatten().tolist() == [9, 6, 6, 4]
    assert convolution(torch.ones(1, 1, 3, 3)).flatten().tolist() == [4, 4, 4, 4]


def test_the_file_holds_the_published_weights() -> None:
    network = EfficientNetLiteNetwork("lite0", 5, {}).eval()
    load_backbone_weights(network, FILE)
    with torch.inference_mode():
        found_D = network.backbone(gradient()).mean(dim=(2, 3))[0]
    # Filters are stored in half precision, hence the tolerance.
    assert found_D[list(REFERENCE)].tolist() == pytest.approx(list(REFERENCE.values()), abs=0.05)


def test_a_cell_of_the_last_maps_sees_around_the_middle_of_its_pixels() -> None:
    """Saliency maps rely on it; padding alone would put it half a cell further right and down."""
    network = EfficientNetLiteNetwork("lite0", 5, {}).eval()
    load_backbone_weights(network, FILE)
    generator = torch.Generator().manual_seed(1)
    seen_HW = torch.zeros(256, 256)
    for file in sorted(paths.samples_dir().glob("*.jpg"))[:8]:
        with Image.open(file) as image:
            pixels_HWC = torch.from_numpy(np.array(image.convert("RGB").resize((256, 256)))).float()
        photo = ((pixels_HWC.permute(2, 0, 1) - 127) / 128)[None].requires_grad_()
        cell_D = network.backbone(photo)[0, :, 4, 4]
        (gradient_1CHW,) = torch.autograd.grad((cell_D * torch.randn(1280, generator=generator)).sum(), photo)
        power_HW = gradient_1CHW[0].square().sum(dim=0)
        seen_HW += power_HW / power_HW.sum()
    share_HW = seen_HW / seen_HW.sum()
    middle = [(share_HW.sum(dim=1 - axis) * torch.arange(256)).sum().item() for axis in (0, 1)]
    assert middle == pytest.approx([4 * 32 + 15.5] * 2, abs=10)


def test_embedding_and_heads() -> None:
    network = EfficientNetLiteNetwork("lite0", 5, {"colour": 7}).eval()
    with torch.inference_mode():
        embeddings_ND = network.embed(gradient())
        assert embeddings_ND.shape == (1, 384)
        assert torch.equal(embeddings_ND, network.embed(gradient()))
        assert torch.allclose(network.feature_maps(gradient()).mean(dim=(2, 3)), embeddings_ND, atol=1e-5)
        assert network(gradient()).shape == (1, 5)
        assert {name: logits.shape for name, logits in network.logits(embeddings_ND).items()} == {"colour": (1, 7)}


def test_it_learns_from_a_batch_of_one_photo() -> None:
    network = EfficientNetLiteNetwork("lite0", 5, {}).train()
    network(gradient()).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_other_weights_are_refused(tmp_path: Path) -> None:
    missing = tmp_path / "missing.safetensors"
    with refused("backbone_weights_unreadable", "Install FashionLens again", file=str(missing)):
        load_backbone_weights(EfficientNetLiteNetwork("lite0", 5, {}), missing)
    with refused("backbone_weights_unreadable", file=str(FILE)):
        load_backbone_weights(EfficientNetLiteNetwork("lite1", 5, {}), FILE)
    with refused("backbone_weights_unreadable", file=str(FILE)):
        load_backbone_weights(ProductNetwork(3, 5, {}), FILE)


def test_the_readme_has_the_digest_of_the_file() -> None:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest in (FILE.parent / "README.md").read_text(encoding="utf-8")
