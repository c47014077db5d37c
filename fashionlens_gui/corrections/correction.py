"""One correction: what a person set for one attribute of one photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fashionlens_gui.tagging.tag import printable
from trainer.taxonomy import CATEGORY


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
