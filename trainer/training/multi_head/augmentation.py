"""Augmentation of product photos. Random numbers come from a CPU generator, so that they are the same on any device."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from trainer.recipe import Augmentation
from trainer.training.fit.augmentation import rand, random_rectangles

_TINT = 0.06  # largest change of one channel against the others: lamps and white balance


def random_affine(
    images_NCHW: torch.Tensor,
    size: tuple[int, int],
    what: Augmentation,
    generator: torch.Generator,
    rotate_factor: float = 1.0,
) -> torch.Tensor:
    """Flip, rotate, zoom, translate and resize in one bilinear sampling; the border is replicated.

    Args:
        images_NCHW: uint8 or float, [0, 255].
        size: (H, W) of the result.
        what: Which changes; ``translate`` counts pixels of the result.
        generator: Every random number comes from here.
        rotate_factor: Factor of ``what.rotate``.

    Returns:
        float32, [0, 255], N×C×H×W, on the device of the images.
    """
    n, channels = images_NCHW.shape[:2]
    height, width = size
    device = images_NCHW.device
    if not n:
        return torch.empty(0, channels, height, width, device=device)
    angle, zoom, squeeze, x, y, side = 2 * rand(6, n, generator=generator, device=device) - 1
    angle = angle * math.radians(what.rotate) * rotate_factor
    scale_x = torch.exp(zoom * math.log1p(what.zoom) + squeeze * math.log1p(what.zoom / 4))
    scale_y = torch.exp(zoom * math.log1p(what.zoom) - squeeze * math.log1p(what.zoom / 4))
    flip = torch.where(side < 0, -1.0, 1.0) if what.hflip else torch.ones_like(side)
    aspect = width / height
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0] = flip * scale_x * torch.cos(angle)
    theta[:, 0, 1] = -flip * scale_x * torch.sin(angle) / aspect
    theta[:, 1, 0] = scale_y * torch.sin(angle) * aspect
    theta[:, 1, 1] = scale_y * torch.cos(angle)
    theta[:, 0, 2] = 2 * x * what.translate / width
    theta[:, 1, 2] = 2 * y * what.translate / height
    grid = F.affine_grid(theta, [n, channels, height, width], align_corners=False)
    return F.grid_sample(images_NCHW.float(), grid, padding_mode="border", align_corners=False)


def color_jitter(images_NCHW: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Change brightness and contrast by up to ``most`` and each channel a little; float32, clamped to [0, 255]."""
    n, channels = images_NCHW.shape[:2]
    device = images_NCHW.device
    brightness, contrast = 1 + most * (2 * rand(2, n, 1, 1, 1, generator=generator, device=device) - 1)
    tint = 1 + min(most, _TINT) * (2 * rand(n, channels, 1, 1, generator=generator, device=device) - 1)
    middle = images_NCHW.mean(dim=(1, 2, 3), keepdim=True)
    return (((images_NCHW - middle) * contrast + middle) * brightness * tint).clamp(0, 255)


def random_backgrounds(
    n: int, size: tuple[int, int], corners_MCHW: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Backgrounds: half of them corners of phone photos, mirrored at their edges; half colour gradients, some with
    noise.

    Args:
        n: How many.
        size: (H, W).
        corners_MCHW: uint8.
        generator: Every random number comes from here.

    Returns:
        float32 n×3×H×W, [0, 255], on the device of the corners.
    """
    device = corners_MCHW.device
    chosen = torch.randint(0, len(corners_MCHW), (n,), generator=generator).to(device)
    patch = corners_MCHW[chosen].float()
    patch = torch.cat([patch, patch.flip(3)], dim=3)
    patch = torch.cat([patch, patch.flip(2)], dim=2)
    found = random_affine(patch, size, Augmentation(hflip=True, rotate=30.0, zoom=0.8), generator)
    ends = 255 * rand(n, 3, 2, 1, generator=generator, device=device)
    plain = F.interpolate(ends, size=size, mode="bilinear", align_corners=True)
    grain = rand(n, 1, *size, generator=generator, device=device) - 0.5
    plain = plain + grain * 90 * rand(n, 1, 1, 1, generator=generator, device=device) ** 2
    which = rand(n, 1, 1, 1, generator=generator, device=device) < 0.5
    return torch.where(which, found, plain).clamp(0, 255)


def tile_shuffle(images_NCHW: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image with its 4×4 tiles in random order: colours and fabric without the shape of a product."""
    n, channels, height, width = images_NCHW.shape
    h, w = height // 4, width // 4
    tiles = images_NCHW[:, :, : 4 * h, : 4 * w].reshape(n, channels, 4, h, 4, w).permute(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(n, 16, channels, h, w)
    order = torch.rand(n, 16, generator=generator).argsort(dim=1).to(tiles.device)
    tiles = tiles[torch.arange(n, device=tiles.device)[:, None], order].reshape(n, 4, 4, channels, h, w)
    whole = tiles.permute(0, 3, 1, 4, 2, 5).reshape(n, channels, 4 * h, 4 * w)
    return F.interpolate(whole, size=(height, width)) if (4 * h, 4 * w) != (height, width) else whole


def random_erasing(images_NCHW: torch.Tensor, probability: float, generator: torch.Generator) -> torch.Tensor:
    """Fill one rectangle of 2 to 20 % of the area with one random colour (after Zhong et al. 2017)."""
    n, channels = images_NCHW.shape[:2]
    erased_NHW = random_rectangles(images_NCHW, probability, 0.2, 2.5, generator)
    colour = 255 * rand(n, channels, 1, 1, generator=generator, device=images_NCHW.device)
    return torch.where(erased_NHW[:, None], colour, images_NCHW)


def replace_background(
    images_NCHW: torch.Tensor, background_N1HW: torch.Tensor, new_NCHW: torch.Tensor
) -> torch.Tensor:
    """Replace the background by ``new``; ``background_N1HW`` is float32, [0, 1]: 1 for background."""
    share_N111 = (background_N1HW > 0.5).float().mean(dim=(1, 2, 3), keepdim=True)
    # With almost no background or almost nothing else, the garment was not found.
    found = (share_N111 > 0.1) & (share_N111 < 0.92)
    return torch.where(found, images_NCHW * (1 - background_N1HW) + new_NCHW * background_N1HW, images_NCHW)
