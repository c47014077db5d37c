"""The photos that a person has to look at after a check: probably misfiled, or in two categories at once. No torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.data.decisions import Decisions

if TYPE_CHECKING:
    from trainer.data_quality.data_check import Copies, DataCheck


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """One photo, and why it is doubtful.

    Attributes:
        file: The photo.
        category: Where it lies.
        suggestion: Where it seems to belong; empty when nothing speaks for another category any more.
        probability: Of ``suggestion``, (0, 1]; None where only a copy speaks for it.
        copies: The same photo in other categories.
    """

    file: Path
    category: str
    suggestion: str
    probability: float | None = None
    copies: tuple[Path, ...] = ()

    def reason(self) -> str:
        """What speaks against the category, in a few words."""
        if not self.suggestion:
            return "decided earlier"
        return (
            f"also in {self.suggestion}"
            if self.copies and self.probability is None
            else f"looks like {self.suggestion}"
        )

    def is_resolved(self, decisions: Decisions) -> bool:
        """Whether nothing needs deciding any more: something was, or its copies are in the same category now or out."""
        return decisions.is_decided(self.file) or self.is_resolved_by_copies(decisions)

    def is_resolved_by_copies(self, decisions: Decisions) -> bool:
        """Whether only copies spoke against the category, and none of them does any more."""
        return (
            bool(self.copies)
            and self.probability is None
            and all(decisions.category_of(copy) == self.category or decisions.is_left_out(copy) for copy in self.copies)
        )


def find_label_issues(check: DataCheck, decisions: Decisions) -> tuple[LabelIssue, ...]:
    """Each doubtful photo once: the probably misfiled ones, the worst first, then copies in different categories.

    What is not settled comes first. A copy of a misfiled photo in the very category where that belongs is no doubt.
    Photos that were moved or left out earlier are among them though nothing speaks against them now, so that a
    decision can be taken back.
    """
    photos = check.photos
    found: dict[int, LabelIssue] = {}
    across = {place: group for group in check.copies if group.across for place in group.places}
    belongs: dict[int, int] = {}
    for suspect in check.suspects:
        place = suspect.index
        belongs[place] = suspect.predicted
        found[place] = LabelIssue(
            photos.files[place],
            photos.classes[photos.labels[place]],
            photos.classes[suspect.predicted],
            suspect.probability,
            _copies_elsewhere(check, place, across[place]) if place in across else (),
        )
    for place, group in across.items():
        if photos.labels[place] not in {belongs.get(other) for other in group.places}:
            found.setdefault(place, _copied(check, place, group))
    for place, file in enumerate(photos.files):
        if place not in found and (decisions.category_of(file) or decisions.is_left_out(file)):
            category = photos.classes[photos.labels[place]]
            found[place] = LabelIssue(file, category, decisions.category_of(file) or "")
    return tuple(sorted(found.values(), key=lambda doubt: doubt.is_resolved(decisions)))


def _copied(check: DataCheck, place: int, group: Copies) -> LabelIssue:
    photos = check.photos
    own = photos.labels[place]
    (instead, _), *_ = Counter(label for each in group.places if (label := photos.labels[each]) != own).most_common(1)
    return LabelIssue(
        photos.files[place],
        photos.classes[own],
        photos.classes[instead],
        copies=_copies_elsewhere(check, place, group),
    )


def _copies_elsewhere(check: DataCheck, place: int, group: Copies) -> tuple[Path, ...]:
    photos = check.photos
    return tuple(photos.files[other] for other in group.places if photos.labels[other] != photos.labels[place])
