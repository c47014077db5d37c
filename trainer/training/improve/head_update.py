"""One head that learns what people corrected, judged beside the old one on photos of which neither has learnt.

For the category and for each attribute alike. The photos are a fifth of the corrected ones, and those of the replay
sample of which something is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.evaluation.comparison import Comparison, ModelAnswer
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.replay import Replay
from trainer.networks.linear_probe import LinearProbe
from trainer.taxonomy import CATEGORY
from trainer.training.improve import recalibration
from trainer.training.improve.corrected_embeddings import SeenCorrections
from trainer.training.improve.corrected_photos import held_out
from trainer.training.improve.recalibration import Recalibrated
from trainer.training.improve.refit_head import Material, relearnt

_TEST_SHARE = 0.2  # of a replay sample that holds nothing out


@dataclass(frozen=True)
class Labelled:
    """Photos and what they show.

    Attributes:
        embeddings_ND: float32.
        labels_N: int64.
        names: N.
    """

    embeddings_ND: torch.Tensor
    labels_N: torch.Tensor
    names: Sequence[str]

    def part(self, chosen_N: torch.Tensor) -> Labelled:
        """Those for which ``chosen_N``, bool, is true."""
        names = [self.names[place] for place in chosen_N.nonzero().flatten().tolist()]
        return Labelled(self.embeddings_ND[chosen_N], self.labels_N[chosen_N], names)


@dataclass(frozen=True)
class HeadLesson:
    """What is learnt of one attribute, and what is held out.

    Attributes:
        attribute: ``category`` or another one.
        classes: K values.
        learnt: Corrected photos to learn from.
        digests: Of their files' bytes.
        group_C: int64, the same for copies of one photo.
        categories: How many of them show each category.
        judging: Corrected photos to judge with; never copies of those to learn from.
        pictures: How many different ones both are; copies count once.
        rehearsed_ND: Embeddings of what was known; N may be 0.
        known: Other photos that stand for what was known, to judge with; None without a replay sample. It may be
            empty: nothing is known of this attribute then.
        unseen: The backbone has not learnt from ``known`` either.
    """

    attribute: str
    classes: tuple[str, ...]
    learnt: Labelled
    digests: tuple[str, ...]
    group_C: torch.Tensor
    categories: Counter[str]
    judging: Labelled
    pictures: int
    rehearsed_ND: torch.Tensor
    known: Labelled | None
    unseen: bool

    @staticmethod
    def of(
        attribute: str, classes: tuple[str, ...], corrected: SeenCorrections, replay: Replay | None, seed: int
    ) -> HeadLesson:
        """Divide what there is. Another ``seed`` holds out other photos."""
        said_P = corrected.labels[attribute]
        places = (said_P >= 0).nonzero().flatten()
        digests = [corrected.digests[place] for place in places.tolist()]
        group_C = torch.from_numpy(corrected.group_P)[places]
        out_C = torch.from_numpy(held_out(digests, seed, group_C.numpy()))
        photos = Labelled(
            corrected.embeddings_PD[places], said_P[places], [corrected.files[place] for place in places.tolist()]
        )
        learnt_places = places[~out_C].tolist()
        learnt_digests = tuple(corrected.digests[place] for place in learnt_places)
        categories = Counter(corrected.categories[place] for place in learnt_places)

        def lesson(rehearsed_ND: torch.Tensor, known: Labelled | None, unseen: bool) -> HeadLesson:
            learnt, judging, pictures = photos.part(~out_C), photos.part(out_C), len(group_C.unique())
            own = learnt, learnt_digests, group_C[~out_C], categories, judging, pictures
            return HeadLesson(attribute, classes, *own, rehearsed_ND, known, unseen)

        if replay is None:
            return lesson(photos.embeddings_ND[:0], None, False)
        unseen = bool(replay.held_out_N.any())
        judges_N = replay.held_out_N
        if not unseen:
            judges_N = torch.rand(len(replay), generator=torch.Generator().manual_seed(seed)) < _TEST_SHARE
        labels = replay.labels(attribute)
        labels_N = torch.full((len(replay),), -1) if labels is None else labels.labels_N
        sample = Labelled(
            replay.embeddings_ND, labels_N, [f"photo {place + 1} of the sample" for place in range(len(replay))]
        )
        known, rehearsed_ND = sample.part(judges_N & (labels_N >= 0)), replay.embeddings_ND[~judges_N]
        return lesson(rehearsed_ND, known, unseen)


@dataclass(frozen=True)
class Judged:
    """Both heads on photos that were held out: corrected ones, those that stand for what was known, and all."""

    corrections: Comparison
    known: Comparison | None
    all: Comparison


@dataclass(frozen=True)
class ImprovedHead:
    """A head that learnt more: how sure it may be, and how it compares with the old one."""

    lesson: HeadLesson
    probe: LinearProbe
    scale: Recalibrated
    judged: Judged


def improved_head(
    old: LinearProbe, lesson: HeadLesson, metadata: ModelMetadata, name: str, control: WorkControl, seed: int
) -> Generator[ProgressEvent, None, ImprovedHead]:
    """Let a head learn; yields progress.

    Args:
        old: The head to begin with, calibrated.
        lesson: What it learns.
        metadata: Of its model.
        name: What the new model is called.
        control: Stops it.
        seed: Same seed, same result.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    what = "Learning" if lesson.attribute == CATEGORY else f"Learning the {lesson.attribute}"
    learnt = lesson.learnt
    material = Material(learnt.embeddings_ND, learnt.labels_N, lesson.rehearsed_ND, lesson.group_C)
    new = yield from relearnt(old, material, control, seed=seed, what=what)
    scale = Recalibrated(1.0)
    if lesson.known is not None and len(lesson.known.labels_N):
        scale = recalibration.recalibrated(
            old.logits(lesson.known.embeddings_ND),
            new.logits(lesson.known.embeddings_ND),
            lesson.known.labels_N,
            target=recalibration.wanted(metadata, lesson.attribute),
            unseen=lesson.unseen,
        )
    heads = (old, 1.0), (new, scale.temperature)
    return ImprovedHead(lesson, new, scale, _judged(heads, lesson, (metadata.name, name)))


_Heads = tuple[tuple[LinearProbe, float], tuple[LinearProbe, float]]  # old and new, each with its temperature


def _judged(heads: _Heads, lesson: HeadLesson, names: tuple[str, str]) -> Judged:
    def empty(data_name: str) -> Comparison:
        comparison = Comparison(*names, data_name)
        for value in lesson.classes:
            comparison.know(value, frozenset({value}), frozenset({value}))
        return comparison

    known = "" if lesson.known is None else ", and a sample of what it knew"
    together = empty(f"corrected photos held out{known}")
    corrections = empty("corrected photos held out")
    _add(lesson, lesson.judging, heads, (corrections, together))
    if lesson.known is None:
        return Judged(corrections, None, together)
    before = empty("a sample of what it knew")
    _add(lesson, lesson.known, heads, (before, together))
    return Judged(corrections, before, together)


def _add(lesson: HeadLesson, photos: Labelled, heads: _Heads, comparisons: Sequence[Comparison]) -> None:
    told = []
    for head, temperature in heads:
        confidences_N, answers_N = (head.logits(photos.embeddings_ND) / temperature).softmax(dim=1).max(dim=1)
        right_N = (answers_N == photos.labels_N).tolist()
        labels = [lesson.classes[answer] for answer in answers_N.tolist()]
        told.append([ModelAnswer(*each) for each in zip(labels, confidences_N.tolist(), right_N, strict=True)])
    for file, label, old, new in zip(photos.names, photos.labels_N.tolist(), *told, strict=True):
        for comparison in comparisons:
            comparison.add(file, lesson.classes[label], old, new)
