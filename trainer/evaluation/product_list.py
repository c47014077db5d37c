"""Evaluates a product model on a list of products, per attribute.

Figures come from running counts, so memory does not grow with the number of photos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.control import ProgressEvent, WorkControl
from trainer.data.photo_store import PhotoStore
from trainer.data.product_rows import PhotosById, ProductRow, RowLabel
from trainer.errors import DataError, PhotoError
from trainer.evaluation.evaluation import class_figures
from trainer.evaluation.level_tallies import LevelTallies, LevelTally
from trainer.evaluation.prediction_stream import Aspect, predictions
from trainer.evaluation.tallies import (
    ConfidenceBins,
    Mistake,
    Selective,
    Skipped,
    SkipReason,
    WorstMistakes,
    largest_off_diagonal,
    share,
)
from trainer.inference.levels import sure_of_family
from trainer.inference.prediction import PhotoPredictor, Prediction, Ranking
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES, Taxonomy

_STEP = "classifying_photos"


class AttributeTally:
    """Running counts of one attribute.

    Args:
        classes: K names in any order: what the model can answer. Empty when it does not know the attribute.

    Attributes:
        selective: Of the rows with status ``ok``, which the category decides.
        confident: Of the photos where the confidence of this attribute is high enough; the same for the category.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self.n = 0
        self.skipped: Counter[SkipReason] = Counter()
        self.confusion_KK = np.zeros((len(classes), len(classes)), np.int64)
        self.selective = Selective()
        self.confident = Selective()
        self._index = {name: index for index, name in enumerate(classes)}
        self._hits = [0, 0, 0]  # true name first, among the first two, among the first three
        self._bins = ConfidenceBins()

    def add(self, label: RowLabel, ranking: Ranking | None, ok: bool, sure: bool) -> str | None:
        """Count one photo.

        Args:
            ranking: What the model says; None when it says nothing of this attribute.
            ok: Whether the photo's row gets the status ``ok``, which the category decides.
            sure: Whether the model is sure of this attribute.

        Returns:
            The true name when the photo was scored, None when it was skipped.
        """
        if label.name is None:
            self.skipped[SkipReason.NOT_IN_TAXONOMY if label.given else SkipReason.NO_LABEL] += 1
            return None
        if ranking is None or label.name not in self._index:
            self.skipped[SkipReason.NOT_IN_MODEL] += 1
            return None
        place = ranking.labels.index(label.name)
        self.n += 1
        for k in range(place, 3):
            self._hits[k] += 1
        self.confusion_KK[self._index[label.name], self._index[ranking.label]] += 1
        self._bins.add(ranking.confidence, place == 0)
        self.selective.add(ok, place == 0)
        self.confident.add(sure, place == 0)
        return label.name

    def top(self, k: int) -> float | None:
        """Share of photos whose true name is among the first ``k`` (1 to 3), [0, 1]; None when there are none."""
        return share(self._hits[k - 1], self.n)

    def macro_f1(self) -> float | None:
        """Mean F1 over the classes that occur in the truth, [0, 1]; None when there are none.

        A class that is only ever predicted has no F1 of its own, but each such prediction costs the true class recall.
        """
        f1 = [each.f1 for each in class_figures(self.classes, self.confusion_KK) if each.support]
        return float(np.mean(f1)) if f1 else None

    def calibration_error(self) -> float | None:
        return self._bins.error()

    def confused(self, most: int) -> list[tuple[str, str, int]]:
        """The most frequent mistakes: true name, predicted name, count."""
        return [
            (self.classes[true], self.classes[called], count)
            for true, called, count in largest_off_diagonal(self.confusion_KK, most)
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "top1": self.top(1),
            "top2": self.top(2),
            "top3": self.top(3),
            "macro_f1": self.macro_f1(),
            "ece": self.calibration_error(),
            "selective": self.selective.to_json(),
            "confident": self.confident.to_json(),
            "skipped": self.skipped.total(),
            "skipped_because": dict(self.skipped),
        }


@dataclass
class ProductFigures:
    """The evaluation on a list of products.

    Attributes:
        rows: Rows so far; each was predicted or is in ``skipped``.
        attributes: Tallies by attribute name, in the order of :data:`trainer.taxonomy.CATEGORY_AND_ATTRIBUTES`.
        levels: Of the photos scored for the category.
        family: The colour's family, of the photos scored for colour.
        ids_without_zeros: Ids whose zeros at the beginning a spreadsheet has removed; their photos are found.
    """

    model_name: str
    data_name: str
    attributes: dict[str, AttributeTally]
    levels: LevelTallies
    rows: int = 0
    family: LevelTally = field(default_factory=LevelTally)
    ids_without_zeros: list[str] = field(default_factory=list)
    skipped: Skipped = field(default_factory=Skipped)
    worst: WorstMistakes = field(default_factory=WorstMistakes)

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model_name,
            "data": self.data_name,
            "rows": self.rows,
            "n": self.rows - self.skipped.n,
            **{name: tally.to_json() for name, tally in self.attributes.items()},
            "levels": self.levels.to_json(),
            "colour_family": self.family.to_json(),
            "confused": {
                name: [[true, called, count] for true, called, count in tally.confused(10)]
                for name, tally in self.attributes.items()
            },
            "ids_without_zeros": self.ids_without_zeros,
            "skipped": self.skipped.n,
            "skipped_because": dict(self.skipped.reasons),
        }


def evaluate_rows(
    predictor: PhotoPredictor,
    taxonomy: Taxonomy,
    rows: Iterable[ProductRow],
    total: int,
    store: PhotoStore,
    control: WorkControl,
    *,
    data_name: str,
    aspect: Aspect | None = None,
) -> Generator[ProgressEvent, None, ProductFigures]:
    """Name the photo of every row and compare each attribute with the row; yields progress.

    Args:
        rows: Taken one after the other, never kept.

    Raises:
        DataError: The rows cannot be read, or none has a readable photo.
    """
    figures = ProductFigures(predictor.metadata.name, data_name, _tallies(predictor), LevelTallies(taxonomy))
    photos = PhotosById(store)
    figures.ids_without_zeros = photos.without_zeros

    def with_photos() -> Iterator[tuple[tuple[ProductRow, str], str]]:
        for row in rows:
            figures.rows += 1
            name = photos.find(row)
            if name is None:
                figures.skipped.reasons[SkipReason.NO_PHOTO] += 1
            else:
                yield (row, name), name

    for (row, name), answer in predictions(predictor, store, with_photos(), control, aspect):
        if isinstance(answer, PhotoError):
            figures.skipped.add_unreadable(answer)
        else:
            _score(figures, name, row.labels(taxonomy), answer, taxonomy)
        yield ProgressEvent(_STEP, min(figures.rows, total), total)
    if figures.rows == figures.skipped.n:
        raise DataError("no_row_with_readable_photo", rows=figures.rows, place=str(store.path))
    return figures


def _tallies(predictor: PhotoPredictor) -> dict[str, AttributeTally]:
    metadata = predictor.metadata
    heads = {name: head.classes for name, head in metadata.attributes.items()}
    return {
        name: AttributeTally(metadata.classes if name == CATEGORY else heads.get(name, ()))
        for name in CATEGORY_AND_ATTRIBUTES
    }


def _score(
    figures: ProductFigures,
    file: str,
    labels: Mapping[str, RowLabel],
    prediction: Prediction,
    taxonomy: Taxonomy,
) -> None:
    ok = prediction.ok
    for name, tally in figures.attributes.items():
        if name == CATEGORY:
            category = prediction.category
            true = tally.add(labels[name], category, ok, ok)
            if true is not None:
                figures.levels.add(prediction, (true,))
            if true is not None and true != category.label:
                figures.worst.add(Mistake(file, true, category.label, category.confidence))
            continue
        ranking = prediction.attributes.get(name)
        true = tally.add(labels[name], ranking, ok, name not in prediction.unsure)
        if name == "colour" and true is not None and ranking is not None:
            same = taxonomy.family(ranking.label) == taxonomy.family(true)
            figures.family.add(sure_of_family(prediction, taxonomy), same)
