"""Events of a tagging job."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fashionlens_gui.tagging.tag import Tag
from trainer.data.skipped_files import SkippedFile


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of files. At the end of a job that was not cancelled, ``done`` equals ``found``.

    Attributes:
        found: Photos, folders that could not be listed, and what was skipped.
        ok: Rows with the status ``ok``.
        needs_review: Rows that a person needs to look at.
        errors: Rows of photos that could not be read.
        skipped: Files and folders that are no photos.
        known: Photos for which the caller has a row already.
    """

    found: int = 0
    ok: int = 0
    needs_review: int = 0
    errors: int = 0
    skipped: int = 0
    known: int = 0

    @property
    def done(self) -> int:
        return self.rows + self.skipped + self.known

    @property
    def rows(self) -> int:
        return self.ok + self.needs_review + self.errors


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """Number of photos found so far; ``complete`` at the end of the scan. Also follows each batch of rows."""

    found: int
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """One row.

    Attributes:
        tag: The row.
        thumbnail: uint8 H×W×3 RGB, longest side as requested; None for an error or when none was requested.
        digest: Of the file's bytes, hex; empty when it could not be read.
        embedding: float16 (D,), L2-normalized, of the model that tagged it; None for an error.
        file_state: Size in bytes and time of change in ns of the file before it was read; None when unknown, or when
            the file was changed so lately that another change might have the same time.
        taken: As :attr:`trainer.preprocessing.photo.Photo.taken`; None when it is not known whether the photo has it.
        photo: Its id in a catalogue that has the row already; None for a row that was predicted now.
    """

    tag: Tag
    thumbnail: np.ndarray | None = None
    digest: str = ""
    embedding: np.ndarray | None = None
    file_state: tuple[int, int] | None = None
    photo: int | None = None
    taken: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event. ``seconds`` is wall time, pauses included; ``skipped`` is what was found beside photos."""

    counts: Counts
    seconds: float
    cancelled: bool
    skipped: tuple[SkippedFile, ...] = ()


JobEvent = ScanProgress | Tagged | Finished
