"""One thing that a person said of one photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fashionlens_gui.tagging.tag import printable
from trainer import taxonomy

CATEGORY = taxonomy.CATEGORY


@dataclass(frozen=True, slots=True)
class Label:
    """A correction, or a confirmation where the person says what the model had said.

    Attributes:
        file: The photo's path; absolute. May hold bytes that are no UTF-8, as ``os.fsdecode`` gives them.
        digest: Of the file's bytes when it was tagged, hex; empty when it could not be read.
        attribute: ``category`` or one of :data:`trainer.taxonomy.ATTRIBUTES`.
        value: What the person says; empty says that it has none.
        model_value: What the model had said; empty where it said nothing.
        model_confidence: How sure it was, [0, 1]; None where it said nothing.
        model: Name of that model, or empty.
        who: Name on the computer.
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
    def path(self) -> Path:
        """The photo."""
        return Path(self.file)

    @property
    def confirms(self) -> bool:
        """Whether the person agrees with the model."""
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


def categories(labels: Iterable[Label]) -> list[Label]:
    """Those that name a photo's category."""
    return [label for label in labels if label.attribute == CATEGORY and label.value]
