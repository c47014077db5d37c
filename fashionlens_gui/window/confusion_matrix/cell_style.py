"""Colours and numbers of a confusion matrix. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from fashionlens_gui.window.confusion_matrix import colour_scale

_TICKS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_INKS = ("#ffffff", "#000000")
"""White or black, whichever has the higher contrast: at least 4.5 : 1 on every colour."""


class Quantity(Enum):
    """What the numbers in the cells are."""

    COUNT = "Photos"
    ROW_SHARE = "Row %"


@dataclass(frozen=True)
class CellStyle:
    """How to draw the cells.

    Attributes:
        texts: Functions from a cell to its text, the longest first; the first that fits into all cells is used.
        dark_text_KK: bool, whether a cell's text has the dark colour of ``inks``.
        inks: (light, dark) text colours, ``#rrggbb``.
        grey_diagonal: Draw the diagonal in grey instead of the colour scale.
    """

    texts: tuple[Callable[[int, int], str], ...]
    dark_text_KK: np.ndarray
    inks: tuple[str, str]
    grey_diagonal: bool


@dataclass(frozen=True)
class MatrixStyle:
    """How to draw a matrix.

    Attributes:
        value_KK: float, [0, 1], positions on the colour scale: the square root of the share of the row.
        cells: Numbers and their colours.
        ticks: (position, text) along the colour scale, the most important first.
    """

    value_KK: np.ndarray
    cells: CellStyle
    ticks: tuple[tuple[float, str], ...]

    @classmethod
    def of(cls, counts_KK: np.ndarray, quantity: Quantity, mistakes_only: bool, scale_S3: np.ndarray) -> MatrixStyle:
        """The style of counts (int64, rows actual, columns predicted) in colours (uint8, S×3, sRGB)."""
        share_KK = counts_KK / np.maximum(counts_KK.sum(axis=1), 1)[:, None]
        mistakes_KK = share_KK * (1 - np.eye(*share_KK.shape))
        top = max(float(mistakes_KK.max()), 1e-3) if mistakes_only else 1.0
        value_KK = np.sqrt((mistakes_KK if mistakes_only else share_KK) / top)
        light, dark = (colour_scale.rgb(ink) for ink in _INKS)
        dark_reads_better_S = colour_scale.contrast(scale_S3, dark) >= colour_scale.contrast(scale_S3, light)
        level_KK = np.clip(value_KK * (len(scale_S3) - 1), 0, len(scale_S3) - 1).astype(int)
        look = CellStyle(_texts(counts_KK, share_KK, quantity), dark_reads_better_S[level_KK], _INKS, mistakes_only)
        return cls(value_KK, look, _ticks(top))


def _texts(counts_KK: np.ndarray, share_KK: np.ndarray, quantity: Quantity) -> tuple[Callable[[int, int], str], ...]:
    if quantity is Quantity.COUNT:
        return (lambda row, column: f"{counts_KK[row, column]:,}" if counts_KK[row, column] else "",)

    def share(digits: int, sign: str) -> Callable[[int, int], str]:
        def text(row: int, column: int) -> str:
            return f"{share_KK[row, column] * 100:.{digits}f}{sign}" if counts_KK[row, column] else ""

        return text

    return share(1, " %"), share(1, ""), share(0, "")


def _ticks(top: float) -> tuple[tuple[float, str], ...]:
    ticks = []
    for share in (0.0, top, *(tick for tick in reversed(_TICKS) if 0 < tick < top)):
        digits = 1 if 0 < share < 0.01 or share not in _TICKS else 0
        ticks.append((float(np.sqrt(share / top)), f"{share * 100:.{digits}f} %"))
    return tuple(ticks)
