"""Photos in a catalogue with values that a person set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from tests.catalogue.catalogue_rows import MODEL, item


def set_values(
    catalogue: Catalogue,
    values: Mapping[Path, str],
    attribute: str = "category",
    predicted: str = "left",
    digest_of: Callable[[Path], str] = lambda _: "",
) -> None:
    """Import photos for which a model predicted a category, and set an attribute of each."""
    rows = [replace(item(path.name, predicted, folder=str(path.parent)), digest=digest_of(path)) for path in values]
    new = [row for row in rows if not len(find(catalogue, Query(below=[row.tag.path])))]
    photos.store(catalogue, operations.begin_import(catalogue, [Path("/photos")]), new, MODEL)
    ids_of: dict[str, list[int]] = {}
    for path, value in values.items():
        ids_of.setdefault(value, []).append(int(find(catalogue, Query(below=[path]))[0]))
    operations.correct_each(catalogue, attribute, ids_of)
