"""Bringing data to where they are computed with, once, rather than batch by batch."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def on_device(data: T, device: torch.device) -> T:
    """The same data with all their tensors on a device.

    Args:
        data: A dataclass of tensors, of dictionaries of them, of other such dataclasses, and of anything else, which
            stays what it is.
        device: Where to.
    """
    brought: Any = data
    if isinstance(data, torch.Tensor):
        brought = data.to(device)
    elif isinstance(data, dict):
        brought = {name: on_device(value, device) for name, value in data.items()}
    elif is_dataclass(data) and not isinstance(data, type):
        brought = replace(data, **{f.name: on_device(getattr(data, f.name), device) for f in fields(data) if f.init})
    return brought
