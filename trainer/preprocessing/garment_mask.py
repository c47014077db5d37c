"""Segments the garment in a photo from a background model of the photo's borders. numpy and Pillow only.

The photo is scaled down (:data:`_SIDE` pixels), which is fast and robust to noise. The border's colours give a
smooth model of the background (a studio's paper with its vignette, a wall, a sheet); what differs from it by more
than the border itself scatters, and cannot be reached from the border through background, is the garment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from trainer.preprocessing.person_removal import connected_component, remove_person

_SIDE = 64  # pixels of the longest side that the background is looked for in
_PAPER_TOLERANCE = 0.05 * 255  # Xiao et al. 2017: within 5 % of the background's colour
_DEVIATIONS = 3.0  # of the border's own scatter that count as background
_RING = 3  # pixels of the border, each side
_MIN_COVER, _MAX_COVER = 0.02, 0.98
# Share of skin in a face that is looked for any way up: 98 of 100 persons have it, and a third of what looks like a
# face in photos that are not upright does not (of 2,500 training photos).
_FACE = 0.3


@dataclass(frozen=True, slots=True)
class Cutout:
    """The garment in a photo.

    Attributes:
        mask: Mode L, small: 255 where the garment is, 0 where the background is.
        box: Left, top, right, bottom of the garment as fractions [0, 1] of the photo's width and height.
    """

    mask: Image.Image
    box: tuple[float, float, float, float]


def cut_out(image: Image.Image) -> Cutout:
    """Find the garment in an RGB photo; the whole photo where there is no clear background."""
    garment_HW = garment_mask(image)
    height, width = garment_HW.shape
    if not _MIN_COVER <= garment_HW.mean() <= _MAX_COVER:
        return Cutout(Image.new("L", (width, height), 255), (0.0, 0.0, 1.0, 1.0))
    rows, columns = np.flatnonzero(garment_HW.any(1)), np.flatnonzero(garment_HW.any(0))
    box = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    return Cutout(Image.fromarray(garment_HW.astype(np.uint8) * 255), box)


def garment_mask(
    image: Image.Image,
    paper_tolerance: float = _PAPER_TOLERANCE,
    max_skin_share: float = 1.0,
    *,
    any_way_up: bool = False,
) -> np.ndarray:
    """Which parts of an RGB photo are garment.

    Args:
        image: Mode RGB, 1×1 or more.
        paper_tolerance: How far from the background modelled there a colour may be, per channel (of 255), and still
            be background, however even the background is.
        max_skin_share: See :func:`trainer.preprocessing.person_removal.remove_person`. For Fashion-MNIST all that looks
            like skin is removed, since its networks were measured so.
        any_way_up: A person is looked for also upside down and lying.

    Returns:
        bool, small: the longest side is 64 at most. All true where the photo is too small, all false where
        everything looks like the background.
    """
    factor = min(1.0, _SIDE / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    small = image.resize(size, Image.Resampling.BOX)
    if min(size) < 8:
        return np.ones((size[1], size[0]), bool)
    colours_HWC = np.asarray(small, np.float64)
    background_HW = _reached_from_border(_distance_from_background(colours_HWC, paper_tolerance) <= 1.0)
    garment_HW = _connected_to_middle(~background_HW)
    if not garment_HW.any():
        return garment_HW
    if not any_way_up:
        return remove_person(colours_HWC, garment_HW, max_skin_share)
    masks = [
        np.rot90(
            remove_person(np.rot90(colours_HWC, turns), np.rot90(garment_HW, turns), max_skin_share, _FACE), -turns
        )
        for turns in range(4)
    ]
    removed = [mask for mask in masks if (mask != garment_HW).any()]
    return min(removed, key=np.count_nonzero, default=masks[0])


def _distance_from_background(colours_HWC: np.ndarray, paper_tolerance: float) -> np.ndarray:
    """H×W float32: how far each colour is from the background modelled there; up to 1 it may well be background.

    The distance is Mahalanobis': wood or carpet scatters along one line of colours, from dark to light, and only
    differences along that line are forgiven.
    """
    height, width, _ = colours_HWC.shape
    terms_NT, ring_N = _terms(height, width)
    colours_NC = colours_HWC.reshape(-1, 3)
    border_NC, border_NT = colours_NC[ring_N], terms_NT[ring_N]
    # A model's legs or a sleeve cross the border: begin with the border's commonest colour, then fit without outliers.
    deviation_N = np.linalg.norm(border_NC - _commonest(border_NC), axis=1)
    kept_N = deviation_N <= max(24.0, float(np.quantile(deviation_N, 0.4)))
    for _ in range(3):
        kept_NT = border_NT[kept_N]
        weak_TT = np.eye(kept_NT.shape[1]) * 1e-3  # holds still what too few pixels cannot determine
        coefficients_TC = np.linalg.solve(kept_NT.T @ kept_NT + weak_TT, kept_NT.T @ border_NC[kept_N])
        rest_NC = border_NC - border_NT @ coefficients_TC
        whitening_CC = _whitening(rest_NC[kept_N], paper_tolerance)
        kept_N = _length(rest_NC @ whitening_CC) <= 1.0
        if not kept_N.any():
            break
    rest_NC = colours_NC - (terms_NT @ coefficients_TC).clip(0, 255)
    return _length(rest_NC @ whitening_CC).reshape(height, width)


@lru_cache(maxsize=64)
def _terms(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(pixels × 6 float64: constant, linear and quadratic terms in y and x; indices of the border's pixels)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms_HWT = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1)
    ring_HW = np.ones((height, width), bool)
    ring_HW[_RING:-_RING, _RING:-_RING] = False
    return terms_HWT.reshape(-1, 6), np.flatnonzero(ring_HW)


def _length(vectors_NC: np.ndarray) -> np.ndarray:
    first_N, second_N, third_N = vectors_NC.T
    return np.sqrt(first_N * first_N + second_N * second_N + third_N * third_N)


def _whitening(rest_NC: np.ndarray, paper_tolerance: float) -> np.ndarray:
    """3×3 matrix that makes a colour difference 1 long where it is as large as the background's own differences get."""
    covariance_CC = rest_NC.T @ rest_NC / len(rest_NC)
    spread_CC = covariance_CC * _DEVIATIONS**2 + np.eye(3) * (3 * paper_tolerance**2)
    return np.linalg.cholesky(np.linalg.inv(spread_CC))


def _commonest(colours_NC: np.ndarray) -> np.ndarray:
    """Mean of the colours in the fullest of 8×8×8 cells."""
    cells_N = (colours_NC.astype(np.int32) >> 5) @ np.array([64, 8, 1])
    fullest = np.bincount(cells_N, minlength=512).argmax()
    return colours_NC[cells_N == fullest].mean(0)


def _reached_from_border(passable_HW: np.ndarray) -> np.ndarray:
    seeds_HW = np.zeros_like(passable_HW)
    seeds_HW[0], seeds_HW[-1], seeds_HW[:, 0], seeds_HW[:, -1] = True, True, True, True
    return connected_component(seeds_HW, passable_HW)


def _connected_to_middle(garment_HW: np.ndarray) -> np.ndarray:
    """Without what stands apart at the edge: a hanger's hook, a neighbour's sleeve."""
    height, width = garment_HW.shape
    seeds_HW = np.zeros_like(garment_HW)
    seeds_HW[height // 4 : -(height // 4), width // 4 : -(width // 4)] = True
    return connected_component(seeds_HW, garment_HW)
