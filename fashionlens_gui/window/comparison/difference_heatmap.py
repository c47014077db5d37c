"""The difference of two confusion matrices, as a heatmap.

Imports pyqtgraph, so import this module late.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fashionlens_gui.window.confusion_matrix import colour_scale
from fashionlens_gui.window.confusion_matrix.cell_style import CellStyle
from fashionlens_gui.window.confusion_matrix.cells import Cell
from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
from trainer.number_format import number

_STEPS = 129  # odd: the middle is “unchanged”
_INKS = ("#ffffff", "#000000")


class DifferenceHeatmap(ConfusionHeatmap):
    """Cells hold how many more or fewer photos the new model has there. Blue is better, red is worse.

    More is better on the diagonal, and worse elsewhere.
    """

    _legend = ""

    def show_difference(self, classes: tuple[str, ...], difference_KK: np.ndarray, changed: int) -> None:
        """Show counts of the new model minus those of the old one.

        Args:
            classes: The K categories to show.
            difference_KK: int64, R×K, rows actual (the first R categories), columns predicted.
            changed: How many categories changed, shown or not.
        """
        which = (
            f" These are the {len(classes)} of {changed} categories that changed most."
            if changed > len(classes)
            else ""
        )
        self._legend = (
            f"How many photos more (+) or fewer (−) the second model has. Blue is better, red is worse.{which}"
        )
        self.show_matrix(classes, difference_KK)
        for edge, count in zip(("right", "bottom"), difference_KK.shape, strict=True):  # the sums of the rows are equal
            self._axes[edge].show_texts("", [""] * count)
        self.canvas.setAccessibleName("Difference of the confusion matrices")

    def describe(self, cell: Cell) -> str:
        row, column = cell
        if column < 0:
            return _correct(self._classes[row], int(self._counts_KK[row, row]))
        if row < 0:
            return f"Predicted as {self._classes[column]}: {_change(int(self._counts_KK[:, column].sum()))}."
        if row == column:
            return _correct(self._classes[row], int(self._counts_KK[row, row]))
        change = _change(int(self._counts_KK[row, column]))
        return f"{self._classes[row]} predicted as {self._classes[column]}: {change}."

    def _apply_theme(self) -> None:
        super()._apply_theme()
        tokens = self._tokens()
        better = colour_scale.single_hue_scale(tokens.hover, tokens.accent, _STEPS // 2 + 1)
        worse = colour_scale.single_hue_scale(tokens.hover, tokens.error, _STEPS // 2 + 1)
        self._scale = np.concatenate([worse[:0:-1], better])
        self._image.setLookupTable(self._scale)
        self._bar.apply_theme(self._scale, tokens, self._caption.font())
        self._draw()

    def _draw(self) -> None:
        if not self._classes or len(self._scale) != _STEPS:
            return
        better_KK = -self._counts_KK.astype(float)
        np.fill_diagonal(better_KK, np.diag(self._counts_KK))
        top = max(float(np.abs(better_KK).max()), 1.0)
        value_KK = 0.5 + 0.5 * np.sign(better_KK) * np.sqrt(np.abs(better_KK) / top)
        light, dark = (colour_scale.rgb(ink) for ink in _INKS)
        dark_reads_S = colour_scale.contrast(self._scale, dark) >= colour_scale.contrast(self._scale, light)
        level_KK = np.clip(value_KK * (_STEPS - 1), 0, _STEPS - 1).astype(int)
        look = CellStyle((_text(self._counts_KK),), dark_reads_S[level_KK], _INKS, grey_diagonal=False)
        self._image.setImage(value_KK, autoLevels=False, levels=(0.0, 1.0))
        self._bar.set_ticks(((1.0, "better"), (0.0, "worse"), (0.5, "unchanged")))
        self._cells.show(self._counts_KK.shape, look, self._tokens(), self.font())
        self._mark()

    def _show_caption(self, cell: Cell | None) -> None:
        super()._show_caption(cell)
        if cell is None:
            self._caption.setText(self._legend)
            self.canvas.setAccessibleDescription(self._legend)


def _text(difference_KK: np.ndarray) -> Callable[[int, int], str]:
    def text(row: int, column: int) -> str:
        change = int(difference_KK[row, column])
        return f"{'+' if change > 0 else '−'}{abs(change):,}" if change else ""

    return text


def _correct(name: str, change: int) -> str:
    return f"{name}, predicted correctly: {_change(change)}."


def _change(change: int) -> str:
    if not change:
        return "as many photos"
    noun = "photo" if abs(change) == 1 else "photos"
    return f"{number(abs(change))} {noun} {'more' if change > 0 else 'fewer'}"
