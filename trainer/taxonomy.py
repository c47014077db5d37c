"""What a product can be called: categories, colours, patterns, fabrics, occasions, seasons and audiences.

``load`` reads the JSON files of ``resources/taxonomy``; the README beside them explains them. Training, tagging, the
review lists and the exports all use these names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import msgspec

from trainer.spelling import spelling_key
from trainer.taxonomy_files import Entry, Words, check_listed, check_names, file_error, read
from trainer.weak_labels import RuleBook, read_rule_books

CATEGORY = "category"
ATTRIBUTES = ("colour", "pattern", "fabric", "occasion", "season", "audience")
"""In the order of all lists, columns and files; the category is not among them."""
CATEGORY_AND_ATTRIBUTES = (CATEGORY, *ATTRIBUTES)
OTHER = "Other"


class Level(StrEnum):
    """The levels of the tree of categories, finest first; each category belongs to one of the next level."""

    CATEGORY = "category"
    GOOGLE = "google"
    """Google's product category, one for several kinds of shoes, for example."""
    GROUP = "group"


COLOUR_FAMILY = "colour_family"
"""The level above the colours."""


_Channel = Annotated[int, msgspec.Meta(ge=0, le=255)]

_VALUE_FILES = {attribute: f"{attribute}s" for attribute in ATTRIBUTES if attribute != "colour"}
"""Attribute -> name of its file, without ``.json``, and of the list in it."""


class Category(Entry, frozen=True):
    """One kind of product.

    Attributes:
        name: What the user sees and what a model's class is called.
        labels: Article types of the product data set that mean it; none for ``Other``.
        aliases: Other words that a shop or a folder may use for it.
        group: The parent group, one of those listed in ``categories.json``.
        google_product_category: Id in Google's product taxonomy, ``None`` where none fits.
        garment: Whether a fashion catalogue sells it to be worn or carried; ``False`` for beauty, free gifts, Other.
    """

    labels: Words
    aliases: Words
    group: str
    google_product_category: Annotated[int, msgspec.Meta(gt=0)] | None
    garment: bool


class Colour(Entry, frozen=True):
    """One colour name.

    Attributes:
        labels: Values of the data set's ``baseColour`` that mean it.
        srgb: How it looks on a garment in a photo, red, green, blue in [0, 255]; ``None`` where it is several at once.
        family: The basic colour term it belongs to.
    """

    labels: Words
    srgb: tuple[_Channel, _Channel, _Channel] | None
    family: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a category is in the tree: its group, empty if unknown, and Google's product category, None if unknown."""

    group: str = ""
    google: int | None = None


class Value(Entry, frozen=True):
    """One value of a pattern, fabric, occasion, season or audience, and the words that mean it."""

    labels: Words


class Collection(Entry, frozen=True):
    """A class name of some folder tree, such as the phone set's ``pants``.

    Attributes:
        aliases: Other words for it.
        categories: Those that it stands for.
        usual: The one of them that nearly all of its photos show; empty where there is none.
    """

    aliases: Words
    categories: Annotated[Words, msgspec.Meta(min_length=1)]
    usual: str = ""


class _CategoryFile(msgspec.Struct):
    groups: Words
    categories: Annotated[tuple[Category, ...], msgspec.Meta(min_length=1)]


class _ColourFile(msgspec.Struct):
    families: Words
    colours: Annotated[tuple[Colour, ...], msgspec.Meta(min_length=1)]


class _CollectionFile(msgspec.Struct):
    collections: Annotated[tuple[Collection, ...], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """All names, checked: what ``load`` returns.

    ``values`` has those of all attributes but the colour. ``collections`` are by name.
    """

    categories: tuple[Category, ...]
    colours: tuple[Colour, ...]
    values: Mapping[str, tuple[Value, ...]]
    groups: tuple[str, ...]
    families: tuple[str, ...]
    collections: Mapping[str, Collection]
    _lookup: Mapping[str, Mapping[str, str]] = field(repr=False)
    _rules: Mapping[str, RuleBook] = field(repr=False)
    _places: dict[str, Place] = field(default_factory=dict, repr=False)

    def names(self, attribute: str) -> tuple[str, ...]:
        """The class names of an attribute in their fixed order; those of ``category`` end with ``Other``.
        Raises :class:`KeyError`: there is no such attribute; see ``CATEGORY_AND_ATTRIBUTES``.
        """
        values: Mapping[str, Sequence[Entry]] = {CATEGORY: self.categories, "colour": self.colours, **self.values}
        return tuple(value.name for value in values[attribute])

    def of_label(self, attribute: str, dataset_label: str) -> str | None:
        """The name of a label, without regard to case, spaces and signs; ``None`` when it is unknown.

        Labels of the data set come first, then names, then aliases.

        Raises :class:`KeyError`: there is no such attribute.
        """
        return self._lookup[attribute].get(spelling_key(dataset_label))

    def categories_of_class(self, class_name: str) -> frozenset[str]:
        """The categories that a folder's class name stands for; empty when it is unknown.

        Class names of known photo sets come first (``shoes`` is eight categories), then what ``of_label`` finds.
        """
        found = self._lookup["collection"].get(spelling_key(class_name))
        if found is not None:
            return frozenset(self.collections[found].categories)
        one = self.of_label("category", class_name)
        return frozenset() if one is None else frozenset({one})

    def training_categories(self, class_name: str) -> frozenset[str]:
        """As :meth:`categories_of_class`, but the usual category alone where the class has one.

        From candidates alone a network learns to prefer any of them: it called the phone set's jackets sweatshirts.
        """
        found = self._lookup["collection"].get(spelling_key(class_name))
        usual = self.collections[found].usual if found is not None else ""
        return frozenset({usual}) if usual else self.categories_of_class(class_name)

    def category(self, name: str) -> Category:
        """The category of that exact name. Raises :class:`KeyError`."""
        return {category.name: category for category in self.categories}[name]

    def colour(self, name: str) -> Colour:
        """The colour of that exact name. Raises :class:`KeyError`."""
        return {colour.name: colour for colour in self.colours}[name]

    def place(self, category: str) -> Place:
        """The place of a category by its name or another word for it; what several categories share for a class name
        that stands for them, such as “Ankle boot”.
        """
        found = self._places.get(category)
        if found is None:
            name = self.of_label(CATEGORY, category)
            meant = [self.category(each) for each in (self.categories_of_class(category) if name is None else {name})]
            groups, numbers = {each.group for each in meant}, {each.google_product_category for each in meant}
            group = groups.pop() if len(groups) == 1 else ""
            found = self._places[category] = Place(group, numbers.pop() if len(numbers) == 1 else None)
        return found

    def family(self, colour: str) -> str:
        """The family of a colour, empty for an unknown one."""
        return self._families.get(colour, "")

    @cached_property
    def _families(self) -> dict[str, str]:
        return {colour.name: colour.family for colour in self.colours}

    def weak_pattern(self, product_name: str, article_type: str) -> str | None:
        """The pattern in a product's name, or ``None``. ``article_type`` is a data set label or a category."""
        return self._rules["pattern"].read(product_name, article_type)

    def weak_fabric(self, product_name: str, article_type: str) -> str | None:
        """The fabric of a product by its name or kind, or ``None``."""
        return self._rules["fabric"].read(product_name, article_type)


@lru_cache(maxsize=8)
def load(folder: Path) -> Taxonomy:
    """Read and check the taxonomy in a folder, usually ``resources/taxonomy``. A second call costs nothing.
    Raises :class:`DataError`: a file is missing or damaged.
    """
    groups, categories = _read_categories(folder / "categories.json")
    families, colours = _read_colours(folder / "colours.json")
    values = {attribute: _read_values(folder / f"{key}.json", key) for attribute, key in _VALUE_FILES.items()}
    lookup = {
        CATEGORY: _lookup(folder / "categories.json", ((c.name, c.labels, c.aliases) for c in categories)),
        "colour": _lookup(folder / "colours.json", ((c.name, c.labels, ()) for c in colours)),
    }
    for attribute, key in _VALUE_FILES.items():
        lookup[attribute] = _lookup(folder / f"{key}.json", ((v.name, v.labels, ()) for v in values[attribute]))
    collections, lookup["collection"] = _read_collections(folder / "collections.json", categories)
    names = {attribute: {value.name for value in values[attribute]} for attribute in ("pattern", "fabric")}
    rules = read_rule_books(folder / "weak_labels.json", names, _meanings(categories))
    return Taxonomy(categories, colours, values, groups, families, collections, lookup, rules)


def _read_categories(file: Path) -> tuple[tuple[str, ...], tuple[Category, ...]]:
    content = read(file, _CategoryFile)
    check_names(file, content.categories)
    for category in content.categories:
        check_listed(file, category.name, category.group, content.groups)
    if content.categories[-1].name != OTHER or content.categories[-1].labels:
        raise file_error(file, "taxonomy_without_other", other=OTHER)
    return content.groups, content.categories


def _read_colours(file: Path) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    content = read(file, _ColourFile)
    check_names(file, content.colours)
    for colour in content.colours:
        check_listed(file, colour.name, colour.family, content.families)
    return content.families, content.colours


def _read_values(file: Path, key: str) -> tuple[Value, ...]:
    values = read(file, dict[str, tuple[Value, ...]]).get(key, ())
    if not values:
        raise file_error(file, "taxonomy_damaged", problem=f"no `{key}`")
    check_names(file, values)
    return values


def _lookup(file: Path, items: Iterable[tuple[str, Words, Words]]) -> Mapping[str, str]:
    """Key of each label, name and alias -> name. No key may mean two names."""
    found: dict[str, str] = {}
    for name, labels, aliases in items:
        for word in (*labels, name, *aliases):
            other = found.setdefault(spelling_key(word), name)
            if other != name:
                raise file_error(file, "taxonomy_ambiguous", word=word, names=(other, name))
    return found


def _read_collections(file: Path, categories: Iterable[Category]) -> tuple[dict[str, Collection], Mapping[str, str]]:
    """Collections by name, and the spelling key of each word for one -> its name."""
    collections = read(file, _CollectionFile).collections
    check_names(file, collections)
    names = [category.name for category in categories]
    for collection in collections:
        for category in collection.categories:
            check_listed(file, collection.name, category, names)
        if collection.usual:
            check_listed(file, collection.name, collection.usual, collection.categories)
    lookup = _lookup(file, ((each.name, each.aliases, ()) for each in collections))
    return {each.name: each for each in collections}, lookup


def _meanings(categories: tuple[Category, ...]) -> dict[str, tuple[str, ...]]:
    """Names of groups and categories -> the category names and article types that each stands for."""
    meanings: dict[str, tuple[str, ...]] = {}
    for category in categories:
        kinds = (category.name, *category.labels)
        meanings[category.group] = meanings.get(category.group, ()) + kinds
        meanings[category.name] = kinds
    return meanings
