"""A ranking as the session stores it: K uint16 numbers of labels, then K float32 probabilities, little-endian."""

from __future__ import annotations

import struct

from trainer.inference.prediction import Ranking

BYTES_PER_LABEL = 2 + 4  # its number as uint16, its probability as float32


class PackedRanking(Ranking):
    """A ranking as bytes from the database, decoded when it is read.

    Few rows are read that closely; decoding a hundred thousand lists of floats would take half of the time and most of
    the memory of opening a session.
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
