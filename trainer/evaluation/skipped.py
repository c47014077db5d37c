"""Photos that an evaluation or a comparison leaves out, counted by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from trainer.errors import PhotoError

_MAX_ERRORS = 20


class SkipReason(StrEnum):
    """Why a photo is in no figure. The values are keys of the JSON output; people read other texts."""

    NO_LABEL = "no label"
    NOT_IN_TAXONOMY = "not in the taxonomy"
    NOT_IN_MODEL = "not known to the model"
    NO_PHOTO = "no photo"
    UNREADABLE = "unreadable photo"
    UNKNOWN_FOLDER = "folder name not known"
    UNKNOWN_TO_BOTH = "folder name not known to either model"
    OLD_MODEL_ONLY = "folder name known to the old model only"
    NEW_MODEL_ONLY = "folder name known to the new model only"


@dataclass
class Skipped:
    """Photos that are in no figure.

    Attributes:
        reasons: Number of photos by reason.
        errors: Errors of the first 20 unreadable ones.
    """

    reasons: Counter[SkipReason] = field(default_factory=Counter)
    errors: list[PhotoError] = field(default_factory=list)

    def add_unreadable(self, error: PhotoError) -> None:
        """Count a photo that cannot be read."""
        self.reasons[SkipReason.UNREADABLE] += 1
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(error)

    @property
    def n(self) -> int:
        """All of them."""
        return self.reasons.total()

    @property
    def unreadable(self) -> int:
        """Photos that cannot be read."""
        return self.reasons[SkipReason.UNREADABLE]
