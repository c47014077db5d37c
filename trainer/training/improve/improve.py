"""“Improve the model”: trains its heads on corrected photos, with a replay sample against forgetting.

The backbone is frozen: an update takes seconds, attributes without corrections stay unchanged, and a few dozen photos
cannot overfit features that were trained on tens of thousands. The head of the category and that of each attribute are
updated independently. The result is a second model, compared with the first on photos that neither was trained on: a
fifth of the corrected photos, and holdout photos of the replay sample.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import torch
from msgspec.structs import replace
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl
from trainer.data.photo_files import Unreadable
from trainer.data.split_file import TEST_PHOTOS, read_split, write_split
from trainer.errors import DataError
from trainer.inference.calibrated import like_studio
from trainer.inference.predictor import Predictor
from trainer.keep_awake import kept_awake
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import head_of, with_heads
from trainer.model_files.library import SPLIT_SUFFIX
from trainer.model_files.metadata import ModelMetadata, Origin, program_version
from trainer.model_files.open_set import OpenSet
from trainer.model_files.replay_file import Replay
from trainer.networks.network import Network
from trainer.recipe import ProbeRecipe
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES
from trainer.training.improve.corrections import MIN_DISTINCT_PHOTOS, MIN_PHOTOS, CorrectedLabel, trainable_values
from trainer.training.improve.embed_corrections import EmbeddedCorrections, embed_corrections
from trainer.training.improve.head_update import HeadComparisons, HeadData, UpdatedHead, split_head_data, update_head

OpenReplay = Callable[[Predictor], Generator[ProgressEvent, None, Replay | None]]
"""Finds the replay sample of a model, see :mod:`trainer.training.runs.replay_source`."""

KeptBecause = Literal[
    "no_such_attribute",
    "too_few_photos",
    "copies",
    "no_replay_sample",
    "too_few_replay_labels",
    "worse_on_replay",
    "worse_on_corrections",
    "no_gain_and_worse_on_replay",
]
"""Why a head stays as it was."""


@dataclass(frozen=True)
class HeadOutcome:
    """What an update did to one head.

    Attributes:
        attribute: ``category`` or another one.
        photos: Corrected photos with a value that the model has a class for.
        kept_because: Why the head stays as it was; None when it was updated.
        distinct: Groups of near-duplicates in the corrected photos; 0 when there were too few photos to look.
        trained_on: Corrected photos that a head was trained on, whether the new model uses it or not.
        comparisons: Of that head with the old one; None when none was trained.
        unknown_values: Values that the model has no class for, and how many photos have each.
    """

    attribute: str
    photos: int
    kept_because: KeptBecause | None = None
    distinct: int = 0
    trained_on: int = 0
    comparisons: HeadComparisons | None = None
    unknown_values: Counter[str] = field(default_factory=Counter)

    @property
    def updated(self) -> bool:
        return self.kept_because is None


@dataclass(frozen=True)
class Improvement:
    """An updated model and its comparison with the old one.

    Attributes:
        metadata: Of the new model.
        network: Of the new model, in evaluation mode.
        outcomes: Of each corrected attribute, the category first; at least one head was updated.
        trained_on: Corrected photos that it was trained on.
        replay: The replay sample, valid for the new model too; None for none.
        split: The photos of the old model's split file that are still of that part for the new model: corrected photos
            are no longer held out. Empty without such a file.
        open_set: Of the old model, whose embeddings are the same.
        replaced: Files whose content changed after the correction; they are left out.
    """

    metadata: ModelMetadata
    network: Network
    outcomes: tuple[HeadOutcome, ...]
    trained_on: int
    replay: Replay | None
    split: Mapping[str, Sequence[tuple[str, str]]]
    open_set: OpenSet
    unreadable: tuple[Unreadable, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def main(self) -> HeadOutcome:
        """The category if it was updated, else the updated attribute with most photos."""
        updated = [outcome for outcome in self.outcomes if outcome.updated]
        return max(updated, key=lambda outcome: (outcome.attribute == CATEGORY, outcome.trained_on))

    @property
    def main_comparisons(self) -> HeadComparisons:
        comparisons = self.main.comparisons
        assert comparisons is not None  # since it was updated
        return comparisons


@kept_awake
def improve(
    model: Path,
    corrections: Sequence[CorrectedLabel],
    control: WorkControl,
    *,
    name: str,
    open_replay: OpenReplay | None = None,
    device: torch.device | None = None,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Improvement]:
    """Train the heads of a model on corrections; yields progress. The file of the model stays as it is.

    Args:
        corrections: The last one for a photo, or for a copy of it, is used.
        open_replay: Finds the replay sample; None: the file beside the model.
        device: Computes the embeddings; None is the CPU.
        seed: Another seed holds out other photos.

    Raises:
        DataError: ``too_few_corrections``, or ``no_head_updated``, with the reasons.
        ModelFileError: The model or its replay sample cannot be read.
    """
    predictor = Predictor.load(model, device)
    corrected = yield from embed_corrections(predictor, corrections, control)
    if open_replay is None:
        replay = replay_file.load_beside(model, predictor.model)
    else:
        replay = yield from open_replay(predictor)
    return (yield from update_model(predictor, corrected, replay, model, name, control, seed))


def update_model(
    predictor: Predictor,
    corrected: EmbeddedCorrections,
    replay: Replay | None,
    model: Path,
    name: str,
    control: WorkControl,
    seed: int = 1,
) -> Generator[ProgressEvent, None, Improvement]:
    """Train the heads of the model in the file ``model`` on embedded corrections; see :func:`improve`."""
    heads: list[UpdatedHead] = []
    outcomes: list[HeadOutcome] = []
    for attribute in filter(corrected.photos.__contains__, CATEGORY_AND_ATTRIBUTES):
        head, outcome = yield from _update(attribute, predictor, corrected, replay, name, control, seed)
        outcomes.append(outcome)
        if head is not None:
            heads.append(head)
    if not heads:
        raise DataError("no_head_updated", model=predictor.metadata.name, outcomes=tuple(outcomes))
    split = remaining_split(model, set(training_digests(heads)))
    return Improvement(
        updated_metadata(predictor.metadata, model, name, heads, len(split.get("test", ()))),
        with_heads(predictor.network, {head.data.attribute: head.probe for head in heads}),
        tuple(outcomes),
        len(training_digests(heads)),
        replay,
        split,
        predictor.model.open_set,
        corrected.unreadable,
        corrected.replaced,
    )


def save(path: Path, improvement: Improvement) -> None:
    """Write the new model, and beside it its replay sample, so that it can be updated again, and its split, so that it
    can be tested on the photos that it still was not trained on. Raises :class:`SaveError`: it could not be written.
    """
    if improvement.split:
        write_split(path.with_suffix(SPLIT_SUFFIX), improvement.split)
    if improvement.replay is not None:
        replay_file.save(replay_file.path_of(path), improvement.replay)
    model_file.save(path, improvement.network, improvement.metadata, improvement.open_set)


def _update(
    attribute: str,
    predictor: Predictor,
    corrected: EmbeddedCorrections,
    replay: Replay | None,
    name: str,
    control: WorkControl,
    seed: int,
) -> Generator[ProgressEvent, None, tuple[UpdatedHead | None, HeadOutcome]]:
    """Update the head of one attribute; None where it stays as it was."""
    metadata, photos = predictor.metadata, corrected.photos[attribute]
    classes = trainable_values(metadata).get(attribute)
    if classes is None:
        return None, HeadOutcome(attribute, photos, "no_such_attribute")
    unknown_values = corrected.unknown_values.get(attribute, Counter())
    if attribute not in corrected.labels:
        return None, HeadOutcome(attribute, photos, "too_few_photos", unknown_values=unknown_values)
    is_probe = isinstance(metadata.recipe, ProbeRecipe)
    data = split_head_data(attribute, classes, corrected, replay, seed, is_probe=is_probe)
    kept_because = _cannot_train(data)
    if kept_because is not None:
        return None, HeadOutcome(attribute, photos, kept_because, data.distinct, unknown_values=unknown_values)
    old = head_of(predictor.network, metadata, attribute)
    head = yield from update_head(old, data, metadata, name, control, seed)
    kept_because = reason_to_keep(attribute, head.comparisons)
    outcome = HeadOutcome(
        attribute, photos, kept_because, data.distinct, len(data.digests), head.comparisons, unknown_values
    )
    return (head if kept_because is None else None), outcome


def _cannot_train(data: HeadData) -> KeptBecause | None:
    if data.distinct < MIN_DISTINCT_PHOTOS:
        return "copies"
    if data.attribute == CATEGORY:
        return None
    if data.replay_holdout is None:
        return "no_replay_sample"
    return "too_few_replay_labels" if len(data.replay_holdout) < MIN_PHOTOS else None


def reason_to_keep(attribute: str, comparisons: HeadComparisons) -> KeptBecause | None:
    """Why a new head is not good enough; None when it is. For the category the user decides.

    On the replay sample only a significant drop counts, or chance would reject every second head; but when nothing is
    gained on corrected photos, any drop does.
    """
    if attribute == CATEGORY or comparisons.replay is None:
        return None
    replay, own = comparisons.replay, comparisons.corrections
    if replay.test().new_is_worse:
        return "worse_on_replay"
    if own.new_accuracy < own.old_accuracy:
        return "worse_on_corrections"
    if own.new_accuracy == own.old_accuracy and replay.new_accuracy < replay.old_accuracy:
        return "no_gain_and_worse_on_replay"
    return None


def remaining_split(model: Path, trained: Set[str]) -> dict[str, list[tuple[str, str]]]:
    """The photos of a model's split, by part, less the held-out ones whose content has one of these digests."""
    try:
        split = read_split(model.with_suffix(SPLIT_SUFFIX))
    except DataError:  # none, or damaged
        return {}
    return {
        part: [(str(file), name) for file, name in photos if part == "train" or _digest(file) not in trained]
        for part, photos in split.items()
    }


def _digest(file: Path) -> str:
    """As :attr:`trainer.preprocessing.photo.Photo.digest`; empty where the file cannot be read."""
    try:
        return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""


def updated_metadata(
    old: ModelMetadata, model: Path, name: str, heads: Sequence[UpdatedHead], test_photos: int
) -> ModelMetadata:
    """The metadata of the new model with one or more new heads and so many held-out photos."""
    digests = training_digests(heads)
    metadata = replace(
        old,
        name=name,
        data=replace(old.data, corrected_photos=len(digests)),  # those of an earlier update are among them
        data_fingerprint=hashlib.sha256("\n".join((old.data_fingerprint, *digests)).encode()).hexdigest()[:16],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=program_version(),
        origin=Origin("model", model.stem, old.created),
    )
    for head in heads:
        metadata = _with_known_categories(head.calibration.applied_to(metadata, head.data.attribute), head.data)
    figures = {**_figures(old, heads), **({TEST_PHOTOS: float(test_photos)} if test_photos else {})}
    return replace(metadata, figures=figures)


def training_digests(heads: Sequence[UpdatedHead]) -> list[str]:
    """Digests of all photos that the heads were trained on, sorted."""
    return sorted({digest for head in heads for digest in head.data.digests})


def _with_known_categories(metadata: ModelMetadata, data: HeadData) -> ModelMetadata:
    """An attribute becomes reliable where the update has enough photos: for categories, and for photos from home."""
    head = metadata.attributes.get(data.attribute)
    if head is None:
        return metadata
    new = {category for category, count in data.categories.items() if count >= MIN_PHOTOS}
    known = tuple(name for name in metadata.classes if name in new or name in head.known_for)
    rare = {value: tuple(name for name in names if name not in new) for value, names in head.rare_in.items()}
    embeddings_ND = F.normalize(data.training.embeddings_ND, dim=1).numpy()
    from_home = int((~like_studio(metadata.studio, embeddings_ND)).sum())
    head = replace(
        head,
        known_for=known if head.known_for and len(known) < len(metadata.classes) else (),
        rare_in={value: names for value, names in rare.items() if names},
        studio_only=head.studio_only and from_home < MIN_PHOTOS,
    )
    return replace(metadata, attributes={**metadata.attributes, data.attribute: head})


def _figures(old: ModelMetadata, heads: Sequence[UpdatedHead]) -> dict[str, float]:
    """Figures of the replaced heads are dropped."""
    figures = {
        name: value
        for name, value in old.figures.items()
        if not (name.startswith("corrections_") or name.endswith("_before"))
    }
    for head in heads:
        attribute, comparisons = head.data.attribute, head.comparisons
        what = "" if attribute == CATEGORY else f"{attribute}_"
        if attribute == CATEGORY:
            kept = {f"validation_{name}_accuracy" for name in old.attributes}  # no held-out accuracy of the old head
            figures = {name: value for name, value in figures.items() if name in kept}
        figures.pop(f"validation_{what}accuracy", None)
        if comparisons.corrections.n:
            figures[f"corrections_{what}accuracy"] = comparisons.corrections.new_accuracy
            figures[f"corrections_{what}accuracy_before"] = comparisons.corrections.old_accuracy
        if comparisons.replay is not None and comparisons.replay.n:
            figures[f"validation_{what}accuracy"] = comparisons.replay.new_accuracy
            figures[f"validation_{what}accuracy_before"] = comparisons.replay.old_accuracy
    figures["corrections_learnt"] = float(len(training_digests(heads)))
    return figures
