"""Removes the person from a catalogue photo, so that only the garment on sale remains. numpy only.

Fashion-MNIST shows garments without people. In many shops' photos a model wears the top, seen from the head to the
thighs. Head, arms and what is worn below then make the outline that of a dress. This module removes them where it
is sure of a person: skin above shoulders.
"""

from __future__ import annotations

import numpy as np

_MIN_ASPECT = 1.1  # height to width of a person; shoes are wider than high
_MIN_FACE = 0.15  # share of skin among the pixels above the shoulders
_SHOULDERS = 0.65  # of the figure's greatest width: from this row on it is no longer the head
_MIN_HEAD, _MAX_HEAD = 0.06, 0.45  # of the figure's height
_MIN_STEP = 28.0  # colour difference (of 255) between a top and what is worn below it


def remove_person(
    colours_CHW: np.ndarray, figure_HW: np.ndarray, max_skin_share: float = 1.0, min_face: float = _MIN_FACE
) -> np.ndarray:
    """``figure_HW`` without head, bare skin and the garment below, when it is a person; else unchanged.

    Args:
        colours_CHW: float RGB [0, 255], 3×H×W.
        figure_HW: bool, what is not background; at least one pixel is.
        max_skin_share: Share of the figure's middle, [0, 1]: where more of it looks like skin, that is cloth of such a
            colour, red or beige, and only the head goes.
        min_face: Share of skin above the shoulders that a person has at least, [0, 1].
    """
    rows = np.flatnonzero(figure_HW.any(1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(figure_HW.any(0))
    if bottom - top < _MIN_ASPECT * (columns[-1] + 1 - columns[0]):
        return figure_HW
    shoulders = _shoulders(colours_CHW, figure_HW, top, bottom, min_face)
    if shoulders is None:
        return figure_HW
    skin_HW = figure_HW & _skin(colours_CHW)
    bare_HW = _bare(skin_HW, figure_HW, shoulders)
    garment_HW = figure_HW & ~bare_HW
    garment_HW[:shoulders] = False
    if _share_in_middle(bare_HW, figure_HW, garment_HW) > max_skin_share:
        garment_HW = figure_HW.copy()
        garment_HW[:shoulders] = False
    if bottom == len(figure_HW):  # cut by the photo's edge: a top, shown to the hips
        garment_HW[_hips(colours_CHW, garment_HW, shoulders, bottom) :] = False
    # Skin-coloured cloth leaves little: then the skin was the garment.
    return garment_HW if garment_HW.sum() >= 0.25 * figure_HW.sum() else figure_HW


def _skin(colours_CHW: np.ndarray) -> np.ndarray:
    """Skin of any tone by its chrominance (Chai and Ngan 1999: Cb 77 to 127, Cr 133 to 173), as bool H×W."""
    red, green, blue = colours_CHW
    cb_HW = 128 - 0.169 * red - 0.331 * green + 0.5 * blue
    cr_HW = 128 + 0.5 * red - 0.419 * green - 0.081 * blue
    return (cb_HW >= 77) & (cb_HW <= 127) & (cr_HW >= 137) & (cr_HW <= 173)


def _bare(skin_HW: np.ndarray, figure_HW: np.ndarray, shoulders: int) -> np.ndarray:
    """Skin connected to the head or the outline: arms and legs, but no face printed on a shirt."""
    seeds_HW = np.zeros_like(figure_HW)
    seeds_HW[: shoulders + 1] = True
    seeds_HW[:, 1:] |= ~figure_HW[:, :-1]
    seeds_HW[:, :-1] |= ~figure_HW[:, 1:]
    return connected_component(seeds_HW, skin_HW)


def _share_in_middle(bare_HW: np.ndarray, figure_HW: np.ndarray, garment_HW: np.ndarray) -> float:
    """How much of the figure's middle is bare, as far up and down as anything is worn, [0, 1]."""
    rows, columns = np.flatnonzero(garment_HW.any(1)), np.flatnonzero(figure_HW.any(0))
    if not len(rows):
        return 1.0
    middle, half = (columns[0] + columns[-1]) // 2, max(1, (columns[-1] - columns[0]) // 5)
    part = slice(rows[0], rows[-1] + 1), slice(middle - half, middle + half + 1)
    return float(bare_HW[part].sum() / max(int(figure_HW[part].sum()), 1))


def _shoulders(colours_CHW: np.ndarray, figure_HW: np.ndarray, top: int, bottom: int, min_face: float) -> int | None:
    """The row where a head ends; None where there is no head."""
    widths_H = figure_HW[top:bottom].sum(1)
    broad = np.flatnonzero(widths_H >= _SHOULDERS * widths_H[: max(1, int(0.7 * len(widths_H)))].max())
    head = int(broad[0])
    if not _MIN_HEAD * len(widths_H) <= head <= _MAX_HEAD * len(widths_H):
        return None
    above = slice(top, top + head)
    share = (figure_HW[above] & _skin(colours_CHW[:, above])).sum() / max(int(widths_H[:head].sum()), 1)
    return top + head if share >= min_face else None


def _hips(colours_CHW: np.ndarray, garment_HW: np.ndarray, shoulders: int, bottom: int) -> int:
    """The row where the colour changes most in the lower part of the figure; ``bottom`` where it hardly changes."""
    height = bottom - shoulders
    first, last = shoulders + int(0.45 * height), bottom - 2
    columns = np.flatnonzero(garment_HW[first:bottom].any(0))
    if last <= first or not len(columns):
        return bottom
    middle, half = (columns[0] + columns[-1]) // 2, max(1, (columns[-1] - columns[0]) // 5)
    strip_HC = colours_CHW[:, shoulders:bottom, middle - half : middle + half + 1].mean(2).T
    sums_HC = np.vstack([np.zeros(3), strip_HC.cumsum(0)])
    rows = np.arange(first - shoulders, last - shoulders)
    reach = max(3, height // 8)
    above = np.maximum(rows - reach, 0)
    below = np.minimum(rows + reach, height)
    step_HC = (sums_HC[rows] - sums_HC[above]) / (rows - above)[:, None]
    step_HC -= (sums_HC[below] - sums_HC[rows]) / (below - rows)[:, None]
    step_H = np.linalg.norm(step_HC, axis=1) / np.sqrt(3)
    best = int(step_H.argmax())
    return first + best if step_H[best] >= _MIN_STEP else bottom


def connected_component(seeds_HW: np.ndarray, passable_HW: np.ndarray) -> np.ndarray:
    """All of ``passable_HW`` that is 4-connected, within it, to a seed. Arguments and result are bool H×W.

    Whole rows and columns of neighbours are filled in turn: a few rounds do, even for winding shapes.
    """
    along_rows, along_columns = _runs(passable_HW), _runs(passable_HW.T).T
    reached_HW = seeds_HW & passable_HW
    count = -1
    while (now := int(np.count_nonzero(reached_HW))) != count:
        count = now
        for runs_HW in (along_rows, along_columns):
            touched = np.zeros(runs_HW.size + 1, bool)
            touched[runs_HW[reached_HW]] = True
            reached_HW = touched[runs_HW]
    return reached_HW


def _runs(passable_HW: np.ndarray) -> np.ndarray:
    """A number above 0 for each unbroken run of true pixels in a row, 0 elsewhere; int64 H×W."""
    starts_HW = passable_HW.copy()
    starts_HW[:, 1:] &= ~passable_HW[:, :-1]
    return starts_HW.ravel().cumsum().reshape(passable_HW.shape) * passable_HW
