"""One tag set for a product from the tags of its photos.

The probabilities of the photos are combined as a weighted geometric mean (logarithmic opinion pool; Genest and Zidek
1986): a photo that excludes a label counts against it, and a photo that shows little has flat probabilities, which
change little. A value that a person set on a photo holds for the product.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fashionlens_gui.product_groups.views import View
from fashionlens_gui.tagging.attributes import AttributeTag, Source
from fashionlens_gui.tagging.tag import DOUBTS, Status, Tag
from trainer.inference.prediction import Ranking
from trainer.model_files.open_set import NO_PRODUCT
from trainer.taxonomy import ATTRIBUTES, CATEGORY, CATEGORY_AND_ATTRIBUTES

LOW_CONFIDENCE = "low_confidence"
OTHER_PRODUCT = "other_product"
PEOPLE_DIFFER = "people_differ"
ONLY_NO_PRODUCT = "no_product"
UNREADABLE = "unreadable"

WEIGHTS = {
    View.FRONT: 1.0,
    View.UNKNOWN: 1.0,
    View.WORN: 1.0,
    View.BACK: 0.5,
    View.SIDE: 0.5,
    View.DETAIL: 0.25,
    View.NO_PRODUCT: 0.0,
}
"""How much a photo counts by what its name says."""
_FLOOR = 0.0005
"""The probability of a label that a photo's stored ranking does not have: it stores those above a thousandth."""
_OWN_GARMENT = 0.02
"""Probability of the product's category in a photo of another one from which on the photo may show several garments."""


@dataclass(frozen=True, slots=True)
class ProductPhoto:
    """A photo of a product: its id, its row, and what its name says of the view."""

    id: int
    tag: Tag
    view: View = View.UNKNOWN


@dataclass(frozen=True, slots=True)
class ProductValue:
    """A value of a product.

    Attributes:
        value: The label, or empty.
        confidence: Combined probability, [0, 1]; None where a person set it or there is none.
        source: Who set it.
        unsure: No photo is sure of it.
    """

    value: str = ""
    confidence: float | None = None
    source: Source = "model"
    unsure: bool = False

    def exported(self, name: str) -> str:
        """The value in files: nothing where that would be a guess."""
        return AttributeTag(name, self.value, None, self.source, None, self.unsure).exported


@dataclass(frozen=True, slots=True)
class TagSet:
    """The tags of a product.

    Attributes:
        values: By ``category`` and attribute; all of them.
        status: Whether a person needs to look at it.
        unsure: Why: codes, such as ``other_product``; empty for none.
        odd: Ids of the photos that may be of another product.
        aside: Ids of the photos that show no product or cannot be read, and do not count.
    """

    values: Mapping[str, ProductValue] = field(default_factory=dict)
    status: Status = Status.OK
    unsure: tuple[str, ...] = ()
    odd: tuple[int, ...] = ()
    aside: tuple[int, ...] = ()


def combine(photos: Sequence[ProductPhoto]) -> TagSet:
    """The tag set of a product with these photos, the main one first."""
    aside = [photo for photo in photos if _is_aside(photo)]
    counted = [photo for photo in photos if photo not in aside]
    if not counted:
        empty = {name: ProductValue() for name in CATEGORY_AND_ATTRIBUTES}
        only_errors = all(photo.tag.status == Status.ERROR for photo in photos)
        code = UNREADABLE if only_errors else ONLY_NO_PRODUCT
        status = Status.ERROR if only_errors else Status.NEEDS_REVIEW
        return TagSet(empty, status, (code,), aside=tuple(photo.id for photo in aside))
    codes: list[str] = []
    values = {CATEGORY: _category(counted, codes)}
    for name in ATTRIBUTES:
        values[name] = _attribute(name, counted)
    odd = _odd(counted, values[CATEGORY])
    if odd:
        codes.append(OTHER_PRODUCT)
    status = Status.NEEDS_REVIEW if codes else Status.OK
    return TagSet(values, status, tuple(codes), tuple(odd), tuple(photo.id for photo in aside))


def _is_aside(photo: ProductPhoto) -> bool:
    if photo.tag.source == "user":
        return False
    notes = {note.code for note in photo.tag.notes}
    return photo.tag.status == Status.ERROR or NO_PRODUCT in notes or photo.view == View.NO_PRODUCT


def pooled(rankings: Sequence[tuple[Ranking, float]]) -> dict[str, float]:
    """Combined probabilities, which sum to 1, by label.

    Args:
        rankings: Of each photo, with its weight; the weights are scaled to a sum of 1.
    """
    total = sum(weight for _, weight in rankings)
    logs: dict[str, float] = {}
    seen: Counter[str] = Counter()
    for ranking, weight in rankings:
        for label, probability in zip(ranking.labels, ranking.probabilities, strict=True):
            logs[label] = logs.get(label, 0.0) + weight / total * math.log(max(probability, _FLOOR))
            seen[label] += 1
    if len(rankings) > 1:
        for label, count in seen.items():
            if count < len(rankings):
                known = sum(w for ranking, w in rankings if label in ranking.labels)
                logs[label] += (total - known) / total * math.log(_FLOOR)
    highest = max(logs.values())
    raised = {label: math.exp(log - highest) for label, log in logs.items()}
    whole = sum(raised.values())
    return {label: value / whole for label, value in raised.items()}


def _category(photos: Sequence[ProductPhoto], codes: list[str]) -> ProductValue:
    set_by_user = [photo.tag.category for photo in photos if photo.tag.source == "user"]
    if set_by_user:
        if len(set(set_by_user)) > 1:
            codes.append(PEOPLE_DIFFER)
        return ProductValue(set_by_user[0], None, "user")
    rankings = [(photo.tag.ranking, WEIGHTS[photo.view]) for photo in photos if photo.tag.ranking is not None]
    if not rankings:
        codes.append(LOW_CONFIDENCE)
        return ProductValue(photos[0].tag.category, photos[0].tag.confidence, unsure=True)
    probabilities = pooled(rankings)
    best = max(probabilities, key=probabilities.__getitem__)
    unsure = not any(is_sure(photo.tag) and photo.tag.category == best for photo in photos)
    if unsure:
        codes.append(LOW_CONFIDENCE)
    return ProductValue(best, probabilities[best], unsure=unsure)


def is_sure(tag: Tag) -> bool:
    """Whether the model is sure of a photo's category by the review rule in force, or a person set it."""
    return tag.status == Status.OK and not any(note.code in DOUBTS for note in tag.notes)


def _attribute(name: str, photos: Sequence[ProductPhoto]) -> ProductValue:
    found = [(photo, tag) for photo in photos if (tag := photo.tag.attributes.named(name)) is not None]
    set_by_user = [tag.value for _, tag in found if tag.source == "user"]
    if set_by_user:
        return ProductValue(set_by_user[0], None, "user")
    rankings = [(tag.ranking, WEIGHTS[photo.view]) for photo, tag in found if tag.ranking is not None]
    if not rankings:
        return ProductValue()
    probabilities = pooled(rankings)
    best = max(probabilities, key=probabilities.__getitem__)
    unsure = not any(tag.value == best and not tag.unsure for _, tag in found)
    return ProductValue(best, probabilities[best], unsure=unsure)


def _odd(photos: Sequence[ProductPhoto], category: ProductValue) -> list[int]:
    """The photos that are sure of another category and do not show the product's as well."""
    found = []
    for photo in photos:
        tag = photo.tag
        if tag.category == category.value or not is_sure(tag):
            continue
        ranking = tag.ranking
        also = 0.0
        if ranking is not None and tag.source == "model":
            also = dict(zip(ranking.labels, ranking.probabilities, strict=True)).get(category.value, 0.0)
        if also < _OWN_GARMENT:
            found.append(photo.id)
    return found
