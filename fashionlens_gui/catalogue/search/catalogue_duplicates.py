"""Duplicates among the photos of a catalogue: which are still to settle, and what people decided about them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.id_sets import IdSet
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.visible_values import ask
from fashionlens_gui.tagging.duplicates import FoundDuplicates, FoundPhoto, find_duplicates
from trainer.control import ProgressEvent, WorkControl


class KeepFirst(StrEnum):
    """Why one photo of a group is kept: the first of these in which it is ahead of all others."""

    TAGGED_BY_PERSON = "tagged_by_person"
    MOST_PIXELS = "most_pixels"
    LARGEST_FILE = "largest_file"
    LONGEST_IN_CATALOGUE = "longest_in_catalogue"


@dataclass(frozen=True, slots=True)
class CataloguePhoto:
    """A photo of a group.

    Attributes:
        id: In the catalogue.
        file: On the disk.
        category: What lists show.
        corrected: A person changed or confirmed its values.
    """

    id: int
    file: FoundPhoto
    category: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class CatalogueGroup:
    """Two or more photos of the catalogue that are the same.

    Attributes:
        photos: In the order in which they were found.
        keep: The place of the one to keep.
        reason: Why.
        exact: All have the same bytes.
    """

    photos: tuple[CataloguePhoto, ...]
    keep: int
    reason: KeepFirst
    exact: bool


def find_in_catalogue(
    catalogue: Catalogue, query: Query, control: WorkControl
) -> Generator[ProgressEvent, None, FoundDuplicates]:
    """As :func:`fashionlens_gui.tagging.duplicates.find_duplicates`, for the photos of a list whose files are there."""
    is_found, parameter = IdSet.of(find(catalogue, query)).condition()
    with catalogue.database.read() as database:
        rows = database.execute(
            f"SELECT path FROM photos WHERE gone_since IS NULL AND {is_found} ORDER BY id", [parameter]
        )
        paths = [Path(os.fsdecode(path)) for (path,) in rows]
    return (yield from find_duplicates(paths, control))


def to_settle(catalogue: Catalogue, found: FoundDuplicates) -> list[CatalogueGroup]:
    """The groups of which two or more photos are in lists, without those that a person said are not duplicates."""
    files = [photo for group in found.groups for photo in group.photos]
    with catalogue.database.read() as database:
        known = _known(database, files)
        apart = _not_duplicates(database)
    groups = []
    for group in found.groups:
        photos = [known[photo.path] for photo in group.photos if photo.path in known]
        ids = {photo.id for photo in photos}
        if len(photos) > 1 and not any(ids <= others for others in apart.get(photos[0].id, ())):
            groups.append(_group_of(photos))
    return groups


def not_duplicates(catalogue: Catalogue, groups: Iterable[Sequence[int]]) -> Changes:
    """Remember that the photos of each group are not duplicates of each other; an undo for each group."""
    return Changes.merged([_keep_all(catalogue, ids) for ids in groups])


def _keep_all(catalogue: Catalogue, ids: Sequence[int]) -> Changes:
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.NOT_DUPLICATES, catalogue.who, now())
        ask(database, ids)
        database.execute(
            "INSERT INTO not_duplicates SELECT ?, photos.id FROM temp.asked JOIN photos ON photos.id = asked.photo "
            "WHERE hidden_by IS NULL",
            (operation,),
        )
        changed = operation_log.complete(database, operation, ())
    return Changes.of(Kind.DUPLICATES, changed) if changed else Changes.none()


def _known(database: sqlite3.Connection, files: Sequence[FoundPhoto]) -> dict[Path, CataloguePhoto]:
    found: dict[Path, CataloguePhoto] = {}
    for file in files:
        row = database.execute(
            "SELECT id, category, corrected IS NOT NULL FROM photos WHERE path = ? AND hidden_by IS NULL "
            "AND gone_since IS NULL",
            (os.fsencode(file.path),),
        ).fetchone()
        if row is not None:
            found[file.path] = CataloguePhoto(row[0], file, row[1], bool(row[2]))
    return found


def _not_duplicates(database: sqlite3.Connection) -> dict[int, list[set[int]]]:
    """By photo, the groups of photos that a person said are not duplicates."""
    groups: dict[int, set[int]] = {}
    for operation, photo in database.execute(
        "SELECT operation, photo FROM not_duplicates JOIN operations ON operations.id = operation "
        "WHERE state IN ('done', 'settled')"
    ):
        groups.setdefault(operation, set()).add(photo)
    by_photo: dict[int, list[set[int]]] = {}
    for group in groups.values():
        for photo in group:
            by_photo.setdefault(photo, []).append(group)
    return by_photo


def _group_of(photos: Sequence[CataloguePhoto]) -> CatalogueGroup:
    tests: dict[KeepFirst, Callable[[CataloguePhoto], int]] = {
        KeepFirst.TAGGED_BY_PERSON: lambda photo: not photo.corrected,
        KeepFirst.MOST_PIXELS: lambda photo: -photo.file.width * photo.file.height,
        KeepFirst.LARGEST_FILE: lambda photo: -photo.file.bytes,
        KeepFirst.LONGEST_IN_CATALOGUE: lambda photo: photo.id,
    }
    left = list(range(len(photos)))
    reason = KeepFirst.LONGEST_IN_CATALOGUE
    for each, test in tests.items():
        best = min(test(photos[place]) for place in left)
        if len(still := [place for place in left if test(photos[place]) == best]) < len(left):
            reason, left = each, still
        if len(left) == 1:
            break
    return CatalogueGroup(tuple(photos), left[0], reason, len({photo.file.digest for photo in photos}) == 1)
