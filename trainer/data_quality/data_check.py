"""What should be looked at before own photos are trained from."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import near_duplicates
from trainer.data.alignment import SIDE
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data.photo_files import Unreadable
from trainer.data_quality import confident_learning
from trainer.data_quality.confident_learning import Suspect
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.preprocessing.photo import Photo, load_photo

LEAST_PHOTOS = 2
"""Of a category: one to learn from and one to check with."""

ADVISED_PHOTOS = 20
MOST_UNBALANCED = 10
"""How many times as many photos the largest category may have as the smallest."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Two or more photos that are the same.

    Attributes:
        places: Which ones, ascending.
        exact: The files are the same, too.
        across: They are in different categories.
    """

    places: tuple[int, ...]
    exact: bool
    across: bool


@dataclass(frozen=True, slots=True)
class DataCheck:
    """What was found. Photos are meant by their places in ``photos``.

    Attributes:
        photos: What was looked at: N photos of K categories.
        unreadable: Photos that a training will leave out.
        counts: Readable photos of each category, K.
        copies: Groups of the same photo, those across categories first.
        suspects: Likely wrong labels, the worst first.
        ranking: All readable photos, the most suspect first, for those who want to look at more or fewer.
    """

    photos: LabelledPhotos
    unreadable: tuple[Unreadable, ...]
    counts: tuple[int, ...]
    copies: tuple[Copies, ...]
    suspects: tuple[Suspect, ...]
    ranking: tuple[Suspect, ...] = ()

    @property
    def too_few(self) -> list[int]:
        """Categories that cannot be learnt."""
        return [label for label, count in enumerate(self.counts) if count < LEAST_PHOTOS]

    @property
    def few(self) -> list[int]:
        """Categories that will be learnt badly."""
        return [label for label, count in enumerate(self.counts) if LEAST_PHOTOS <= count < ADVISED_PHOTOS]

    @property
    def unbalanced(self) -> tuple[int, int] | None:
        """The largest and the smallest category that has photos, when they are too far apart."""
        sizes = sorted((count, label) for label, count in enumerate(self.counts) if count)
        if not sizes or sizes[-1][0] <= MOST_UNBALANCED * sizes[0][0]:
            return None
        return sizes[-1][1], sizes[0][1]


def check(
    photos: LabelledPhotos, predictor: Predictor, control: WorkControl
) -> Generator[ProgressEvent, None, DataCheck]:
    """Look at each photo once. Of each, 12 KB and its embedding are kept.

    Args:
        photos: From :func:`trainer.data.labelled_photos.find`.
        predictor: Any model that has seen photos like these; best one of product photos.
        control: Pauses and stops.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    pictures: dict[int, np.ndarray] = {}

    def load(place: int) -> Photo:
        photo = load_photo(photos.files[place], shortest_side=predictor.decode_short_side)
        pictures[place] = near_duplicates.picture_of(photo.pixels_HWC)
        return photo

    seen = yield from embed_photos(predictor, range(len(photos)), load, control, "Looking at the photos")
    unreadable = [Unreadable(str(photos.files[place]), why) for place, why in sorted(seen.unreadable.items())]
    shown_NHWC = np.stack([pictures.pop(place) for place in seen.indices]) if seen.indices else _no_pictures()
    same = yield from near_duplicates.groups(shown_NHWC, seen.digests, control)
    labels_N = torch.tensor([photos.labels[place] for place in seen.indices], dtype=torch.int64)
    yield ProgressEvent("Looking for wrong labels", 0, 0)
    found, ranking = _suspects(
        seen.embeddings_ND, labels_N, torch.from_numpy(same.group_N), len(photos.classes), control
    )
    place_of = seen.indices
    return DataCheck(
        photos,
        (*photos.closed, *unreadable),
        tuple(torch.bincount(labels_N, minlength=len(photos.classes)).tolist()),
        tuple(sorted(_copies(same, seen.digests, place_of, photos), key=lambda each: (not each.across, each.places))),
        *(tuple(replace(each, index=place_of[each.index]) for each in several) for several in (found, ranking)),
    )


def _no_pictures() -> np.ndarray:
    return np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _suspects(
    embeddings_ND: torch.Tensor, labels_N: torch.Tensor, groups_N: torch.Tensor, classes: int, control: WorkControl
) -> tuple[list[Suspect], list[Suspect]]:
    """Those listed, and the ranking of all."""
    if len(groups_N.unique()) < 2:
        return [], []
    log_probabilities_NK = confident_learning.out_of_sample_log_probabilities(
        embeddings_ND, labels_N, groups_N, classes, control=control
    )
    listed = confident_learning.suspects(log_probabilities_NK, labels_N, groups_N)
    return listed, confident_learning.ranking(log_probabilities_NK, labels_N)


def _copies(
    same: near_duplicates.Groups, digests: list[str], place_of: list[int], photos: LabelledPhotos
) -> list[Copies]:
    found = []
    for members in same.with_several():
        places = tuple(place_of[member] for member in members)
        exact = len({digests[member] for member in members}) == 1
        found.append(Copies(places, exact, len({photos.labels[place] for place in places}) > 1))
    return found
