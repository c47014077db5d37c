"""The photos that a person has to look at after a check: probably misfiled, or in two categories at once. No torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.data.decisions import Decisions

if TYPE_CHECKING:
    from trainer.data.data_check import Copies, DataCheck


@dataclass(frozen=True, slots=True)
class Doubt:
    """One photo, and why it is doubtful.

    Attributes:
        file: The photo.
        category: Where it lies.
        instead: Where it seems to belong; empty when nothing speaks for another category any more.
        probability: Of ``instead``, (0, 1]; None where only a copy speaks for it.
        copies: The same photo in other categories.
    """

    file: Path
    category: str
    instead: str
    probability: float | None = None
    copies: tuple[Path, ...] = ()

    def reason(self) -> str:
        """What speaks against the category, in a few words."""
        if self.copies:
            return f"also in {self.instead}"
        return f"looks like {self.instead}" if self.instead else "decided earlier"


def doubts(check: DataCheck, decisions: Decisions) -> tuple[Doubt, ...]:
    """Each doubtful photo once: the probably misfiled ones, the worst first, then copies in different categories.

    What nothing was decided of comes first. Photos that were moved or left out earlier are among them though nothing
    speaks against them now, so that a decision can be taken back.
    """
    photos = check.photos
    found: dict[int, Doubt] = {}
    across = {place: group for group in check.copies if group.across for place in group.places}
    for suspect in check.suspects:
        place = suspect.index
        found[place] = Doubt(
            photos.files[place],
            photos.classes[photos.labels[place]],
            photos.classes[suspect.instead],
            suspect.probability,
        )
    for place, group in across.items():
        found.setdefault(place, _copied(check, place, group))
    for place, file in enumerate(photos.files):
        if place not in found and (decisions.category_of(file) or decisions.leaves_out(file)):
            category = photos.classes[photos.labels[place]]
            found[place] = Doubt(file, category, decisions.category_of(file) or "")
    return tuple(sorted(found.values(), key=lambda doubt: decisions.is_decided(doubt.file)))


def _copied(check: DataCheck, place: int, group: Copies) -> Doubt:
    photos = check.photos
    own = photos.labels[place]
    others = [other for other in group.places if photos.labels[other] != own]
    (instead, _), *_ = Counter(photos.labels[other] for other in others).most_common(1)
    return Doubt(
        photos.files[place],
        photos.classes[own],
        photos.classes[instead],
        copies=tuple(photos.files[other] for other in others),
    )
