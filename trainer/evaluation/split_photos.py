"""The photos of one part of a split, such as those that were kept aside, read to test a model with them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from trainer.control import ProgressEvent, WorkControl
from trainer.data import folders
from trainer.data.class_names import ClassNames
from trainer.data.image_set import ImageSet
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data.split_file import PARTS, read_split
from trainer.errors import DataError
from trainer.model_files.metadata import ModelMetadata

_CALLED = dict(zip(PARTS, ("photos learnt from", "validation photos", "photos kept aside"), strict=True))


def open_part(
    split: Path, part: str, metadata: ModelMetadata, control: WorkControl, folder: Path | None = None
) -> Generator[ProgressEvent, None, ImageSet]:
    """Photos, prepared and labelled as a model's own classes.

    Args:
        split: A file of :func:`trainer.data.split_file.write_split`.
        part: One of :data:`trainer.data.split_file.PARTS`.
        metadata: Of the model.
        control: Stops it.
        folder: Only photos below it; None for all.

    Raises:
        DataError: The file cannot be read, there is no such part, none of its photos is there, or their categories are
            not the model's.
        Cancelled: ``control`` was stopped.
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
    return replace(images, name=f"{metadata.data_name}, {_CALLED[part]}")


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
