"""Whether two small pictures show the same photo, one of them perhaps cropped a little, lighter, darker or re-saved.

The pictures are aligned (image registration) by a shift and a scale along each side, and by one gain and one offset of
the grey levels: Gauss-Newton steps (Lucas and Kanade 1981; Baker and Matthews 2004, “Lucas-Kanade 20 years on”), coarse
to fine (Bouguet 2000). The residual decides whether they are the same: that of re-saving, scaling and cropping is along
edges, where grey levels change quickly anyway; another print, colour or cut leaves a residual where there is no edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.control import batches

SIDE = 64
"""Pixels of a picture's sides. With 48, many copies cropped by 5 % look no more alike than two black wallets."""

# Chosen on 3,000 studio photos (their 2,500 most similar pairs) and 2,000 phone photos, each with copies.
_MAX_RESIDUAL = 1.0  # mean squared residual of a block by that of its gradients, in the third worst block
_MAX_BLOCK_RESIDUAL = 25.0  # root mean squared residual of the worst block, grey levels
# Side, steps, largest residual (grey levels) to continue with.
_STAGES = ((16, 5, 16.0), (32, 3, 12.0), (SIDE, 3, 12.0))
_BLOCK = 4  # pixels of a block's sides
_NOISE = 4.0  # grey levels of residual that are noise even where there is no edge
_GAIN, _OFFSET = (0.75, 1.3), 25.0
_CLIPPED = 248.0  # from this grey level on highlights may be clipped, so that gain cannot be estimated
_MAX_SCALE, _MAX_SHIFT = 0.2, 0.12  # as shares of a side: crops beyond that are other photos
_MIN_OVERLAP = 0.7  # of the area
_PAIRS_AT_ONCE = 256


def same_photo(first_NHWC: np.ndarray, second_NHWC: np.ndarray) -> np.ndarray:
    """Which pairs of pictures, by index, are the same photo: bool N. All uint8 RGB, N×S×S×3; S is :data:`SIDE`."""
    same_N = np.zeros(len(first_NHWC), bool)
    for rows in batches(len(first_NHWC), _PAIRS_AT_ONCE):
        first, second = _smoothed(first_NHWC[rows]), _smoothed(second_NHWC[rows])
        same_M = _same(first, second)
        # In the other direction, too: a crop lacks what is around it, and clipped highlights cannot be darkened.
        others = np.flatnonzero(~same_M)
        if len(others):
            same_M[others] = _same(second[others], first[others])
        same_N[rows] = same_M
    return same_N


def _same(first_NHWC: np.ndarray, second_NHWC: np.ndarray) -> np.ndarray:
    same_N = np.zeros(len(first_NHWC), bool)
    candidates_M = np.arange(len(first_NHWC))  # pairs that may still be the same
    warp_M4 = np.zeros((len(candidates_M), 4), np.float32)
    for side, steps, most in _STAGES:
        first, second = _downsampled(first_NHWC[candidates_M], side), _downsampled(second_NHWC[candidates_M], side)
        alignment = _align(first, second, warp_M4, steps)
        squares_MHW = (alignment.residual_NHWC**2).mean(axis=3)
        passed_M = np.sqrt(squares_MHW.sum((1, 2)) / alignment.overlap_NHW.sum((1, 2))) < most
        passed_M &= alignment.overlap_NHW.mean((1, 2)) > _MIN_OVERLAP
        if side == SIDE:
            passed_M &= _is_noise(squares_MHW, second, alignment.overlap_NHW)
        candidates_M, warp_M4 = candidates_M[passed_M], alignment.warp_N4[passed_M]
        if not len(candidates_M):
            break
    same_N[candidates_M] = True
    return same_N


@dataclass(frozen=True, slots=True)
class _Alignment:
    """The first of each pair aligned to the second.

    Attributes:
        warp_N4: Scale less 1 and shift as a share of the side, along x and along y.
        residual_NHWC: The second less the first, grey levels; 0 where the first does not reach.
        overlap_NHW: 1 where it reaches, else 0.
    """

    warp_N4: np.ndarray
    residual_NHWC: np.ndarray
    overlap_NHW: np.ndarray


def _align(first_NHWC: np.ndarray, second_NHWC: np.ndarray, warp_N4: np.ndarray, steps: int) -> _Alignment:
    side = second_NHWC.shape[1]
    centred = _centred_grid(side)
    limits = np.array([_MAX_SCALE, _MAX_SHIFT] * 2, np.float32)
    for step in range(steps + 1):
        warped, overlap_NHW = _warp(first_NHWC, warp_N4)
        overlap = overlap_NHW[..., None]
        gain, offset = _gain_and_offset(warped, second_NHWC, overlap)
        residual = (second_NHWC - (gain * warped + offset).clip(0, 255)) * overlap
        if step == steps:
            break
        across, down = (np.gradient(warped, axis=axis) * gain * overlap for axis in (2, 1))
        slopes = (across * centred[:, None], across * side, down * centred[:, None, None], down * side)
        jacobian_N4P = np.stack(slopes, axis=1).reshape(len(warped), 4, -1)
        normal_N44 = jacobian_N4P @ jacobian_N4P.transpose(0, 2, 1)
        # Levenberg-Marquardt damping, so that a picture of one colour has a solution too.
        damping_N = normal_N44.trace(axis1=1, axis2=2) * 2.5e-4 + 1e-3
        normal_N44 = normal_N44 + damping_N[:, None, None] * np.eye(4, dtype=np.float32)
        gradient_N4 = jacobian_N4P @ residual.reshape(len(warped), -1, 1)
        warp_N4 = (warp_N4 + np.linalg.solve(normal_N44, gradient_N4)[..., 0]).clip(-limits, limits)
    return _Alignment(warp_N4, residual, overlap_NHW)


def _gain_and_offset(warped: np.ndarray, second: np.ndarray, overlap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gain and offset that make the first as light as the second; one for all channels, so that colours stay apart."""
    counted = overlap * (np.maximum(warped.max(axis=3), second.max(axis=3)) < _CLIPPED)[..., None]
    axes = (1, 2, 3)
    nearly_all_white = counted.sum(axes) < 0.03 * overlap.sum(axes)
    counted[nearly_all_white] = overlap[nearly_all_white]
    total = 3 * counted.sum(axes, keepdims=True) + 1e-3
    mean_warped = (warped * counted).sum(axes, keepdims=True) / total
    mean_second = (second * counted).sum(axes, keepdims=True) / total
    spread = (warped - mean_warped) * counted
    gain = (spread * (second - mean_second)).sum(axes, keepdims=True) / ((spread**2).sum(axes, keepdims=True) + 1e-3)
    gain = gain.clip(*_GAIN)
    return gain, (mean_second - gain * mean_warped).clip(-_OFFSET, _OFFSET)


def _is_noise(squares_NHW: np.ndarray, second_NHWC: np.ndarray, overlap_NHW: np.ndarray) -> np.ndarray:
    slopes = np.gradient(second_NHWC, axis=1) ** 2 + np.gradient(second_NHWC, axis=2) ** 2
    blocks_NB = _blocks(squares_NHW)
    by_edges_NB = blocks_NB / (_blocks(slopes.mean(axis=3) * overlap_NHW) + _NOISE**2)
    third_worst_N = np.partition(by_edges_NB, -3, axis=1)[:, -3]
    result: np.ndarray = (third_worst_N < _MAX_RESIDUAL) & (np.sqrt(blocks_NB.max(axis=1)) < _MAX_BLOCK_RESIDUAL)
    return result


def _blocks(values_NHW: np.ndarray) -> np.ndarray:
    count = values_NHW.shape[1] // _BLOCK
    blocks: np.ndarray = values_NHW.reshape(-1, count, _BLOCK, count, _BLOCK).mean(axis=(2, 4)).reshape(-1, count**2)
    return blocks


def _warp(pictures_NHWC: np.ndarray, warp_N4: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each picture warped, and where it overlaps the frame. Along each axis it is a matrix product."""
    n, side = pictures_NHWC.shape[:2]
    columns, reach_x = _interpolation(warp_N4[:, 0:1], warp_N4[:, 1:2], side)
    rows, reach_y = _interpolation(warp_N4[:, 2:3], warp_N4[:, 3:4], side)
    down = (rows @ pictures_NHWC.reshape(n, side, -1)).reshape(pictures_NHWC.shape)
    across = columns @ down.transpose(0, 2, 1, 3).reshape(n, side, -1)
    warped = across.reshape(pictures_NHWC.shape).transpose(0, 2, 1, 3)
    return warped, (reach_y[:, :, None] & reach_x[:, None, :]).astype(np.float32)


def _interpolation(scale_N1: np.ndarray, shift_N1: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Linear interpolation at the warped positions: N×side×side, and which of them are inside."""
    positions_NS = _centred_grid(side) * (1 + scale_N1) + shift_N1 * side + (side - 1) / 2
    inside_NS = (positions_NS >= -0.5) & (positions_NS <= side - 0.5)
    positions_NS = positions_NS.clip(0, side - 1)
    low_NS = np.minimum(positions_NS.astype(np.int64), side - 2)
    high_share_NS = (positions_NS - low_NS).astype(np.float32)
    matrix_NSS = np.zeros((*positions_NS.shape, side), np.float32)
    np.put_along_axis(matrix_NSS, low_NS[..., None], 1 - high_share_NS[..., None], axis=2)
    np.put_along_axis(matrix_NSS, low_NS[..., None] + 1, high_share_NS[..., None], axis=2)
    return matrix_NSS, inside_NS


def _centred_grid(side: int) -> np.ndarray:
    return np.arange(side, dtype=np.float32) - (side - 1) / 2


def _smoothed(pictures_NHWC: np.ndarray) -> np.ndarray:
    """float32, twice through a binomial filter (1 2 1): linear interpolation is exact enough only then."""
    smooth: np.ndarray = pictures_NHWC.astype(np.float32)
    for axis in (1, 2, 1, 2):
        margin = [(1, 1) if each == axis else (0, 0) for each in range(4)]
        padded = np.pad(smooth, margin, mode="edge")
        middle, end = (np.arange(smooth.shape[axis]) + by for by in (1, 2))
        smooth = (padded.take(middle - 1, axis) + 2 * padded.take(middle, axis) + padded.take(end, axis)) / 4
    return smooth


def _downsampled(pictures_NHWC: np.ndarray, side: int) -> np.ndarray:
    by = pictures_NHWC.shape[1] // side
    reduced: np.ndarray = pictures_NHWC.reshape(-1, side, by, side, by, 3).mean(axis=(2, 4))
    return reduced
