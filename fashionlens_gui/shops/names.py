"""Names of categories and values for people and shops: the user's own, else the shipped translation."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_names import FIELDS, LANGUAGES, Key, own_names, set_names
from fashionlens_gui.shops.google_taxonomy import google_id
from fashionlens_gui.shops.translations import translations
from fashionlens_gui.table_file import read_table
from trainer import taxonomy
from trainer.atomic_write import write_text
from trainer.data.csv_table import guarded
from trainer.errors import DataError
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

ENGLISH = "en"


@dataclass(frozen=True)
class Names:
    """Names in one language.

    Attributes:
        own: What the user has given.
        language: ``en``, or one of :data:`~fashionlens_gui.catalogue.own_names.LANGUAGES`.
    """

    own: Mapping[Key, str]
    language: str = ENGLISH

    def name(self, attribute: str, value: str) -> str:
        """What a value is called: the user's name in the language, their name, the translation, the value itself."""
        if not value:
            return ""
        given = self.own.get((attribute, value, self.language)) or self.own.get((attribute, value, "name"))
        return given or translations().names.get((self.language, attribute, value), value)

    def plural(self, name: str) -> str:
        """The plural of a category's name in the language; English rules for other English names, else as it is."""
        known = self._own_plurals.get(name) or translations().plurals.get((self.language, name))
        return known or (english_plural(name) if self.language == ENGLISH else name)

    def meaning(self, attribute: str, value: str) -> str:
        """The value of the taxonomy that an own value stands for; the value itself where nothing is given."""
        return self.own.get((attribute, value, "meaning"), value)

    def google_category(self, category: str) -> int | None:
        """The id of its Google product category: the user's, else the taxonomy's."""
        given = google_id(self.own.get((CATEGORY, category, "google"), ""))
        place = taxonomy.load(paths.taxonomy_dir()).place(self.meaning(CATEGORY, category))
        return given or place.google

    def shop_category(self, category: str) -> str:
        """The shop's own category, such as ``Clothing > Dresses``; empty where none is given."""
        return self.own.get((CATEGORY, category, "shop"), "")

    def value_of(self, attribute: str, text: str) -> str:
        """The value that a text means: a value, the user's name for it, or a translation; empty when it is unknown."""
        return self._by_spelling.get((attribute, spelling_key(text)), "")

    @cached_property
    def _own_plurals(self) -> dict[str, str]:
        plurals = {key[:2]: text for key, text in self.own.items() if key[2] == "plural"}
        return {self.name(*key): text for key, text in plurals.items()}

    @cached_property
    def _by_spelling(self) -> dict[tuple[str, str], str]:
        known = taxonomy.load(paths.taxonomy_dir())
        found: dict[tuple[str, str], str] = {}
        for (attribute, value, field), text in self.own.items():
            found[attribute, spelling_key(value)] = value
            if field in ("name", "plural", *LANGUAGES):
                found[attribute, spelling_key(text)] = value
        for attribute in CATEGORY_AND_ATTRIBUTES:
            for value in known.names(attribute):
                found.setdefault((attribute, spelling_key(value)), value)
        languages = sorted(LANGUAGES, key=lambda each: each != self.language)
        for language in languages:
            for (of, attribute, value), text in translations().names.items():
                if of == language:
                    found.setdefault((attribute, spelling_key(text)), value)
                    plural = translations().plurals.get((language, text), text)
                    found.setdefault((attribute, spelling_key(plural)), value)
        for category in known.categories:
            for word in (*category.aliases, *category.labels, translations().plurals.get((ENGLISH, category.name), "")):
                if word:
                    found.setdefault((CATEGORY, spelling_key(word)), category.name)
        return found


def names_of(catalogue: Catalogue, language: str = ENGLISH) -> Names:
    """The names of a catalogue in a language."""
    return Names(own_names(catalogue), language)


def english_plural(name: str) -> str:
    """The plural of an English name by the rules for regular nouns; a plural stays as it is."""
    if not name or (name.endswith("s") and not name.endswith("ss")):
        return name
    if name.endswith(("ss", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in ("a", "e", "i", "o", "u"):
        return f"{name[:-1]}ies"
    return f"{name}s"


def write_names(file: Path, catalogue: Catalogue, every_value: bool = True) -> int:
    """Write own names as CSV, with the columns ``attribute``, ``value`` and :data:`FIELDS`; returns the rows.

    Args:
        file: Replaced in one step.
        catalogue: Whose names.
        every_value: Also values of the taxonomy and of people for which nothing is given, with the shipped
            translations, to fill in.

    Raises:
        SaveError: It cannot be written.
    """
    own = own_names(catalogue)
    keys = dict.fromkeys(key[:2] for key in own)
    if every_value:
        known = taxonomy.load(paths.taxonomy_dir())
        added = catalogue.vocabulary()
        values = {name: (*known.names(name), *added.get(name, ())) for name in CATEGORY_AND_ATTRIBUTES}
        keys |= dict.fromkeys((name, value) for name, of_name in values.items() for value in of_name)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("attribute", "value", *FIELDS))
    for attribute, value in sorted(keys, key=lambda key: CATEGORY_AND_ATTRIBUTES.index(key[0])):
        shipped = {each: translations().names.get((each, attribute, value), "") for each in LANGUAGES}
        cells = (own.get((attribute, value, field)) or shipped.get(field, "") for field in FIELDS)
        writer.writerow(guarded(cell) for cell in (attribute, value, *cells))
    write_text(file, "\ufeff" + text.getvalue())
    return len(keys)


def read_names(file: Path, catalogue: Catalogue) -> Changes:
    """Take over own names from a table as :func:`write_names` writes it, one operation; empty cells remove a name.

    Columns that are missing change nothing; a name that is the shipped one is not stored.

    Raises:
        DataError: It cannot be read, lacks ``attribute`` or ``value``, or has an unknown attribute, Google category or
            meaning: the line and what is wrong with it.
    """
    table = read_table(file, ("attribute", "value", *FIELDS))
    columns = [name.casefold() for name in table.columns]
    if not {"attribute", "value"} <= set(columns):
        raise DataError("names_without_columns", file=str(file), columns=("attribute", "value", *FIELDS))
    known = taxonomy.load(paths.taxonomy_dir())
    found: dict[Key, str] = {}
    for line, cells in table.rows:
        row = dict(zip(columns, cells, strict=True))
        attribute, value = row["attribute"].casefold(), row["value"]
        if attribute not in CATEGORY_AND_ATTRIBUTES or not value:
            raise DataError("names_attribute_unknown", file=str(file), line=line, text=row["attribute"] or "–")
        if row.get("google") and google_id(row["google"]) is None:
            raise DataError("names_google_unknown", file=str(file), line=line, text=row["google"])
        if row.get("meaning") and row["meaning"] not in known.names(attribute):
            raise DataError("names_meaning_unknown", file=str(file), line=line, text=row["meaning"])
        for field in FIELDS:
            if field in row:
                shipped = translations().names.get((field, attribute, value))
                found[attribute, value, field] = "" if row[field] == shipped else row[field]
    return set_names(catalogue, found)
