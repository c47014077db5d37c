"""Categories of photos by the names of their folders, where a name may stand for several categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec

from trainer.data import csv_table
from trainer.data.part_folders import is_in_part
from trainer.data.photo_store import PhotoStore
from trainer.errors import DataError, os_reason
from trainer.spelling import ClassNames, normal_form
from trainer.taxonomy import Taxonomy

_Names = Annotated[list[str], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class ClassPhoto:
    """A photo in a class folder.

    Attributes:
        folder: The folder whose name gives the class; where none is known, all folders above the photo.
        categories: The categories that the class stands for; empty when no folder's name is known.
    """

    name: str
    folder: str
    categories: frozenset[str]


class FolderCategories:
    """What the names of class folders stand for.

    Args:
        taxonomy: Knows its own names and those of well-known photo sets.
        mapping: Folder names and what each stands for, before the taxonomy is asked; see :func:`read_mapping`. They
            are compared as :class:`trainer.spelling.ClassNames` does.

    Raises:
        DataError: The mapping names categories that the taxonomy does not know.
    """

    def __init__(self, taxonomy: Taxonomy, mapping: Mapping[str, Iterable[str]] | None = None) -> None:
        self.taxonomy = taxonomy
        self._own: list[frozenset[str]] = []
        self._folders = ClassNames(tuple(mapping or ()))
        for folder, names in (mapping or {}).items():
            found = {name: taxonomy.categories_of_class(name) for name in names}
            unknown = [name for name, categories in found.items() if not categories]
            if unknown:
                known = taxonomy.names("category")
                raise DataError("mapping_to_unknown", folder=folder, unknown=tuple(unknown), categories=known)
            self._own.append(frozenset().union(*found.values()))

    def categories_of(self, folder: str) -> frozenset[str]:
        """The categories that a folder's name stands for; empty when it is unknown."""
        found = self._folders.matches(folder)
        if len(found) > 1:
            return frozenset()  # it may be either of several that differ in signs
        return self._own[found[0]] if found else self.taxonomy.categories_of_class(folder)

    def photos(self, store: PhotoStore, part: str = "") -> Iterator[ClassPhoto]:
        """All photos.

        A photo's class is given by the outermost of its folders whose name is known, so that ``dress/red/1.jpg`` and
        ``validation/dress/1.jpg`` are both dresses.

        Args:
            part: Only photos with a folder of this name or part above them, such as ``validation``; empty for all.
        """
        for name, folders in names_with_folders(store, part):
            known = next(
                ((folder, self.categories_of(folder)) for folder in folders if self.categories_of(folder)), None
            )
            yield ClassPhoto(name, *(known or ("/".join(folders), frozenset())))


def names_with_folders(store: PhotoStore, part: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The photos of a store, each with the names of its folders; ``part`` as in :meth:`FolderCategories.photos`."""
    for name in store.names():
        if not part or is_in_part(name, part):
            yield name, PurePosixPath(normal_form(name)).parts[:-1]


def read_mapping(path: Path) -> dict[str, list[str]]:
    """Read a file that says which categories folder names stand for.

    Args:
        path: JSON, an object such as ``{"boots": ["Casual shoes", "Heels"], "tee": "T-shirt"}``; or CSV (see
            :mod:`trainer.data.csv_table`) with the columns ``folder`` and ``category``, a row for each category or
            several in one cell with ``;`` between.

    Raises:
        DataError: It cannot be read or is neither.
    """
    mapping = _from_json(path) if path.suffix.lower() == ".json" else _from_csv(path)
    if not mapping:
        raise DataError("mapping_empty", file=str(path))
    return mapping


def _from_json(path: Path) -> dict[str, list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = msgspec.json.decode(text, type=dict[str, str | _Names])
    except OSError as error:
        raise DataError("mapping_unreadable", repr(error), file=str(path), reason=os_reason(error)) from error
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        raise DataError("mapping_malformed", repr(error), file=str(path)) from error
    return {folder: [names] if isinstance(names, str) else names for folder, names in content.items()}


def _from_csv(path: Path) -> dict[str, list[str]]:
    lines = csv_table.lines_of(path, ("folder", "category"))
    _, header = next(lines, (0, []))
    folder, category = (csv_table.column_of(header, (name,)) for name in ("folder", "category"))
    if folder is None or category is None:
        raise DataError("mapping_without_columns", file=str(path))
    mapping: dict[str, list[str]] = {}
    for _, cells in lines:
        # Where columns end in semicolons, the further categories of a folder stand in columns without a name.
        further = cells[category : category + 1] + cells[len(header) :]
        names = [name.strip() for cell in further for name in cell.split(";") if name.strip()]
        if cells[folder] and names:
            mapping.setdefault(cells[folder], []).extend(names)
    return mapping
