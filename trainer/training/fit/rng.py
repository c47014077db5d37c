"""Random numbers that do not depend on the device."""

from __future__ import annotations

import torch


def rand(*shape: int, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Uniform numbers, float32, [0, 1), drawn on the CPU and moved to ``device``.

    Args:
        shape: Of the result.
        generator: A CPU generator: GPUs draw other numbers from the same seed.
        device: Where they are used.
    """
    return torch.rand(shape, generator=generator).to(device, non_blocking=True)
