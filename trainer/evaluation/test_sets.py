"""Test images, prepared and labelled with the classes of the model that is tested."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import fashion_mnist, folders
from trainer.data.data_paths import FASHION_MNIST, DataPaths
from trainer.data.image_set import ImageSet
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data.split_file import PARTS, read_split
from trainer.errors import DataError
from trainer.model_files.metadata import ModelMetadata
from trainer.spelling import ClassNames

_PART_NAMES = dict(zip(PARTS, ("training photos", "validation photos", "held-out photos"), strict=True))


def load_test_set(
    source: str, data_paths: DataPaths, metadata: ModelMetadata, control: WorkControl
) -> Generator[ProgressEvent, None, ImageSet]:
    """Test images, prepared and labelled as a model's own classes.

    Args:
        source: :data:`FASHION_MNIST` (its 10,000 test images) or a folder with a folder per category. Folder names
            match class names without regard to capitals, spaces and signs, so ``T-shirt top`` is ``T-shirt/top``;
            but where classes differ in signs alone, only the very name will do.
        metadata: Of the model to be tested.

    Raises:
        DataError: Absent or empty, or its categories are not the model's, each one of them.
    """
    if source == FASHION_MNIST:
        if metadata.input.preparation != "fashion-mnist" or metadata.classes != fashion_mnist.CLASSES:
            raise DataError("model_not_of_fashion_mnist", model=metadata.name)
        return (yield from fashion_mnist.load("test", data_paths.search, data_paths.store, control=control))
    images = yield from folders.load(Path(source), metadata.input, control)
    mapping_K = torch.tensor(_labels_of(images.classes, metadata, source))
    return replace(images, labels_N=mapping_K[images.labels_N], classes=metadata.classes)


def _labels_of(folders: tuple[str, ...], metadata: ModelMetadata, source: str) -> list[int]:
    """Which of the model's classes each folder shows. Raises :class:`DataError` unless that is one and its alone."""
    names = ClassNames(metadata.classes)
    found = [names.matches(folder) for folder in folders]
    unknown = [folder for folder, labels in zip(folders, found, strict=True) if not labels]
    if unknown:
        raise DataError(
            "model_without_categories_of_folder",
            model=metadata.name,
            categories=tuple(unknown),
            place=source,
            known=metadata.classes,
        )
    of_label: dict[int, str] = {}
    for folder, labels in zip(folders, found, strict=True):
        if len(labels) > 1:
            raise DataError(
                "folder_ambiguous",
                folder=folder,
                place=source,
                categories=tuple(metadata.classes[label] for label in labels),
            )
        other = of_label.setdefault(labels[0], folder)
        if other != folder:
            raise DataError(
                "folders_of_one_category",
                folders=(other, folder),
                place=source,
                category=metadata.classes[labels[0]],
                model=metadata.name,
            )
    return [label for (label,) in found]


def load_split_part(
    split: Path, part: str, metadata: ModelMetadata, control: WorkControl, folder: Path | None = None
) -> Generator[ProgressEvent, None, ImageSet]:
    """Photos, prepared and labelled as a model's own classes.

    Args:
        split: A file of :func:`trainer.data.split_file.write_split`.
        part: One of :data:`trainer.data.split_file.PARTS`.
        folder: Only photos below it; None for all.

    Raises:
        DataError: The file cannot be read, there is no such part, none of its photos is there, or their categories are
            not the model's.
    """
    if part not in PARTS:
        raise DataError("split_part_unknown", part=part)
    listed = read_split(split)[part]
    if not listed:
        raise DataError("split_part_empty", file=str(split), part=part)
    if folder is not None:
        roots = (folder.absolute(), folder.resolve())
        listed = [row for row in listed if any(row[0].is_relative_to(root) for root in roots)]
        if not listed:
            raise DataError("split_part_not_in_folder", file=str(split), part=part, folder=str(folder))
    if not any(path.is_file() for path, _ in listed):
        raise DataError("split_photos_missing", part=part, name=listed[0][0].name, folder=str(listed[0][0].parent))
    found = LabelledPhotos(split, tuple(path for path, _ in listed), _labels(listed, metadata, split), metadata.classes)
    images = yield from folders.read(found, metadata.input, control)
    if not len(images):
        raise DataError("no_readable_split_photos", part=part, first=images.unreadable[0].error)
    return replace(images, name=f"{metadata.data_name}, {_PART_NAMES[part]}")


def _labels(listed: Sequence[tuple[Path, str]], metadata: ModelMetadata, split: Path) -> tuple[int, ...]:
    """By their very names, else without regard to capitals, spaces and signs."""
    names = ClassNames(metadata.classes)
    found = {category: names.matches(category) for _, category in listed}
    label_of = {category: labels[0] for category, labels in found.items() if len(labels) == 1}
    labels = [label_of.get(category) for _, category in listed]
    unknown = sorted({category for (_, category), label in zip(listed, labels, strict=True) if label is None})
    if unknown:
        raise DataError(
            "model_without_categories_of_file", model=metadata.name, categories=tuple(unknown), file=str(split)
        )
    return tuple(label for label in labels if label is not None)
