"""Labels of a photo besides its category, such as its colour, and which of them are too unsure to be exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, overload

from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from trainer.inference.prediction import Ranking

Source = Literal["model", "user"]

_T = TypeVar("_T")

# An unsure value is a guess that a shop would print as a fact. But every photo shows a colour, and the most probable
# one is mostly close.
_FILLED_WHEN_UNSURE = frozenset({"colour"})


@dataclass(frozen=True, slots=True)
class AttributeTag:
    """One label of a photo.

    Attributes:
        name: One of :data:`ATTRIBUTES`.
        value: The label, such as ``Navy blue``; empty where a person set that it has none.
        confidence: Calibrated probability of ``value``, [0, 1]; None when a person set it.
        source: Who set it.
        ranking: The model's labels with their probabilities, also under a correction; None when it does not predict
            this attribute. A row from the catalogue has those above a thousandth.
        unsure: As in :attr:`trainer.inference.prediction.Prediction.unsure`.
        family_sure: Of an unsure colour: its family is sure.
    """

    name: str
    value: str
    confidence: float | None
    source: Source
    ranking: Ranking | None
    unsure: bool = False
    family_sure: bool = False

    @property
    def exported(self) -> str:
        """The value in files: ``value``, or nothing where that would be a guess."""
        return "" if self.unsure and self.name not in _FILLED_WHEN_UNSURE else self.value

    @property
    def exported_confidence(self) -> float | None:
        """The probability of :attr:`exported`; None where that is empty."""
        return self.confidence if self.exported else None

    def with_user_value(self, value: str) -> AttributeTag:
        """The same attribute with the value of a person, who is never unsure."""
        return replace(self, value=value, confidence=None, source="user", unsure=False, family_sure=False)


def user_attribute(name: str, value: str) -> AttributeTag:
    """An attribute that a person set and no model predicts.

    Raises:
        ValueError: There is no attribute of this name.
    """
    if name not in ATTRIBUTES:
        raise ValueError(f"there is no attribute “{name}”")
    return AttributeTag(name, value, None, "user", None)


class LazySequence(Sequence[_T], Generic[_T]):
    """A sequence whose members are decoded on access; equal to any sequence of the same members."""

    __slots__ = ()

    def decoded(self) -> tuple[_T, ...]:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...
    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        return self.decoded()[index]

    def __len__(self) -> int:
        return len(self.decoded())

    def __iter__(self) -> Iterator[_T]:
        return iter(self.decoded())

    def __eq__(self, other: object) -> bool:
        return self.decoded() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.decoded())

    def __repr__(self) -> str:
        return repr(self.decoded())


class Attributes(LazySequence[AttributeTag]):
    """The attributes of one photo, in the order of :data:`ATTRIBUTES`."""

    __slots__ = ("_members",)

    def __init__(self, members: Iterable[AttributeTag] = ()) -> None:
        self._members = tuple(members)

    def decoded(self) -> tuple[AttributeTag, ...]:
        return self._members

    def named(self, name: str) -> AttributeTag | None:
        """One attribute; None when neither a model nor a person set it."""
        return next((each for each in self._members if each.name == name), None)

    def values(self) -> tuple[str, ...]:
        """The values of all ATTRIBUTES, empty where there is none."""
        values = {each.name: each.value for each in self._members}
        return tuple(values.get(name, "") for name in ATTRIBUTES)

    @property
    def has_user_values(self) -> bool:
        return any(each.source == "user" for each in self._members)

    def with_user_values(self, values: Mapping[str, str]) -> Attributes:
        """The same attributes with the values of a person, by attribute; an empty value means that there is none.

        Raises:
            ValueError: There is no attribute of such a name.
        """
        changed = {each.name: each for each in self._members}
        for name, value in values.items():
            before = changed.get(name)
            changed[name] = user_attribute(name, value) if before is None else before.with_user_value(value)
        return Attributes(changed[name] for name in ATTRIBUTES if name in changed)
