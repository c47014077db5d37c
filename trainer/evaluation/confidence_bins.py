"""How far confidences are from the truth, from running sums alone."""

from __future__ import annotations

import numpy as np

BINS = 15  # as in :meth:`trainer.evaluation.evaluation.Evaluation.expected_calibration_error`


class ConfidenceBins:
    """Sums over equally wide bins of confidence; an answer is forgotten once it was added."""

    def __init__(self) -> None:
        self._n = 0
        self._confidences = np.zeros(BINS)
        self._right = np.zeros(BINS)

    def add(self, confidence: float, right: bool) -> None:
        """Count one answer of that confidence, [0, 1]."""
        place = min(int(confidence * BINS), BINS - 1)
        self._n += 1
        self._confidences[place] += confidence
        self._right[place] += right

    def error(self) -> float | None:
        """Mean gap between confidence and accuracy (Guo et al. 2017, equation 3), [0, 1]; None without answers."""
        return float(np.abs(self._right - self._confidences).sum() / self._n) if self._n else None
