"""What people set and confirmed, as corrections of the model's predictions: for improving a model, and as a CSV.

Undone operations, values that were removed, and photos that were forgotten do not count.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import write_text
from trainer.data.csv_table import guarded
from trainer.taxonomy import ATTRIBUTES, CATEGORY
from trainer.training.improve.corrections import CorrectedLabel

# With max(), SQLite takes the other columns from the row that has the maximum.
_LATEST = """
SELECT path, digest, attribute, user_after, model_value, model_confidence, model, who, made_at FROM (
    SELECT p.path, c.photo, c.digest, c.attribute, c.user_after, c.model_value, c.model_confidence,
        coalesce(m.name, '') AS model, coalesce(c.who, o.who) AS who, coalesce(c.made_at, o.made_at) AS made_at,
        max(c.operation) AS operation
    FROM changes c JOIN operations o ON o.id = c.operation JOIN photos p ON p.id = c.photo
        LEFT JOIN models m ON m.id = c.model
    WHERE o.state IN ('done', 'settled') AND c.attribute <> '' AND p.hidden_by IS NULL
    GROUP BY c.photo, c.attribute
) WHERE user_after IS NOT NULL ORDER BY operation, photo, attribute
"""
COLUMNS = ("file", CATEGORY, *ATTRIBUTES, "model", "model_category", "model_confidence", "who", "when")


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction, or a confirmation where the person's value is the model's.

    Attributes:
        file: The photo's present path; absolute. May hold bytes that are no UTF-8, as ``os.fsdecode`` gives them.
        digest: Of the file's bytes when it was set, hex; empty when unknown.
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


def corrections(catalogue: Catalogue) -> list[Correction]:
    """The latest correction of each attribute of each photo, oldest first."""
    with catalogue.database.read() as database:
        return [Correction(os.fsdecode(path), *rest) for path, *rest in database.execute(_LATEST)]


def corrected_labels(catalogue: Catalogue) -> list[CorrectedLabel]:
    """The corrections that a model can be improved with, oldest first: all but those that a photo has no value."""
    return [
        CorrectedLabel(Path(each.file), each.value, each.attribute, each.digest)
        for each in corrections(catalogue)
        if each.value
    ]


def category_corrections(found: Iterable[Correction]) -> list[Correction]:
    """Those that set a category."""
    return [each for each in found if each.attribute == CATEGORY and each.value]


def write_csv(found: Iterable[Correction], target: Path) -> int:
    """Replace ``target`` by the photos whose category a person set, a line each; returns how many there are.

    “fashionlens train --data” and “improve --corrections” read it. Attributes that a person set are in their columns.
    Photos with corrected attributes alone are not in it.

    Raises:
        SaveError: It could not be written; ``target`` is as it was.
    """
    by_photo: dict[str, dict[str, Correction]] = {}
    for correction in found:
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
