"""Weights and metadata in one safetensors file. No pickle is ever read or written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from trainer.atomic_write import atomic_write
from trainer.errors import ModelFileError
from trainer.model_files.checks import check_numbers, validate_header
from trainer.model_files.metadata import HEADER, ModelMetadata
from trainer.model_files.open_set import OpenSet
from trainer.networks import registry
from trainer.networks.names import OPEN_SET
from trainer.networks.network import Network

_REASON = re.compile(r"I/O error: (.+?)(?: \(os error (\d+)\))?$")


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], header: Mapping[str, str]) -> None:
    """Replace ``path`` as one step.

    Args:
        tensors: By name; contiguous, and none shares memory with another.

    Raises:
        SaveError: No permission, no room; an old file then stays.
    """
    with atomic_write(path) as temporary:
        try:
            save_file(dict(tensors), str(temporary), metadata=dict(header))
        except SafetensorError as error:  # an error of the file system that is no OSError
            reason, number = found.groups() if (found := _REASON.search(str(error))) else (str(error), None)
            code = int(number or 0)
            raise OSError(code, reason, None, code if os.name == "nt" else None) from error


@dataclass(frozen=True)
class Model:
    """A network in evaluation mode, with the metadata of its file and its tests for photos of other things."""

    metadata: ModelMetadata
    network: Network
    open_set: OpenSet = field(default_factory=OpenSet)


def save(path: Path, network: Network, metadata: ModelMetadata, open_set: OpenSet | None = None) -> None:
    """Replace ``path`` as one step. Raises :class:`trainer.errors.SaveError`; an old file then stays."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
    tensors |= {name: torch.from_numpy(values) for name, values in (open_set or OpenSet()).tensors().items()}
    save_tensors(path, tensors, {HEADER: json.dumps(metadata.to_json())})


def load(path: Path) -> Model:
    """Open a model file.
    Raises :class:`ModelFileError`: absent, damaged, of another kind, or its weights are no numbers or do not fit the
    network it names.
    """
    metadata = validate_header(path, path.name)  # before memory is allocated for what a hostile file may claim
    check_numbers(path, path.name)
    heads = {name: len(head.classes) for name, head in metadata.attributes.items()}
    network = registry.build(metadata.network, metadata.input, len(metadata.classes), heads)
    try:
        tensors = load_file(str(path))
        tests = {name: tensors.pop(name).numpy() for name in list(tensors) if name.split(".")[0] == OPEN_SET}
        network.load_state_dict(tensors, strict=True)
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise ModelFileError(
            "model_weights_do_not_fit",
            repr(error),
            name=path.name,
            network=metadata.network,
            categories=len(metadata.classes),
        ) from error
    return Model(metadata, network.eval(), OpenSet.of_tensors(tests))
