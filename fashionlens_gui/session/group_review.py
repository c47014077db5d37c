"""A review of doubtful photos in groups: which group is next, and which answers are left for each photo. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fashionlens_gui.session.photo_groups import group_photos
from fashionlens_gui.tagging.tag import Status
from trainer.preprocessing.photo import REVIEW_NOTES
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.tagging.tag import Tag
    from trainer.inference.prediction import Ranking

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
    """The doubtful photos of one label, of which one group is shown. Photos are indices from 0 to N - 1.

    Args:
        rows_N: Their rows in the session, int64.
        labels: The K labels.
        probabilities_NK: The model's, float32, [0, 1].
        embeddings_ND: float32, L2-normalised; zeros where there is none.

    Attributes:
        group: The photos of the group that is shown, int64 (n,); none at the end, or while the next groups are found.
        marked: Those that were marked when it was confirmed, int64 (m,); none unless that was undone.
    """

    def __init__(
        self, rows_N: np.ndarray, labels: Sequence[str], probabilities_NK: np.ndarray, embeddings_ND: np.ndarray
    ) -> None:
        self._rows_N, self._labels = rows_N, tuple(labels)
        self._probabilities_NK, self._embeddings_ND = probabilities_NK, embeddings_ND
        self._open_N = np.ones(len(rows_N), bool)
        self._index_of = {int(row): index for index, row in enumerate(rows_N)}
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

    def row(self, photo: int) -> int:
        """The photo's row in the session."""
        return int(self._rows_N[photo])

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

        Returns the rows of each value, for the session. What follows should be grouped again.
        """
        marked_n = np.array(sorted(marked), np.int64)
        confirmed_n = self.group[~np.isin(self.group, marked_n)]
        values: dict[str, list[int]] = {}
        for photo in confirmed_n.tolist():
            values.setdefault(self.value(photo), []).append(self.row(photo))
        self._remember(confirmed_n, marked_n)
        self._probabilities_NK[marked_n, self._probabilities_NK[marked_n].argmax(axis=1)] = 0.0
        self._open_N[confirmed_n] = False
        self._show_next()
        return values

    def answer(self, photos: Collection[int]) -> list[int]:
        """The user gives these photos of the group a label; the others stay. Returns the rows, for the session."""
        answered_n = np.array(sorted(photos), np.int64)
        self._remember(answered_n, answered_n[:0])
        self._open_N[answered_n] = False
        self.group = self.group[~np.isin(self.group, answered_n)]
        if not len(self.group):
            self._show_next()
        return [self.row(photo) for photo in answered_n.tolist()]

    def take_changes(self, rows: Collection[int], open_: Collection[bool]) -> bool:
        """Rows changed in the session: each is without an answer now, or has one.

        When the answers of a group were undone, that group is shown again as it was before. Returns whether what is
        shown changed; what follows should be grouped again then.
        """
        known = [(self._index_of[row], now) for row, now in zip(rows, open_, strict=True) if row in self._index_of]
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


def is_open(tag: Tag, name: str) -> bool:
    """Whether a row belongs to the review of ``category`` or of one of ATTRIBUTES: the model is unsure of it.

    Photos that need review whatever the model says, such as damaged ones, are for a review one by one.
    """
    if name != CATEGORY:
        attribute = tag.attributes.named(name)
        return attribute is not None and attribute.source == "model" and attribute.unsure
    notes = {note.code for note in tag.notes}
    return tag.source == "model" and tag.status is Status.NEEDS_REVIEW and not notes & REVIEW_NOTES


def open_review(session: Session, name: str) -> GroupReview:
    """The review of ``category`` or of one of ATTRIBUTES, with its groups. A second for some ten thousand photos."""
    rows: list[int] = []
    rankings: list[Ranking] = []
    for row, tag in enumerate(session.rows):
        if is_open(tag, name):
            attribute = tag.attributes.named(name)
            ranking = tag.ranking if name == CATEGORY else attribute.ranking if attribute is not None else None
            if ranking is not None:
                rows.append(row)
                rankings.append(ranking)
    labels = list(dict.fromkeys(label for ranking in rankings for label in ranking.labels))
    place = {label: index for index, label in enumerate(labels)}
    probabilities_NK = np.zeros((len(rows), len(labels)), np.float32)
    for index, ranking in enumerate(rankings):
        probabilities_NK[index, [place[label] for label in ranking.labels]] = ranking.probabilities
    rows_N = np.array(rows, np.int64)
    placed_M, embeddings_MD = session.embeddings()
    embeddings_ND = np.zeros((len(rows), embeddings_MD.shape[1]), np.float32)
    _, ours, theirs = np.intersect1d(rows_N, placed_M, assume_unique=True, return_indices=True)
    embeddings_ND[ours] = embeddings_MD[theirs]
    review = GroupReview(rows_N, labels, probabilities_NK, embeddings_ND)
    review.follow(find_groups(*review.rest()))
    return review
