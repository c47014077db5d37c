"""One tag set for a product from the tags of its photos.

The probabilities of the photos are combined as a weighted geometric mean (logarithmic opinion pool; Genest and Zidek
1986): a photo that excludes a label counts against it, and one that shows little has flat probabilities, which change
little. A photo counts by the confidence of its own category, which details seldom have, by the view that its name says,
and twice if it is the main one. A value that a person set on a photo holds for the product.

The category that the shop's tables name says which garment is meant where the photos leave a choice. Weights and limits
are chosen and measured in ``tests/benchmarks/products.py``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fashionlens_gui.product_groups.views import View
from fashionlens_gui.tagging.attributes import AttributeTag, Source
from fashionlens_gui.tagging.tag import DOUBTS, Status, Tag
from trainer.inference.prediction import Ranking
from trainer.model_files.open_set import NO_PRODUCT
from trainer.taxonomy import ATTRIBUTES, CATEGORY, CATEGORY_AND_ATTRIBUTES

LOW_CONFIDENCE = "low_confidence"
OTHER_PRODUCT = "other_product"
PEOPLE_DIFFER = "people_differ"
TABLE_DIFFERS = "table_differs"
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
_ALSO_SHOWN = 0.02
"""Probability from which on a photo may show a garment besides the one that it is most likely of."""
_MAIN_PHOTO = 2.0
_UNLIKE, _VERY_UNLIKE = 0.5, 0.2
"""Cosine similarity to the most similar photo of the product below which a photo that is sure of another category may
be of another product; below the second one, any photo."""


@dataclass(frozen=True, slots=True)
class ProductPhoto:
    """A photo of a product: its id, its row, what its name says of the view, and its embedding, float (D,),
    L2-normalised; None when there is none.
    """

    id: int
    tag: Tag
    view: View = View.UNKNOWN
    embedding: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class ProductValue:
    """A value of a product.

    Attributes:
        value: The label, or empty.
        confidence: Combined probability, [0, 1]; None where a person set it or there is none.
        source: Who set it.
        unsure: Neither a photo nor a table is sure of it.
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
        values: By ``category`` and attribute, all of them; by the code of those that people defined.
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


def combine(photos: Sequence[ProductPhoto], named: str = "") -> TagSet:
    """The tag set of a product.

    Args:
        photos: Its photos, the main one first; at least one.
        named: The category that the shop's tables name; empty for none.
    """
    aside = [photo for photo in photos if _is_aside(photo)]
    counted = [photo for photo in photos if photo not in aside]
    if not counted:
        empty = {name: ProductValue() for name in CATEGORY_AND_ATTRIBUTES}
        only_errors = all(photo.tag.status == Status.ERROR for photo in photos)
        code = UNREADABLE if only_errors else ONLY_NO_PRODUCT
        status = Status.ERROR if only_errors else Status.NEEDS_REVIEW
        return TagSet(empty, status, (code,), aside=tuple(photo.id for photo in aside))
    codes: list[str] = []
    weights = [_weight(photo, place == 0) for place, photo in enumerate(counted)]
    values = {CATEGORY: _category(counted, weights, named, codes)}
    for name in ATTRIBUTES:
        values[name] = _attribute(name, counted, weights)
    values |= _own_values(counted, weights)
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


def _weight(photo: ProductPhoto, is_main: bool) -> float:
    confidence = 1.0 if photo.tag.ranking is None else photo.tag.ranking.confidence
    return WEIGHTS[photo.view] * confidence * (_MAIN_PHOTO if is_main else 1.0)


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
                known = sum(weight for ranking, weight in rankings if label in ranking.labels)
                logs[label] += (total - known) / total * math.log(_FLOOR)
    highest = max(logs.values())
    raised = {label: math.exp(log - highest) for label, log in logs.items()}
    whole = sum(raised.values())
    return {label: value / whole for label, value in raised.items()}


def _category(photos: Sequence[ProductPhoto], weights: Sequence[float], named: str, codes: list[str]) -> ProductValue:
    set_by_user = [photo.tag.category for photo in photos if photo.tag.source == "user"]
    if set_by_user:
        if len(set(set_by_user)) > 1:
            codes.append(PEOPLE_DIFFER)
        return ProductValue(set_by_user[0], None, "user")
    pairs = zip(photos, weights, strict=True)
    rankings = [(photo.tag.ranking, weight) for photo, weight in pairs if photo.tag.ranking is not None]
    if not rankings:
        codes.append(LOW_CONFIDENCE)
        return ProductValue(photos[0].tag.category, photos[0].tag.confidence, unsure=True)
    probabilities = pooled(rankings)
    best = max(probabilities, key=probabilities.__getitem__)
    if named in probabilities and any(_probability(photo.tag, named) >= _ALSO_SHOWN for photo in photos):
        return ProductValue(named, probabilities[named])
    unsure = not any(is_sure(photo.tag) and photo.tag.category == best for photo in photos)
    if named in probabilities:
        codes.append(TABLE_DIFFERS)
    elif unsure:
        codes.append(LOW_CONFIDENCE)
    return ProductValue(best, probabilities[best], unsure=unsure)


def _probability(tag: Tag, category: str) -> float:
    ranking = tag.ranking
    if ranking is None:
        return 0.0
    return next((p for label, p in zip(ranking.labels, ranking.probabilities, strict=True) if label == category), 0.0)


def is_sure(tag: Tag) -> bool:
    """Whether the model is sure of a photo's category by the review rule in force, or a person set it."""
    return tag.status == Status.OK and not any(note.code in DOUBTS for note in tag.notes)


def _attribute(name: str, photos: Sequence[ProductPhoto], weights: Sequence[float]) -> ProductValue:
    pairs = zip(photos, weights, strict=True)
    found = [(tag, weight) for photo, weight in pairs if (tag := photo.tag.attributes.named(name)) is not None]
    set_by_user = [tag.value for tag, _ in found if tag.source == "user"]
    if set_by_user:
        return ProductValue(set_by_user[0], None, "user")
    rankings = [(tag.ranking, weight) for tag, weight in found if tag.ranking is not None]
    if not rankings:
        return ProductValue()
    probabilities = pooled(rankings)
    best = max(probabilities, key=probabilities.__getitem__)
    unsure = not any(tag.value == best and not tag.unsure for tag, _ in found)
    return ProductValue(best, probabilities[best], unsure=unsure)


def _own_values(photos: Sequence[ProductPhoto], weights: Sequence[float]) -> dict[str, ProductValue]:
    """The values of attributes that people defined, by code: a person's, else that with the most weight of photos."""
    found: dict[str, ProductValue] = {}
    for code in dict.fromkeys(tag.name for photo in photos for tag in photo.tag.own):
        pairs = zip(photos, weights, strict=True)
        tags = [(tag, weight) for photo, weight in pairs for tag in photo.tag.own if tag.name == code]
        set_by_user = [tag.value for tag, _ in tags if tag.source == "user"]
        if set_by_user:
            found[code] = ProductValue(set_by_user[0], None, "user")
            continue
        votes: dict[str, float] = {}
        for tag, weight in tags:
            votes[tag.value] = votes.get(tag.value, 0.0) + weight * (tag.confidence or 0.0)
        best = max(votes, key=votes.__getitem__)
        confidence = votes[best] / (sum(weight for _, weight in tags) or 1.0)
        unsure = not any(tag.value == best and not tag.unsure for tag, _ in tags)
        found[code] = ProductValue(best, confidence, unsure=unsure)
    return found


def _odd(photos: Sequence[ProductPhoto], category: ProductValue) -> list[int]:
    """The photos that are like no other photo of the product, or that are sure of another category, exclude the
    product's, and are unlike the others. Of two photos it is the second.
    """
    found = []
    for place, photo in enumerate(photos):
        if len(photos) == 1 or (len(photos) == 2 and place == 0):
            continue
        similar = _similarity(photo, photos)
        other = photo.tag.category != category.value and is_sure(photo.tag)
        if other and photo.tag.source == "model":
            other = _probability(photo.tag, category.value) < _ALSO_SHOWN
        set_for_product = photo.tag.source == "user" and photo.tag.category == category.value
        if (other and (similar is None or similar < _UNLIKE)) or (
            similar is not None and similar < _VERY_UNLIKE and not set_for_product
        ):
            found.append(photo.id)
    return found


def _similarity(photo: ProductPhoto, photos: Sequence[ProductPhoto]) -> float | None:
    """Cosine similarity to the most similar other photo, [-1, 1]; None where no other has an embedding of its model."""
    if photo.embedding is None:
        return None
    found = [
        float(photo.embedding @ other.embedding)
        for other in photos
        if other is not photo and other.embedding is not None and other.tag.model == photo.tag.model
        if other.embedding.shape == photo.embedding.shape
    ]
    return max(found, default=None)
