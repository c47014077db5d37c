"""Attributes and colours as the session keeps them: a few hundred bytes a photo, taken apart when somebody looks.

The labels of a model's attributes are stored once, as an attribute set. Each photo has one blob of A attributes::

    uint8       bit i: the model was unsure of attribute i
    A × uint8   how many labels K of each attribute were kept
    A × (K × uint16 numbers of labels, then K × float32 probabilities, most probable first), little-endian

Labels below a thousandth are not kept, but always the first three: nobody would pick them, and they are most of all.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar, overload

from fashionlens_gui.session.packed_ranking import BYTES_PER_LABEL, KeptRanking
from fashionlens_gui.tagging.attributes import AttributeTag, set_by_hand
from fashionlens_gui.tagging.tag import printable
from trainer.inference.prediction import Ranking, Swatch
from trainer.taxonomy import ATTRIBUTES

_T = TypeVar("_T")

_LEAST_KEPT = 3
_MOST_KEPT = 255
_LEAST_PROBABILITY = 0.001

AttributeLabels = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and labels of a model's attributes, the labels sorted."""


def labels_of(attributes: Sequence[AttributeTag]) -> AttributeLabels:
    """What :func:`pack` numbers the labels by; attributes of which the model says nothing are left out."""
    return tuple((each.name, tuple(sorted(each.ranking.labels))) for each in attributes if each.ranking is not None)


def pack(attributes: Sequence[AttributeTag], labels: AttributeLabels) -> bytes:
    """What the model says, as a blob. ``labels`` are from :func:`labels_of`."""
    by_name = {each.name: each for each in attributes}
    unsure, counts, parts = 0, [], []
    for place, (name, known) in enumerate(labels):
        said = by_name[name]
        assert said.ranking is not None
        unsure |= said.unsure << place
        kept = _worth_keeping(said.ranking)
        number = {label: index for index, label in enumerate(known)}
        order = (number[label] for label in said.ranking.labels[:kept])
        counts.append(kept)
        parts.append(struct.pack(f"<{kept}H{kept}f", *order, *said.ranking.probabilities[:kept]))
    return bytes((unsure, *counts)) + b"".join(parts)


def _worth_keeping(ranking: Ranking) -> int:
    likely = sum(probability >= _LEAST_PROBABILITY for probability in ranking.probabilities)
    return min(max(likely, _LEAST_KEPT), len(ranking.labels), _MOST_KEPT)


def check(packed: bytes, labels: AttributeLabels) -> None:
    """Refuse a blob that is not whole. Raises ValueError."""
    count = len(labels)
    if len(packed) <= count or len(packed) != 1 + count + BYTES_PER_LABEL * sum(packed[1 : 1 + count]):
        raise ValueError(f"{len(packed)} bytes for {count} attributes")


class _Lazy(Sequence[_T], Generic[_T]):
    """A sequence made when somebody looks, and equal to any other with the same members."""

    __slots__ = ()

    def made(self) -> tuple[_T, ...]:
        """Make its members."""
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...
    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        return self.made()[index]

    def __len__(self) -> int:
        return len(self.made())

    def __iter__(self) -> Iterator[_T]:
        return iter(self.made())

    def __eq__(self, other: object) -> bool:
        return self.made() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.made())

    def __repr__(self) -> str:
        return repr(self.made())


class KeptAttributes(_Lazy[AttributeTag]):
    """A photo's attributes as they lie in the database, with what a person said of them.

    Args:
        labels: See :func:`labels_of`.
        packed: See :func:`pack`; checked.
        by_hand: What a person said, by attribute.
    """

    __slots__ = ("_by_hand", "_labels", "_packed")

    def __init__(self, labels: AttributeLabels, packed: bytes, by_hand: Mapping[str, str] | None = None) -> None:
        self._labels, self._packed, self._by_hand = labels, packed, by_hand

    def __bool__(self) -> bool:
        return bool(self._labels or self._by_hand)

    @property
    def by_hand(self) -> bool:
        """Whether a person said any of them."""
        return bool(self._by_hand)

    def with_word(self, by_hand: Mapping[str, str]) -> KeptAttributes:
        """The same with what a person says, by attribute."""
        return KeptAttributes(self._labels, self._packed, by_hand)

    def made(self) -> tuple[AttributeTag, ...]:
        """All of them, in the order of ATTRIBUTES."""
        return tuple(said for name in ATTRIBUTES if (said := self.named(name)) is not None)

    def named(self, name: str) -> AttributeTag | None:
        """See :meth:`fashionlens_gui.tagging.tag.Tag.attribute`; quicker than to make all."""
        place = next((place for place, (known, _) in enumerate(self._labels) if known == name), None)
        said = None if place is None else self._model_said(place, name)
        if self._by_hand is None or name not in self._by_hand:
            return said
        value = self._by_hand[name]
        return set_by_hand(name, value) if said is None else said.by_hand(value)

    def texts(self) -> tuple[str, ...]:
        """See :meth:`fashionlens_gui.tagging.tag.Tag.texts`; many times quicker than :meth:`made`."""
        packed = self._packed
        count = len(self._labels)
        said = dict(self._by_hand) if self._by_hand else {}
        start = 1 + count
        for place, (name, labels) in enumerate(self._labels):
            if name not in said:
                said[name] = labels[packed[start] | packed[start + 1] << 8]
            start += BYTES_PER_LABEL * packed[1 + place]
        return tuple([said.get(name, "") for name in ATTRIBUTES])

    def _model_said(self, place: int, name: str) -> AttributeTag:
        counts = self._packed[1 : 1 + len(self._labels)]
        start = 1 + len(self._labels) + BYTES_PER_LABEL * sum(counts[:place])
        part = self._packed[start : start + BYTES_PER_LABEL * counts[place]]
        ranking = KeptRanking(self._labels[place][1], part)
        unsure = bool(self._packed[0] >> place & 1)
        return AttributeTag(name, printable(ranking.label), ranking.confidence, "model", ranking, unsure)


class KeptColours(_Lazy[Swatch]):
    """A photo's colours as they lie in the database."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __bool__(self) -> bool:
        return self._text != "[]"

    def made(self) -> tuple[Swatch, ...]:
        """All of them, largest share first."""
        return tuple(
            Swatch(name, (red, green, blue), share) for name, red, green, blue, share in json.loads(self._text)
        )


def colours_as_text(colours: Sequence[Swatch]) -> str | None:
    """What :class:`KeptColours` takes apart; None for no colours. Shares are kept to a hundredth of a per cent."""
    if not colours:
        return None
    return json.dumps([(printable(each.name), *map(int, each.srgb), round(float(each.share), 4)) for each in colours])
