"""Running counts of an evaluation or a comparison: memory does not grow with the number of photos."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from trainer.errors import PhotoError

_BINS = 15  # as in :meth:`trainer.evaluation.evaluation.Evaluation.expected_calibration_error`
WORST_KEPT = 24
_MAX_ERRORS = 20


class SkipReason(StrEnum):
    """Why a photo is in no figure. The values are keys of the JSON output; people read other texts."""

    NO_LABEL = "no label"
    NOT_IN_TAXONOMY = "not in the taxonomy"
    NOT_IN_MODEL = "not known to the model"
    NO_PHOTO = "no photo"
    UNREADABLE = "unreadable photo"
    UNKNOWN_FOLDER = "folder name not known"
    UNKNOWN_TO_BOTH = "folder name not known to either model"
    OLD_MODEL_ONLY = "folder name known to the old model only"
    NEW_MODEL_ONLY = "folder name known to the new model only"


def share(part: int, whole: int) -> float | None:
    """``part / whole``; None when there is no whole."""
    return part / whole if whole else None


@dataclass(slots=True)
class Selective:
    """Selective prediction, when only confident predictions count: ``ok`` of ``n`` photos, ``correct`` of those."""

    n: int = 0
    ok: int = 0
    correct: int = 0

    def add(self, sure: bool, correct: bool) -> None:
        self.n += 1
        self.ok += sure
        self.correct += sure and correct

    def to_json(self) -> dict[str, float | None]:
        """``coverage``, the share of ``ok`` photos, and ``accuracy``, the share of correct ones among them."""
        return {"coverage": share(self.ok, self.n), "accuracy": share(self.correct, self.ok)}


@dataclass
class Skipped:
    """Photos that are in no figure: their number by reason, and the errors of the first 20 unreadable ones."""

    reasons: Counter[SkipReason] = field(default_factory=Counter)
    errors: list[PhotoError] = field(default_factory=list)

    def add_unreadable(self, error: PhotoError) -> None:
        self.reasons[SkipReason.UNREADABLE] += 1
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(error)

    @property
    def n(self) -> int:
        return self.reasons.total()

    @property
    def unreadable(self) -> int:
        return self.reasons[SkipReason.UNREADABLE]


class ConfidenceBins:
    """Sums over equally wide bins of confidence; an answer is forgotten once it was added."""

    def __init__(self) -> None:
        self._n = 0
        self._confidences = np.zeros(_BINS)
        self._right = np.zeros(_BINS)

    def add(self, confidence: float, right: bool) -> None:
        place = min(int(confidence * _BINS), _BINS - 1)
        self._n += 1
        self._confidences[place] += confidence
        self._right[place] += right

    def error(self) -> float | None:
        """Mean gap between confidence and accuracy (Guo et al. 2017, equation 3), [0, 1]; None without answers."""
        return float(np.abs(self._right - self._confidences).sum() / self._n) if self._n else None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo, by its name in its store or list, with a wrong prediction and its confidence, [0, 1]."""

    file: str
    actual: str
    predicted: str
    confidence: float


class WorstMistakes:
    """Keeps the most confident ones that are added."""

    def __init__(self, most: int = WORST_KEPT) -> None:
        self._most = most
        self._count = 0
        self._heap: list[tuple[float, int, Mistake]] = []  # the least confident one first; the later of equals

    def add(self, mistake: Mistake) -> None:
        """Keep it if it is among the worst so far; of equally confident ones the first are kept."""
        self._count += 1
        heapq.heappush(self._heap, (mistake.confidence, -self._count, mistake))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def in_order(self) -> list[Mistake]:
        """Most confident first."""
        return [mistake for _, _, mistake in sorted(self._heap, reverse=True)]


def largest_off_diagonal(values_RC: np.ndarray, most: int) -> list[tuple[int, int, int]]:
    """Row, column and value of the largest values beside the diagonal, by their absolute size; none that is 0."""
    others_RC = values_RC.copy()
    np.fill_diagonal(others_RC, 0)
    order = np.argsort(-np.abs(others_RC), axis=None, kind="stable")[:most]
    found = [(*divmod(int(flat), others_RC.shape[1]), int(others_RC.flat[flat])) for flat in order]
    return [each for each in found if each[2]]
