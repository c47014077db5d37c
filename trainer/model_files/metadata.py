"""The metadata of a model file, in its header. Read without torch, so that lists of models appear at once."""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from trainer.data.data_paths import DatasetInfo
from trainer.errors import ModelFileError, os_reason
from trainer.networks import names
from trainer.preprocessing.input_spec import InputSpec
from trainer.recipe import Recipe, convert_with_recipe
from trainer.taxonomy import COLOUR_FAMILY, Level

FORMAT = 1

Share = Annotated[float, Meta(ge=0, le=1)]
Temperature = Annotated[float, Meta(gt=0, le=1e300)]
Figure = Annotated[float, Meta(ge=-1e300, le=1e300)]
Classes = Annotated[tuple[str, ...], Meta(min_length=2)]

HEADER = "fashionlens-model"
"""Key of the metadata in the header."""

_LARGEST_HEADER = 16 * 2**20  # bytes; one with 1,000 tensors and classes has a tenth of a megabyte


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One finished epoch.

    Attributes:
        epoch: From 1.
        training_loss: Mean cross-entropy in nats over the augmented training images, while the weights changed.
        training_accuracy: [0, 1], likewise.
        validation_loss: Mean cross-entropy in nats over the validation images, not augmented.
        validation_accuracy: [0, 1].
        seconds: Wall time of the epoch with its validation, without pauses.
    """

    epoch: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Origin:
    """The weights that a training began with.

    Attributes:
        kind: ``random``; ``model``, another model file; or ``backbone``, pretrained on ImageNet.
        name: Of the model or backbone; empty for ``random``.
        created: When the model was trained, ISO 8601 UTC; empty when unknown, and for the other kinds.
    """

    kind: Literal["random", "model", "backbone"] = "random"
    name: str = ""
    created: str = ""

    @staticmethod
    def from_legacy_text(text: str) -> Origin:
        """The origin in files of version 0.1, which hold ``NAME, trained DATE``; empty for random weights."""
        name, trained, when = text.rpartition(", trained ")
        if not trained:
            return Origin("model", text) if text else Origin()
        if when == "on ImageNet":
            return Origin("backbone", name)
        return Origin("model", name, "" if when == "at an unknown time" else when)


class AttributeHead(Struct, frozen=True, forbid_unknown_fields=True):
    """An attribute that a model predicts besides the category.

    Attributes:
        classes: K values in logit order.
        temperature: As :attr:`ModelMetadata.temperature`.
        review_below: As :attr:`ModelMetadata.review_below`.
        known_for: The categories with enough labelled training photos; for any other the prediction is unreliable,
            whatever its confidence. Empty when it is reliable for all.
        family_below: Confidence of the family, of colours, below which it is in doubt, [0, 1]; None in files without
            one, where ``review_below`` holds for it.
        rare_in: For some values the categories in which hardly any training photo had it, such as Men for dresses;
            there it is unreliable, too.
        studio_only: It is reliable only on photos that are like the studio photos by :attr:`ModelMetadata.studio`.
    """

    classes: Classes
    temperature: Temperature = 1.0
    review_below: Share = 0.5
    known_for: tuple[str, ...] = ()
    family_below: Share | None = None
    rare_in: dict[str, tuple[str, ...]] = {}
    studio_only: bool = False

    def __post_init__(self) -> None:
        _refuse_duplicates(self.classes)

    def covers(self, value: str, category: str) -> bool:
        """Whether enough training photos of ``category`` had this attribute, and this value of it."""
        known = not self.known_for or category in self.known_for
        return known and category not in self.rare_in.get(value, ())


class StudioScore(Struct, frozen=True, forbid_unknown_fields=True):
    """How like the studio photos that taught the attributes a photo is: ``embedding_D @ weight_D + bias``.

    Below 0 it is unlike them. Embeddings are of length 1.
    """

    weight_D: Annotated[tuple[Figure, ...], Meta(min_length=1)]
    bias: Figure


class ReviewPoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Coverage and accuracy at a review threshold, measured on validation photos.

    Attributes:
        threshold: Calibrated confidence below which photos need review, [0, 1].
        coverage: Share of photos at or above it, [0, 1].
        accuracy: Share of correct ones among those, [0, 1].
        accuracy_bound: Lower bound of that share for other photos of the same kind, which holds with a probability of
            90 %; None in older files.
    """

    threshold: Share
    coverage: Share
    accuracy: Share
    accuracy_bound: Share | None = None


class LevelReview(Struct, frozen=True, forbid_unknown_fields=True):
    """When the Google product category or the group of a photo is in doubt; as :attr:`ModelMetadata.review_below` and
    ``review_curve``, of the summed probability of the categories that share it.
    """

    review_below: Share
    review_curve: tuple[ReviewPoint, ...] = ()


_OLDER_KEYS = {"tta_hflip": "mirror_test", "origin": "started_from", "data": "data_name"}


class ModelMetadata(Struct, frozen=True, forbid_unknown_fields=True, rename=_OLDER_KEYS):
    """Everything but the weights.

    Attributes:
        network: A name of :mod:`trainer.networks.registry`.
        classes: K class names in logit order.
        data: What it was trained on.
        data_fingerprint: Of the training and validation images.
        temperature: Logits are divided by it before the softmax (Guo et al. 2017, arXiv:1706.04599); above 0.
        review_below: Photos whose calibrated confidence is below this need review, [0, 1]; at 1 all photos do.
        tta_hflip: Average the predictions of an image and its mirror image (test-time augmentation).
        figures: Measured figures, such as ``validation_accuracy``, each [0, 1] unless its name says otherwise.
        history: Metrics of each epoch.
        created: ISO 8601 date and time, UTC.
        version: Version of FashionLens that wrote it.
        attributes: What it predicts besides the category, by attribute name; empty for most models.
        review_curve: Coverage and accuracy by review threshold, ascending; empty in files written without.
        origin: The weights that the training began with.
        own_categories: The categories are a shop's own, not the taxonomy's, though it predicts attributes.
        levels: Of the levels above the category; empty in files without, where the
            threshold of the category holds for them.
        studio: Tells photos that are like the studio photos; None where no attribute needs it.
    """

    name: str
    network: str
    classes: Classes
    input: InputSpec
    recipe: Recipe
    data: DatasetInfo
    data_fingerprint: str = ""
    temperature: Temperature = 1.0
    review_below: Share = 0.5
    tta_hflip: bool = False
    figures: dict[str, Figure] = {}
    history: tuple[EpochMetrics, ...] = ()
    created: str = ""
    version: str = ""
    attributes: dict[str, AttributeHead] = {}
    review_curve: tuple[ReviewPoint, ...] = ()
    origin: Origin = Origin()
    own_categories: bool = False
    levels: dict[Level, LevelReview] = {}
    studio: StudioScore | None = None

    def __post_init__(self) -> None:
        _refuse_duplicates(self.classes)

    @property
    def uses_taxonomy(self) -> bool:
        """Whether its categories are those of the taxonomy, as a product model's are."""
        return bool(self.attributes) and not self.own_categories

    def review_of(self, level: Level) -> LevelReview:
        """When a level of the category needs review."""
        found = None if level == Level.CATEGORY else self.levels.get(level)
        return found or LevelReview(self.review_below, self.review_curve if level == Level.CATEGORY else ())

    @property
    def thresholds(self) -> dict[str, float]:
        """The confidence below which each level of the category is in doubt, and the colour's family, [0, 1]."""
        found: dict[str, float] = {level: self.review_of(level).review_below for level in Level}
        colour = self.attributes.get("colour")
        if colour is not None and not colour.known_for:
            found[COLOUR_FAMILY] = colour.review_below if colour.family_below is None else colour.family_below
        return found

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **msgspec.to_builtins(self), "recipe": self.recipe.to_json()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> ModelMetadata:
        """The inverse of :meth:`to_json`.
        Raises :class:`KeyError`, :class:`TypeError`, :class:`ValueError`: fields are missing, unknown, of another kind
        or out of range.
        """
        values = dict(values)
        if values.pop("format") != FORMAT:
            raise ValueError("unknown format")
        for key, older in (("started_from", Origin), ("data_name", DatasetInfo)):
            if isinstance(text := values.get(key), str):
                values[key] = msgspec.to_builtins(older.from_legacy_text(text))
        metadata = convert_with_recipe(values, ModelMetadata)
        if metadata.attributes and metadata.network not in names.WITH_ATTRIBUTES:
            raise ValueError(f"the network {metadata.network[:80]} has no heads for attributes")
        return metadata


def program_version() -> str:
    """The installed version of FashionLens; ``development`` in a plain checkout."""
    from importlib import metadata  # slow

    try:
        return metadata.version("fashionlens")
    except metadata.PackageNotFoundError:
        return "development"


def _refuse_duplicates(classes: tuple[str, ...]) -> None:
    if len(set(classes)) < len(classes):
        raise ValueError("a class is there twice")


def read_header(path: Path, name: str) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file (length, JSON, tensors), and the number of bytes after it.
    Raises :class:`ModelFileError`: absent, unreadable or damaged.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            raw = file.read(length) if length <= min(_LARGEST_HEADER, size) else b""
    except FileNotFoundError as error:
        raise ModelFileError("model_file_missing", file=str(path)) from error
    except OSError as error:
        raise ModelFileError("model_file_unreadable", repr(error), name=str(path), reason=os_reason(error)) from error
    if len(raw) != length or length < 2:
        raise ModelFileError("model_header_length", name=name, header=length, size=size)
    try:
        header = json.loads(raw, object_pairs_hook=_refuse_duplicate_keys)
        if not isinstance(header, dict):
            raise TypeError(f"the header is a {type(header).__name__}")
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError("model_header_damaged", repr(error), name=name) from error
    return header, size - 8 - length


def _refuse_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal keys they use: what is validated must be what is used."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an entry is there twice")
    return found


def parse_metadata(header: dict[str, Any], name: str) -> ModelMetadata:
    """The metadata in a header. Raises :class:`ModelFileError`: absent, damaged, or of a newer version."""
    about = header.get("__metadata__")
    text = about.get(HEADER) if isinstance(about, dict) else None
    if not isinstance(text, str):
        raise ModelFileError("model_without_metadata", name=name)
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise TypeError(f"a {type(values).__name__}")
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError("model_metadata_damaged", repr(error), name=name) from error
    if values.get("format") != FORMAT:
        raise ModelFileError("file_from_newer_version", f"format {values.get('format')!r}", name=name)
    _check_classes(values.get("classes"), name, "")
    heads = values.get("attributes", {})
    for attribute, head in heads.items() if isinstance(heads, dict) else ():
        _check_classes(head.get("classes") if isinstance(head, dict) else None, name, attribute)
    try:
        return ModelMetadata.from_json(values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError("model_metadata_invalid", repr(error), name=name) from error


def _check_classes(classes: object, name: str, attribute: str) -> None:
    if not isinstance(classes, list) or not classes:
        raise ModelFileError("model_without_classes", name=name, attribute=attribute)
    if not all(isinstance(each, str) and each.strip() for each in classes):
        raise ModelFileError("model_class_without_name", name=name, attribute=attribute)
    most_frequent, times = Counter(classes).most_common(1)[0]
    if times > 1:
        raise ModelFileError("model_class_twice", name=name, attribute=attribute, value=most_frequent[:80])
    if len(classes) < 2:
        raise ModelFileError("model_with_one_class", name=name, attribute=attribute)
