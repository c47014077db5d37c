"""Moves duplicates to the trash of the system, one file after the other."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from fashionlens_gui.catalogue.search.catalogue_duplicates import CataloguePhoto
from fashionlens_gui.tagging.duplicates import move_to_trash
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import PhotoError


@dataclass(frozen=True, slots=True)
class SettledGroup:
    """What a person decided about a group: which of its photos stay, one or more, and which go."""

    kept: tuple[CataloguePhoto, ...]
    others: tuple[CataloguePhoto, ...]


@dataclass(slots=True)
class Trashed:
    """The ids of the photos that are in the trash, and why others are not."""

    photos: list[int] = field(default_factory=list)
    errors: list[PhotoError] = field(default_factory=list)


def move_others(groups: Sequence[SettledGroup], control: WorkControl) -> Generator[ProgressEvent, None, Trashed]:
    """Move the photos that go to the trash. When ``control`` is stopped, the rest stays where it is.

    A file that has changed since it was compared stays, and so do all of a group of which no kept photo is there.
    """
    result, done, total = Trashed(), 0, sum(len(group.others) for group in groups)
    for group in groups:
        kept_is_there = any(_unchanged(photo) for photo in group.kept)
        for photo in group.others:
            if control.stopped:
                return result
            file = photo.file.path
            names = {"name": file.name, "folder": str(file.parent)}
            try:
                if not kept_is_there:
                    raise PhotoError("kept_duplicate_missing", kept=group.kept[0].file.path.name, **names)
                if not os.path.lexists(file):
                    raise PhotoError("photo_missing", name=file.name)
                if not _unchanged(photo):
                    raise PhotoError("duplicate_changed", **names)
                move_to_trash(file)
                result.photos.append(photo.id)
            except PhotoError as error:
                result.errors.append(error)
            done += 1
            yield ProgressEvent("moving_to_trash", done, total)
    return result


def _unchanged(photo: CataloguePhoto) -> bool:
    try:
        status = os.stat(photo.file.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (photo.file.bytes, photo.file.modified_ns)
