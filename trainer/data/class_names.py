"""Matches names of folders and lists with a model's classes. No torch."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from trainer.spelling import spelling_key


class ClassNames:
    """A model's classes, found by exact name; else ignoring capitals, then spaces and signs.

    Args:
        classes: K names. Some may differ in nothing but signs or accents, as ``C`` and ``C++`` do.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._ways = [(write, _by(write, classes)) for write in (str, _folded, spelling_key)]

    def matches(self, name: str) -> tuple[int, ...]:
        """Indices of the classes that match: one, none when the name is unknown, several when it is ambiguous."""
        return next((found for write, labels in self._ways if (found := labels.get(write(name), ()))), ())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()  # macOS writes an é of a folder as two signs


def _by(write: Callable[[str], str], classes: Sequence[str]) -> dict[str, tuple[int, ...]]:
    labels: dict[str, tuple[int, ...]] = {}
    for label, name in enumerate(classes):
        if key := write(name):  # a name of signs alone has no key
            labels[key] = (*labels.get(key, ()), label)
    return labels
