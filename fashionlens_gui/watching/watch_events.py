"""What a watcher reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.file_sorting.plan import LeftFile
from fashionlens_gui.tagging.tag import Tag
from trainer.errors import FashionLensError


@dataclass(frozen=True, slots=True)
class FolderFound:
    """A folder is being watched: at the beginning, and when it has come back. ``events`` is False where the folder is
    looked at, at regular intervals.
    """

    folder: Path
    events: bool


@dataclass(frozen=True, slots=True)
class FolderMissing:
    """A folder is not there, or empty though it had photos: its drive may be off. Nothing of it is forgotten."""

    folder: Path


@dataclass(frozen=True, slots=True)
class PhotosTagged:
    """Rows that are in the catalogue now, also those of files that cannot be read, and their ids."""

    folder: Path
    tags: tuple[Tag, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PhotosRenamed:
    """Ids of photos whose files have another name or folder now; they keep their tags."""

    folder: Path
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PhotosMoved:
    """Ids of photos that were moved where the rule says, and files that could not be."""

    folder: Path
    ids: tuple[int, ...]
    left: tuple[LeftFile, ...]


@dataclass(frozen=True, slots=True)
class PhotosGone:
    """Ids of photos whose files were deleted or moved elsewhere; the catalogue keeps their rows, the table does not."""

    folder: Path
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CsvWritten:
    """A table is current."""

    file: Path
    rows: int


@dataclass(frozen=True, slots=True)
class WatchProblem:
    """Something that the watcher tries again later, and the folders that it is about."""

    error: FashionLensError
    folders: tuple[Path, ...]


WatchEvent = (
    FolderFound | FolderMissing | PhotosTagged | PhotosRenamed | PhotosMoved | PhotosGone | CsvWritten | WatchProblem
)
