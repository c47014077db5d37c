"""Maps names of class folders to a model's classes, for models of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trainer.data.folder_categories import FolderCategories, names_with_folders
from trainer.data.photo_store import PhotoStore
from trainer.model_files.metadata import ModelMetadata
from trainer.spelling import ClassNames

FolderClasses = Callable[[str], frozenset[str]]
"""The model's classes that a folder's name stands for; empty when the name is unknown."""


def own_class_names(classes: tuple[str, ...]) -> FolderClasses:
    """For folders called like a model's own classes, see :class:`ClassNames`; an ambiguous name is unknown."""
    names = ClassNames(classes)

    def classes_of(folder: str) -> frozenset[str]:
        found = names.matches(folder)
        return frozenset({classes[found[0]]}) if len(found) == 1 else frozenset()

    return classes_of


def folder_classes_for(metadata: ModelMetadata, folder_categories: FolderCategories) -> FolderClasses:
    """How folder names are read for a model: a product model has the taxonomy's categories, any other its own."""
    if not metadata.uses_taxonomy:
        return own_class_names(metadata.classes)
    classes = frozenset(metadata.classes)
    return lambda folder: folder_categories.categories_of(folder) & classes


@dataclass(frozen=True, slots=True)
class PairedPhoto:
    """A photo with its class for each of two models.

    Attributes:
        folder: The folder whose name tells the class; where neither model knows one, the path of its folders.
        old: Correct classes of the old model; empty when it does not know the folder.
        new: Correct classes of the new model, likewise.
    """

    name: str
    folder: str
    old: frozenset[str]
    new: frozenset[str]


def paired_photos(store: PhotoStore, old: FolderClasses, new: FolderClasses, part: str = "") -> Iterator[PairedPhoto]:
    """All photos with the classes of their folder for each model.

    The outermost folder that both models know tells the class; where there is none, the outermost that one knows.

    Args:
        part: Only photos with a folder of this name or part above them, such as ``validation``; empty for all.
    """
    for name, folders in names_with_folders(store, part):
        known = [(folder, old(folder), new(folder)) for folder in folders]
        best = max(known, key=lambda found: bool(found[1]) + bool(found[2]), default=None)  # the first of equals
        if best is None or not (best[1] or best[2]):
            yield PairedPhoto(name, "/".join(folders), frozenset(), frozenset())
        else:
            yield PairedPhoto(name, *best)
