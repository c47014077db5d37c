"""Corrections as a CSV, a line for each photo, that “fashionlens train --data” and “improve” read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from fashionlens_gui.corrections.correction import Correction
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import write_text
from trainer.taxonomy import ATTRIBUTES, CATEGORY

COLUMNS = ("file", CATEGORY, *ATTRIBUTES, "model", "model_category", "model_confidence", "who", "when")


def write_csv(corrections: Iterable[Correction], target: Path) -> int:
    """Replace ``target`` by the photos whose category a person set; returns how many there are.

    Attributes that a person set are in their columns. Photos with corrected attributes alone are not in it.

    Raises:
        SaveError: It could not be written; ``target`` is as it was.
    """
    by_photo: dict[str, dict[str, Correction]] = {}
    for correction in corrections:
        by_photo.setdefault(correction.file, {})[correction.attribute] = correction
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for file, of_photo in by_photo.items():
        category = of_photo.get(CATEGORY)
        if category is None or not category.value:
            continue
        attributes = [of_photo[name].value if name in of_photo else "" for name in ATTRIBUTES]
        confidence = "" if category.model_confidence is None else f"{category.model_confidence:.4f}"
        model = (category.model, category.model_value, confidence)
        writer.writerow(map(printable, [file, category.value, *attributes, *model, category.who, category.when]))
        count += 1
    write_text(target, text.getvalue())
    return count
