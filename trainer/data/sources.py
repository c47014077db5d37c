"""Training and test data by the name that the user gives: Fashion-MNIST, or a folder with a folder per category."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from trainer.control import WorkControl
from trainer.data import fashion_mnist, folders
from trainer.data.class_names import ClassNames
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet
from trainer.data.image_split import SplitImages, split_images
from trainer.data.loading import Loading
from trainer.errors import DataError
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.input_spec import COLOUR_INPUT, InputSpec

FASHION_MNIST = "fashion-mnist"
PRODUCTS = "products"
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class DataPlaces:
    """Where data sets are looked for, and where they are unpacked.

    Attributes:
        places: Folders to look in, first match wins.
        store: Writable folder.
        taxonomy: Folder of the taxonomy, which the product photos need.
    """

    places: tuple[Path, ...]
    store: Path
    taxonomy: Path | None = None


def open_training(
    source: str,
    places: DataPlaces,
    control: WorkControl,
    spec: InputSpec = COLOUR_INPUT,
    decisions: Decisions | None = None,
) -> Generator[Loading, None, SplitImages]:
    """Training, validation and test images; of own photos, 15 % of each category are for either of the latter.

    A category has at least one validation photo, and from four photos on one test photo. Copies of one photo are on one
    side. Fashion-MNIST has test images of its own, see :func:`open_test`; its test part here is empty.

    Args:
        source: :data:`FASHION_MNIST`, or a folder or CSV, see :func:`trainer.data.labelled_photos.find`.
        places: For Fashion-MNIST.
        control: Stops it.
        spec: How the photos of a folder are prepared.
        decisions: On doubtful photos of a folder or CSV.

    Raises:
        DataError: Absent, empty, or a category has a single photo.
        Cancelled: ``control`` was stopped.
    """
    if source == FASHION_MNIST:
        images = yield from fashion_mnist.load("train", places.places, places.store, control=control)
        training, validation = fashion_mnist.training_and_validation(images)
        return SplitImages(training, validation, training.subset(torch.zeros(0, dtype=torch.int64)))
    images = yield from folders.load(Path(source), spec, control, decisions)
    refuse_single_photos(images)
    return (yield from split_images(images, control))


def refuse_single_photos(images: ImageSet) -> None:
    """Raise :class:`DataError` when a category has but one photo."""
    counts_K = torch.bincount(images.labels_N, minlength=len(images.classes)).tolist()
    single = [name for name, count in zip(images.classes, counts_K, strict=True) if count < 2]
    if single:
        raise DataError(
            f"Only one readable photo in {', '.join(f'“{name}”' for name in single)}. Training needs at least two of "
            "each category: one to learn from and one to check with. Twenty or more work better."
        )


def open_test(
    source: str, places: DataPlaces, metadata: ModelMetadata, control: WorkControl
) -> Generator[Loading, None, ImageSet]:
    """Test images, prepared and labelled as a model's own classes.

    Args:
        source: :data:`FASHION_MNIST` (its 10,000 test images) or a folder with a folder per category. Folder names
            match class names without regard to capitals, spaces and signs, so ``T-shirt top`` is ``T-shirt/top``;
            but where classes differ in signs alone, only the very name will do.
        places: For Fashion-MNIST.
        metadata: Of the model to be tested.
        control: Stops it.

    Raises:
        DataError: Absent or empty, or its categories are not the model's, each one of them.
        Cancelled: ``control`` was stopped.
    """
    if source == FASHION_MNIST:
        if metadata.input.preparation != "fashion-mnist" or metadata.classes != fashion_mnist.CLASSES:
            raise DataError(
                f"The model “{metadata.name}” names other categories than Fashion-MNIST has. Test it on a folder with "
                "one folder for each of its own categories."
            )
        return (yield from fashion_mnist.load("test", places.places, places.store, control=control))
    images = yield from folders.load(Path(source), metadata.input, control)
    mapping_K = torch.tensor(_labels_of(images.classes, metadata, source))
    return replace(images, labels_N=mapping_K[images.labels_N], classes=metadata.classes)


def _labels_of(folders: tuple[str, ...], metadata: ModelMetadata, source: str) -> list[int]:
    """Which of the model's classes each folder shows. Raises :class:`DataError` unless that is one and its alone."""
    names = ClassNames(metadata.classes)
    found = [names.meant_by(folder) for folder in folders]
    unknown = [folder for folder, labels in zip(folders, found, strict=True) if not labels]
    if unknown:
        raise DataError(
            f"The model “{metadata.name}” does not know the categories {', '.join(f'“{n}”' for n in unknown)} in "
            f"{source}. {_known(metadata.classes)}Rename or move those folders."
        )
    of_label: dict[int, str] = {}
    for folder, labels in zip(folders, found, strict=True):
        if len(labels) > 1:
            may_be = " or ".join(f"“{metadata.classes[label]}”" for label in labels)
            raise DataError(f"“{folder}” in {source} may be {may_be}. Give it the very name of the one that it shows.")
        other = of_label.setdefault(labels[0], folder)
        if other != folder:
            raise DataError(
                f"“{other}” and “{folder}” in {source} would both be the category “{metadata.classes[labels[0]]}” of "
                f"“{metadata.name}”. If they are the same, put their photos together; else move one away."
            )
    return [label for (label,) in found]


def _known(classes: tuple[str, ...]) -> str:
    """What there is to choose from, where that is a list that one reads."""
    return f"It knows: {', '.join(classes)}. " if len(classes) <= _MOST_LISTED else ""
