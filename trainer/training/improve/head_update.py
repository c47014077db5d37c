"""Updates one head of a model, calibrates it, and compares it with the old one on photos that neither was trained on.

The same for the category and each attribute. The comparison uses a fifth of the corrected photos, and the photos of
the replay sample that have a label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from msgspec.structs import replace

from trainer.control import ProgressEvent, WorkControl
from trainer.evaluation import calibration
from trainer.evaluation.comparison import Comparison, ModelAnswer
from trainer.model_files.metadata import ModelMetadata, ReviewPoint
from trainer.model_files.replay_file import Replay
from trainer.networks.linear_probe import LinearProbe
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import holdout_mask
from trainer.training.improve.embed_corrections import EmbeddedCorrections
from trainer.training.improve.refit_head import RefitData, RefittedHead, refit_head
from trainer.training.multi_head.calibrated_metadata import ATTRIBUTE_OK_ACCURACIES

_TEST_SHARE = 0.2  # of a replay sample without holdout photos
_MIN_FOR_THRESHOLD = 100


@dataclass(frozen=True)
class LabelledEmbeddings:
    """N photos: float32 embeddings, int64 labels, names."""

    embeddings_ND: torch.Tensor
    labels_N: torch.Tensor
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.labels_N)

    def subset(self, chosen_N: torch.Tensor) -> LabelledEmbeddings:
        names = [self.names[index] for index in chosen_N.nonzero().flatten().tolist()]
        return LabelledEmbeddings(self.embeddings_ND[chosen_N], self.labels_N[chosen_N], names)


@dataclass(frozen=True)
class HeadData:
    """The training and holdout photos of one head.

    Attributes:
        attribute: ``category`` or another one.
        classes: K values.
        training: C corrected photos.
        digests: Of their files' bytes, C.
        group_C: int64, the same for near-duplicates.
        categories: How many of them are of each category.
        holdout: Corrected photos for the comparison; no near-duplicates of the training photos.
        distinct: Groups of near-duplicates in both together.
        replay_ND: Embeddings of the replay sample's training photos; N may be 0.
        replay_holdout: Labelled photos of the replay sample for the comparison; None without a sample. Empty when it
            has no labels of this attribute.
        unseen: The backbone was not trained on ``replay_holdout`` either.
        cross_fitted: ``replay_holdout`` are the training photos, each of which is answered by probes that were fitted
            to the others.
    """

    attribute: str
    classes: tuple[str, ...]
    training: LabelledEmbeddings
    digests: tuple[str, ...]
    group_C: torch.Tensor
    categories: Counter[str]
    holdout: LabelledEmbeddings
    distinct: int
    replay_ND: torch.Tensor
    replay_holdout: LabelledEmbeddings | None
    unseen: bool
    cross_fitted: bool = False


def split_head_data(
    attribute: str,
    classes: tuple[str, ...],
    corrected: EmbeddedCorrections,
    replay: Replay | None,
    seed: int,
    *,
    is_probe: bool = False,
) -> HeadData:
    """Split the photos of an attribute. Another ``seed`` holds out other photos.

    A linear probe of categories (``is_probe``) was fitted to all photos of its replay sample; its backbone was not.
    """
    labels_P = corrected.labels[attribute]
    rows = (labels_P >= 0).nonzero().flatten()
    group_C = torch.from_numpy(corrected.group_P)[rows]
    out_C = torch.from_numpy(holdout_mask([corrected.digests[row] for row in rows.tolist()], seed, group_C.numpy()))
    photos = LabelledEmbeddings(
        corrected.embeddings_PD[rows], labels_P[rows], [corrected.files[row] for row in rows.tolist()]
    )
    training_rows = rows[~out_C].tolist()
    if replay is None:
        replay_ND, replay_holdout, unseen = photos.embeddings_ND[:0], None, False
    else:
        replay_ND, replay_holdout, unseen = _split_replay(replay, attribute, seed)
    cross_fitted = is_probe and attribute == CATEGORY and replay is not None and not unseen and _can_cross_fit(replay)
    if cross_fitted and replay is not None:
        replay_ND = replay.embeddings_ND
        replay_holdout = LabelledEmbeddings(replay_ND, replay.labels_N, _sample_names(replay))
    return HeadData(
        attribute,
        classes,
        photos.subset(~out_C),
        tuple(corrected.digests[row] for row in training_rows),
        group_C[~out_C],
        Counter(corrected.categories[row] for row in training_rows),
        photos.subset(out_C),
        len(group_C.unique()),
        replay_ND,
        replay_holdout,
        unseen,
        cross_fitted,
    )


def _can_cross_fit(replay: Replay) -> bool:
    """Whether each class has photos in more than one fold."""
    return int(replay.labels_N.bincount(minlength=len(replay.classes)).min()) > 1


def _sample_names(replay: Replay) -> list[str]:
    return [f"photo {number} of the sample" for number in range(1, 1 + len(replay))]


def _split_replay(replay: Replay, attribute: str, seed: int) -> tuple[torch.Tensor, LabelledEmbeddings, bool]:
    """Embeddings to train on, labelled photos to compare on, and whether the backbone was not trained on those."""
    unseen = bool(replay.held_out_N.any())
    out_N = replay.held_out_N
    if not unseen:
        out_N = torch.rand(len(replay), generator=torch.Generator().manual_seed(seed)) < _TEST_SHARE
    labels = replay.labels(attribute)
    labels_N = torch.full((len(replay),), -1) if labels is None else labels.labels_N
    sample = LabelledEmbeddings(replay.embeddings_ND, labels_N, _sample_names(replay))
    return replay.embeddings_ND[~out_N], sample.subset(out_N & (labels_N >= 0)), unseen


@dataclass(frozen=True)
class HeadCalibration:
    """Temperature and review threshold of a head.

    Attributes:
        temperature: Its logits are divided by it, above 0.
        review_below: Confidence below which photos need review, [0, 1]; None keeps the old one.
        review_curve: Coverage and accuracy by threshold; empty where ``review_below`` is None.
    """

    temperature: float
    review_below: float | None = None
    review_curve: tuple[ReviewPoint, ...] = ()

    def applied_to(self, metadata: ModelMetadata, attribute: str) -> ModelMetadata:
        if attribute != CATEGORY:
            changed = replace(metadata.attributes[attribute], temperature=self.temperature)
            if self.review_below is not None:  # the threshold of the family was fitted to the old head
                changed = replace(changed, review_below=self.review_below, family_below=None)
            return replace(metadata, attributes={**metadata.attributes, attribute: changed})
        if self.review_below is None:
            return replace(metadata, temperature=self.temperature)
        return replace(
            metadata,
            temperature=self.temperature,
            review_below=self.review_below,
            review_curve=self.review_curve,
            levels={},  # were fitted to the old head; the threshold of the category holds for them, too
        )


def _calibrate(old: LinearProbe, refitted: RefittedHead, data: HeadData) -> HeadCalibration:
    """Calibrate the new head on photos that it was not fitted to: out of fold, or else on the replay holdout.

    When the backbone was trained on those photos, both heads are overconfident on them, so only the ratio of the
    temperatures is used, and the review threshold stays. So it does with fewer than 100 photos.
    """
    if refitted.out_of_fold is not None:
        new_NK, labels_N = refitted.out_of_fold.new_MK, refitted.out_of_fold.labels_M
        return _calibrated(new_NK, labels_N, calibration.fit_temperature(new_NK, labels_N), data.attribute)
    photos, new = data.replay_holdout, refitted.probe
    if photos is None or not len(photos):
        return HeadCalibration(1.0)
    new_NK, labels_N = new.logits(photos.embeddings_ND), photos.labels_N
    temperature = calibration.fit_temperature(new_NK, labels_N)
    if not data.unseen or len(photos) < _MIN_FOR_THRESHOLD:
        old_NK = old.logits(photos.embeddings_ND)
        return HeadCalibration(temperature / calibration.fit_temperature(old_NK, labels_N))
    return _calibrated(new_NK, labels_N, temperature, data.attribute)


def _calibrated(new_NK: torch.Tensor, labels_N: torch.Tensor, temperature: float, attribute: str) -> HeadCalibration:
    confidences_N, predicted_N = (new_NK / temperature).softmax(dim=1).max(dim=1)
    confidences, correct = confidences_N.numpy(), (predicted_N == labels_N).numpy()
    targets = calibration.OK_ACCURACIES if attribute == CATEGORY else ATTRIBUTE_OK_ACCURACIES
    return HeadCalibration(
        temperature,
        calibration.review_threshold(confidences, correct, targets),
        calibration.review_curve(confidences, correct),
    )


@dataclass(frozen=True)
class HeadComparisons:
    """The old and the new head on corrected photos, on the replay sample (None without one), and on both together."""

    corrections: Comparison
    replay: Comparison | None
    all: Comparison


@dataclass(frozen=True)
class UpdatedHead:
    """A new head with its calibration and its comparison with the old one."""

    data: HeadData
    probe: LinearProbe
    calibration: HeadCalibration
    comparisons: HeadComparisons


def update_head(
    old: LinearProbe, data: HeadData, metadata: ModelMetadata, name: str, control: WorkControl, seed: int
) -> Generator[ProgressEvent, None, UpdatedHead]:
    """Refit, calibrate and compare a head, itself calibrated; yields progress."""
    attribute = "" if data.attribute == CATEGORY else data.attribute
    training = data.training
    replay_labels_N = data.replay_holdout.labels_N if data.cross_fitted and data.replay_holdout else None
    refit_data = RefitData(training.embeddings_ND, training.labels_N, data.replay_ND, data.group_C, replay_labels_N)
    refitted = yield from refit_head(old, refit_data, control, seed=seed, attribute=attribute)
    scale = _calibrate(old, refitted, data)
    comparisons = _compare(old, refitted, scale.temperature, data, (metadata.name, name))
    return UpdatedHead(data, refitted.probe, scale, comparisons)


def _compare(
    old: LinearProbe, refitted: RefittedHead, temperature: float, data: HeadData, names: tuple[str, str]
) -> HeadComparisons:
    """``temperature`` is that of the new head."""

    def empty(data_name: str) -> Comparison:
        comparison = Comparison(*names, data_name)
        for value in data.classes:
            comparison.add_class(value, frozenset({value}), frozenset({value}))
        return comparison

    def answered(photos: LabelledEmbeddings) -> _Logits:
        return old.logits(photos.embeddings_ND), refitted.probe.logits(photos.embeddings_ND) / temperature

    corrections = empty("corrections")
    together = empty("corrections" if data.replay_holdout is None else "corrections and replay")
    _add(data, data.holdout, answered(data.holdout), (corrections, together))
    if data.replay_holdout is None:
        return HeadComparisons(corrections, None, together)
    replay, known = empty("replay"), data.replay_holdout
    out_of_fold = refitted.out_of_fold
    if out_of_fold is None:
        logits = answered(known)
    else:
        logits = out_of_fold.old_MK[: len(known)], out_of_fold.new_MK[: len(known)] / temperature
    _add(data, known, logits, (replay, together))
    return HeadComparisons(corrections, replay, together)


_Logits = tuple[torch.Tensor, torch.Tensor]  # of the old and the new head, N×K


def _add(data: HeadData, photos: LabelledEmbeddings, logits: _Logits, comparisons: Sequence[Comparison]) -> None:
    answers = []
    for logits_NK in logits:
        confidences_N, predicted_N = logits_NK.softmax(dim=1).max(dim=1)
        correct_N = (predicted_N == photos.labels_N).tolist()
        labels = [data.classes[index] for index in predicted_N.tolist()]
        answers.append([ModelAnswer(*each) for each in zip(labels, confidences_N.tolist(), correct_N, strict=True)])
    for file, label, old, new in zip(photos.names, photos.labels_N.tolist(), *answers, strict=True):
        for comparison in comparisons:
            comparison.add(file, data.classes[label], old, new)
