"""Test images, prepared and labelled for the model that is tested."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import fashion_mnist, folders
from trainer.data.class_names import ClassNames
from trainer.data.data_paths import FASHION_MNIST, DataPaths
from trainer.data.image_set import ImageSet
from trainer.errors import DataError
from trainer.model_files.metadata import ModelMetadata


def open_test(
    source: str, data_paths: DataPaths, metadata: ModelMetadata, control: WorkControl
) -> Generator[ProgressEvent, None, ImageSet]:
    """Test images, prepared and labelled as a model's own classes.

    Args:
        source: :data:`FASHION_MNIST` (its 10,000 test images) or a folder with a folder per category. Folder names
            match class names without regard to capitals, spaces and signs, so ``T-shirt top`` is ``T-shirt/top``;
            but where classes differ in signs alone, only the very name will do.
        data_paths: For Fashion-MNIST.
        metadata: Of the model to be tested.
        control: Stops it.

    Raises:
        DataError: Absent or empty, or its categories are not the model's, each one of them.
        Cancelled: ``control`` was stopped.
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
