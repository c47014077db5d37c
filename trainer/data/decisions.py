"""What a person decided of doubtful photos: another category, left out, or fine as it is. The photos stay untouched."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from trainer.data.labelled_photos import LabelledPhotos


@dataclass(frozen=True)
class Decisions:
    """Decisions on photos, which are meant by their full paths.

    Attributes:
        moved: File -> the category that it belongs to.
        left_out: Files that are not to be learnt from.
        kept: Files that are right as they are, so that nobody need be asked again.
    """

    moved: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def move(self, file: Path, category: str) -> Decisions:
        """With this photo in another category."""
        without = self.forget(file)
        return replace(without, moved={**without.moved, photo_key(file): category})

    def leave_out(self, file: Path) -> Decisions:
        """Without this photo."""
        without = self.forget(file)
        return replace(without, left_out=without.left_out | {photo_key(file)})

    def keep(self, file: Path) -> Decisions:
        """With this photo as it is."""
        without = self.forget(file)
        return replace(without, kept=without.kept | {photo_key(file)})

    def forget(self, file: Path) -> Decisions:
        """With nothing decided of this photo."""
        key = photo_key(file)
        moved = {other: category for other, category in self.moved.items() if other != key}
        return Decisions(moved, self.left_out - {key}, self.kept - {key})

    def is_decided(self, file: Path) -> bool:
        """Whether anything was decided of this photo."""
        key = photo_key(file)
        return key in self.moved or key in self.left_out or key in self.kept

    def category_of(self, file: Path) -> str | None:
        """The category that this photo was moved to; None when it was not moved."""
        return self.moved.get(photo_key(file))

    def is_left_out(self, file: Path) -> bool:
        """Whether this photo is not to be learnt from."""
        return photo_key(file) in self.left_out

    def keeps(self, file: Path) -> bool:
        """Whether this photo was found right as it is."""
        return photo_key(file) in self.kept

    def in_words(self) -> str:
        """How many of each kind, such as ``2 in another category, 1 left out``; empty when nothing was decided."""
        counts = ((len(self.moved), "in another category"), (len(self.left_out), "left out"), (len(self.kept), "kept"))
        return ", ".join(f"{count:,} {what}" for count, what in counts if count)

    def applied_to(self, photos: LabelledPhotos) -> LabelledPhotos:
        """The photos as decided. A decision for a category that is not there any more does not count."""
        label_of = {name: label for label, name in enumerate(photos.classes)}
        left = [
            (path, label_of.get(self.moved.get(photo_key(path), ""), label))
            for path, label in zip(photos.files, photos.labels, strict=True)
            if photo_key(path) not in self.left_out
        ]
        return replace(photos, files=tuple(path for path, _ in left), labels=tuple(label for _, label in left))


def photo_key(file: Path) -> str:
    """What a photo is known by: its full path."""
    return os.path.abspath(file)
