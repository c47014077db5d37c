"""What a product can be called: categories, colours, patterns, fabrics, occasions, seasons and audiences, kept as data.

``load`` reads the JSON files of ``resources/taxonomy`` once and checks them; what they mean is written in the README
beside them. Training, tagging, the review lists and the exports all use the names found here and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from trainer.checked_json import entries, read_object, spelling_key, texts, wrong
from trainer.weak_labels import RuleBook, read_rule_book

CATEGORY = "category"
ATTRIBUTES = ("colour", "pattern", "fabric", "occasion", "season", "audience")
"""In the order of all lists, columns and files; the category is not among them."""
CATEGORY_AND_ATTRIBUTES = (CATEGORY, *ATTRIBUTES)
OTHER = "Other"

_VALUE_FILES = {
    "pattern": "patterns",
    "fabric": "fabrics",
    "occasion": "occasions",
    "season": "seasons",
    "audience": "audiences",
}
_CATEGORY_FIELDS = {"name", "labels", "aliases", "group", "google_product_category", "garment"}
_COLLECTION_FIELDS = {"name", "aliases", "categories"}
_COLOUR_FIELDS = {"name", "labels", "srgb", "family"}


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


@dataclass(frozen=True, eq=False)
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
    _lookup: Mapping[str, Mapping[str, str]] = field(repr=False)
    _rules: Mapping[str, RuleBook] = field(repr=False)

    def names(self, attribute: str) -> tuple[str, ...]:
        """The class names of an attribute in their fixed order; those of ``category`` end with ``Other``.

        Raises:
            KeyError: There is no such attribute; see ``CATEGORY_AND_ATTRIBUTES``.
        """
        return tuple(value.name for value in self._values(attribute))

    def of_label(self, attribute: str, dataset_label: str) -> str | None:
        """The name that a label means, whatever its case, spaces and signs; ``None`` when it is unknown.

        Labels of the data set come first, then names, then aliases.

        Raises:
            KeyError: There is no such attribute.
        """
        return self._lookup[attribute].get(spelling_key(dataset_label))

    def categories_of_class(self, class_name: str) -> frozenset[str]:
        """The categories that a folder's class name stands for; empty when it is unknown.

        Class names of known photo sets come first (``shoes`` is eight categories), then what ``of_label`` finds.
        """
        found = self._lookup["collection"].get(spelling_key(class_name))
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
    collections, lookup["collection"] = _read_collections(
        folder / "collections.json", {category.name for category in categories}
    )
    rules = {
        attribute: read_rule_book(
            folder / "weak_labels.json",
            attribute,
            {value.name for value in plain[_VALUE_FILES[attribute]]},
            _meanings(categories),
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
        collections=collections,
        _lookup=lookup,
        _rules=rules,
    )


def _read_categories(file: Path) -> tuple[tuple[str, ...], tuple[Category, ...]]:
    content = read_object(file, "groups", "categories")
    groups = texts(file, content["groups"], "“groups”")
    categories = []
    for entry in entries(file, content["categories"], _CATEGORY_FIELDS, "“categories”"):
        name, google = entry["name"], entry["google_product_category"]
        if entry["group"] not in groups:
            raise wrong(file, f"“{name}” is in a group that is not listed, “{entry['group']}”")
        if google is not None and (type(google) is not int or google <= 0):
            raise wrong(file, f"“google_product_category” of “{name}” is neither a whole number nor null")
        if not isinstance(entry["garment"], bool):
            raise wrong(file, f"“garment” of “{name}” is neither true nor false")
        categories.append(
            Category(
                name=name,
                labels=texts(file, entry["labels"], f"“labels” of “{name}”"),
                aliases=texts(file, entry["aliases"], f"“aliases” of “{name}”"),
                group=entry["group"],
                google_product_category=google,
                garment=entry["garment"],
            )
        )
    if categories[-1].name != OTHER or categories[-1].labels:
        raise wrong(file, f"the last category must be “{OTHER}”, without labels")
    return groups, tuple(categories)


def _read_colours(file: Path) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    content = read_object(file, "families", "colours")
    families = texts(file, content["families"], "“families”")
    colours = []
    for entry in entries(file, content["colours"], _COLOUR_FIELDS, "“colours”"):
        name = entry["name"]
        if entry["family"] not in families:
            raise wrong(file, f"“{name}” is in a family that is not listed, “{entry['family']}”")
        labels = texts(file, entry["labels"], f"“labels” of “{name}”")
        colours.append(Colour(name=name, labels=labels, srgb=_srgb(file, entry), family=entry["family"]))
    return families, tuple(colours)


def _srgb(file: Path, entry: dict[str, Any]) -> tuple[int, int, int] | None:
    srgb = entry["srgb"]
    if srgb is None:
        return None
    if not isinstance(srgb, list) or len(srgb) != 3 or not all(type(part) is int and 0 <= part <= 255 for part in srgb):
        raise wrong(file, f"“srgb” of “{entry['name']}” is not three whole numbers from 0 to 255")
    red, green, blue = srgb
    return red, green, blue


def _read_values(file: Path, key: str) -> tuple[Value, ...]:
    return tuple(
        Value(name=entry["name"], labels=texts(file, entry["labels"], f"“labels” of “{entry['name']}”"))
        for entry in entries(file, read_object(file, key)[key], {"name", "labels"}, f"“{key}”")
    )


def _lookup(file: Path, items: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> Mapping[str, str]:
    """Key of each label, name and alias -> name. No key may mean two names."""
    found: dict[str, str] = {}
    for name, labels, aliases in items:
        for word in (*labels, name, *aliases):
            if found.setdefault(spelling_key(word), name) != name:
                raise wrong(file, f"“{word}” means both “{found[spelling_key(word)]}” and “{name}”")
    return found


def _read_collections(file: Path, categories: set[str]) -> tuple[dict[str, tuple[str, ...]], Mapping[str, str]]:
    """Class names -> the categories that each stands for, and the spelling key of each word for one -> its name."""
    collections: dict[str, tuple[str, ...]] = {}
    words: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    for entry in entries(file, read_object(file, "collections")["collections"], _COLLECTION_FIELDS, "“collections”"):
        name = entry["name"]
        members = texts(file, entry["categories"], f"“categories” of “{name}”")
        for member in members:
            if member not in categories:
                raise wrong(file, f"“{name}” stands for “{member}”, which is no category")
        if not members:
            raise wrong(file, f"“{name}” stands for nothing")
        collections[name] = members
        words.append((name, texts(file, entry["aliases"], f"“aliases” of “{name}”"), ()))
    return collections, _lookup(file, words)


def _meanings(categories: tuple[Category, ...]) -> dict[str, tuple[str, ...]]:
    """Names of groups and categories -> the category names and article types that each stands for."""
    meanings: dict[str, tuple[str, ...]] = {}
    for category in categories:
        kinds = (category.name, *category.labels)
        meanings[category.group] = meanings.get(category.group, ()) + kinds
        meanings[category.name] = kinds
    return meanings
