"""A review of unsure photos in groups: which group is next, and which answers are left for each photo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, embeddings_of
from fashionlens_gui.catalogue.search.uncertainty import UnsurePhotos, unsure_photos
from fashionlens_gui.review.photo_groups import group_photos

ANSWERS = 9
"""One for each number key."""


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A group before something was done with it, for undo."""

    group_n: np.ndarray
    answered_n: np.ndarray
    marked_n: np.ndarray
    probabilities_nK: np.ndarray


class GroupReview:
    """The unsure photos of a list, of which one group is shown. Photos are indices from 0 to N - 1.

    Args:
        unsure: The photos and the model's probabilities.
        embeddings_ND: float32, L2-normalised; zeros where there is none.

    Attributes:
        group: The photos of the group that is shown, int64 (n,); none at the end, or while the next groups are found.
        marked: Those that were marked when it was confirmed, int64 (m,); none unless that was undone.
    """

    def __init__(self, unsure: UnsurePhotos, embeddings_ND: np.ndarray) -> None:
        self._unsure, self._labels = unsure, unsure.labels
        self._probabilities_NK, self._embeddings_ND = unsure.probabilities_NK.copy(), embeddings_ND
        self._open_N = np.ones(len(unsure.ids_N), bool)
        self._index_of = {id_: index for index, id_ in enumerate(unsure.ids_N.tolist())}
        self._shown: list[_Shown] = []
        self.group = self.marked = np.zeros(0, np.int64)
        self._following: list[np.ndarray] = []

    # What is shown

    @property
    def left(self) -> int:
        """Photos without an answer, those of the group included; without those whose labels are all ruled out."""
        return int(self._waiting().sum())

    @property
    def done(self) -> int:
        """Photos that got an answer in this review."""
        return sum(len(shown.answered_n) for shown in self._shown)

    @property
    def groups(self) -> int:
        """Groups that are left, the one that is shown included."""
        return len(self._following) + bool(len(self.group))

    @property
    def following(self) -> np.ndarray:
        """The photos of the next group, int64 (n,)."""
        return self._following[0] if self._following else self.group[:0]

    def id_of(self, photo: int) -> int:
        """The photo's id in the catalogue."""
        return int(self._unsure.ids_N[photo])

    def path(self, photo: int) -> Path:
        """The photo's file."""
        return self._unsure.paths[photo]

    def file(self, photo: int) -> str:
        """The photo's name for people."""
        return self._unsure.files[photo]

    def among(self, ids: Iterable[int]) -> list[int]:
        """Those of these ids whose photos are in this review."""
        return [id_ for id_ in ids if id_ in self._index_of]

    def value(self, photo: int) -> str:
        """The most probable label that is not ruled out."""
        return self._labels[int(self._probabilities_NK[photo].argmax())]

    def probability(self, photo: int) -> float:
        """Of :meth:`value` among the labels that are not ruled out, [0, 1]."""
        some_K = self._probabilities_NK[photo]
        return float(some_K.max() / max(some_K.sum(), 1e-9))

    def values(self) -> list[str]:
        """The values of the group, the most frequent first."""
        found = [self.value(photo) for photo in self.group.tolist()]
        return sorted(dict.fromkeys(found), key=found.count, reverse=True)

    def answers(self) -> list[tuple[str, float]]:
        """The most probable labels for the whole group with their mean probability, at most :data:`ANSWERS`."""
        if not len(self.group):
            return []
        some_nK = self._probabilities_NK[self.group]
        mean_K = (some_nK / np.maximum(some_nK.sum(axis=1, keepdims=True), 1e-9)).mean(axis=0)
        best = np.argsort(-mean_K, kind="stable")[:ANSWERS]
        return [(self._labels[label], float(mean_K[label])) for label in best if mean_K[label] > 0]

    # What the user does

    def confirm(self, marked: Collection[int] = ()) -> dict[str, list[int]]:
        """Confirm the group without the ``marked`` photos, whose value is ruled out; the next group is shown.

        Returns the ids of each value, for the catalogue. What follows should be grouped again.
        """
        marked_n = np.array(sorted(marked), np.int64)
        confirmed_n = self.group[~np.isin(self.group, marked_n)]
        values: dict[str, list[int]] = {}
        for photo in confirmed_n.tolist():
            values.setdefault(self.value(photo), []).append(self.id_of(photo))
        self._remember(confirmed_n, marked_n)
        self._probabilities_NK[marked_n, self._probabilities_NK[marked_n].argmax(axis=1)] = 0.0
        self._open_N[confirmed_n] = False
        self._show_next()
        return values

    def answer(self, photos: Collection[int]) -> list[int]:
        """The user gives these photos of the group a label; the others stay. Returns the ids, for the catalogue."""
        answered_n = np.array(sorted(photos), np.int64)
        self._remember(answered_n, answered_n[:0])
        self._open_N[answered_n] = False
        self.group = self.group[~np.isin(self.group, answered_n)]
        if not len(self.group):
            self._show_next()
        return [self.id_of(photo) for photo in answered_n.tolist()]

    def take_changes(self, ids: Iterable[int], unsure: Collection[int]) -> bool:
        """Photos changed in the catalogue; the model is ``unsure`` of some of these ids, the others have an answer.

        When the answers of a group were undone, that group is shown again as it was before. Returns whether what is
        shown changed; what follows should be grouped again then.
        """
        known = [(self._index_of[id_], id_ in unsure) for id_ in self.among(ids)]
        changed = [(photo, now) for photo, now in known if self._open_N[photo] != now]
        if not changed:
            return False
        for photo, now in changed:
            self._open_N[photo] = now
        again = {photo for photo, now in changed if now}
        place = next((i for i in range(len(self._shown) - 1, -1, -1) if again & {*self._shown[i].answered_n}), None)
        if place is not None:
            shown = self._shown.pop(place)
            self._probabilities_NK[shown.marked_n] = shown.probabilities_nK
            self._following.insert(0, self.group)
            self.group, self.marked = shown.group_n, shown.marked_n
        self.group = self.group[self._open_N[self.group]]
        if not len(self.group):
            self._show_next()
        return True

    # The next groups

    def rest(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What :func:`find_groups` needs, as a copy for another thread: the photos that are not shown."""
        waiting_N = self._waiting()
        waiting_N[self.group] = False
        photos_M = np.flatnonzero(waiting_N)
        return photos_M, self._probabilities_NK[photos_M], self._embeddings_ND

    def follow(self, groups: Sequence[np.ndarray]) -> None:
        """Show these groups next, as :func:`find_groups` found them."""
        self._following = list(groups)
        if not len(self.group):
            self._show_next()

    def _waiting(self) -> np.ndarray:
        return self._open_N & (self._probabilities_NK > 0).any(axis=1)

    def _show_next(self) -> None:
        self.group = self.group[:0]
        while self._following and not len(self.group):
            following = self._following.pop(0)
            self.group = following[self._open_N[following]]

    def _remember(self, answered_n: np.ndarray, marked_n: np.ndarray) -> None:
        self.marked = marked_n[:0]
        self._shown.append(_Shown(self.group, answered_n, marked_n, self._probabilities_NK[marked_n]))


def find_groups(photos_M: np.ndarray, probabilities_MK: np.ndarray, embeddings_ND: np.ndarray) -> list[np.ndarray]:
    """The groups of :meth:`GroupReview.rest`, best first."""
    return [photos_M[group] for group in group_photos(probabilities_MK, embeddings_ND[photos_M])]


def open_review(catalogue: Catalogue, query: Query, name: str) -> GroupReview:
    """The review of ``category`` or of an attribute in a list, with its groups."""
    unsure = unsure_photos(catalogue, query, name)
    ids_M, embeddings_MD = embeddings_of(catalogue, unsure.ids_N)
    embeddings_ND = np.zeros((len(unsure.ids_N), embeddings_MD.shape[1]), np.float32)
    embeddings_ND[np.searchsorted(unsure.ids_N, ids_M)] = embeddings_MD
    review = GroupReview(unsure, embeddings_ND)
    review.follow(find_groups(*review.rest()))
    return review
