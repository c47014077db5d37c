"""What a tagging job needs of a model, and what it tells whoever turns it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fashionlens_gui.tagging.tag import Tag


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the photos. At the end of a job that was not cancelled, ``done`` equals ``found``.

    Attributes:
        found: Photos, and folders that could not be looked into.
        ok: Rows without remark.
        needs_review: Rows a person should look at.
        errors: Rows of photos that could not be read.
        skipped: Passed over, because the caller has a row for them already.
    """

    found: int = 0
    ok: int = 0
    needs_review: int = 0
    errors: int = 0
    skipped: int = 0

    @property
    def done(self) -> int:
        """All that were dealt with."""
        return self.ok + self.needs_review + self.errors + self.skipped


@dataclass(frozen=True, slots=True)
class Scanned:
    """How many photos there are, so far; ``complete`` once everything was looked through."""

    found: int
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """One row.

    Attributes:
        tag: The row.
        thumbnail: uint8 H×W×3 RGB, longest side as asked for; None for an error or when none was asked for.
        digest: Of the file's bytes, hex; empty when it could not be read.
        embedding: float16 (D,), L2-normalised, of the model that tagged it; None for an error.
    """

    tag: Tag
    thumbnail: np.ndarray | None = None
    digest: str = ""
    embedding: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """Always the last event. ``seconds`` is wall time, pauses included."""

    counts: Counts
    seconds: float
    cancelled: bool


JobEvent = Scanned | Tagged | Finished
