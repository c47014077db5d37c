"""The data of the loss chart. No Qt, no torch.

Shape legend: N batches seen so far, M drawn points (a few hundred, however large N is).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Batches in the moving average.
_SMOOTHED_OVER = 50
_GROWTH = 8
_FIRST_ROOM = 4096


class LossCurve:
    """Loss of each batch and its exponential moving average, in arrays that grow by doubling.

    The window of the average grows, so that it follows the steep fall of the first batches.
    """

    def __init__(self) -> None:
        self._loss_N = np.empty(_FIRST_ROOM, dtype=np.float32)
        self._smooth_N = np.empty(_FIRST_ROOM, dtype=np.float32)
        self._first_step = 0
        self._count = 0
        self._mean = 0.0

    @property
    def first_step(self) -> int:
        """Batches of the run before the first one that is known."""
        return self._first_step

    def __len__(self) -> int:
        return self._count

    def load(self, losses: Sequence[float]) -> None:
        """Replace all batches by the first ones of the run."""
        self._first_step = self._count = 0
        for loss in losses:
            self.append(loss)

    def restart(self, step: int) -> None:
        """Continue after ``step`` finished batches of the whole run.

        Keeps the batches up to that step; without them the curve begins there.
        """
        kept = step - self._first_step
        if not 0 < kept <= self._count:
            self._first_step, self._count = step, 0
            return
        first = self._first_step
        self.load(self._loss_N[:kept].tolist())
        self._first_step = first

    def append(self, loss: float) -> None:
        """Add the next batch's loss (nats)."""
        if self._count == len(self._loss_N):
            self._loss_N = np.concatenate((self._loss_N, np.empty_like(self._loss_N)))
            self._smooth_N = np.concatenate((self._smooth_N, np.empty_like(self._smooth_N)))
        weight = 1 / min(_SMOOTHED_OVER, 1 + self._count / _GROWTH)
        self._mean += weight * (loss - self._mean)
        self._loss_N[self._count] = loss
        self._smooth_N[self._count] = self._mean
        self._count += 1

    def raw(self, points: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch numbers (from 1) and losses, downsampled to at most ``2 * points`` with all peaks.

        Returns:
            (float64 (M,), float32 (M,)): alternating minimum and maximum of each interval.
        """
        steps = np.arange(self._first_step + 1, self._first_step + 1 + self._count)
        losses = self._loss_N[: self._count]
        width = self._interval(points)
        if width <= 2:
            return steps.astype(np.float64), losses.copy()
        whole = self._count // width * width
        intervals = losses[:whole].reshape(-1, width)
        drawn_steps = np.repeat(steps[:whole:width].astype(np.float64), 2)
        drawn_steps[1::2] += width / 2
        drawn = np.empty(len(drawn_steps), dtype=np.float32)
        drawn[0::2] = intervals.min(axis=1)
        drawn[1::2] = intervals.max(axis=1)
        # The unfinished last interval is not downsampled.
        return np.concatenate((drawn_steps, steps[whole:])), np.concatenate((drawn, losses[whole:]))

    def smooth(self, points: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch numbers (from 1) and smoothed losses, downsampled to about ``points``; float64 (M,), float32 (M,)."""
        width = self._interval(points)
        picked = np.arange(width - 1, self._count, width)
        if self._count % width:
            picked = np.append(picked, self._count - 1)
        return (picked + self._first_step + 1).astype(np.float64), self._smooth_N[picked]

    def visible_top(self) -> float:
        """Upper end of the loss axis: above the 99th percentile and the average."""
        if not self._count:
            return 1.0
        losses = self._loss_N[: self._count]
        thinned = losses[:: max(self._count // 2000, 1)]
        return float(max(np.quantile(thinned, 0.99) * 1.1, self._smooth_N[: self._count].max() * 1.05, 1e-3))

    def _interval(self, points: int) -> int:
        """Batches per drawn point: a power of two, so that points do not move with every batch."""
        width = 1
        while self._count > width * max(points, 1):
            width *= 2
        return width
