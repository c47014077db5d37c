"""Light and shadow on height fields: what makes flat shapes look like cloth. numpy and Pillow only."""

from __future__ import annotations

import numpy as np
from PIL import Image

# From the upper left, as studios light. Unit vector towards the lamp; x right, y down, z to the viewer.
_LAMP = np.array([-0.40, -0.52, 0.755], np.float32)
_HALF_WAY = (_LAMP + np.array([0, 0, 1], np.float32)) / np.linalg.norm(_LAMP + np.array([0, 0, 1], np.float32))


def blurred(field: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of a float32 H×W field, ``sigma`` in pixels. Wide blurs are made small, which nobody sees."""
    height, width = field.shape
    factor = max(1, int(sigma / 3))
    size = (max(1, width // factor), max(1, height // factor))
    small = np.asarray(Image.fromarray(field).resize(size, Image.Resampling.BOX)) if factor > 1 else field
    for axis in (0, 1):
        small = _blurred_along(small, sigma / factor, axis)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)) if factor > 1 else small


def _blurred_along(field: np.ndarray, sigma: float, axis: int) -> np.ndarray:
    reach = max(1, int(np.ceil(3 * sigma)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-3)) ** 2)
    weights /= weights.sum()
    pad = [(0, 0), (0, 0)]
    pad[axis] = (reach, reach)
    padded = np.pad(field, pad, mode="edge")
    result = np.zeros_like(field)
    length = field.shape[axis]
    for offset, weight in enumerate(weights):
        part = padded[offset : offset + length] if axis == 0 else padded[:, offset : offset + length]
        result += np.float32(weight) * part
    return result


def noise(shape: tuple[int, ...], size: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Smooth irregular field of deviation about 1; ``size`` is the length of its waves across and down, in pixels."""
    height, width = shape[0], shape[1]
    coarse = (max(2, round(height / size[1]) + 1), max(2, round(width / size[0]) + 1))
    grid = rng.standard_normal(coarse).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))


def shading(height: np.ndarray, gloss: float) -> tuple[np.ndarray, np.ndarray]:
    """(diffuse light, 1 on flat cloth; highlight, 0 without ``gloss``), both H×W, of a height field in pixels."""
    down, right = np.gradient(height)
    length = np.sqrt(right * right + down * down + 1)
    diffuse = (-right * _LAMP[0] - down * _LAMP[1] + _LAMP[2]) / (length * _LAMP[2])
    if not gloss:
        return diffuse, np.zeros_like(diffuse)
    facing = (-right * _HALF_WAY[0] - down * _HALF_WAY[1] + _HALF_WAY[2]) / length
    return diffuse, gloss * np.clip(facing, 0, 1) ** 28
