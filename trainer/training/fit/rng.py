"""Random numbers that are the same wherever they are used."""

from __future__ import annotations

import torch


def draw(*shape: int, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Evenly distributed numbers, float32, [0, 1); drawn on the processor and brought to ``device``.

    Args:
        shape: Of the result.
        generator: One of the processor: cards draw other numbers from the same seed.
        device: Where they are used.
    """
    return torch.rand(shape, generator=generator).to(device, non_blocking=True)
