"""ImageNet weights that are part of the program."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from trainer.errors import ModelFileError


def load_backbone_weights(network: nn.Module, file: Path) -> None:
    """Load published weights, float16 or float32, into ``network.backbone``; its other layers stay as they are.

    Raises:
        ModelFileError: ``backbone_weights_unreadable``: the file is missing, damaged or of another network.
    """
    try:
        weights = {name: tensor.float() for name, tensor in load_file(str(file)).items()}
        missing, unexpected = network.get_submodule("backbone").load_state_dict(weights, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unexpected:
            raise ValueError(f"missing {missing}, unexpected {unexpected}")
    except (SafetensorError, OSError, RuntimeError, ValueError, AttributeError) as error:
        raise ModelFileError("backbone_weights_unreadable", repr(error), file=str(file)) from error
