"""Two models compared on the same photos: what got better, what got worse, and whether that is significant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from math import comb, erfc, sqrt
from typing import Any, Literal

import numpy as np

from trainer.evaluation.evaluation import class_figures
from trainer.evaluation.tallies import Skipped, SkipReason, largest_off_diagonal

_EXACT_BELOW = 25  # discordant photos; from here on the chi-square distribution is close enough (Edwards 1948)
_UNLIKELY = 0.05
_ONE_SIDED_AT_LEAST = 6  # with fewer discordant photos p is above 0.05 even if all of them speak for one model

Verdict = Literal["no_difference", "too_few", "balanced", "significant", "not_significant"]
"""``too_few``: so few discordant photos that no result could be significant."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One model's prediction for one photo, its confidence, [0, 1], and whether it is correct."""

    label: str
    confidence: float
    correct: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A photo that only one of the models predicts correctly."""

    file: str
    actual: str
    old: ModelAnswer
    new: ModelAnswer


@dataclass(frozen=True, slots=True)
class ClassComparison:
    """How well either model recognises one class; the shares in [0, 1].

    Attributes:
        support: Photos of it; 0 for a label that was only predicted.
        old_recall: Share of its photos that the old model has right; None without photos. ``new_recall`` likewise.
        old_f1: Harmonic mean of recall and precision, 0 when both are; None without photos. ``new_f1`` likewise.
    """

    name: str
    support: int
    old_recall: float | None
    new_recall: float | None
    old_f1: float | None
    new_f1: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "support": self.support,
            "recall": _pair(self.old_recall, self.new_recall),
            "f1": _pair(self.old_f1, self.new_f1),
        }


@dataclass
class Comparison:
    """Running tallies of both models. Of photos, only the names of those with a changed result are stored.

    Attributes:
        classes: Of the photos, in display order.
        better: Photos that only the new model has right, in the order of the data; ``worse`` the reverse.
        both_right: Photos that both have right; ``both_wrong`` likewise.
        unknown: Photos that were skipped because of their folder: (folder, reason) -> count.
    """

    old_name: str
    new_name: str
    data_name: str
    classes: list[str] = field(default_factory=list)
    better: list[Changed] = field(default_factory=list)
    worse: list[Changed] = field(default_factory=list)
    both_right: int = 0
    both_wrong: int = 0
    unknown: Counter[tuple[str, SkipReason]] = field(default_factory=Counter)
    skipped: Skipped = field(default_factory=Skipped)
    # Model -> (class, wrong label, or None for a right one) -> how many: bounded by labels, not by photos.
    _predicted: dict[str, Counter[tuple[str, str | None]]] = field(
        default_factory=lambda: {"old": Counter(), "new": Counter()}
    )
    _class_of_label: dict[str, dict[str, str]] = field(default_factory=lambda: {"old": {}, "new": {}})

    def add_class(self, name: str, old: frozenset[str], new: frozenset[str]) -> None:
        """Add a class with the labels of either model that are correct for it. Idempotent."""
        if name not in self.classes:
            self.classes.append(name)
        for model, labels in (("old", old), ("new", new)):
            for label in sorted(labels):  # a label of two classes counts as the first one where it is wrong
                self._class_of_label[model].setdefault(label, name)

    def add(self, file: str, actual: str, old: ModelAnswer, new: ModelAnswer) -> None:
        """Count one photo of a class that was added with :meth:`add_class`."""
        self._predicted["old"][actual, None if old.correct else old.label] += 1
        self._predicted["new"][actual, None if new.correct else new.label] += 1
        if old.correct and new.correct:
            self.both_right += 1
        elif old.correct:
            self.worse.append(Changed(file, actual, old, new))
        elif new.correct:
            self.better.append(Changed(file, actual, old, new))
        else:
            self.both_wrong += 1

    @property
    def n(self) -> int:
        return self.both_right + self.both_wrong + len(self.better) + len(self.worse)

    @property
    def old_accuracy(self) -> float:
        """Share of photos that the old model has right, [0, 1]."""
        return (self.both_right + len(self.worse)) / max(self.n, 1)

    @property
    def new_accuracy(self) -> float:
        """Share of photos that the new model has right, [0, 1]."""
        return (self.both_right + len(self.better)) / max(self.n, 1)

    def test(self) -> McNemar:
        return mcnemar(len(self.worse), len(self.better))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """K names: the classes, then other predicted labels by name. Cached: no photos may be added afterwards."""
        predicted = {self._class_of(model, *key) for model, counts in self._predicted.items() for key in counts}
        return (*self.classes, *sorted(predicted - set(self.classes)))

    @cached_property
    def old_confusion_KK(self) -> np.ndarray:
        """The old model's confusion matrix, int64: rows actual, columns predicted, as :attr:`labels`."""
        return self._confusion("old")

    @cached_property
    def new_confusion_KK(self) -> np.ndarray:
        return self._confusion("new")

    @property
    def difference_KK(self) -> np.ndarray:
        """New minus old, int64; above 0 on the diagonal is better, elsewhere it is worse."""
        return np.asarray(self.new_confusion_KK - self.old_confusion_KK)

    def most_confused(self, most: int) -> list[tuple[str, str, int]]:
        """The confusions whose number changed most, by size of the change: the actual and the predicted class, and how
        many photos more (or fewer, below 0) the new model has there.
        """
        return [
            (self.labels[row], self.labels[column], change)
            for row, column, change in largest_off_diagonal(self.difference_KK, most)
        ]

    def per_class(self) -> tuple[ClassComparison, ...]:
        old, new = (class_figures(self.labels, each) for each in (self.old_confusion_KK, self.new_confusion_KK))
        return tuple(
            ClassComparison(was.name, was.support, was.recall, now.recall, was.f1, now.f1)
            if was.support
            else ClassComparison(was.name, 0, None, None, None, None)
            for was, now in zip(old, new, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        test = self.test()
        return {
            "old": self.old_name,
            "new": self.new_name,
            "data": self.data_name,
            "n": self.n,
            "accuracy": _pair(self.old_accuracy if self.n else None, self.new_accuracy if self.n else None),
            "both_right": self.both_right,
            "both_wrong": self.both_wrong,
            "mcnemar": {
                "only_old_right": test.only_old,
                "only_new_right": test.only_new,
                "p": test.p,
                "exact": test.exact,
            },
            "per_class": {each.name: each.to_json() for each in self.per_class() if each.support},
            "classes": list(self.labels),
            "old_confusion_matrix": self.old_confusion_KK.tolist(),
            "new_confusion_matrix": self.new_confusion_KK.tolist(),
            "confusion_difference": self.difference_KK.tolist(),
            "better": [_changed(each) for each in self.better],
            "worse": [_changed(each) for each in self.worse],
            "skipped": self.skipped.n,
            "skipped_because": dict(self.skipped.reasons),
            "unknown_folders": [
                {"folder": folder, "reason": who, "n": count} for (folder, who), count in self.unknown.items()
            ],
        }

    def _class_of(self, model: str, actual: str, predicted: str | None) -> str:
        """The class of a predicted label, None for a correct one; the label itself where it is of no class."""
        if predicted is None:
            return actual
        name = self._class_of_label[model].get(predicted)
        # A folder may have the name of a category that it does not stand for.
        return name or (f"{predicted} (category)" if predicted in self.classes else predicted)

    def _confusion(self, model: str) -> np.ndarray:
        place = {name: index for index, name in enumerate(self.labels)}
        matrix_KK = np.zeros((len(place), len(place)), np.int64)
        for (actual, predicted), count in self._predicted[model].items():
            matrix_KK[place[actual], place[self._class_of(model, actual, predicted)]] += count
        return matrix_KK


def _pair(old: float | None, new: float | None) -> dict[str, float | None]:
    return {"old": old, "new": new, "difference": None if old is None or new is None else new - old}


def _changed(photo: Changed) -> dict[str, Any]:
    return {
        "file": photo.file,
        "actual": photo.actual,
        "old": photo.old.label,
        "old_confidence": photo.old.confidence,
        "new": photo.new.label,
        "new_confidence": photo.new.confidence,
    }


@dataclass(frozen=True, slots=True)
class McNemar:
    """The result of McNemar's test of equal accuracy (McNemar 1947; Edwards 1948). Only discordant photos count.

    Attributes:
        only_old: Photos that only the old model has right.
        only_new: Photos that only the new model has right.
        p: Two-sided p-value, (0, 1].
        exact: From the binomial distribution; else from chi-square with Edwards's continuity correction.
    """

    only_old: int
    only_new: int
    p: float
    exact: bool

    @property
    def new_is_worse(self) -> bool:
        """Whether the new model is significantly less accurate."""
        return self.only_new < self.only_old and self.p < _UNLIKELY

    @property
    def verdict(self) -> Verdict:
        """What follows from it at the 5 % level."""
        if not self.only_old + self.only_new:
            return "no_difference"
        if self.only_old + self.only_new < _ONE_SIDED_AT_LEAST:
            return "too_few"
        if self.only_old == self.only_new:
            return "balanced"
        return "significant" if self.p < _UNLIKELY else "not_significant"


def mcnemar(only_old: int, only_new: int) -> McNemar:
    """Test whether two models differ, by the photos that only one of them has right."""
    n = only_old + only_new
    if n < _EXACT_BELOW:
        tail = sum(comb(n, k) for k in range(min(only_old, only_new) + 1)) / 2**n
        return McNemar(only_old, only_new, min(2 * tail, 1.0), True)
    # The correction never exceeds the difference: for equal counts chi-square is 0, not 1/n.
    chi_square = max(abs(only_new - only_old) - 1, 0) ** 2 / n
    return McNemar(only_old, only_new, erfc(sqrt(chi_square / 2)), False)
