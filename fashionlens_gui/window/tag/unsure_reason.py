"""Why an attribute is unsure, and how the table and the viewer say so. No Qt.

Rows only keep that an attribute is unsure. The reason comes from the metadata of the model, as long as that model is
the one in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from fashionlens_gui.window.tag.vocabulary import family_and_choice
from trainer.inference.prediction import below_threshold
from trainer.number_format import whole_percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from trainer.model_files.metadata import ModelMetadata


class UnsureKind(Enum):
    """The possible reasons."""

    BELOW_THRESHOLD = "below_threshold"
    GUESS = "guess"
    """The model was not trained on what the photo shows, so its confidence says nothing."""
    OTHER_MODEL = "other_model"
    """Another model tagged the photo; its threshold is not known."""


@dataclass(frozen=True, slots=True)
class UnsureReason:
    """Why a value is unsure.

    Attributes:
        kind: The reason.
        label: Stands where a sure value has its probability. Not a probability for a guess, because networks are
            often very confident of what they were not trained on.
        explanation: One or two sentences.
    """

    kind: UnsureKind
    label: str
    explanation: str


def unsure_reason(tag: Tag, attribute: AttributeTag, metadata: ModelMetadata | None) -> UnsureReason | None:
    """Why one of the photo's attributes is unsure; None if it is sure.

    Args:
        tag: The photo.
        attribute: One of its attributes.
        metadata: Of the model in use, or None.
    """
    if not attribute.unsure:
        return None
    name, value = attribute.name, attribute.value
    head = metadata.attributes.get(name) if metadata is not None and metadata.name == tag.model else None
    if head is None:
        return UnsureReason(UnsureKind.OTHER_MODEL, "unsure", f"The model was unsure: {value}.")
    category = tag.ranking.label if tag.ranking is not None else ""
    trained = bool(head.known_for) or head.review_below < 1.0  # an untrained head has a threshold that nothing reaches
    scope = f" for {category}" if trained else ""
    if not trained or (head.known_for and category not in head.known_for):
        return _guess(value, f"the model was not trained on {name}{scope}")
    if not head.covers(value, category):
        return _guess(value, f"hardly any {category} in the training photos had this {name}")
    if head.studio_only and not below_threshold(attribute.confidence or 0.0, head.review_below):
        return _guess(value, f"the model was trained on {name} with studio photos, and this photo is unlike them")
    label, needed = whole_percent(attribute.confidence), whole_percent(head.review_below)
    required = f"a little more than {needed}" if label == needed else f"{needed} or more"
    explanation = (
        f"The model is unsure: {value} ({label}). Each attribute has its own threshold; {name} needs {required}."
    )
    choice = family_and_choice(attribute)
    if choice is not None:
        explanation += " It is sure of the family: {} ({})".format(*choice)
    return UnsureReason(UnsureKind.BELOW_THRESHOLD, label, explanation)


def _guess(value: str, why: str) -> UnsureReason:
    return UnsureReason(UnsureKind.GUESS, "a guess", f"“{value}” is a guess: {why}.")
