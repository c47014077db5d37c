"""What a model file says of itself. Read without torch, so that lists of models appear at once."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from trainer.history import EpochMetrics
from trainer.networks import names
from trainer.preprocessing.input_spec import InputSpec
from trainer.recipe import LARGEST_WHOLE, Recipe, recipe_from_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class AttributeHead:
    """What a model knows besides the category.

    Attributes:
        classes: K values in logit order.
        temperature: As :attr:`ModelMetadata.temperature`.
        review_below: As :attr:`ModelMetadata.review_below`.
        known_for: The categories of which enough training photos had a value; of others the model knows nothing,
            however sure it seems. Empty when it knows of all.
    """

    classes: tuple[str, ...]
    temperature: float = 1.0
    review_below: float = 0.5
    known_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """What a review threshold means, measured on validation photos.

    Attributes:
        threshold: Calibrated confidence below which photos need review, [0, 1].
        coverage: Share of photos at or above it, [0, 1].
        accuracy: Share of those that are right, [0, 1].
    """

    threshold: float
    coverage: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """Everything but the weights.

    Attributes:
        name: What the user calls the model.
        network: A name of :mod:`trainer.networks.registry`.
        classes: K class names in logit order.
        input: How photos are prepared for it.
        recipe: How it was trained.
        data_name: What it was trained on.
        data_fingerprint: Of the training and validation images.
        temperature: Logits are divided by it before the softmax (Guo et al. 2017, arXiv:1706.04599); above 0.
        review_below: Photos whose calibrated confidence is below this need review, [0, 1]; at 1 all do, whatever it is.
        mirror_test: Average the predictions of an image and its mirror image.
        figures: Measured figures, such as ``validation_accuracy``, each [0, 1] unless its name says otherwise.
        history: Metrics of each epoch.
        created: ISO 8601 date and time, UTC.
        version: Version of FashionLens that wrote it.
        attributes: What it knows besides the category, by attribute name; empty for most models.
        review_curve: What each review threshold means, ascending; empty in files that were written without.
        started_from: The model whose weights the training began with; empty when they were random.
        own_categories: The categories are a shop's own, though it tells attributes as product models do.
    """

    name: str
    network: str
    classes: tuple[str, ...]
    input: InputSpec
    recipe: Recipe
    data_name: str
    data_fingerprint: str = ""
    temperature: float = 1.0
    review_below: float = 0.5
    mirror_test: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    history: tuple[EpochMetrics, ...] = ()
    created: str = ""
    version: str = ""
    attributes: dict[str, AttributeHead] = field(default_factory=dict)
    review_curve: tuple[ReviewPoint, ...] = ()
    started_from: str = ""
    own_categories: bool = False

    @property
    def uses_taxonomy(self) -> bool:
        """Whether its categories are those of the taxonomy, as a product model's are."""
        return bool(self.attributes) and not self.own_categories

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the format number."""
        return {"format": FORMAT, **asdict(self), "recipe": self.recipe.to_json()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> ModelMetadata:
        """The inverse of :meth:`to_json`.

        Raises:
            KeyError, TypeError, ValueError: Fields are missing, unknown or of another kind.
        """
        values = dict(values)
        if values.pop("format") != FORMAT:
            raise ValueError("unknown format")
        spec = values.pop("input")
        metadata = ModelMetadata(
            **{
                **values,
                "classes": tuple(str(name) for name in values["classes"]),
                "input": InputSpec(**{**spec, "mean": tuple(spec["mean"]), "std": tuple(spec["std"])}),
                "recipe": recipe_from_json(values["recipe"]),
                "history": tuple(EpochMetrics(**epoch) for epoch in values["history"]),
                "attributes": {
                    name: AttributeHead(
                        **{
                            **head,
                            "classes": tuple(str(label) for label in head["classes"]),
                            "known_for": tuple(str(label) for label in head.get("known_for", ())),
                        }
                    )
                    for name, head in values.get("attributes", {}).items()
                },
                "review_curve": tuple(ReviewPoint(**point) for point in values.get("review_curve", ())),
            }
        )
        metadata._check()
        return metadata

    def _check(self) -> None:
        """Refuse what would only fail later and less clearly."""
        spec = self.input
        numbers = [self.temperature, *spec.mean, *spec.std, *self.figures.values()]
        numbers += [head.temperature for head in self.attributes.values()]
        measured = [number for epoch in self.history for number in asdict(epoch).values()]
        texts = [self.name, self.network, self.data_name, self.data_fingerprint]
        texts += [self.created, self.version, self.started_from]
        sane = (
            all(isinstance(text, str) for text in texts)
            and all(_is_number(number) and math.isfinite(number) for number in numbers)
            and all(_is_number(number) for number in measured)
            and len(self.classes) >= 2
            and len(set(self.classes)) == len(self.classes)
            and spec.preparation in ("fashion-mnist", "colour")
            and spec.channels in (1, 3)
            and isinstance(spec.height, int)
            and isinstance(spec.width, int)
            and 8 <= spec.height <= 1024
            and 8 <= spec.width <= 1024
            and len(spec.mean) == len(spec.std) == spec.channels
            # Of pixels in [0, 1]; far beyond, a network would be given numbers that overflow in it.
            and all(-1000 <= mean <= 1000 for mean in spec.mean)
            and all(0.001 <= deviation <= 1000 for deviation in spec.std)
            and isinstance(self.mirror_test, bool)
            and isinstance(self.own_categories, bool)
            and (not self.attributes or self.network in names.WITH_ATTRIBUTES)
            and self.temperature > 0
            and 0 <= self.review_below <= 1
            and all(
                len(head.classes) >= 2
                and len(set(head.classes)) == len(head.classes)
                and head.temperature > 0
                and 0 <= head.review_below <= 1
                for head in self.attributes.values()
            )
            and all(0 <= value <= 1 for point in self.review_curve for value in asdict(point).values())
        )
        if not sane:
            raise ValueError("values out of range")


def _is_number(value: object) -> bool:
    """Whether it is one that fits a float: JSON has numbers of any length."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < LARGEST_WHOLE)
