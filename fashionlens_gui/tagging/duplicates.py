"""Duplicates among photos on the disk, as groups with a suggestion which one to keep.

Exact ones have the same bytes. Near ones show the same photo: scaled, cropped, relit, mirrored or saved again, as
:mod:`trainer.data.near_duplicates` decides by registering one to the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from fashionlens_gui.tagging.scan import scan
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, FashionLensError, PhotoError
from trainer.preprocessing.photo import Photo, load_photo
from trainer.read_ahead import read_ahead

_SIDE = 96  # pixels of the short side that photos are read at: they are compared at 64×64


class KeepReason(StrEnum):
    """Why one photo of a group is kept: the first of these in which it is ahead of all others."""

    MOST_PIXELS = "most_pixels"
    LARGEST_FILE = "largest_file"
    OLDEST = "oldest"
    SHORTEST_NAME = "shortest_name"


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photo on the disk.

    Attributes:
        path: Absolute.
        digest: Of the file's bytes.
        width: Of the original in pixels, upright.
        height: The same.
        bytes: Size of the file.
        modified_ns: Time of its last change, in ns since 1970.
        taken: As :attr:`trainer.preprocessing.photo.Photo.taken`.
    """

    path: Path
    digest: str
    width: int
    height: int
    bytes: int
    modified_ns: int
    taken: str


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Two or more photos that are the same.

    Attributes:
        photos: In the order in which they were found.
        keep: The place of the one to keep.
        reason: Why.
        exact: All have the same bytes.
    """

    photos: tuple[FoundPhoto, ...]
    keep: int
    reason: KeepReason
    exact: bool

    @property
    def others(self) -> list[FoundPhoto]:
        """Those that are not kept."""
        return [photo for place, photo in enumerate(self.photos) if place != self.keep]


@dataclass(frozen=True, slots=True)
class FoundDuplicates:
    """The duplicates of some folders.

    Attributes:
        groups: In the order of their first photos.
        photos: How many photos were compared.
        unreadable: Files and folders that could not be read, and why.
    """

    groups: list[DuplicateGroup]
    photos: int
    unreadable: list[tuple[Path, FashionLensError]]


def find_duplicates(
    paths: Sequence[Path], control: WorkControl, near: bool = True
) -> Generator[ProgressEvent, None, FoundDuplicates]:
    """Compare all photos in and below files and folders. Nothing is written or deleted.

    Args:
        paths: Files and folders.
        control: Pauses and stops the work.
        near: Also find those that are not the same file. It needs 12 KB of memory for each photo.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    from trainer.data import near_duplicates  # imports torch

    items = list(scan(paths, control))
    if control.stopped:
        raise Cancelled
    unreadable: list[tuple[Path, FashionLensError]] = [(item.path, item.error) for item in items if item.error]
    files = [item.path for item in items if not item.error]
    found: list[FoundPhoto] = []
    thumbnails: list[np.ndarray] = []

    def read(place: int) -> tuple[FoundPhoto, np.ndarray]:
        photo = load_photo(files[place], short_side=_SIDE)
        return _found(photo), near_duplicates.thumbnail(photo.pixels_HWC)

    for place, answer in read_ahead(range(len(files)), read, control):
        if isinstance(answer, PhotoError):
            unreadable.append((files[place], answer))
        else:
            found.append(answer[0])
            thumbnails.append(answer[1])
        yield ProgressEvent("reading_photos", place + 1, len(files))
    digests = [photo.digest for photo in found]
    if near and found:
        group_N = yield from near_duplicates.groups(np.stack(thumbnails), digests, control)
    else:
        first = {digest: place for place, digest in reversed(list(enumerate(digests)))}
        group_N = np.array([first[digest] for digest in digests], np.int64)
    groups = [group_of([found[place] for place in members]) for members in near_duplicates.multiple(group_N)]
    return FoundDuplicates(groups, len(found), unreadable)


def group_of(photos: Sequence[FoundPhoto]) -> DuplicateGroup:
    """A group with the photo to keep: most pixels, then the largest file, then the oldest, then the shortest name."""
    tests: dict[KeepReason, Callable[[FoundPhoto], float | str | tuple[int, str]]] = {
        KeepReason.MOST_PIXELS: lambda photo: -photo.width * photo.height,
        KeepReason.LARGEST_FILE: lambda photo: -photo.bytes,
        KeepReason.OLDEST: lambda photo: photo.modified_ns,
        KeepReason.SHORTEST_NAME: lambda photo: (len(photo.path.name), str(photo.path)),
    }
    left = list(range(len(photos)))
    reason = KeepReason.SHORTEST_NAME
    for each, test in tests.items():
        best = min(test(photos[place]) for place in left)
        if len(still := [place for place in left if test(photos[place]) == best]) < len(left):
            reason, left = each, still
        if len(left) == 1:
            break
    return DuplicateGroup(tuple(photos), left[0], reason, len({photo.digest for photo in photos}) == 1)


def move_to_trash(photo: Path) -> None:
    """Move a photo to the system's trash, from which it can be restored.

    Raises:
        PhotoError: The system has no trash here or refuses (``photo_not_trashed``); the photo is where it was.
    """
    from send2trash import send2trash

    try:
        send2trash(photo)
    except Exception as error:  # each platform raises its own: OSError, COM errors, TrashPermissionError
        raise PhotoError("photo_not_trashed", repr(error), name=photo.name, folder=str(photo.parent)) from error


def _found(photo: Photo) -> FoundPhoto:
    try:
        status = os.stat(photo.path)
    except OSError as error:  # deleted since
        raise PhotoError("photo_missing", repr(error), name=photo.path.name) from error
    return FoundPhoto(photo.path, photo.digest, *photo.size, status.st_size, status.st_mtime_ns, photo.taken)
