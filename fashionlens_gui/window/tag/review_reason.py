"""Why a model is unsure of an attribute, in plain words. No Qt.

Rows keep only that it is unsure. Why, the model's own description says, as long as that model is the one in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fashionlens_gui.window.tag.wording import percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from trainer.model_files.metadata import AttributeHead, ModelMetadata


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a value is unsure.

    Attributes:
        why: A sentence or two.
        figure: What stands where sure values have their probability. No probability where it would look like
            certainty: a network is often very sure of what it never learnt.
        guess: The model was taught nothing of the kind.
    """

    why: str
    figure: str
    guess: bool = False


def doubt_of(tag: Tag, said: AttributeTag, metadata: ModelMetadata | None) -> Doubt | None:
    """Why an attribute is unsure; None where it is not.

    Args:
        tag: The photo.
        said: What is said of one of its attributes.
        metadata: Of the model in use, or None.
    """
    if not said.unsure:
        return None
    head = metadata.attributes.get(said.name) if metadata is not None and metadata.name == tag.model else None
    if head is None:
        return Doubt(f"The model was unsure: {said.value}.", "unsure")
    category = tag.ranking.label if tag.ranking is not None else ""
    if not _taught(head):
        return Doubt(f"“{said.value}” is a guess: the model was not taught any {said.name}.", "a guess", guess=True)
    if head.known_for and category not in head.known_for:
        why = f"“{said.value}” is a guess: the model was not taught any {said.name} for {category}."
        return Doubt(why, "a guess", guess=True)
    figure, needed = percent(said.confidence), percent(head.review_below)
    needs = f"a little more than {needed}" if figure == needed else f"{needed} or more"
    own = f"Each attribute has its own threshold; {said.name} needs {needs}."
    return Doubt(f"The model is unsure: {said.value} ({figure}). {own}", figure)


def _taught(head: AttributeHead) -> bool:
    """A head that learnt nothing demands what no answer reaches."""
    return bool(head.known_for) or head.review_below < 1.0
