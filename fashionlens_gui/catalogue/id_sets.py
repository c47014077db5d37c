"""Sets of photo ids that pass between SQL and numpy quickly."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

_FEW = 2_000  # ids: up to here SQLite looks each of them up, above it tests a bit of every photo


def read_ids(database: sqlite3.Connection, select: str, parameters: Sequence[Any] = ()) -> np.ndarray:
    """The ids that a statement with one column ``id`` selects, int64 (n,), in its order.

    SQLite joins them into one text, which takes less than half the time of a Python object for each.
    """
    (text,) = database.execute(f"SELECT group_concat(id) FROM ({select})", parameters).fetchone()
    return np.zeros(0, np.int64) if text is None else np.fromstring(text, np.int64, sep=",")


class IdSet:
    """A set of photo ids.

    Args:
        contains_M: bool (M,), whether it contains the id of each place.
    """

    def __init__(self, contains_M: np.ndarray) -> None:
        self._contains_M = contains_M

    @staticmethod
    def of(ids: Iterable[int] | np.ndarray) -> IdSet:
        """The set of these ids, each 0 or more."""
        ids_N = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), np.int64)
        contains_M = np.zeros(ids_N.max() + 1 if len(ids_N) else 0, bool)
        contains_M[ids_N] = True
        return IdSet(contains_M)

    def __len__(self) -> int:
        return int(np.count_nonzero(self._contains_M))

    def __or__(self, other: IdSet) -> IdSet:
        short_M, long_M = sorted((self._contains_M, other._contains_M), key=len)
        both_M = long_M.copy()
        both_M[: len(short_M)] |= short_M
        return IdSet(both_M)

    def __and__(self, other: IdSet) -> IdSet:
        size = min(len(self._contains_M), len(other._contains_M))
        return IdSet(self._contains_M[:size] & other._contains_M[:size])

    def has(self, ids_N: np.ndarray) -> np.ndarray:
        """Bool (N,), whether it contains each of the ids, int64 (N,)."""
        found_N = ids_N < len(self._contains_M)
        found_N[found_N] = self._contains_M[ids_N[found_N]]
        return found_N

    def ids(self) -> np.ndarray:
        """Int64 (n,), ascending."""
        return np.flatnonzero(self._contains_M).astype(np.int64)

    def condition(self) -> tuple[str, str | bytes]:
        """An SQL condition that the column ``id`` is in the set, and its one parameter."""
        if len(self) <= _FEW:
            return "id IN (SELECT value FROM json_each(?))", json.dumps(self.ids().tolist())
        return "substr(?, id, 1) = x'01'", self._contains_M[1:].tobytes()  # the first byte is number 1
