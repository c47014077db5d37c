"""What can be chosen for a product: values of its photos, most probable first, then all others."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.catalogue.own_columns import OwnAttribute
from fashionlens_gui.messages.products import PHOTO_MARKS
from fashionlens_gui.product_groups.tag_set import ProductValue, pooled
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.products.background_work import FoundProducts, ListedProduct
from fashionlens_gui.window.products.photo_tiles import PhotoTile
from fashionlens_gui.window.tag import vocabulary
from trainer.inference.prediction import Ranking
from trainer.model_files.metadata import ModelMetadata
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES, CATEGORY

_MAIN_PHOTO = 2.0  # counts twice, as in the tag set


def names_of(own: Sequence[OwnAttribute]) -> dict[str, str]:
    """What the category and all attributes are called, by their code."""
    return {CATEGORY: "Category", **vocabulary.TITLES, **{each.code: each.name for each in own}}


def value_text(value: ProductValue | None) -> str:
    """A value as it is shown: a guess has a question mark."""
    if value is None or not value.value:
        return "–"
    return f"{value.value}?" if value.unsure else value.value


def probable_values(listed: ListedProduct, name: str) -> list[tuple[str, float]]:
    """Values of the photos with their combined probabilities, the product's own first."""
    rankings: list[tuple[Ranking, float]] = []
    for place, photo in enumerate(listed.product.shown_photos):
        tag = listed.tags.get(photo)
        ranking = None if tag is None else _ranking(tag, name)
        if tag is not None and ranking is not None:
            rankings.append((ranking, (tag.confidence or 0.5) * (_MAIN_PHOTO if place == 0 else 1.0)))
    found = pooled(rankings) if rankings else {}
    value = listed.product.tag_set.values.get(name)
    own = "" if value is None else value.value
    return sorted(found.items(), key=lambda pair: (pair[0] != own, -pair[1]))


def choices(
    listed: ListedProduct, name: str, found: FoundProducts, metadata: ModelMetadata | None
) -> list[tuple[str, float | None]]:
    """All values to choose from, most probable first, with the probability where there is one."""
    added = found.vocabulary.get(name, ())
    values: dict[str, float | None] = dict(probable_values(listed, name))
    own = next((each for each in found.own if each.code == name), None)
    if own is not None:
        others: Sequence[str] = own.values
    elif name == CATEGORY:
        others = vocabulary.categories(metadata, added)
    else:
        others = [value for value, _ in vocabulary.value_choices(name, None, metadata, added)]
    for value in others:
        values.setdefault(value, None)
    return list(values.items())


def tiles_of(listed: ListedProduct) -> list[PhotoTile]:
    """The photos of a product as they are shown."""
    product = listed.product
    main = product.shown_photos[0]
    tiles = []
    for photo in product.photos:
        tag = listed.tags.get(photo)
        if tag is None:
            continue
        odd, aside = photo in product.tag_set.odd, photo in product.tag_set.aside
        mark = "odd" if odd else "aside" if aside else "main" if photo == main else ""
        tiles.append(PhotoTile(photo, tag.path, _photo_value(tag), PHOTO_MARKS.get(mark, ""), odd, aside))
    return tiles


def _photo_value(tag: Tag) -> str:
    if not tag.category:
        return ""
    return tag.category if tag.source == "user" else f"{tag.category} {whole_percent(tag.confidence)}".strip()


def _ranking(tag: Tag, name: str) -> Ranking | None:
    if name == CATEGORY:
        return tag.ranking
    attribute = tag.attributes.named(name) if name in ATTRIBUTES else None
    return None if attribute is None else attribute.ranking
