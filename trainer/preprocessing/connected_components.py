"""Connected components of pixels: numpy only."""

from __future__ import annotations

import numpy as np


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
