"""Photos for manual review after a data check: mislabelled, or in two categories. No torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.data.decisions import Decisions

if TYPE_CHECKING:
    from trainer.data_quality.data_check import DataCheck, Duplicates


class IssueReason(StrEnum):
    """Why a photo is listed."""

    LOOKS_LIKE = "looks_like"
    """It looks like photos of the suggested category."""
    DUPLICATE = "duplicate"
    """The same photo is also in the suggested category."""
    DECIDED_EARLIER = "decided_earlier"
    """Only an earlier decision, which can be taken back."""


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """One photo that may be in the wrong category.

    Attributes:
        suggestion: The category where it seems to belong; empty when there is none any more.
        probability: Of ``suggestion``, (0, 1]; None where only a duplicate suggests it.
        copies: The same photo in other categories.
    """

    file: Path
    category: str
    suggestion: str
    probability: float | None = None
    copies: tuple[Path, ...] = ()

    @property
    def reason(self) -> IssueReason:
        if not self.suggestion:
            return IssueReason.DECIDED_EARLIER
        return IssueReason.DUPLICATE if self._is_only_copied else IssueReason.LOOKS_LIKE

    @property
    def _is_only_copied(self) -> bool:
        return bool(self.copies) and self.probability is None

    def is_resolved(self, decisions: Decisions) -> bool:
        """Whether there is a decision on it, or its copies are in the same category now or left out."""
        return decisions.is_decided(self.file) or self.is_resolved_by_copies(decisions)

    def is_resolved_by_copies(self, decisions: Decisions) -> bool:
        """Whether only copies spoke against the category, and none of them does any more."""
        return self._is_only_copied and all(
            decisions.category_of(copy) == self.category or decisions.is_left_out(copy) for copy in self.copies
        )


def find_label_issues(check: DataCheck, decisions: Decisions) -> tuple[LabelIssue, ...]:
    """Each photo once: the probably mislabelled ones, the worst first, then duplicates in different categories.

    Unresolved ones come first. A duplicate of a mislabelled photo in the category where that belongs is no issue.
    Photos that were moved or left out earlier are among them, so that a decision can be taken back.
    """
    photos = check.photos
    issues: dict[int, LabelIssue] = {}
    across = {index: group for group in check.duplicates if group.across for index in group.indices}
    predicted = {error.index: error.predicted for error in check.label_errors}
    for error in check.label_errors:
        index = error.index
        issues[index] = LabelIssue(
            photos.files[index],
            photos.classes[photos.labels[index]],
            photos.classes[error.predicted],
            error.probability,
            _copies_elsewhere(check, index, across[index]) if index in across else (),
        )
    for index, group in across.items():
        if photos.labels[index] not in {predicted.get(other) for other in group.indices}:
            issues.setdefault(index, _of_duplicate(check, index, group))
    for index, file in enumerate(photos.files):
        if index not in issues and (decisions.category_of(file) or decisions.is_left_out(file)):
            category = photos.classes[photos.labels[index]]
            issues[index] = LabelIssue(file, category, decisions.category_of(file) or "")
    return tuple(sorted(issues.values(), key=lambda issue: issue.is_resolved(decisions)))


def _of_duplicate(check: DataCheck, index: int, group: Duplicates) -> LabelIssue:
    photos = check.photos
    own = photos.labels[index]
    others = Counter(photos.labels[other] for other in group.indices if photos.labels[other] != own)
    suggestion = photos.classes[others.most_common(1)[0][0]]
    copies = _copies_elsewhere(check, index, group)
    return LabelIssue(photos.files[index], photos.classes[own], suggestion, copies=copies)


def _copies_elsewhere(check: DataCheck, index: int, group: Duplicates) -> tuple[Path, ...]:
    photos = check.photos
    return tuple(photos.files[other] for other in group.indices if photos.labels[other] != photos.labels[index])
