"""“Improve the model”: its heads learn from corrected photos, and what they knew is rehearsed meanwhile.

The backbone stays, so that it takes seconds, that what nobody spoke of stays as it is, and that a few dozen photos
cannot spoil features which tens of thousands made. The category and each attribute learn by themselves, from the
photos of which people said something of it. What comes out is a new model beside the old one, and both judged on the
same photos, of which neither head has learnt: a fifth of the corrected ones, and photos of the replay sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from trainer.control import ProgressEvent, WorkControl
from trainer.errors import DataError
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import head_of, with_heads
from trainer.model_files.replay import Replay
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES
from trainer.training.improve.corrected_embeddings import SeenCorrections, look_at
from trainer.training.improve.corrected_photos import CorrectedLabel, teachable
from trainer.training.improve.head_update import HeadLesson, ImprovedHead, improved_head
from trainer.training.improve.improvement import Improvement, Outcome, nothing_learnt, why_not_to_learn, why_not_to_use
from trainer.training.improve.updated_metadata import described, photos_of

Rehearse = Callable[[Predictor], Generator[ProgressEvent, None, Replay | None]]
"""Finds what a model can rehearse, see :mod:`trainer.training.runs.replay_source`."""


def improve(
    model: Path,
    corrections: Sequence[CorrectedLabel],
    control: WorkControl,
    *,
    name: str,
    rehearse: Rehearse | None = None,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Improvement]:
    """Teach a model what people said; yields progress. The file of the model stays as it is.

    Args:
        model: The model's file.
        corrections: What people said; of a photo (or a copy of it) the later word counts.
        control: Stops it.
        name: What the user calls the new model.
        rehearse: Finds what to rehearse; by default the sample beside the model.
        seed: Another one holds out other photos.

    Raises:
        DataError: Too few photos that can be read and whose values the model knows, or nothing that it learnt from
            them was good enough.
        ModelFileError: The model or its replay sample cannot be read.
        Cancelled: ``control`` was stopped.
    """
    predictor = Predictor.load(model)
    corrected = yield from look_at(predictor, corrections, control)
    replay = replay_file.of_model(model, predictor.model) if rehearse is None else (yield from rehearse(predictor))
    heads: list[ImprovedHead] = []
    outcomes: list[Outcome] = []
    for attribute in filter(corrected.photos.__contains__, CATEGORY_AND_ATTRIBUTES):
        head, outcome = yield from _taught(attribute, predictor, corrected, replay, name, control, seed)
        outcomes.append(outcome)
        if head is not None:
            heads.append(head)
    if not heads:
        raise DataError(nothing_learnt(predictor.metadata, tuple(outcomes)))
    return Improvement(
        described(predictor.metadata, model, name, heads),
        with_heads(predictor.network, {head.lesson.attribute: head.probe for head in heads}),
        tuple(outcomes),
        len(photos_of(heads)),
        replay,
        corrected.unreadable,
        corrected.replaced,
    )


def save(path: Path, improvement: Improvement) -> None:
    """Write the new model, and its replay sample beside it, so that it can be improved again.

    Raises:
        SaveError: It could not be written.
    """
    if improvement.replay is not None:
        replay_file.save(replay_file.path_of(path), improvement.replay)
    model_file.save(path, improvement.network, improvement.metadata)


def _taught(
    attribute: str,
    predictor: Predictor,
    corrected: SeenCorrections,
    replay: Replay | None,
    name: str,
    control: WorkControl,
    seed: int,
) -> Generator[ProgressEvent, None, tuple[ImprovedHead | None, Outcome]]:
    """The head of one attribute where it learnt something, and what came of it."""
    metadata, photos = predictor.metadata, corrected.photos[attribute]
    classes = teachable(metadata).get(attribute)
    unknown = corrected.unknown.get(attribute, Counter()) if classes is not None else Counter[str]()
    lesson = None
    if classes is not None and attribute in corrected.labels:
        lesson = HeadLesson.of(attribute, classes, corrected, replay, seed)
    known = None if lesson is None or lesson.known is None else len(lesson.known.labels_N)
    pictures = 0 if lesson is None else lesson.pictures
    why_not = why_not_to_learn(attribute, photos, pictures, known, metadata)
    if lesson is None or why_not:
        return None, Outcome(attribute, photos, why_not, unknown=unknown)
    old = head_of(predictor.network, metadata, attribute)
    head = yield from improved_head(old, lesson, metadata, name, control, seed)
    why_not = why_not_to_use(attribute, head.judged)
    outcome = Outcome(attribute, photos, why_not, len(lesson.digests), head.judged, unknown)
    return (None if why_not else head), outcome
