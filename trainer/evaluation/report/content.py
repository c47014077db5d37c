"""The content of a report, independent of its layout and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np

from trainer.evaluation.tallies import SkipReason, largest_off_diagonal

if TYPE_CHECKING:
    from trainer.data.data_paths import DatasetInfo
    from trainer.data_quality.findings import Finding
    from trainer.errors import FashionLensError
    from trainer.model_files.metadata import ModelMetadata, Origin


class Words(Protocol):
    """Makes the text of facts; the application has it."""

    def sentence(self, error: FashionLensError) -> str: ...

    def data_text(self, data: DatasetInfo) -> str: ...

    def origin_text(self, origin: Origin) -> str: ...

    def skip_reason(self, reason: SkipReason) -> str: ...


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix, which may have more columns than rows.

    Attributes:
        actual: R names, the rows.
        predicted: C names, the columns; the first R are ``actual``, the others are never true.
        counts_RC: int64.
    """

    actual: tuple[str, ...]
    predicted: tuple[str, ...]
    counts_RC: np.ndarray

    def most_confused(self, most: int) -> list[tuple[str, str, int, float]]:
        """The most frequent mistakes: actual and predicted class, count, and share of the row."""
        support_R = self.counts_RC.sum(axis=1)
        return [
            (self.actual[row], self.predicted[column], count, count / int(support_R[row]))
            for row, column, count in largest_off_diagonal(self.counts_RC, most)
        ]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table of figures; a share, [0, 1], for each head, None where there is none."""

    name: str
    shares: tuple[float | None, ...]
    count: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures: a name, shares, a count and perhaps a note in each row."""

    heading: str
    explanation: str
    first_head: str
    heads: tuple[str, ...]
    rows: tuple[TableRow, ...]
    note_head: str = ""


@dataclass(frozen=True, slots=True)
class ShownMistake:
    """A mistake with its picture.

    Attributes:
        file: What to call the photo; its name without the folders.
        confidence: How sure the model was, [0, 1].
        picture: A ``data:`` address of a small picture; empty when the photo could not be read again.
        tiny: The picture is so small that its pixels should be shown as they are.
    """

    file: str
    actual: str
    predicted: str
    confidence: float
    picture: str
    tiny: bool = False


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything on the page.

    Attributes:
        calibration_error: Mean gap between confidence and accuracy, [0, 1]; None when it was not measured.
        remarks: Further sentences below the main figure.
        mistakes: The most confident ones first; None when photos were not kept.
        skipped: Photos without prediction: (count or file, reason).
        skipped_count: How many photos those are.
        settings: How the model was made: name and value.
        metadata: Its own, for curves.
        findings: What a check of the training data found; None when there was no check.
    """

    model_name: str
    data_name: str
    made: datetime
    correct: int
    n: int
    calibration_error: float | None = None
    remarks: tuple[str, ...] = ()
    matrix: Matrix | None = None
    tables: tuple[Table, ...] = ()
    mistakes: tuple[ShownMistake, ...] | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    skipped_count: int = 0
    metadata: ModelMetadata | None = None
    findings: Sequence[Finding] | None = None
    settings: Sequence[tuple[str, str]] = ()
