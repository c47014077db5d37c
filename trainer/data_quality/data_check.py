"""Checks own photos before training: unreadable ones, duplicates, label issues, small and unbalanced categories."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import near_duplicates
from trainer.data.alignment import SIDE
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data.photo_files import Unreadable
from trainer.data_quality import confident_learning
from trainer.data_quality.confident_learning import LabelScore
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.preprocessing.photo import Photo, load_photo

MIN_PHOTOS = 2
"""Of a category: one for training and one for validation."""

ADVISED_PHOTOS = 20
MAX_IMBALANCE = 10
"""How many times as many photos the largest category may have as the smallest."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Two or more photos that are the same, ascending; ``exact`` for the same files, ``across`` categories."""

    indices: tuple[int, ...]
    exact: bool
    across: bool


@dataclass(frozen=True, slots=True)
class DataCheck:
    """What a check found. Photos are given as indices into ``photos``.

    Attributes:
        photos: The N photos of K categories that were checked.
        unreadable: Photos that training leaves out.
        counts: Readable photos of each category, K.
        duplicates: Groups of the same photo, those across categories first.
        label_errors: Likely wrong labels, the worst first.
        ranking: All readable photos, the lowest margin first, for callers that want more or fewer.
    """

    photos: LabelledPhotos
    unreadable: tuple[Unreadable, ...]
    counts: tuple[int, ...]
    duplicates: tuple[Duplicates, ...]
    label_errors: tuple[LabelScore, ...]
    ranking: tuple[LabelScore, ...] = ()

    @property
    def too_few(self) -> list[int]:
        return [label for label, count in enumerate(self.counts) if count < MIN_PHOTOS]

    @property
    def few(self) -> list[int]:
        return [label for label, count in enumerate(self.counts) if MIN_PHOTOS <= count < ADVISED_PHOTOS]

    @property
    def unbalanced(self) -> tuple[int, int] | None:
        """The largest and the smallest category that has photos, when they are too far apart."""
        sizes = sorted((count, label) for label, count in enumerate(self.counts) if count)
        if not sizes or sizes[-1][0] <= MAX_IMBALANCE * sizes[0][0]:
            return None
        return sizes[-1][1], sizes[0][1]


def check(
    photos: LabelledPhotos, predictor: Predictor, control: WorkControl
) -> Generator[ProgressEvent, None, DataCheck]:
    """Read each photo once; a thumbnail of 12 KB and the embedding of each stay in memory.

    ``predictor`` is any model that has seen photos like these; best one of product photos.
    """
    thumbnails: dict[int, np.ndarray] = {}

    def load(index: int) -> Photo:
        photo = load_photo(photos.files[index], short_side=predictor.decode_short_side)
        thumbnails[index] = near_duplicates.thumbnail(photo.pixels_HWC)
        return photo

    embedded = yield from embed_photos(predictor, range(len(photos)), load, control)
    indices = embedded.indices
    unreadable = [Unreadable(str(photos.files[index]), error) for index, error in sorted(embedded.unreadable.items())]
    no_thumbnails = np.zeros((0, SIDE, SIDE, 3), np.uint8)
    thumbnails_NHWC = np.stack([thumbnails.pop(index) for index in indices]) if indices else no_thumbnails
    group_N = yield from near_duplicates.groups(thumbnails_NHWC, embedded.digests, control)
    labels_N = torch.tensor([photos.labels[index] for index in indices], dtype=torch.int64)
    yield ProgressEvent("finding_label_issues", 0, 0)
    label_errors, ranking = _label_errors(
        embedded.embeddings_ND, labels_N, torch.from_numpy(group_N), len(photos.classes), control
    )
    duplicates = _duplicates(group_N, embedded.digests, indices, photos)
    return DataCheck(
        photos,
        (*photos.unreadable, *unreadable),
        tuple(torch.bincount(labels_N, minlength=len(photos.classes)).tolist()),
        tuple(sorted(duplicates, key=lambda group: (not group.across, group.indices))),
        *(tuple(replace(each, index=indices[each.index]) for each in several) for several in (label_errors, ranking)),
    )


def _label_errors(
    embeddings_ND: torch.Tensor, labels_N: torch.Tensor, groups_N: torch.Tensor, classes: int, control: WorkControl
) -> tuple[list[LabelScore], list[LabelScore]]:
    if len(groups_N.unique()) < 2:
        return [], []
    log_probabilities_NK = confident_learning.out_of_sample_log_probabilities(
        embeddings_ND, labels_N, groups_N, classes, control=control
    )
    label_errors = confident_learning.find_label_errors(log_probabilities_NK, labels_N, groups_N)
    return label_errors, confident_learning.rank_labels(log_probabilities_NK, labels_N)


def _duplicates(
    group_N: np.ndarray, digests: list[str], indices: list[int], photos: LabelledPhotos
) -> Iterator[Duplicates]:
    for members in near_duplicates.multiple(group_N):
        group = tuple(indices[member] for member in members)
        exact = len({digests[member] for member in members}) == 1
        yield Duplicates(group, exact, len({photos.labels[index] for index in group}) > 1)
