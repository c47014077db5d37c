"""Augmentation of small images of one class each. Random numbers come from a CPU generator, on any device."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from trainer.recipe import Augmentation


def augment(images_NCHW: torch.Tensor, what: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Augment uint8 images.

    Args:
        images_NCHW: uint8, [0, 255].

    Returns:
        uint8, same shape; the input is unchanged.
    """
    if what.translate:
        images_NCHW = _random_translate(images_NCHW, what.translate, generator)
    if what.hflip:
        flipped = rand(len(images_NCHW), 1, 1, 1, generator=generator, device=images_NCHW.device) < 0.5
        images_NCHW = torch.where(flipped, images_NCHW.flip(3), images_NCHW)
    if what.color_jitter:
        images_NCHW = _color_jitter(images_NCHW, what.color_jitter, generator)
    if what.random_erasing:
        images_NCHW = _random_erasing(images_NCHW, what.random_erasing, generator)
    return images_NCHW


def _random_translate(images_NCHW: torch.Tensor, most: int, generator: torch.Generator) -> torch.Tensor:
    n, channels, height, width = images_NCHW.shape
    device = images_NCHW.device
    padded = F.pad(images_NCHW, (most,) * 4)
    top, left = torch.randint(0, 2 * most + 1, (2, n, 1), generator=generator).to(device)
    rows_NH = top + torch.arange(height, device=device)
    columns_NW = left + torch.arange(width, device=device)
    return padded[
        torch.arange(n, device=device).view(n, 1, 1, 1),
        torch.arange(channels, device=device).view(1, channels, 1, 1),
        rows_NH.view(n, 1, height, 1),
        columns_NW.view(n, 1, 1, width),
    ]


def _color_jitter(images_NCHW: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    shape, device = (2, len(images_NCHW), 1, 1, 1), images_NCHW.device
    brightness, contrast = 1 + most * (2 * rand(*shape, generator=generator, device=device) - 1)
    pixels = images_NCHW.float()
    middle = pixels.mean(dim=(1, 2, 3), keepdim=True)
    return (((pixels - middle) * contrast + middle) * brightness).clamp(0, 255).to(torch.uint8)


def _random_erasing(images_NCHW: torch.Tensor, probability: float, generator: torch.Generator) -> torch.Tensor:
    """Fill one rectangle of 2 to 30 % of the area, 1:3 to 3:1, with noise; sizes as in Zhong et al. 2017."""
    erased_NHW = random_rectangles(images_NCHW, probability, 0.3, 3.0, generator)
    noise = torch.randint(0, 256, images_NCHW.shape, generator=generator, dtype=torch.uint8)
    return torch.where(erased_NHW[:, None], noise.to(images_NCHW.device), images_NCHW)


def random_rectangles(
    images_NCHW: torch.Tensor, probability: float, max_area: float, max_ratio: float, generator: torch.Generator
) -> torch.Tensor:
    """One random rectangle in some of the images, bool N×H×W.

    Args:
        probability: Of a rectangle in an image.
        max_area: Share of the image, (0.02, 1]; at least 0.02.
        max_ratio: Of height to width, or width to height.
    """
    n, _, height, width = images_NCHW.shape
    device = images_NCHW.device
    chosen, area, ratio, y, x = rand(5, n, 1, generator=generator, device=device)
    area = (0.02 + (max_area - 0.02) * area) * height * width
    ratio = torch.exp((2 * ratio - 1) * math.log(max_ratio))
    rows, columns = (area * ratio).sqrt().clamp(max=height), (area / ratio).sqrt().clamp(max=width)
    top, left = y * (height - rows), x * (width - columns)
    row_H, column_W = torch.arange(height, device=device), torch.arange(width, device=device)
    in_rows_NH = (row_H >= top) & (row_H < top + rows)
    in_columns_NW = (column_W >= left) & (column_W < left + columns)
    return in_rows_NH[:, :, None] & in_columns_NW[:, None, :] & (chosen < probability)[:, :, None]


def rand(*shape: int, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Uniform numbers, float32, [0, 1), drawn on the CPU: GPUs draw other numbers from the same seed."""
    return torch.rand(shape, generator=generator).to(device, non_blocking=True)
