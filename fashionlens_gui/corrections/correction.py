"""One correction: what a person set for one attribute of one photo; and a CSV of many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import write_text
from trainer.data.csv_table import guarded
from trainer.taxonomy import ATTRIBUTES, CATEGORY

COLUMNS = ("file", CATEGORY, *ATTRIBUTES, "model", "model_category", "model_confidence", "who", "when")


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction, or a confirmation where the person's value is the model's.

    Attributes:
        file: The photo's path; absolute. May hold bytes that are no UTF-8, as ``os.fsdecode`` gives them.
        digest: Of the file's bytes when it was tagged, hex; empty when it could not be read.
        attribute: ``category`` or one of :data:`trainer.taxonomy.ATTRIBUTES`.
        value: The person's value; empty means that the photo has none.
        model_value: What the model predicted; empty for nothing.
        model_confidence: Its probability, [0, 1]; None for nothing.
        model: Name of that model, or empty.
        who: User name on the computer.
        when: ISO 8601, UTC.
    """

    file: str
    digest: str
    attribute: str
    value: str
    model_value: str
    model_confidence: float | None
    model: str
    who: str
    when: str

    @property
    def confirms(self) -> bool:
        return self.value == self.model_value

    def to_json(self) -> dict[str, Any]:
        """Plain values; the path is made printable."""
        return {
            "file": printable(self.file),
            "digest": self.digest,
            "attribute": self.attribute,
            "value": self.value,
            "model_value": self.model_value,
            "model_confidence": self.model_confidence,
            "model": self.model,
            "confirms": self.confirms,
            "who": self.who,
            "when": self.when,
        }


def category_corrections(corrections: Iterable[Correction]) -> list[Correction]:
    """Those that set a category."""
    return [each for each in corrections if each.attribute == CATEGORY and each.value]


def write_csv(corrections: Iterable[Correction], target: Path) -> int:
    """Replace ``target`` by the photos whose category a person set, a line each; returns how many there are.

    “fashionlens train --data” and “improve” read it. Attributes that a person set are in their columns. Photos with
    corrected attributes alone are not in it.

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
        cells = map(printable, [file, category.value, *attributes, *model, category.who, category.when])
        writer.writerow(map(guarded, cells))
        count += 1
    write_text(target, text.getvalue())
    return count
