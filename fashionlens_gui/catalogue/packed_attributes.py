"""Rankings, attributes and colours as a database keeps them: a few hundred bytes a photo, decoded on access.

A ranking is K uint16 numbers of labels, then K float32 probabilities, little-endian.

The labels of a model's attributes are stored once, as an attribute set. Each photo has one blob of A attributes::

    uint8       bit i: the model was unsure of attribute i; bit 7: it was sure of the colour's family
    A × uint8   number of stored labels K of each attribute
    A × (K × uint16 numbers of labels, then K × float32 probabilities, most probable first), little-endian

Labels with a probability below a thousandth are not stored, except among the first three: they are most of all labels.
Of the category and the colour all are: the confidence of a group and of a family is a sum of many.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence

import numpy as np

from fashionlens_gui.tagging.attributes import Attributes, AttributeTag, LazySequence, user_attribute
from fashionlens_gui.tagging.tag import printable
from trainer.inference.prediction import Ranking, Swatch
from trainer.taxonomy import ATTRIBUTES, CATEGORY

_FEWEST_STORED = 3
_MOST_STORED = 255
_LEAST_PROBABILITY = 0.001

_FAMILY_SURE = 1 << 7

BYTES_PER_LABEL = 2 + 4  # its number as uint16, its probability as float32

AttributeLabels = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and labels of a model's attributes, the labels sorted; ``category`` may be among them."""


class PackedRanking(Ranking):
    """A ranking as bytes from the database, decoded when it is read.

    Few rows are read that closely; decoding a hundred thousand lists of floats would take half of the time and most of
    the memory of opening a list.
    """

    __slots__ = ("_names", "_packed")
    _names: tuple[str, ...]
    _packed: bytes

    def __init__(self, names: tuple[str, ...], packed: bytes) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_packed", packed)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._names[index] for index in struct.unpack_from(f"<{self._count}H", self._packed))

    @property
    def probabilities(self) -> tuple[float, ...]:
        return struct.unpack_from(f"<{self._count}f", self._packed, 2 * self._count)

    @property
    def label(self) -> str:
        return self._names[struct.unpack_from("<H", self._packed)[0]]

    @property
    def confidence(self) -> float:
        probability: float = struct.unpack_from("<f", self._packed, 2 * self._count)[0]
        return probability

    @property
    def _count(self) -> int:
        return len(self._packed) // BYTES_PER_LABEL

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranking):
            return NotImplemented
        return (self.labels, self.probabilities) == (other.labels, other.probabilities)

    def __hash__(self) -> int:
        return hash((self.labels, self.probabilities))


def labels_of(attributes: Sequence[AttributeTag]) -> AttributeLabels:
    """The labels that :func:`pack` refers to by number; attributes that no model predicts are left out."""
    return tuple((each.name, tuple(sorted(each.ranking.labels))) for each in attributes if each.ranking is not None)


def pack(attributes: Sequence[AttributeTag], labels: AttributeLabels) -> bytes:
    """The model's attributes as a blob. ``labels`` are from :func:`labels_of`."""
    by_name = {each.name: each for each in attributes}
    unsure, counts, parts = 0, [], []
    for index, (name, known) in enumerate(labels):
        attribute = by_name[name]
        assert attribute.ranking is not None
        unsure |= attribute.unsure << index | attribute.family_sure * _FAMILY_SURE
        count = _number_stored(name, attribute.ranking)
        number = {label: place for place, label in enumerate(known)}
        order = (number[label] for label in attribute.ranking.labels[:count])
        counts.append(count)
        parts.append(struct.pack(f"<{count}H{count}f", *order, *attribute.ranking.probabilities[:count]))
    return bytes((unsure, *counts)) + b"".join(parts)


def _number_stored(name: str, ranking: Ranking) -> int:
    if name in (CATEGORY, "colour"):
        return min(len(ranking.labels), _MOST_STORED)
    likely = sum(probability >= _LEAST_PROBABILITY for probability in ranking.probabilities)
    return min(max(likely, _FEWEST_STORED), len(ranking.labels), _MOST_STORED)


def check(packed: bytes, labels: AttributeLabels) -> None:
    """Raise ValueError for a blob that is not complete."""
    count = len(labels)
    if len(packed) <= count or len(packed) != 1 + count + BYTES_PER_LABEL * sum(packed[1 : 1 + count]):
        raise ValueError(f"{len(packed)} bytes for {count} attributes")


def stored_probabilities(packed: bytes, labels: AttributeLabels) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The stored probabilities of a blob from :func:`pack`: numbers of labels, uint16 (K,), and float32 (K,)."""
    check(packed, labels)
    found = {}
    start = 1 + len(labels)
    for (name, _), count in zip(labels, packed[1:start], strict=True):
        numbers = np.frombuffer(packed, "<u2", count, start)
        found[name] = numbers, np.frombuffer(packed, "<f4", count, start + 2 * count)
        start += BYTES_PER_LABEL * count
    return found


class PackedAttributes(Attributes):
    """A photo's attributes as bytes from :func:`pack`, checked, with the user's values by attribute."""

    __slots__ = ("_labels", "_packed", "_user_values")

    def __init__(self, labels: AttributeLabels, packed: bytes, user_values: Mapping[str, str] | None = None) -> None:
        self._labels, self._packed, self._user_values = labels, packed, user_values or {}

    def __bool__(self) -> bool:
        return bool(self._user_values) or any(name in ATTRIBUTES for name, _ in self._labels)

    @property
    def has_user_values(self) -> bool:
        return bool(self._user_values)

    def with_user_values(self, values: Mapping[str, str]) -> PackedAttributes:
        return PackedAttributes(self._labels, self._packed, {**self._user_values, **values})

    def decoded(self) -> tuple[AttributeTag, ...]:
        return tuple(each for name in ATTRIBUTES if (each := self.named(name)) is not None)

    def named(self, name: str) -> AttributeTag | None:
        index = next((index for index, (known, _) in enumerate(self._labels) if known == name), None)
        predicted = None if index is None else self._predicted(index, name)
        if name not in self._user_values:
            return predicted
        value = self._user_values[name]
        return user_attribute(name, value) if predicted is None else predicted.with_user_value(value)

    def values(self) -> tuple[str, ...]:
        packed = self._packed
        count = len(self._labels)
        found = dict(self._user_values)
        start = 1 + count
        for index, (name, labels) in enumerate(self._labels):
            if name not in found:
                found[name] = labels[packed[start] | packed[start + 1] << 8]
            start += BYTES_PER_LABEL * packed[1 + index]
        return tuple([found.get(name, "") for name in ATTRIBUTES])

    def _predicted(self, index: int, name: str) -> AttributeTag:
        counts = self._packed[1 : 1 + len(self._labels)]
        start = 1 + len(self._labels) + BYTES_PER_LABEL * sum(counts[:index])
        part = self._packed[start : start + BYTES_PER_LABEL * counts[index]]
        ranking = PackedRanking(self._labels[index][1], part)
        unsure = bool(self._packed[0] >> index & 1)
        family_sure = name == "colour" and bool(self._packed[0] & _FAMILY_SURE)
        return AttributeTag(name, printable(ranking.label), ranking.confidence, "model", ranking, unsure, family_sure)


class PackedColours(LazySequence[Swatch]):
    """A photo's colours as text from the database."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __bool__(self) -> bool:
        return self._text != "[]"

    def decoded(self) -> tuple[Swatch, ...]:
        return tuple(
            Swatch(name, (red, green, blue), share) for name, red, green, blue, share in json.loads(self._text)
        )


def colours_as_text(colours: Sequence[Swatch]) -> str | None:
    """The text that :class:`PackedColours` decodes; None for no colours. Shares have seven digits, as a float32 has."""
    if not colours:
        return None
    return json.dumps([(printable(each.name), *map(int, each.srgb), float(each.share)) for each in colours])
