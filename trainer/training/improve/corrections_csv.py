"""A table of corrections, which a model is improved with. Importing this imports no torch."""

from __future__ import annotations

from pathlib import Path

from trainer.data import csv_table
from trainer.errors import DataError
from trainer.spelling import normal_form
from trainer.taxonomy import ATTRIBUTES, CATEGORY
from trainer.training.improve.corrections import CorrectedLabel


def read_csv(source: Path) -> list[CorrectedLabel]:
    """The labels in a CSV: a column ``file``, relative to the CSV's folder, and a column for each attribute.

    The columns are ``category`` and those of the attributes, at least one of them; empty cells are skipped. See
    :mod:`trainer.data.csv_table`.

    Raises:
        DataError: It cannot be read, or lacks these columns.
    """
    lines = csv_table.lines_of(source, (*csv_table.FILE_COLUMNS, *csv_table.CATEGORY_COLUMNS, *ATTRIBUTES))
    _, header = next(lines, (0, []))
    file = csv_table.column_of(header, csv_table.FILE_COLUMNS)
    columns = {name: csv_table.column_of(header, (name,)) for name in ATTRIBUTES}
    columns = {CATEGORY: csv_table.column_of(header, csv_table.CATEGORY_COLUMNS), **columns}
    found = {name: column for name, column in columns.items() if column is not None}
    if file is None or not found:
        missing = [*(["file"] if file is None else []), *([] if found else [CATEGORY])]
        raise DataError(
            "corrections_csv_without_columns", file=str(source), missing=tuple(sorted(missing)), attributes=ATTRIBUTES
        )
    listed = csv_table.ListedFiles(source.parent)
    return [
        CorrectedLabel(listed.path(cells[file]), normal_form(csv_table.unguarded(cells[column])), name)
        for _, cells in lines
        if cells[file].strip()
        for name, column in found.items()
        if cells[column]
    ]
