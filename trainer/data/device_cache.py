"""Moves whole data sets to a device once, instead of batch by batch."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def on_device(data: T, device: torch.device) -> T:
    """The same data with all their tensors on a device.

    Args:
        data: A dataclass of tensors, of dictionaries of them, of other such dataclasses, and of anything else, which
            is returned as it is.
        device: The target.
    """
    moved: Any = data
    if isinstance(data, torch.Tensor):
        moved = data.to(device)
    elif isinstance(data, dict):
        moved = {name: on_device(value, device) for name, value in data.items()}
    elif is_dataclass(data) and not isinstance(data, type):
        moved = replace(data, **{f.name: on_device(getattr(data, f.name), device) for f in fields(data) if f.init})
    return moved
