"""Values to choose from in lists: the model's, most probable first, then those of the bundled taxonomy. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.messages.photos import group_and_choice
from trainer.inference import levels
from trainer.taxonomy import ATTRIBUTES, Level

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from trainer.model_files.metadata import ModelMetadata

TITLES = {name: name.capitalize() for name in ATTRIBUTES}
"""Attribute names as shown."""

_SUGGESTED = {"fabric": ("Wool", "Linen", "Polyester", "Viscose")}  # common in shops; no photo shows them for certain


def categories(metadata: ModelMetadata | None, others: Iterable[str]) -> list[str]:
    """Categories to choose from: the model's, the taxonomy's if the model uses its categories, and others.

    Args:
        metadata: Of the model in use, or None.
        others: Categories that rows already have or that the user added.
    """
    names = list(metadata.classes) if metadata is not None else []
    bundled = bundled_taxonomy()
    if bundled is not None and metadata is not None:
        all_names = bundled.names("category")
        if set(names) <= set(all_names):
            names += [name for name in all_names if name not in set(names)]
    return names + sorted(set(others) - set(names))


def category_choices(tag: Tag, classes: Sequence[str]) -> list[tuple[str, float | None]]:
    """Categories to choose from for a photo: its ranking, then ``classes``, then its own if it is none of them.

    Where the model was sure of a group alone, the categories of that group come first.

    Returns:
        Categories with their probabilities, None where the model gives none.
    """
    choices: dict[str, float | None] = {}
    if tag.ranking is not None:
        ranked = list(zip(tag.ranking.labels, tag.ranking.probabilities, strict=True))
        bundled = bundled_taxonomy()
        if tag.model_sure_of in (Level.GOOGLE, Level.GROUP) and bundled is not None:
            value, first = levels.value_of(tag.model_sure_of, bundled), tag.ranking.label
            ranked.sort(key=lambda pair: value(pair[0]) != value(first))
        choices.update(ranked)
    for label in (*classes, tag.category):
        if label:
            choices.setdefault(label, None)
    return list(choices.items())


def family_and_choice(attribute: AttributeTag) -> tuple[str, str] | None:
    """Of a colour of which the family alone is sure: the family and what is left, as ``Blue`` and ``navy or teal?``."""
    bundled = bundled_taxonomy()
    if not attribute.family_sure or attribute.ranking is None or bundled is None:
        return None
    return group_and_choice(bundled.family(attribute.value), levels.left(attribute.ranking, bundled.family))


def attributes_of(metadata: ModelMetadata | None, attributes: Iterable[AttributeTag]) -> list[str]:
    """Names of the attributes that the model predicts or that a photo has."""
    names = {each.name for each in attributes} | set(metadata.attributes if metadata is not None else ())
    return [name for name in ATTRIBUTES if name in names]


def value_choices(
    name: str, attribute: AttributeTag | None, metadata: ModelMetadata | None, added: Iterable[str] = ()
) -> list[tuple[str, float | None]]:
    """Values of an attribute, most probable first, with their probabilities where the model gives one.

    Args:
        name: Of the attribute.
        attribute: One photo's, for the probabilities; None for several photos.
        metadata: Of the model in use, or None.
        added: Values that the user added.
    """
    found: dict[str, float | None] = {}
    if attribute is not None and attribute.ranking is not None:
        found.update(zip(attribute.ranking.labels, attribute.ranking.probabilities, strict=True))
    if metadata is not None and name in metadata.attributes:
        for value in metadata.attributes[name].classes:
            found.setdefault(value, None)
    bundled = bundled_taxonomy()
    if bundled is not None:
        for value in bundled.names(name):
            found.setdefault(value, None)
    for value in (*_SUGGESTED.get(name, ()), *added):
        found.setdefault(value, None)
    if attribute is not None and attribute.value:
        found.setdefault(attribute.value, None)
    return list(found.items())


def srgb_of(colour: str) -> tuple[int, int, int] | None:
    """The sRGB values of a colour name, each 0 to 255; None for "multicoloured" and the like and for unknown names."""
    return _colours().get(colour)


def synonyms(category: str) -> tuple[str, ...]:
    """Synonyms of a category, for searching."""
    return _synonyms().get(category, ())


@lru_cache(maxsize=1)
def _colours() -> dict[str, tuple[int, int, int]]:
    bundled = bundled_taxonomy()
    colours = bundled.colours if bundled is not None else ()
    return {colour.name: colour.srgb for colour in colours if colour.srgb is not None}


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, tuple[str, ...]]:
    bundled = bundled_taxonomy()
    return {each.name: each.aliases for each in bundled.categories} if bundled is not None else {}
