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
_TERMS = 6  # of the background's model
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
    colours_CHW = np.asarray(small).transpose(2, 0, 1).astype(np.float64, order="C")
    background_HW = _reached_from_border(_distance_from_background(colours_CHW, paper_tolerance) <= 1.0)
    garment_HW = _connected_to_middle(~background_HW)
    if not garment_HW.any():
        return garment_HW
    if not any_way_up:
        return remove_person(colours_CHW, garment_HW, max_skin_share)
    masks = []
    for turns in range(4):
        turned_HW = np.rot90(garment_HW, turns)
        mask_HW = remove_person(np.rot90(colours_CHW, turns, axes=(1, 2)), turned_HW, max_skin_share, _FACE)
        if mask_HW is not turned_HW:
            masks.append(np.rot90(mask_HW, -turns))
    return min(masks, key=np.count_nonzero, default=garment_HW)


def _distance_from_background(colours_CHW: np.ndarray, paper_tolerance: float) -> np.ndarray:
    """H×W float64: how far each colour is from the background modelled there; up to 1 it may well be background.

    The distance is Mahalanobis': wood or carpet scatters along one line of colours, from dark to light, and only
    differences along that line are forgiven.
    """
    _, height, width = colours_CHW.shape
    terms_TN, ring_N = _terms(height, width)
    colours_CN = colours_CHW.reshape(3, -1)
    border_CN = colours_CN.take(ring_N, axis=1)
    # Rows: the terms, then the colours. Products of these rows are all that a fit and its scatter need.
    border_RN = np.concatenate([terms_TN.take(ring_N, axis=1), border_CN])
    # A model's legs or a sleeve cross the border: begin with the border's commonest colour, then fit without outliers.
    deviation_N = _length(border_CN - _commonest(border_CN)[:, None])
    nearest = int(0.4 * (len(deviation_N) - 1))
    kept_N = deviation_N <= max(24.0, float(np.partition(deviation_N, nearest)[nearest]))
    for _ in range(3):
        products_RR = (border_RN * kept_N) @ border_RN.T
        # Holds still what too few pixels cannot determine.
        terms_TT = products_RR[:_TERMS, :_TERMS] + np.eye(_TERMS) * 1e-3
        coefficients_TC = np.linalg.solve(terms_TT, products_RR[:_TERMS, _TERMS:])
        rest_CR = np.concatenate([-coefficients_TC.T, np.eye(3)], axis=1)  # what the model does not explain
        whitening_CC = _whitening(rest_CR @ products_RR @ rest_CR.T / kept_N.sum(), paper_tolerance)
        kept_N = _length(whitening_CC @ rest_CR @ border_RN) <= 1.0
        if not kept_N.any():
            break
    model_CN = coefficients_TC.T @ terms_TN
    return _length(whitening_CC @ (colours_CN - model_CN.clip(0, 255, out=model_CN))).reshape(height, width)


@lru_cache(maxsize=64)
def _terms(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(6 × pixels float64: constant, linear and quadratic terms in y and x; indices of the border's pixels)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms_THW = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y])
    ring_HW = np.ones((height, width), bool)
    ring_HW[_RING:-_RING, _RING:-_RING] = False
    return terms_THW.reshape(_TERMS, -1), np.flatnonzero(ring_HW)


def _length(vectors_CN: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("cn,cn->n", vectors_CN, vectors_CN))


def _whitening(covariance_CC: np.ndarray, paper_tolerance: float) -> np.ndarray:
    """3×3 matrix that makes a colour difference 1 long where it is as large as the background's own differences get."""
    spread_CC = covariance_CC * _DEVIATIONS**2 + np.eye(3) * (3 * paper_tolerance**2)
    return np.linalg.inv(np.linalg.cholesky(spread_CC))


def _commonest(colours_CN: np.ndarray) -> np.ndarray:
    """Mean of the colours in the fullest of 8×8×8 cells."""
    red_N, green_N, blue_N = colours_CN.astype(np.intp) >> 5
    cells_N = (red_N << 6) + (green_N << 3) + blue_N
    fullest_N = cells_N == np.bincount(cells_N).argmax()
    return np.asarray(colours_CN @ fullest_N / fullest_N.sum())


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
