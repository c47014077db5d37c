"""What was dealt with since a review began. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag


class ReviewTally:
    """Photos that needed review and got a person's word; undo takes them out again."""

    def __init__(self) -> None:
        self._done: dict[int, bool] = {}  # row -> whether the model's first choice was right

    def __len__(self) -> int:
        return len(self._done)

    @property
    def confirmed(self) -> int:
        """Those for which the model was right."""
        return sum(self._done.values())

    @property
    def changed(self) -> int:
        """Those that got another category."""
        return len(self._done) - self.confirmed

    def begin(self) -> None:
        """A review begins."""
        self._done.clear()

    def note(self, rows: Sequence[int], tags: Sequence[Tag]) -> None:
        """These rows were corrected, or a correction of them was taken back.

        Args:
            rows: Which.
            tags: What is said of them now, in the same order.
        """
        for row, tag in zip(rows, tags, strict=True):
            if tag.source == "user":
                self._done[row] = tag.ranking is not None and tag.ranking.label == tag.category
            else:
                self._done.pop(row, None)
