"""Embeddings of corrected photos with their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import near_duplicates
from trainer.data.photo_files import Unreadable
from trainer.errors import DataError
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.model_files.heads import head_of
from trainer.preprocessing.photo import load_photo
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import MIN_PHOTOS, CorrectedLabel, class_index, trainable_values

_NAMED_VALUES = 3


@dataclass(frozen=True)
class EmbeddedCorrections:
    """P distinct photos (by digest), in the order of their first correction.

    Attributes:
        embeddings_PD: float32.
        digests: Of the files' bytes, P.
        group_P: int64, the same for near-duplicates.
        files: P names.
        categories: The corrected category where :attr:`labels` has it, else the predicted one; P.
        labels: By attribute, ``category`` included: int64 P, class indices; -1 for no label. Attributes with fewer than
            :data:`MIN_PHOTOS` labelled photos are absent.
        photos: Photos with a value that the model has a class for, by each attribute that was corrected.
        unknown_values: Values without a class, by attribute, and how many photos have each.
        replaced: Files whose content changed after the correction; they are left out.
    """

    embeddings_PD: torch.Tensor
    digests: list[str]
    group_P: np.ndarray
    files: tuple[str, ...]
    categories: tuple[str, ...]
    labels: Mapping[str, torch.Tensor]
    photos: Mapping[str, int]
    unknown_values: Mapping[str, Counter[str]]
    unreadable: tuple[Unreadable, ...]
    replaced: tuple[str, ...]


def embed_corrections(
    predictor: Predictor, corrections: Sequence[CorrectedLabel], control: WorkControl
) -> Generator[ProgressEvent, None, EmbeddedCorrections]:
    """Embed the photos of each attribute with at least :data:`MIN_PHOTOS`; yields progress.

    Args:
        corrections: The last one for a photo, or for a copy of it, is used.

    Raises:
        DataError: ``too_few_corrections``: no attribute has enough photos.
    """
    known, unknown_values = _with_classes(corrections, trainable_values(predictor.metadata))
    paths_of: dict[str, set[Path]] = {}
    for each, _ in known:
        paths_of.setdefault(each.attribute, set()).add(each.path)
    photos = {attribute: len(paths) for attribute, paths in paths_of.items()}
    known = [(each, label) for each, label in known if photos[each.attribute] >= MIN_PHOTOS]
    paths = list(dict.fromkeys(each.path for each, _ in known))
    found = yield from embed_photos(
        predictor,
        paths,
        partial(load_photo, short_side=predictor.decode_short_side),
        control,
        "reading_corrected_photos",
        lambda photo: near_duplicates.thumbnail(photo.pixels_HWC),
    )
    row_of = {digest: row for row, digest in enumerate(found.digests)}
    digest_of = {paths[index]: digest for index, digest in zip(found.indices, found.digests, strict=True)}
    label_of: dict[str, dict[str, int]] = {}
    replaced: dict[Path, None] = {}  # an ordered set
    for each, label in known:
        digest = digest_of.get(each.path)
        if digest is not None and each.digest not in ("", digest):
            replaced[each.path] = None
        elif digest is not None:
            label_of.setdefault(each.attribute, {})[digest] = label
    photos |= {each.attribute: len(label_of.get(each.attribute, ())) for each, _ in known}
    label_of = {attribute: labels for attribute, labels in label_of.items() if len(labels) >= MIN_PHOTOS}
    if not label_of:
        lost = len(found.unreadable), len(replaced)
        raise _too_few(predictor.metadata.name, corrections, photos, unknown_values, *lost)
    digests = [digest for digest in row_of if any(digest in labels for labels in label_of.values())]
    rows = [row_of[digest] for digest in digests]
    # Near-duplicates in both the training and the holdout part would reward overfitting.
    group_N = yield from near_duplicates.groups(np.stack([found.pictures[row] for row in rows]), digests, control)
    embeddings_PD = found.embeddings_ND[rows]
    labels = {name: torch.tensor([known.get(digest, -1) for digest in digests]) for name, known in label_of.items()}
    predicted_P = head_of(predictor.network, predictor.metadata, CATEGORY).logits(embeddings_PD).argmax(dim=1)
    corrected_P = labels.get(CATEGORY, torch.full_like(predicted_P, -1))
    categories_P = torch.where(corrected_P >= 0, corrected_P, predicted_P)
    return EmbeddedCorrections(
        embeddings_PD,
        digests,
        group_N,
        tuple(str(paths[found.indices[row]]) for row in rows),
        tuple(predictor.metadata.classes[index] for index in categories_P.tolist()),
        labels,
        {attribute: photos.get(attribute, 0) for attribute in dict.fromkeys(each.attribute for each in corrections)},
        unknown_values,
        tuple(Unreadable(str(paths[place]), why) for place, why in found.unreadable.items()),
        tuple(map(str, replaced)),
    )


def _with_classes(
    corrections: Sequence[CorrectedLabel], classes: Mapping[str, tuple[str, ...]]
) -> tuple[list[tuple[CorrectedLabel, int]], dict[str, Counter[str]]]:
    known: list[tuple[CorrectedLabel, int]] = []
    unknown_values: dict[str, Counter[str]] = {}
    for each in corrections:
        label = class_index(each.value, classes.get(each.attribute, ()))
        if label is not None:
            known.append((each, label))
        else:
            unknown_values.setdefault(each.attribute, Counter())[each.value] += 1
    return known, unknown_values


def _too_few(
    model: str,
    corrections: Sequence[CorrectedLabel],
    photos: Mapping[str, int],
    unknown_values: Mapping[str, Counter[str]],
    unreadable: int,
    replaced: int,
) -> DataError:
    corrected = Counter(each.attribute for each in corrections)
    attribute = max(corrected, key=lambda name: (photos.get(name, 0), corrected[name]), default=CATEGORY)
    unknown = unknown_values.get(attribute, Counter())
    return DataError(
        "too_few_corrections",
        model=model,
        attribute=attribute,
        corrected=corrected[attribute],
        usable=photos.get(attribute, 0),
        needed=MIN_PHOTOS,
        unknown=unknown.total(),
        unknown_values=tuple(value for value, _ in unknown.most_common(_NAMED_VALUES)),
        more_unknown_values=len(unknown) > _NAMED_VALUES,
        unreadable=unreadable,
        replaced=replaced,
    )
