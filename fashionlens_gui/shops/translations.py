"""The shipped names of all categories and values in other languages, and plurals of categories."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.catalogue.own_names import LANGUAGES
from trainer.errors import DataError
from trainer.taxonomy import CATEGORY


@dataclass(frozen=True, slots=True)
class Translations:
    """Names and plurals.

    Attributes:
        names: Language, attribute (or ``category``, ``group``, ``colour_family``) and English name -> name.
        plurals: Language (``en`` for English) and name of a category in it -> plural.
    """

    names: Mapping[tuple[str, str, str], str]
    plurals: Mapping[tuple[str, str], str]


@lru_cache(maxsize=1)
def translations() -> Translations:
    """What came with the program. Raises DataError (``resource_damaged``): the installation is damaged."""
    names: dict[tuple[str, str, str], str] = {}
    plurals: dict[tuple[str, str], str] = {}
    folder = paths.translations_dir()
    for row in _rows(folder / "categories.csv", ("name", "plural")):
        plurals["en", row["name"]] = row["plural"]
        for language in LANGUAGES:
            names[language, CATEGORY, row["name"]] = row[language]
            plurals[language, row[language]] = row[f"{language} plural"]
    for row in _rows(folder / "values.csv", ("attribute", "name")):
        for language in LANGUAGES:
            names[language, row["attribute"], row["name"]] = row[language]
    return Translations(names, plurals)


def _rows(file: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise DataError("resource_damaged", repr(error), file=str(file), problem=str(error)) from error
    needed = {*columns, *LANGUAGES}
    for number, row in enumerate(rows, 2):
        if any(not row.get(name) for name in needed):
            raise DataError("resource_damaged", file=str(file), problem=f"line {number} is incomplete")
    return rows
