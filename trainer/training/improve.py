"""“Improve the model”: its category head learns from corrected photos, and what it knew is rehearsed meanwhile.

The backbone stays, so that it takes seconds, that attributes stay as they are, and that a few dozen photos cannot
spoil features which tens of thousands made. What comes out is a new model beside the old one, and both judged on the
same photos, of which neither head has learnt: a fifth of the corrected ones, and photos of the replay sample.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata as packages
from pathlib import Path

import numpy as np
import torch
from torch import nn

from trainer.control import WorkControl
from trainer.data import near_duplicates
from trainer.data.image_set import Unreadable
from trainer.data.loading import Loading
from trainer.errors import DataError
from trainer.evaluation.comparison import Comparison, Side
from trainer.inference.embedding import Embedded, embed_photos
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.photo import load_photo
from trainer.training import recalibration
from trainer.training import replay as replays
from trainer.training.corrected_photos import FEWEST, CorrectedPhoto, class_of, held_out
from trainer.training.linear_probe import LinearProbe
from trainer.training.relearnt_head import Material, relearnt
from trainer.training.replay import Replay

Rehearse = Callable[[Predictor], Generator[Loading, None, Replay | None]]
"""Finds what a model can rehearse, see :mod:`trainer.training.rehearsal`."""

_CORRECTED = re.compile(r", and [\d,]+ corrected photos?$")  # of the improvement before, which this one takes in
_TEST_SHARE = 0.2  # of a replay sample that holds nothing out


@dataclass(frozen=True)
class Improvement:
    """A model that learnt more, and how it compares with the one before.

    Attributes:
        metadata: Of the new model.
        network: The new model's network, in evaluation mode.
        comparison: Both models on all photos held out: corrected ones, and others that stand for what was known.
        on_corrections: Both on the corrected photos held out alone.
        on_known: Both on the others; None when there is no replay sample.
        learnt_from: Corrected photos that it learnt from.
        replay: The sample that was rehearsed, which the new model can be improved with again; None for none.
        unknown: Categories that the model does not know, and how many photos of each were left out.
        unreadable: Photos that could not be read.
    """

    metadata: ModelMetadata
    network: nn.Module
    comparison: Comparison
    on_corrections: Comparison
    on_known: Comparison | None
    learnt_from: int
    replay: Replay | None
    unknown: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def may_forget(self) -> str:
        """What to know when nothing could be rehearsed, else empty."""
        if self.replay is not None:
            return ""
        return (
            "There is no sample of the photos that this model once learnt from, so it may forget some of what it knew, "
            "and nobody can measure how much. Compare both models on photos of your own before you rely on the new one."
        )


def improve(
    model: Path,
    photos: Sequence[CorrectedPhoto],
    control: WorkControl,
    *,
    name: str,
    rehearse: Rehearse | None = None,
    seed: int = 1,
) -> Generator[Loading, None, Improvement]:
    """Teach a model what people said; yields progress. The file of the model stays as it is.

    Args:
        model: The model's file.
        photos: What people said; where a photo (or a copy of it) comes twice, the later word counts.
        control: Stops it.
        name: What the user calls the new model.
        rehearse: Finds what to rehearse; by default the sample beside the model.
        seed: Another one holds out other photos.

    Raises:
        DataError: Too few photos that can be read and whose category the model knows.
        ModelFileError: The model or its replay sample cannot be read.
        Cancelled: ``control`` was stopped.
    """
    predictor = Predictor.load(model)
    corrected = yield from _look_at(predictor, photos, control)
    replay = replays.of_model(model, predictor) if rehearse is None else (yield from rehearse(predictor))
    old = _head(predictor)
    lesson = _Lesson.of(corrected, replay, seed)
    new = yield from relearnt(old, lesson.material(), control, seed=seed)

    network = _with_head(predictor.network, new)
    metadata = _described(predictor.metadata, model, name, lesson)
    if replay is not None:
        metadata = recalibration.recalibrated(
            metadata,
            old.logits(lesson.known_ND),
            new.logits(lesson.known_ND),
            lesson.known_labels_N,
            unseen=bool(replay.held_out_N.any()),
        )
    else:
        metadata = replace(metadata, temperature=1.0)
    sides = (predictor.metadata, old, 1.0), (metadata, new, metadata.temperature)
    judged = _Judged(sides, lesson)
    return Improvement(
        _with_figures(metadata, judged, lesson),
        network,
        judged.all,
        judged.corrections,
        judged.known if replay is not None else None,
        int((~lesson.out_C).sum()),
        replay,
        corrected.unknown,
        corrected.unreadable,
    )


def save(path: Path, improvement: Improvement) -> None:
    """Write the new model, and its replay sample beside it, so that it can be improved again.

    Raises:
        SaveError: It could not be written.
    """
    if improvement.replay is not None:
        replays.save(replays.path_of(path), improvement.replay)
    model_file.save(path, improvement.network, improvement.metadata)


@dataclass(frozen=True)
class _Corrected:
    """Corrected photos that were looked at; C of them, each content once."""

    embeddings_CD: torch.Tensor
    labels_C: torch.Tensor
    digests: list[str]
    group_C: np.ndarray
    files: tuple[str, ...]
    unknown: Counter[str]
    unreadable: tuple[Unreadable, ...]


def _look_at(
    predictor: Predictor, photos: Sequence[CorrectedPhoto], control: WorkControl
) -> Generator[Loading, None, _Corrected]:
    classes = predictor.metadata.classes
    labels = {photo: class_of(photo.category, classes) for photo in photos}
    known = [photo for photo in photos if labels[photo] is not None]
    unknown = Counter(photo.category for photo in photos if labels[photo] is None)
    if len(known) >= FEWEST:
        found = yield from embed_photos(
            predictor,
            known,
            lambda photo: load_photo(photo.path),
            control,
            "Looking at your corrected photos",
            lambda photo: near_duplicates.picture_of(photo.pixels_HWC),
        )
    else:
        found = Embedded()
    last = {digest: place for place, digest in enumerate(found.digests)}
    if len(last) < FEWEST:
        raise DataError(_too_few(predictor.metadata, len(photos), len(last), unknown, found))
    places = sorted(last.values())
    kept = [known[found.indices[place]] for place in places]
    digests = [found.digests[place] for place in places]
    # Several photos of one garment may differ; copies of one photo on both sides would judge what was learnt by heart.
    groups = yield from near_duplicates.groups(np.stack([found.pictures[p] for p in places]), digests, control)
    return _Corrected(
        found.embeddings_ND[places],
        torch.tensor([labels[photo] for photo in kept]),
        digests,
        groups.group_N,
        tuple(str(photo.path) for photo in kept),
        unknown,
        tuple(Unreadable(str(known[place].path), why) for place, why in found.unreadable.items()),
    )


def _too_few(metadata: ModelMetadata, asked: int, usable: int, unknown: Counter[str], found: Embedded) -> str:
    reasons = []
    if unknown:
        names = ", ".join(f"“{name}”" for name, _ in unknown.most_common(3))
        more = " and others" if len(unknown) > 3 else ""
        reasons.append(f"{unknown.total():,} are of categories that it does not know ({names}{more})")
    if found.unreadable:
        reasons.append(f"{len(found.unreadable):,} cannot be read any more")
    why = f" Of {asked:,}, {' and '.join(reasons)}." if reasons else ""
    return (
        f"There {'is' if usable == 1 else 'are'} {usable:,} corrected or confirmed "
        f"{'photo' if usable == 1 else 'photos'} that “{metadata.name}” can learn from; it takes at least {FEWEST}."
        f"{why} Correct or confirm more photos, then try again."
    )


@dataclass(frozen=True)
class _Lesson:
    """What is learnt and what is held out: corrected photos (C) and what was known (replay)."""

    corrected: _Corrected
    out_C: torch.Tensor
    replay: Replay | None
    rehearsed_N: torch.Tensor  # bool over the replay sample; the others judge

    @staticmethod
    def of(corrected: _Corrected, replay: Replay | None, seed: int) -> _Lesson:
        out_C = torch.from_numpy(held_out(corrected.digests, seed, corrected.group_C))
        if replay is None:
            rehearsed_N = torch.zeros(0, dtype=torch.bool)
        elif bool(replay.held_out_N.any()):
            rehearsed_N = ~replay.held_out_N
        else:
            rehearsed_N = torch.rand(len(replay), generator=torch.Generator().manual_seed(seed)) >= _TEST_SHARE
        return _Lesson(corrected, out_C, replay, rehearsed_N)

    def material(self) -> Material:
        """What to learn from."""
        learnt_C, embeddings_CD = ~self.out_C, self.corrected.embeddings_CD
        known_ND = embeddings_CD[:0] if self.replay is None else self.replay.embeddings_ND[self.rehearsed_N]
        return Material(embeddings_CD[learnt_C], self.corrected.labels_C[learnt_C], known_ND)

    @property
    def known_ND(self) -> torch.Tensor:
        """Embeddings of what judges whether it still knows what it knew."""
        assert self.replay is not None
        return self.replay.embeddings_ND[~self.rehearsed_N]

    @property
    def known_labels_N(self) -> torch.Tensor:
        """Their classes."""
        assert self.replay is not None
        return self.replay.labels_N[~self.rehearsed_N]


_SideOf = tuple[ModelMetadata, LinearProbe, float]


class _Judged:
    """Both models on the photos held out. Each side: what the model says of itself, its head, its temperature."""

    def __init__(self, sides: tuple[_SideOf, _SideOf], lesson: _Lesson) -> None:
        self._sides = sides
        known = "" if lesson.replay is None else ", and a sample of what it knew"
        self.all = self._empty(f"corrected photos held out{known}")
        self.corrections = self._empty("corrected photos held out")
        self.known = self._empty("a sample of what it knew")
        corrected = lesson.corrected
        out = lesson.out_C.nonzero().flatten().tolist()
        self._add(
            self.corrections,
            [corrected.files[place] for place in out],
            corrected.embeddings_CD[lesson.out_C],
            corrected.labels_C[lesson.out_C],
        )
        if lesson.replay is not None:
            names = [f"photo {place + 1} of the sample" for place in (~lesson.rehearsed_N).nonzero().flatten().tolist()]
            self._add(self.known, names, lesson.known_ND, lesson.known_labels_N)

    def _empty(self, data_name: str) -> Comparison:
        (old, _, _), (new, _, _) = self._sides
        comparison = Comparison(old.name, new.name, data_name)
        for name in old.classes:
            comparison.know(name, frozenset({name}), frozenset({name}))
        return comparison

    def _add(
        self, comparison: Comparison, files: Sequence[str], embeddings_ND: torch.Tensor, labels_N: torch.Tensor
    ) -> None:
        classes = self._sides[0][0].classes
        told = []
        for _, head, temperature in self._sides:
            confidences_N, answers_N = (head.logits(embeddings_ND) / temperature).softmax(dim=1).max(dim=1)
            right_N = (answers_N == labels_N).tolist()
            labels = [classes[answer] for answer in answers_N.tolist()]
            told.append([Side(*each) for each in zip(labels, confidences_N.tolist(), right_N, strict=True)])
        for file, label, old, new in zip(files, labels_N.tolist(), *told, strict=True):
            for one in (comparison, self.all):
                one.add(file, classes[label], old, new)


def _head(predictor: Predictor) -> LinearProbe:
    """The old head, scaled so that its logits are calibrated."""
    head = predictor.network.head
    temperature = predictor.metadata.temperature
    assert isinstance(head, nn.Linear)
    return LinearProbe(head.weight.detach() / temperature, head.bias.detach() / temperature)


def _with_head(network: nn.Module, new: LinearProbe) -> nn.Module:
    changed = copy.deepcopy(network)
    with torch.no_grad():
        changed.head.weight.copy_(new.weight_KD)  # type: ignore[union-attr, operator]
        changed.head.bias.copy_(new.bias_K)  # type: ignore[union-attr, operator]
    return changed.eval()


def _described(old: ModelMetadata, model: Path, name: str, lesson: _Lesson) -> ModelMetadata:
    learnt = [digest for digest, out in zip(lesson.corrected.digests, lesson.out_C.tolist(), strict=True) if not out]
    photos = "1 corrected photo" if len(learnt) == 1 else f"{len(learnt):,} corrected photos"
    return replace(
        old,
        name=name,
        data_name=f"{_CORRECTED.sub('', old.data_name)}, and {photos}",
        data_fingerprint=hashlib.sha256("\n".join((old.data_fingerprint, *sorted(learnt))).encode()).hexdigest()[:16],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=_version(),
        started_from=f"{model.stem}, trained {old.created or 'at an unknown time'}",
    )


def _with_figures(metadata: ModelMetadata, judged: _Judged, lesson: _Lesson) -> ModelMetadata:
    """Figures that were measured with the old head go; those of attributes still hold."""
    attributes = {f"validation_{name}_accuracy" for name in metadata.attributes}
    figures = {name: value for name, value in metadata.figures.items() if name in attributes}
    if judged.corrections.n:
        figures["corrections_accuracy"] = judged.corrections.new_accuracy
        figures["corrections_accuracy_before"] = judged.corrections.old_accuracy
    if judged.known.n:
        figures["validation_accuracy"] = judged.known.new_accuracy
        figures["validation_accuracy_before"] = judged.known.old_accuracy
    figures["corrections_learnt"] = float((~lesson.out_C).sum())
    return replace(metadata, figures=figures)


def _version() -> str:
    try:
        return packages.version("fashionlens")
    except packages.PackageNotFoundError:
        return "development"
