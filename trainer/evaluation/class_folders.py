"""Evaluates a product model on class folders, and its rejection rate on photos without apparel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from trainer.control import ProgressEvent, WorkControl
from trainer.data.folder_categories import ClassPhoto, FolderCategories
from trainer.data.photo_store import PhotoStore
from trainer.errors import DataError, PhotoError
from trainer.evaluation.level_tallies import LevelTallies
from trainer.evaluation.prediction_stream import Aspect, predictions
from trainer.evaluation.tallies import ConfidenceBins, Mistake, Selective, Skipped, SkipReason, WorstMistakes, share
from trainer.inference.prediction import PhotoPredictor
from trainer.taxonomy import Taxonomy

_STEP = "classifying_photos"


@dataclass(slots=True)
class ClassTally:
    """Running counts of one class folder; ``top3`` counts photos with a correct category among the first three."""

    categories: frozenset[str]
    n: int = 0
    top1: int = 0
    top3: int = 0
    instead: Counter[str] = field(default_factory=Counter)


@dataclass
class FolderFigures:
    """The evaluation on class folders; ``unknown`` counts the photos of folders with unknown names, not scored."""

    model_name: str
    data_name: str
    levels: LevelTallies
    classes: dict[str, ClassTally] = field(default_factory=dict)
    selective: Selective = field(default_factory=Selective)
    unknown: Counter[str] = field(default_factory=Counter)
    skipped: Skipped = field(default_factory=Skipped)
    bins: ConfidenceBins = field(default_factory=ConfidenceBins)
    worst: WorstMistakes = field(default_factory=WorstMistakes)

    @property
    def n(self) -> int:
        return self.selective.n

    @property
    def top1(self) -> float | None:
        return share(sum(tally.top1 for tally in self.classes.values()), self.n)

    @property
    def top3(self) -> float | None:
        return share(sum(tally.top3 for tally in self.classes.values()), self.n)

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model_name,
            "data": self.data_name,
            "n": self.n,
            "top1": self.top1,
            "top3": self.top3,
            "ece": self.bins.error(),
            "selective": self.selective.to_json(),
            "levels": self.levels.to_json(),
            "per_class": {
                name: {
                    "n": tally.n,
                    "top1": share(tally.top1, tally.n),
                    "top3": share(tally.top3, tally.n),
                    "stands_for": sorted(tally.categories),
                    "called_instead": [[called, count] for called, count in tally.instead.most_common(3)],
                }
                for name, tally in sorted(self.classes.items())
            },
            "skipped": self.skipped.n,
            "skipped_because": dict(self.skipped.reasons),
            "unknown_folders": dict(self.unknown),
        }


def evaluate_folders(
    predictor: PhotoPredictor,
    folder_categories: FolderCategories,
    store: PhotoStore,
    control: WorkControl,
    *,
    data_name: str,
    part: str = "",
    aspect: Aspect | None = None,
) -> Generator[ProgressEvent, None, FolderFigures]:
    """Predict every photo whose folder stands for categories; yields progress.

    Args:
        folder_categories: What folder names stand for.
        part: See :meth:`trainer.data.folder_categories.FolderCategories.photos`.

    Raises:
        DataError: The tree cannot be opened, or nothing in it could be scored.
    """
    figures = FolderFigures(predictor.metadata.name, data_name, LevelTallies(folder_categories.taxonomy))
    known = frozenset(predictor.metadata.classes)
    total = sum(1 for _ in folder_categories.photos(store, part))
    if not total:
        raise DataError("no_photos_in_part", part=part, place=str(store.path))

    def scorable() -> Iterator[tuple[ClassPhoto, str]]:
        for photo in folder_categories.photos(store, part):
            if not photo.categories:
                figures.skipped.reasons[SkipReason.UNKNOWN_FOLDER] += 1
                figures.unknown[photo.folder] += 1
            elif not photo.categories & known:
                figures.skipped.reasons[SkipReason.NOT_IN_MODEL] += 1
            else:
                yield photo, photo.name

    for photo, answer in predictions(predictor, store, scorable(), control, aspect):
        if isinstance(answer, PhotoError):
            figures.skipped.add_unreadable(answer)
        else:
            tally = figures.classes.setdefault(photo.folder, ClassTally(photo.categories))
            ranking = answer.category
            right = ranking.label in photo.categories
            tally.n += 1
            tally.top1 += right
            tally.top3 += any(name in photo.categories for name in ranking.labels[:3])
            if not right:
                tally.instead[ranking.label] += 1
                figures.worst.add(Mistake(photo.name, photo.folder, ranking.label, ranking.confidence))
            figures.bins.add(ranking.confidence, right)
            figures.levels.add(answer, photo.categories)
            figures.selective.add(answer.ok, right)
        yield ProgressEvent(_STEP, figures.n + figures.skipped.n, total)
    if not figures.n:
        if not figures.unknown:
            raise DataError("no_readable_photo_in", place=str(store.path))
        folders = tuple(name for name, _ in figures.unknown.most_common(10))
        raise DataError("no_folder_of_a_category", folders=folders, place=str(store.path))
    return figures


@dataclass
class OutOfDistributionFigures:
    """The evaluation on photos without apparel.

    ``rejected`` were predicted as no garment, or left for review; ``accepted_as`` counts what the others were called.
    """

    model_name: str
    data_name: str
    n: int = 0
    rejected: int = 0
    accepted_as: Counter[str] = field(default_factory=Counter)
    skipped: Skipped = field(default_factory=Skipped)

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model_name,
            "data": self.data_name,
            "n": self.n,
            "kept_out": share(self.rejected, self.n),
            "passed_off_as": dict(self.accepted_as.most_common()),
            "skipped": self.skipped.n,
            "skipped_because": dict(self.skipped.reasons),
        }


def evaluate_not_apparel(
    predictor: PhotoPredictor,
    taxonomy: Taxonomy,
    names: Iterable[str],
    store: PhotoStore,
    control: WorkControl,
    *,
    data_name: str,
    aspect: Aspect | None = None,
) -> Generator[ProgressEvent, None, OutOfDistributionFigures]:
    """Predict photos without apparel and count those that do not get a garment with status ``ok``; yields progress.

    Args:
        taxonomy: Says which categories are garments. A category that it does not know counts as one.
        names: The photos, by their names in ``store``.

    Raises:
        DataError: There are no photos, or none can be read.
    """
    figures = OutOfDistributionFigures(predictor.metadata.name, data_name)
    no_garments = {category.name for category in taxonomy.categories if not category.garment}
    for _, answer in predictions(predictor, store, ((None, name) for name in names), control, aspect):
        if isinstance(answer, PhotoError):
            figures.skipped.add_unreadable(answer)
        else:
            figures.n += 1
            if not answer.ok or answer.category.label in no_garments:
                figures.rejected += 1
            else:
                figures.accepted_as[answer.category.label] += 1
        yield ProgressEvent(_STEP, figures.n + figures.skipped.n, 0)
    if not figures.n:
        raise DataError("no_photos_without_apparel", data=data_name, place=str(store.path))
    return figures
