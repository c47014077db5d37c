"""A person's decisions on photos with label issues: another category, left out, or kept. No photo is changed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from trainer.data.labelled_photos import LabelledPhotos
from trainer.spelling import normal_form


@dataclass(frozen=True)
class Decisions:
    """Decisions by photo; photos are identified by :func:`photo_key`.

    Attributes:
        moved: Photo -> its correct category.
        left_out: Photos that are not used for training.
        kept: Photos that are correct as they are, so that nobody is asked again.
    """

    moved: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def move(self, file: Path, category: str) -> Decisions:
        """With this photo in another category."""
        without = self.clear(file)
        return replace(without, moved={**without.moved, photo_key(file): category})

    def leave_out(self, file: Path) -> Decisions:
        without = self.clear(file)
        return replace(without, left_out=without.left_out | {photo_key(file)})

    def keep(self, file: Path) -> Decisions:
        without = self.clear(file)
        return replace(without, kept=without.kept | {photo_key(file)})

    def clear(self, *files: Path) -> Decisions:
        """Without the decisions on these photos."""
        keys = {photo_key(file) for file in files}
        moved = {key: category for key, category in self.moved.items() if key not in keys}
        return Decisions(moved, self.left_out - keys, self.kept - keys)

    def is_decided(self, file: Path) -> bool:
        return self.category_of(file) is not None or self.is_left_out(file) or self.is_kept(file)

    def category_of(self, file: Path) -> str | None:
        """The category that this photo was moved to; None when it was not moved."""
        return self.moved.get(photo_key(file))

    def is_left_out(self, file: Path) -> bool:
        return photo_key(file) in self.left_out

    def is_kept(self, file: Path) -> bool:
        return photo_key(file) in self.kept

    def applied_to(self, photos: LabelledPhotos) -> LabelledPhotos:
        """The photos as decided. A photo moved to a category that no longer exists keeps its own."""
        label_of = {normal_form(name): label for label, name in enumerate(photos.classes)}
        decided = [
            (path, label_of.get(normal_form(self.category_of(path) or ""), label))
            for path, label in zip(photos.files, photos.labels, strict=True)
            if not self.is_left_out(path)
        ]
        return replace(photos, files=tuple(path for path, _ in decided), labels=tuple(label for _, label in decided))


def photo_key(file: Path) -> str:
    """What identifies a photo: its full path, in one Unicode normal form."""
    return normal_form(os.path.abspath(file))
