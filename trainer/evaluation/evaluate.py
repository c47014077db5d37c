"""Evaluates a model on labelled images, or on class folders that may stand for several of its classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import folders
from trainer.data.image_set import ImageSet
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data.photo_files import Unreadable
from trainer.data.photo_store import open_store
from trainer.errors import DataError, PhotoError
from trainer.evaluation.evaluation import Evaluation
from trainer.evaluation.folder_classes import FolderClasses
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Predictor
from trainer.model_files.metadata import ModelMetadata

_BATCH = 250
_MOST_NAMED = 10


def evaluate(
    predictor: Predictor, images: ImageSet, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Predict every image and compare with its true class; yields progress.
    Raises :class:`DataError`: the images are prepared or labelled for another model, or there are none.
    """
    metadata = predictor.metadata
    if (images.input, images.classes) != (metadata.input, metadata.classes):
        raise DataError("photos_of_another_model", data=images.name, model=metadata.name)
    if not len(images):
        raise DataError("no_test_photos", data=images.name)
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
        images.name,
        metadata.classes,
        images.labels_N.numpy(),
        probabilities_NK.argmax(axis=1),
        probabilities_NK,
        images,
        images.unreadable,
        metadata,
    )


@dataclass(frozen=True, slots=True)
class CandidateImages:
    """Images with all classes that are correct for them.

    Attributes:
        images: N images with a model's K classes; of several correct labels they have the first.
        candidates_NK: bool, which classes are correct for each image; at least one is.
        ambiguous_folders: Folders that stand for more than one class.
    """

    images: ImageSet
    candidates_NK: torch.Tensor
    ambiguous_folders: tuple[str, ...]


def load_class_folders(
    root: Path, folder_classes: FolderClasses, metadata: ModelMetadata, control: WorkControl
) -> Generator[ProgressEvent, None, CandidateImages]:
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
        for name in store.names():
            above = PurePosixPath(name).parts[:-1]
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
    candidates_NK = torch.zeros((len(images), len(metadata.classes)), dtype=torch.bool)
    for index, file in enumerate(images.files):
        candidates_NK[index, found[Path(file)][1]] = True
    ambiguous = dict.fromkeys(folder for folder, labels in found.values() if len(labels) > 1)
    return CandidateImages(replace(images, unreadable=(*images.unreadable, *left_out)), candidates_NK, tuple(ambiguous))


def evaluate_candidates(
    predictor: Predictor, candidates: CandidateImages, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Predict every image; any of its candidate classes is correct. Yields progress.

    Its true class, in the confusion matrix and in the figures of a class, is the most probable of its candidates.

    Raises:
        DataError: The images are prepared or labelled for another model, or there are none.
    """
    evaluation = yield from evaluate(predictor, candidates.images, control)
    likelihood_NK = torch.where(candidates.candidates_NK, torch.from_numpy(evaluation.probabilities_NK), -1.0)
    labels_N = likelihood_NK.argmax(dim=1)
    return replace(
        evaluation,
        labels_N=labels_N.numpy(),
        images=replace(candidates.images, labels_N=labels_N),
        ambiguous_folders=candidates.ambiguous_folders,
    )
