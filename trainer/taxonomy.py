"""What a product can be called: categories, colours, patterns, fabrics, occasions, seasons and audiences, kept as data.

``load`` reads the JSON files of ``resources/taxonomy`` once and checks them; what they mean is written in the README
beside them. Training, tagging, the review lists and the exports all use the names found here and no others.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from trainer.errors import DataError

ATTRIBUTES = ("category", "colour", "pattern", "fabric", "occasion", "season", "audience")
OTHER = "Other"

_CATEGORY_FIELDS = {"name", "labels", "aliases", "group", "google_product_category", "garment"}
_COLOUR_FIELDS = {"name", "labels", "srgb", "family"}
_RULE_FIELDS = {"value", "words", "only"}
_SCOPE_FIELDS = {"groups", "article_types", "never", "traps", "rules"}


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of product.

    Attributes:
        name: What the user sees and what a model's class is called.
        labels: Article types of the product data set that mean it; none for ``Other``.
        aliases: Other words that a shop or a folder may use for it.
        group: The parent group, one of those listed in ``categories.json``.
        google_product_category: Id in Google's product taxonomy, ``None`` where none fits.
        garment: Whether a fashion catalogue sells it to be worn or carried; ``False`` for beauty, free gifts, Other.
    """

    name: str
    labels: tuple[str, ...]
    aliases: tuple[str, ...]
    group: str
    google_product_category: int | None
    garment: bool


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour name.

    Attributes:
        name: What the user sees.
        labels: Values of the data set's ``baseColour`` that mean it.
        srgb: How it looks on a garment in a photo, red, green, blue in [0, 255]; ``None`` where it is several at once.
        family: The basic colour term it belongs to.
    """

    name: str
    labels: tuple[str, ...]
    srgb: tuple[int, int, int] | None
    family: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a pattern, fabric, occasion, season or audience, and the words that mean it."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that reads a weak label from a product name.

    Attributes:
        value: The label it gives; ``None`` where the words forbid a label.
        words: What the name must contain; ``None`` where the kind of product is enough.
        only: Keys of the article types that it holds for; empty for all in scope.
    """

    value: str | None
    words: re.Pattern[str] | None
    only: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules for one attribute, in their order of precedence.

    Attributes:
        scope: Keys of the article types that can have the attribute at all.
        traps: Phrases taken out of the name before the rules read it; ``None`` when there are none.
        rules: The first that holds gives the label.
    """

    scope: frozenset[str]
    traps: re.Pattern[str] | None
    rules: tuple[Rule, ...]

    def read(self, product_name: str, article_type: str) -> str | None:
        """The weak label of a product, or ``None`` when its name does not say."""
        kind = _key(article_type)
        if kind not in self.scope:
            return None
        name = self.traps.sub(" ", product_name) if self.traps else product_name
        for rule in self.rules:
            if (not rule.only or kind in rule.only) and (rule.words is None or rule.words.search(name)):
                return rule.value
        return None


@dataclass(frozen=True)
class Taxonomy:
    """All names, checked: what ``load`` returns.

    ``collections`` maps a class name of some folder tree (the phone set's ``pants``) to the categories it stands for.
    """

    categories: tuple[Category, ...]
    colours: tuple[Colour, ...]
    patterns: tuple[Value, ...]
    fabrics: tuple[Value, ...]
    occasions: tuple[Value, ...]
    seasons: tuple[Value, ...]
    audiences: tuple[Value, ...]
    groups: tuple[str, ...]
    families: tuple[str, ...]
    collections: Mapping[str, tuple[str, ...]]
    _lookup: Mapping[str, Mapping[str, str]] = field(repr=False, compare=False)
    _rules: Mapping[str, RuleBook] = field(repr=False, compare=False)

    def names(self, attribute: str) -> tuple[str, ...]:
        """The class names of an attribute in their fixed order; those of ``category`` end with ``Other``.

        Raises:
            KeyError: There is no such attribute; see ``ATTRIBUTES``.
        """
        return tuple(value.name for value in self._values(attribute))

    def of_label(self, attribute: str, dataset_label: str) -> str | None:
        """The name that a label means, whatever its case, spaces and signs; ``None`` when it is unknown.

        Labels of the data set come first, then names, then aliases.

        Raises:
            KeyError: There is no such attribute.
        """
        return self._lookup[attribute].get(_key(dataset_label))

    def meant_by(self, class_name: str) -> frozenset[str]:
        """The categories that a folder's class name stands for; empty when it is unknown.

        Class names of known photo sets come first (``shoes`` is eight categories), then what ``of_label`` finds.
        """
        found = self._lookup["collection"].get(_key(class_name))
        if found is not None:
            return frozenset(self.collections[found])
        one = self.of_label("category", class_name)
        return frozenset() if one is None else frozenset({one})

    def category(self, name: str) -> Category:
        """The category of that exact name.

        Raises:
            KeyError: There is none.
        """
        for category in self.categories:
            if category.name == name:
                return category
        raise KeyError(name)

    def colour(self, name: str) -> Colour:
        """The colour of that exact name.

        Raises:
            KeyError: There is none.
        """
        for colour in self.colours:
            if colour.name == name:
                return colour
        raise KeyError(name)

    def weak_pattern(self, product_name: str, article_type: str) -> str | None:
        """The pattern that a product's name tells, or ``None``. ``article_type`` is a data set label or a category."""
        return self._rules["pattern"].read(product_name, article_type)

    def weak_fabric(self, product_name: str, article_type: str) -> str | None:
        """The fabric that a product's name or kind tells, or ``None``."""
        return self._rules["fabric"].read(product_name, article_type)

    def _values(self, attribute: str) -> Sequence[Category | Colour | Value]:
        values: dict[str, Sequence[Category | Colour | Value]] = {
            "category": self.categories,
            "colour": self.colours,
            "pattern": self.patterns,
            "fabric": self.fabrics,
            "occasion": self.occasions,
            "season": self.seasons,
            "audience": self.audiences,
        }
        return values[attribute]


@lru_cache(maxsize=8)
def load(folder: Path) -> Taxonomy:
    """Read and check the taxonomy in a folder, usually ``resources/taxonomy``. A second call costs nothing.

    Raises:
        DataError: A file is missing or damaged; the sentence names the file and what is wrong.
    """
    groups, categories = _read_categories(folder / "categories.json")
    families, colours = _read_colours(folder / "colours.json")
    plain = {key: _read_values(folder / f"{key}.json", key) for key in _VALUE_FILES.values()}
    lookup = {
        "category": _lookup(folder / "categories.json", ((c.name, c.labels, c.aliases) for c in categories)),
        "colour": _lookup(folder / "colours.json", ((c.name, c.labels, ()) for c in colours)),
    }
    for attribute, key in _VALUE_FILES.items():
        lookup[attribute] = _lookup(folder / f"{key}.json", ((v.name, v.labels, ()) for v in plain[key]))
    collections = _read_collections(folder / "collections.json", {category.name for category in categories})
    lookup["collection"] = {_key(name): name for name in collections}  # _entries saw to it that none is there twice
    rules = {
        attribute: _read_book(
            folder / "weak_labels.json", attribute, {value.name for value in plain[_VALUE_FILES[attribute]]}, categories
        )
        for attribute in ("pattern", "fabric")
    }
    return Taxonomy(
        categories=categories,
        colours=colours,
        patterns=plain["patterns"],
        fabrics=plain["fabrics"],
        occasions=plain["occasions"],
        seasons=plain["seasons"],
        audiences=plain["audiences"],
        groups=groups,
        families=families,
        collections=MappingProxyType(collections),
        _lookup=MappingProxyType(lookup),
        _rules=MappingProxyType(rules),
    )


_VALUE_FILES = {
    "pattern": "patterns",
    "fabric": "fabrics",
    "occasion": "occasions",
    "season": "seasons",
    "audience": "audiences",
}


def _key(text: str) -> str:
    """Letters and digits only, without accents or case: how two spellings are compared."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


# Reading and checking. Every function raises DataError through _wrong, which names the file.


def _wrong(file: Path, what: str, detail: str = "") -> DataError:
    return DataError(
        f"The taxonomy file “{file.name}” in “{file.parent}” is damaged: {what}. Install FashionLens again.", detail
    )


def _read(file: Path, *keys: str) -> dict[str, Any]:
    """The JSON object in a file, which must hold the keys."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(
            f"The taxonomy file “{file.name}” is missing from “{file.parent}”. Install FashionLens again.", str(error)
        ) from error
    except OSError as error:
        raise _wrong(file, "it cannot be read", str(error)) from error
    except ValueError as error:  # bad JSON and bad UTF-8 alike
        raise _wrong(file, "it is not valid JSON", str(error)) from error
    if not isinstance(content, dict):
        raise _wrong(file, "it does not hold an object")
    for key in keys:
        if key not in content:
            raise _wrong(file, f"“{key}” is missing")
    return content


def _texts(file: Path, value: object, what: str) -> tuple[str, ...]:
    """A list of words, none of them blank."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise _wrong(file, f"{what} is not a list of words")
    return tuple(value)


def _entries(file: Path, value: object, fields: set[str], what: str) -> list[dict[str, Any]]:
    """A list of objects with exactly these fields, each with a name of its own where it has one."""
    if not isinstance(value, list) or not value:
        raise _wrong(file, f"{what} is not a list with something in it")
    names: set[str] = set()
    for number, entry in enumerate(value, 1):
        if not isinstance(entry, dict) or set(entry) != fields:
            raise _wrong(file, f"entry {number} of {what} does not have the fields {', '.join(sorted(fields))}")
        if "name" in fields:
            (name,) = _texts(file, [entry["name"]], f"the name of entry {number} of {what}")
            if _key(name) in names:
                raise _wrong(file, f"“{name}” is there twice")
            names.add(_key(name))
    return value


def _read_categories(file: Path) -> tuple[tuple[str, ...], tuple[Category, ...]]:
    content = _read(file, "groups", "categories")
    groups = _texts(file, content["groups"], "“groups”")
    categories = []
    for entry in _entries(file, content["categories"], _CATEGORY_FIELDS, "“categories”"):
        name, google = entry["name"], entry["google_product_category"]
        if entry["group"] not in groups:
            raise _wrong(file, f"“{name}” is in a group that is not listed, “{entry['group']}”")
        if google is not None and (type(google) is not int or google <= 0):
            raise _wrong(file, f"“google_product_category” of “{name}” is neither a whole number nor null")
        if not isinstance(entry["garment"], bool):
            raise _wrong(file, f"“garment” of “{name}” is neither true nor false")
        categories.append(
            Category(
                name=name,
                labels=_texts(file, entry["labels"], f"“labels” of “{name}”"),
                aliases=_texts(file, entry["aliases"], f"“aliases” of “{name}”"),
                group=entry["group"],
                google_product_category=google,
                garment=entry["garment"],
            )
        )
    if categories[-1].name != OTHER or categories[-1].labels:
        raise _wrong(file, f"the last category must be “{OTHER}”, without labels")
    return groups, tuple(categories)


def _read_colours(file: Path) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    content = _read(file, "families", "colours")
    families = _texts(file, content["families"], "“families”")
    colours = []
    for entry in _entries(file, content["colours"], _COLOUR_FIELDS, "“colours”"):
        name = entry["name"]
        if entry["family"] not in families:
            raise _wrong(file, f"“{name}” is in a family that is not listed, “{entry['family']}”")
        labels = _texts(file, entry["labels"], f"“labels” of “{name}”")
        colours.append(Colour(name=name, labels=labels, srgb=_srgb(file, entry), family=entry["family"]))
    return families, tuple(colours)


def _srgb(file: Path, entry: dict[str, Any]) -> tuple[int, int, int] | None:
    srgb = entry["srgb"]
    if srgb is None:
        return None
    if not isinstance(srgb, list) or len(srgb) != 3 or not all(type(part) is int and 0 <= part <= 255 for part in srgb):
        raise _wrong(file, f"“srgb” of “{entry['name']}” is not three whole numbers from 0 to 255")
    red, green, blue = srgb
    return red, green, blue


def _read_values(file: Path, key: str) -> tuple[Value, ...]:
    entries = _entries(file, _read(file, key)[key], {"name", "labels"}, f"“{key}”")
    return tuple(
        Value(name=entry["name"], labels=_texts(file, entry["labels"], f"“labels” of “{entry['name']}”"))
        for entry in entries
    )


def _lookup(file: Path, items: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> Mapping[str, str]:
    """Key of each label, name and alias -> name. No key may mean two names."""
    found: dict[str, str] = {}
    for name, labels, aliases in items:
        for word in (*labels, name, *aliases):
            if found.setdefault(_key(word), name) != name:
                raise _wrong(file, f"“{word}” means both “{found[_key(word)]}” and “{name}”")
    return MappingProxyType(found)


def _read_collections(file: Path, categories: set[str]) -> dict[str, tuple[str, ...]]:
    collections = {}
    for entry in _entries(file, _read(file, "collections")["collections"], {"name", "categories"}, "“collections”"):
        members = _texts(file, entry["categories"], f"“categories” of “{entry['name']}”")
        for member in members:
            if member not in categories:
                raise _wrong(file, f"“{entry['name']}” stands for “{member}”, which is no category")
        collections[entry["name"]] = members
    return collections


def _read_book(file: Path, attribute: str, values: set[str], categories: tuple[Category, ...]) -> RuleBook:
    """The rules for one attribute; ``values`` are the names that they may give."""
    (book,) = _entries(file, [_read(file, attribute)[attribute]], _SCOPE_FIELDS, f"“{attribute}”")
    kinds = {
        part: _texts(file, book[part], f"“{part}” of “{attribute}”")
        for part in ("groups", "article_types", "never", "traps")
    }
    scope = _kinds(kinds["groups"] + kinds["article_types"], categories) - _kinds(kinds["never"], categories)
    rules = []
    for number, entry in enumerate(_entries(file, book["rules"], _RULE_FIELDS, f"“rules” of “{attribute}”"), 1):
        what = f"rule {number} of “{attribute}”"
        only = _texts(file, entry["only"], f"“only” of {what}")
        if entry["value"] is not None and entry["value"] not in values:
            raise _wrong(file, f"{what} gives “{entry['value']}”, which is not a {attribute}")
        if entry["words"] is None and not only:
            raise _wrong(file, f"{what} has neither words nor kinds of product")
        words = None if entry["words"] is None else _pattern(file, [entry["words"]], what)
        rules.append(Rule(value=entry["value"], words=words, only=frozenset(_kinds(only, categories))))
    return RuleBook(scope=frozenset(scope), traps=_pattern(file, kinds["traps"], "“traps”"), rules=tuple(rules))


def _kinds(words: Iterable[str], categories: tuple[Category, ...]) -> set[str]:
    """Keys of all article types and category names that the words mean: groups, categories or article types."""
    keys: set[str] = set()
    for word in words:
        meant = [category for category in categories if word in (category.group, category.name)]
        keys |= {_key(name) for category in meant for name in (category.name, *category.labels)} or {_key(word)}
    return keys


def _pattern(file: Path, expressions: Iterable[str], what: str) -> re.Pattern[str] | None:
    """One pattern for whole words that matches any of the expressions, or ``None`` when there are none."""
    try:
        joined = "|".join(re.compile(expression).pattern for expression in expressions)
        return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE) if joined else None
    except (re.error, TypeError) as error:
        raise _wrong(file, f"{what} has words that are not a regular expression", str(error)) from error
