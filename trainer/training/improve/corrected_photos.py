"""What people said of photos, as something to learn from. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trainer.data.class_names import ClassNames
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata

FEWEST = 10
"""With fewer corrected photos nothing is learnt that would hold for others; of the category and each attribute."""

HELD_OUT = 0.2
"""Share of corrected photos that a model is judged with and never learns from."""

_FEWEST_ON_A_SIDE = 2

FEWEST_PICTURES = 2 * _FEWEST_ON_A_SIDE
"""Copies of fewer pictures than that cannot be divided into some to learn from and some to judge with."""


@dataclass(frozen=True, slots=True)
class CorrectedLabel:
    """One thing that a person says of a photo, be it against the model or with it.

    Attributes:
        path: The photo's file.
        value: What it shows.
        attribute: Of which of :data:`trainer.taxonomy.ATTRIBUTES` that is a value.
        digest: Of the bytes that the file had then, as :attr:`trainer.preprocessing.photo.Photo.digest`; empty where
            nobody knows.
    """

    path: Path
    value: str
    attribute: str = CATEGORY
    digest: str = ""


def teachable(metadata: ModelMetadata) -> dict[str, tuple[str, ...]]:
    """What a model can learn more of: ``category`` and its attributes, each with the values that it knows."""
    return {CATEGORY: metadata.classes, **{name: head.classes for name, head in metadata.attributes.items()}}


def class_of(value: str, classes: Sequence[str]) -> int | None:
    """Which of a model's classes is meant, see :class:`ClassNames`; None for none of them, or for several."""
    if value in classes:
        return classes.index(value)
    found = ClassNames(classes).matches(value)
    return found[0] if len(found) == 1 else None


def held_out(digests: Sequence[str], seed: int, group_N: np.ndarray | None = None) -> np.ndarray:
    """Which photos to judge with, bool (N,): about a fifth, but at least two different ones of three or more.

    Of :data:`FEWEST_PICTURES` or more, two different ones are left to learn from, too.

    It follows from each photo's content, so that the same file twice is on one side, and so that a photo that judged
    one improvement is not learnt from in the next.

    Args:
        digests: Of the files' bytes.
        seed: Another one holds out others.
        group_N: Photos of one number, such as copies of one photo, are on one side; None: the same files alone.
    """
    first: dict[int, str] = {}  # of each group the smallest digest speaks for all
    numbers = range(len(digests)) if group_N is None else group_N.tolist()
    for number, digest in zip(numbers, digests, strict=True):
        first[number] = min(first.get(number, digest), digest)
    keys = [first[number] for number in numbers]
    places = {key: _place(key, seed) for key in keys}
    count = sum(place < HELD_OUT for place in places.values())
    if len(places) > _FEWEST_ON_A_SIDE:
        count = max(min(count, len(places) - _FEWEST_ON_A_SIDE), _FEWEST_ON_A_SIDE)
    chosen = set(sorted(places, key=places.__getitem__)[:count])
    return np.array([key in chosen for key in keys], bool)


def _place(digest: str, seed: int) -> float:
    """[0, 1), the same each time and unlike that of any other photo."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {digest}".encode(), digest_size=6).digest(), "big") / 2**48
