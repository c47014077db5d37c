"""Kept corrections as a CSV, a line for each photo, that “fashionlens train --data” and “improve” read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui.corrections.label import CATEGORY, Label
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import write_text
from trainer.data import csv_table
from trainer.errors import DataError
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from trainer.training.improve.corrected_photos import Correction

COLUMNS = ("file", CATEGORY, *ATTRIBUTES, "model", "model_category", "model_confidence", "who", "when")


def write_csv(labels: Iterable[Label], target: Path) -> int:
    """Replace ``target`` by the photos whose category a person named; returns how many there are.

    Attributes that were set by hand are in their columns. As JSON everything is to be had, attributes of photos whose
    category nobody named too.

    Raises:
        SaveError: It could not be written; ``target`` is as it was.
    """
    by_photo: dict[str, dict[str, Label]] = {}
    for label in labels:
        by_photo.setdefault(label.file, {})[label.attribute] = label
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for file, said in by_photo.items():
        named = said.get(CATEGORY)
        if named is None or not named.value:
            continue
        attributes = [said[name].value if name in said else "" for name in ATTRIBUTES]
        confidence = "" if named.model_confidence is None else f"{named.model_confidence:.4f}"
        row = [file, named.value, *attributes, named.model, named.model_value, confidence, named.who, named.when]
        writer.writerow(map(printable, row))
        count += 1
    write_text(target, text.getvalue())
    return count


def read_csv(source: Path) -> list[Correction]:
    """What a table says of photos: ``file``, relative to the CSV's folder, and a column for each thing that is said.

    Columns are ``category`` and those of the attributes, one of them at least; where a cell is empty, nothing is said.
    See :mod:`trainer.data.csv_table`.

    Raises:
        DataError: It cannot be read, or lacks these columns.
    """
    from trainer.training.improve.corrected_photos import Correction

    lines = csv_table.lines_of(source)
    _, header = next(lines, (0, []))
    file = csv_table.column_of(header, csv_table.FILE_COLUMNS)
    columns = {name: csv_table.column_of(header, (name,)) for name in ATTRIBUTES}
    columns = {CATEGORY: csv_table.column_of(header, csv_table.CATEGORY_COLUMNS), **columns}
    said = {name: column for name, column in columns.items() if column is not None}
    if file is None or not said:
        missing = [*(["file"] if file is None else []), *([] if said else [CATEGORY])]
        raise DataError(
            f"{source} needs the columns file and category; it lacks {' and '.join(sorted(missing))}. "
            f"In place of category, or beside it, there may be {', '.join(ATTRIBUTES)}."
        )
    return [
        Correction(csv_table.located(source.parent, cells[file]), cells[column], name)
        for _, cells in lines
        if cells[file]
        for name, column in said.items()
        if cells[column]
    ]
