"""Reads test images with the classes of a model, and evaluates it on them.

A class folder may stand for several of the model's classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from msgspec import structs

from trainer.control import ProgressEvent, WorkControl
from trainer.data import fashion_mnist, folders
from trainer.data.data_paths import FASHION_MNIST, DataPaths, Part
from trainer.data.image_set import ImageSet
from trainer.data.labelled_photos import LabelledPhotos, find
from trainer.data.part_folders import best_to_evaluate, is_in_part, part_to_evaluate
from trainer.data.photo_files import Unreadable
from trainer.data.photo_store import open_store
from trainer.data.split_file import PARTS, read_split
from trainer.errors import DataError, PhotoError
from trainer.evaluation.evaluation import Evaluation
from trainer.evaluation.folder_classes import FolderClasses
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Predictor
from trainer.model_files.metadata import ModelMetadata
from trainer.spelling import ClassNames, normal_form

_BATCH = 250
_MOST_NAMED = 10


def load_test_set(
    source: str, data_paths: DataPaths, metadata: ModelMetadata, control: WorkControl, part: Part = ""
) -> Generator[ProgressEvent, None, ImageSet]:
    """Test images, prepared and labelled as a model's own classes.

    Args:
        source: :data:`FASHION_MNIST` (its 10,000 test images) or a folder with a folder per category. Folder names
            match class names without regard to capitals, spaces and signs, so ``T-shirt top`` is ``T-shirt/top``;
            but where classes differ in signs alone, only the very name will do.
        metadata: Of the model to be tested.
        part: Of a folder that comes split; by default its test part.

    Raises:
        DataError: Absent or empty, or its categories are not the model's, each one of them.
    """
    if source == FASHION_MNIST:
        if metadata.input.preparation != "fashion-mnist" or metadata.classes != fashion_mnist.CLASSES:
            raise DataError("model_not_of_fashion_mnist", model=metadata.name)
        return (yield from fashion_mnist.load("test", data_paths.search, data_paths.store, control=control))
    found = find(Path(source))
    if found.part_folders:
        part = part or best_to_evaluate(found.part_folders.values())
        images = yield from folders.read(found.to_evaluate(part), metadata.input, control)
        if not len(images):
            raise DataError("no_photos_in_part", part=part, place=source)
    else:
        images = yield from folders.load_found(found, metadata.input, control)
    mapping_K = torch.tensor(_labels_of(images.classes, metadata, source))
    data = structs.replace(images.data, part=part)
    return replace(images, data=data, labels_N=mapping_K[images.labels_N], classes=metadata.classes)


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
    split: Path, part: Part, metadata: ModelMetadata, control: WorkControl, folder: Path | None = None
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
    return replace(images, data=structs.replace(metadata.data, part=part))


def _labels(listed: Sequence[tuple[Path, str]], metadata: ModelMetadata, split: Path) -> tuple[int, ...]:
    """By their very names, else without regard to capitals, spaces and signs."""
    names = ClassNames(metadata.classes)
    found = {category: names.matches(category) for _, category in listed}
    if unknown := tuple(sorted(category for category, labels in found.items() if len(labels) != 1)):
        raise DataError("model_without_categories_of_file", model=metadata.name, categories=unknown, file=str(split))
    return tuple(found[category][0] for _, category in listed)


def check_test_photos(images: ImageSet, metadata: ModelMetadata) -> None:
    """Raise :class:`DataError` when images are prepared or labelled for another model, or there are none."""
    if (images.input, images.classes) != (metadata.input, metadata.classes):
        raise DataError("photos_of_another_model", data=images.data, model=metadata.name)
    if not len(images):
        raise DataError("no_test_photos", data=images.data)


def evaluate(
    predictor: Predictor, images: ImageSet, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Predict every image and compare with its true class; yields progress.
    Raises :class:`DataError`: the images are prepared or labelled for another model, or there are none.
    """
    metadata = predictor.metadata
    check_test_photos(images, metadata)
    outputs = yield from predict_images(
        predictor.outputs,
        len(images),
        lambda rows: images.images_NCHW[rows],
        _BATCH,
        "classifying_test_photos",
        control,
    )
    probabilities_NK = predictor.probabilities(outputs.category_NK).numpy()
    return Evaluation(
        metadata.name,
        images.data,
        metadata.classes,
        images.labels_N.numpy(),
        probabilities_NK.argmax(axis=1),
        probabilities_NK,
        images,
        images.unreadable,
        metadata,
    )


@dataclass(frozen=True, slots=True)
class FolderImages:
    """Images of folders that stand for one or more classes of a model, any of which is correct.

    Attributes:
        images: N images with the model's K classes; of several correct labels they have the first.
        folders: F names.
        folder_N: int64, the folder of each image.
        correct_FK: bool, the classes that each folder stands for; at least one.
    """

    images: ImageSet
    folders: tuple[str, ...]
    folder_N: np.ndarray
    correct_FK: np.ndarray


def load_class_folders(
    root: Path, folder_classes: FolderClasses, metadata: ModelMetadata, control: WorkControl
) -> Generator[ProgressEvent, None, FolderImages]:
    """Read the photos of a folder with a folder per class; yields progress.

    The outermost folder whose name is known tells the class of a photo. Photos in none such are left out, with the
    reason in :attr:`ImageSet.unreadable`.

    Args:
        folder_classes: Classes of the model by folder name.

    Raises:
        DataError: It cannot be opened, or there is no photo that can be judged.
    """
    label_of = {name: label for label, name in enumerate(metadata.classes)}
    found: dict[Path, tuple[str, list[int]]] = {}
    unknown: Counter[str] = Counter()
    left_out: list[Unreadable] = []
    with open_store(root) as store:
        part = part_to_evaluate(store.names())
        for name in store.names():
            if part and not is_in_part(name, part):
                continue
            above = PurePosixPath(normal_form(name)).parts[:-1]
            known = next(((folder, classes) for folder in above if (classes := folder_classes(folder))), None)
            if known is not None:
                folder, classes = known
                found[root / name] = (folder, sorted(label_of[name] for name in classes))
                continue
            where = "/".join(above)
            unknown[where] += 1
            left_out.append(Unreadable(str(root / name), PhotoError("photo_of_unknown_category", folder=where)))
    if not found:
        if not unknown:
            raise DataError("no_photos_in_part", part="", place=str(root))
        names = tuple(name for name, _ in unknown.most_common(_MOST_NAMED))
        raise DataError("no_folder_of_the_model", folders=names, more=len(unknown) > _MOST_NAMED, place=str(root))
    files = LabelledPhotos(root, tuple(found), tuple(labels[0] for _, labels in found.values()), metadata.classes)
    images = yield from folders.read(files, metadata.input, control)
    if not len(images):
        raise DataError("no_readable_photos_in", place=str(root), first=images.unreadable[0].error)
    known_folders = tuple(sorted({folder for folder, _ in found.values()}, key=lambda name: (name.casefold(), name)))
    correct_FK = np.zeros((len(known_folders), len(metadata.classes)), bool)
    for folder, labels in found.values():
        correct_FK[known_folders.index(folder), labels] = True
    folder_N = np.array([known_folders.index(found[Path(file)][0]) for file in images.files])
    images = replace(images, data=structs.replace(images.data, part=part), unreadable=(*images.unreadable, *left_out))
    return FolderImages(images, known_folders, folder_N, correct_FK)


def evaluate_folder_images(
    predictor: Predictor, tested: FolderImages, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Predict every image; any class that its folder stands for is correct. Yields progress.

    The classes of the evaluation are the folders, under their own names, then the other classes of the model. A class
    that several folders stand for is that of the image's folder, else that of the first of them. A folder has the
    probability of its most probable class.

    Raises :class:`DataError`: the images are prepared or labelled for another model, or there are none.
    """
    evaluation = yield from evaluate(predictor, tested.images, control)
    others = np.flatnonzero(~tested.correct_FK.any(axis=0))
    names = [evaluation.classes[k] for k in others]
    classes = (*tested.folders, *(f"{name} (category)" if name in tested.folders else name for name in names))
    place_K = tested.correct_FK.argmax(axis=0)
    place_K[others] = len(tested.folders) + np.arange(len(others))
    predictions_N = np.empty_like(evaluation.predictions_N)
    probabilities_NC = np.zeros((evaluation.n, len(classes)), np.float32)
    for folder, correct_K in enumerate(tested.correct_FK):
        rows = tested.folder_N == folder
        place_here_K = np.where(correct_K, folder, place_K)
        predictions_N[rows] = place_here_K[evaluation.predictions_N[rows]]
        for k, place in enumerate(place_here_K):
            probabilities_NC[rows, place] = np.maximum(
                probabilities_NC[rows, place], evaluation.probabilities_NK[rows, k]
            )
    several = tuple(
        name for name, correct_K in zip(tested.folders, tested.correct_FK, strict=True) if correct_K.sum() > 1
    )
    return replace(
        evaluation,
        classes=classes,
        labels_N=tested.folder_N,
        predictions_N=predictions_N,
        probabilities_NK=probabilities_NC,
        images=replace(tested.images, labels_N=torch.from_numpy(tested.folder_N), classes=classes),
        ambiguous_folders=several,
    )
