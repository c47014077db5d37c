"""Corrections of photos as training data: which values a model can be trained on, and which photos are held out.

Importing this imports no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trainer.spelling import ClassNames
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata

MIN_PHOTOS = 10
"""A head is trained on so many corrected photos at least; fewer would not generalise."""

HOLDOUT_SHARE = 0.2
"""Share of the corrected photos that is only used for the comparison."""

_MIN_IN_EACH_PART = 2

MIN_DISTINCT_PHOTOS = 2 * _MIN_IN_EACH_PART
"""Copies of fewer photos than that cannot be split into a training and a holdout part."""


@dataclass(frozen=True, slots=True)
class CorrectedLabel:
    """A label that a person set or confirmed.

    Attributes:
        attribute: ``category`` or one of :data:`trainer.taxonomy.ATTRIBUTES`.
        digest: Of the file's bytes at that time, as :attr:`trainer.preprocessing.photo.Photo.digest`; empty when
            unknown.
    """

    path: Path
    value: str
    attribute: str = CATEGORY
    digest: str = ""


def trainable_values(metadata: ModelMetadata) -> dict[str, tuple[str, ...]]:
    """The classes of each head, by attribute, ``category`` first."""
    return {CATEGORY: metadata.classes, **{name: head.classes for name, head in metadata.attributes.items()}}


def class_index(value: str, classes: Sequence[str]) -> int | None:
    """The class with this name, in any spelling (:class:`ClassNames`); None when no class or several match."""
    if value in classes:
        return classes.index(value)
    found = ClassNames(classes).matches(value)
    return found[0] if len(found) == 1 else None


def holdout_mask(digests: Sequence[str], seed: int, group_N: np.ndarray | None = None) -> np.ndarray:
    """The photos to hold out, bool (N,): about a fifth, and at least two different ones of three or more.

    Of :data:`MIN_DISTINCT_PHOTOS` or more, at least two different ones remain for training. Whether a photo is held out
    follows from its content: it stays held out in later updates, and copies of a file are in one part.

    Args:
        digests: Of the files' bytes.
        seed: Another seed holds out other photos.
        group_N: int64, the same for near-duplicates, which are kept in one part; None: only equal digests are.
    """
    first: dict[int, str] = {}  # the smallest digest represents its group
    numbers = range(len(digests)) if group_N is None else group_N.tolist()
    for number, digest in zip(numbers, digests, strict=True):
        first[number] = min(first.get(number, digest), digest)
    keys = [first[number] for number in numbers]
    ranks = {key: _rank(key, seed) for key in keys}
    count = sum(rank < HOLDOUT_SHARE for rank in ranks.values())
    if len(ranks) > _MIN_IN_EACH_PART:
        count = max(min(count, len(ranks) - _MIN_IN_EACH_PART), _MIN_IN_EACH_PART)
    chosen = set(sorted(ranks, key=ranks.__getitem__)[:count])
    return np.array([key in chosen for key in keys], bool)


def _rank(digest: str, seed: int) -> float:
    """A hash in [0, 1)."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {digest}".encode(), digest_size=6).digest(), "big") / 2**48
