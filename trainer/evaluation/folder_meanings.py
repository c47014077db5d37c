"""Which of a model's categories the name of a class folder stands for, whatever kind of model it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from trainer.checked_json import spelling_key
from trainer.data.class_names import ClassNames
from trainer.data.class_tree import ClassMeanings
from trainer.data.photo_store import PhotoStore
from trainer.model_files.metadata import ModelMetadata


class Meanings(Protocol):
    """What folder names mean to one model."""

    def of(self, folder: str) -> frozenset[str]:
        """The model's own categories that a folder's name stands for; empty when it knows none."""


class OwnNames:
    """Folder names that are a model's own class names, see :class:`trainer.data.class_names.ClassNames`.

    Args:
        classes: The model's.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self._names = ClassNames(classes)

    def of(self, folder: str) -> frozenset[str]:
        """The class of that name; none when it may be several."""
        found = self._names.meant_by(folder)
        return frozenset({self._classes[found[0]]}) if len(found) == 1 else frozenset()


class TaxonomyNames:
    """Folder names that stand for one or several categories of the taxonomy.

    Args:
        meanings: Says for which.
        classes: The model's.
    """

    def __init__(self, meanings: ClassMeanings, classes: tuple[str, ...]) -> None:
        self._meanings = meanings
        self._classes = frozenset(classes)

    def of(self, folder: str) -> frozenset[str]:
        """The categories meant, those that the model can answer."""
        return self._meanings.of(folder) & self._classes


def meanings_for(metadata: ModelMetadata, taxonomy_names: ClassMeanings) -> Meanings:
    """How ``fashionlens evaluate`` reads folder names for this model: a product model answers in the taxonomy's names,
    any other in class names of its own.
    """
    return TaxonomyNames(taxonomy_names, metadata.classes) if metadata.uses_taxonomy else OwnNames(metadata.classes)


@dataclass(frozen=True, slots=True)
class PairedPhoto:
    """A photo whose class two models may know.

    Attributes:
        name: Its name in the store.
        folder: The folder whose name tells the class; where neither model knows one, all folders that it lies in.
        old: The old model's categories that are right for it; empty when that model does not know the folder.
        new: The new model's, likewise.
    """

    name: str
    folder: str
    old: frozenset[str]
    new: frozenset[str]


def paired_photos(store: PhotoStore, old: Meanings, new: Meanings, part: str = "") -> Iterator[PairedPhoto]:
    """All photos with what their folder means to either model.

    The outermost folder that both models know tells the class; where there is none, the outermost that one knows.

    Args:
        store: The tree of class folders.
        old: What names mean to the old model.
        new: What names mean to the new model.
        part: Only photos with a folder of this name above them, such as ``validation``; empty for all.
    """
    for name in store.names():
        folders = PurePosixPath(name).parts[:-1]
        if part and not any(spelling_key(folder) == spelling_key(part) for folder in folders):
            continue
        known = [(folder, old.of(folder), new.of(folder)) for folder in folders]
        best = max(known, key=lambda found: bool(found[1]) + bool(found[2]), default=None)  # the first of equals
        if best is None or not (best[1] or best[2]):
            yield PairedPhoto(name, "/".join(folders), frozenset(), frozenset())
        else:
            yield PairedPhoto(name, *best)
