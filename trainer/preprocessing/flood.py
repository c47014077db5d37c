"""Which pixels hang together: numpy only, meant for small masks."""

from __future__ import annotations

import numpy as np


def flooded(seeds_HW: np.ndarray, passable_HW: np.ndarray) -> np.ndarray:
    """All of ``passable_HW`` that is 4-connected, within it, to a seed. Arguments and result are bool H×W."""
    reached_HW = seeds_HW & passable_HW
    count = -1
    while (now := int(np.count_nonzero(reached_HW))) != count:
        count = now
        for _ in range(6):
            reached_HW[1:] |= reached_HW[:-1]
            reached_HW[:-1] |= reached_HW[1:]
            reached_HW[:, 1:] |= reached_HW[:, :-1]
            reached_HW[:, :-1] |= reached_HW[:, 1:]
            reached_HW &= passable_HW
    return reached_HW
