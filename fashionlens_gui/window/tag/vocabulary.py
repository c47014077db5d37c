"""What photos may be said to be: the values that lists offer, most probable first, with their colours and other words.

The model's values come first, then those of the taxonomy that comes with the program. No Qt.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from trainer import taxonomy
from trainer.errors import FashionLensError
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from trainer.model_files.metadata import ModelMetadata
    from trainer.taxonomy import Taxonomy

_log = logging.getLogger(__name__)

TITLES = {name: name.capitalize() for name in ATTRIBUTES}
"""What people read for an attribute's name."""

Offer = tuple[str, float | None]  # a value and its probability, None where the model gives none


@lru_cache(maxsize=1)
def known() -> Taxonomy | None:
    """The taxonomy; None where the installation is damaged, which costs suggestions and nothing else."""
    try:
        return taxonomy.load(paths.resources_dir() / "taxonomy")
    except FashionLensError as error:
        _log.warning("No suggestions beyond the model's: %s %s", error.sentence, error.detail)
        return None


def categories(metadata: ModelMetadata | None, in_list: Iterable[str]) -> list[str]:
    """Categories one may choose: the model's, those of the taxonomy if the model speaks its words, those in the list.

    Args:
        metadata: Of the model in use, or None.
        in_list: Categories that rows have already.
    """
    names = list(metadata.classes) if metadata is not None else []
    everything = known()
    if everything is not None and metadata is not None:
        all_names = everything.names("category")
        if set(names) <= set(all_names):
            names += [name for name in all_names if name not in set(names)]
    return names + sorted(set(in_list) - set(names))


def attributes_of(metadata: ModelMetadata | None, said: Iterable[AttributeTag]) -> list[str]:
    """Which attributes there are to speak of: those that the model knows and those that a photo has."""
    there = {each.name for each in said} | set(metadata.attributes if metadata is not None else ())
    return [name for name in ATTRIBUTES if name in there]


def offers(name: str, said: Sequence[AttributeTag], metadata: ModelMetadata | None) -> list[Offer]:
    """Values of an attribute, most probable first.

    Args:
        name: Of the attribute.
        said: What is said of one photo, for the probabilities; empty where the question is about many.
        metadata: Of the model in use, or None.
    """
    tag = next((each for each in said if each.name == name), None)
    found: dict[str, float | None] = {}
    if tag is not None and tag.ranking is not None:
        found.update(zip(tag.ranking.labels, tag.ranking.probabilities, strict=True))
    if metadata is not None and name in metadata.attributes:
        for value in metadata.attributes[name].classes:
            found.setdefault(value, None)
    everything = known()
    if everything is not None:
        for value in everything.names(name):
            found.setdefault(value, None)
    if tag is not None and tag.value:
        found.setdefault(tag.value, None)
    return list(found.items())


def srgb_of(colour: str) -> tuple[int, int, int] | None:
    """How a colour looks, each 0 to 255; None for several at once and for unknown names."""
    return _colours().get(colour)


def other_words(category: str) -> tuple[str, ...]:
    """Further words for a category, for searching."""
    return _aliases().get(category, ())


@lru_cache(maxsize=1)
def _colours() -> dict[str, tuple[int, int, int]]:
    everything = known()
    if everything is None:
        return {}
    return {colour.name: colour.srgb for colour in everything.colours if colour.srgb is not None}


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    everything = known()
    return {} if everything is None else {each.name: each.aliases for each in everything.categories}
