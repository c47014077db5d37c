"""What is said of a photo besides its category, such as its colour, and when that is too unsure to be said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from trainer.inference.prediction import Ranking

Source = Literal["model", "user"]

# Most photos simply do not show what a garment is made of, or whether its weave has a pattern. There an unsure value
# is a guess that a shop would print as a fact. The others every product has, so the likeliest value is of use: it is
# given, and its row says that it is unsure.
_EMPTY_WHEN_UNSURE = frozenset({"pattern", "fabric"})


@dataclass(frozen=True, slots=True)
class AttributeTag:
    """One thing said of a photo.

    Attributes:
        name: One of :data:`ATTRIBUTES`.
        value: What is said, such as ``Navy blue``; empty where a person said that it has none.
        confidence: Calibrated probability of ``value``, [0, 1]; None when a person said it.
        source: Who said it.
        ranking: The model's values with their probabilities, also under a correction; None when it does not know this
            attribute at all. A row from an earlier start keeps those above a thousandth.
        unsure: The model said it with less confidence than it wants for this attribute.
    """

    name: str
    value: str
    confidence: float | None
    source: Source
    ranking: Ranking | None
    unsure: bool = False

    @property
    def stated(self) -> str:
        """What files say: ``value``, or nothing where that would be a guess. This is the only place that decides."""
        return "" if self.unsure and self.name in _EMPTY_WHEN_UNSURE else self.value

    @property
    def stated_confidence(self) -> float | None:
        """The probability that belongs to :attr:`stated`; None where that is empty."""
        return self.confidence if self.stated else None

    def by_hand(self, value: str) -> AttributeTag:
        """The same with what a person says, who is never unsure."""
        return replace(self, value=value, confidence=None, source="user", unsure=False)


def set_by_hand(name: str, value: str, ranking: Ranking | None = None) -> AttributeTag:
    """An attribute that a person set.

    Raises:
        ValueError: There is no attribute of this name.
    """
    if name not in ATTRIBUTES:
        raise ValueError(f"there is no attribute “{name}”")
    return AttributeTag(name, value, None, "user", ranking)
