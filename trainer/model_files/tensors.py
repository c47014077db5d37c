"""Writes tensors to a safetensors file atomically."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from trainer.atomic_write import atomic_write

_REASON = re.compile(r"I/O error: (.+?)(?: \(os error \d+\))?$")


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], header: Mapping[str, str]) -> None:
    """Replace ``path`` as one step.

    Args:
        path: The file.
        tensors: By name; contiguous, and none shares memory with another.
        header: Texts by name, for the file's header.

    Raises:
        SaveError: No permission, no room; an old file then stays.
    """
    with atomic_write(path) as temporary:
        try:
            save_file(dict(tensors), str(temporary), metadata=dict(header))
        except SafetensorError as error:  # an error of the file system that is no OSError
            reason = _REASON.search(str(error))
            raise OSError(None, reason.group(1) if reason else str(error)) from error
