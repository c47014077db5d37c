"""How far the reading of data has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loading:
    """One step of progress.

    Attributes:
        what: What is being done, in plain words, such as ``Reading photos``.
        done: How much is done, in whatever unit ``total`` is.
        total: How much there is; 0 when that is not known.
    """

    what: str
    done: int
    total: int
