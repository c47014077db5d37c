"""Products as exports need them, and the facts of a product for templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.shops.google_taxonomy import google_paths
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.profile import Profile
from fashionlens_gui.shops.template import read_template
from trainer import taxonomy
from trainer.taxonomy import CATEGORY

GENDERS = {"Men": "male", "Boys": "male", "Women": "female", "Girls": "female", "Unisex": "unisex"}
AGE_GROUPS = {"Men": "adult", "Women": "adult", "Unisex": "adult", "Boys": "kids", "Girls": "kids"}

_DEFAULT_TITLES = {
    "en": "{audience|possessive} {colour|lower} {category|lower}",
    "de": "{audience} {category} {colour|lower}",
    "fr": "{category} {audience|lower} {colour|lower}",
    "es": "{category} {audience|lower} {colour|lower}",
}
LABELS = {
    CATEGORY: "Category",
    "colour": "Colour",
    "pattern": "Pattern",
    "fabric": "Material",
    "occasion": "Occasion",
    "season": "Season",
    "audience": "Audience",
}
"""What shops call the attributes, in English."""

_NAMED = ("colour", "pattern", "fabric", "occasion", "season", "audience")
IMAGE_FACTS = ("image", "image_name", "image_file", "image_position", "image_number")
FACTS = (
    *("sku", CATEGORY, *_NAMED, "group", "colour_family", "gender", "age_group", "default_title"),
    *("google_category", "google_category_path", "shop_category", "image_count", *IMAGE_FACTS),
    *(f"{name}_{what}" for name in (CATEGORY, *_NAMED) for what in ("en", "label")),
)
"""What is known of every product; ``image_number`` is the position where the image has an address, ``colour_en`` the
value in English, ``colour_label`` the attribute's name where the product has a value. Further facts are own attributes,
columns of joined tables, and constants.
"""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo: its id in the catalogue and its file."""

    id: int
    path: Path


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product.

    Attributes:
        sku: Identifies it; never empty.
        photos: In order, the main one first.
        values: By ``category`` and attribute; empty where there is none.
        fields: What the shop's tables say of it, by the name of the column.
        needs_review: Whether a person needs to look at its tags.
        aside: Ids of photos that do not show it, such as a size chart: they are images, but values are not theirs.
    """

    sku: str
    photos: tuple[PhotoFile, ...]
    values: Mapping[str, str]
    fields: Mapping[str, str]
    needs_review: bool = False
    aside: frozenset[int] = frozenset()


class ProductFacts:
    """The facts of one product, for templates.

    Args:
        product: The product.
        profile: Its language, constants and the address of images are used.
        names: In the profile's language.
        file_names: Names of copies of its photos by the photo's id; by default the photos' own names.
    """

    def __init__(
        self, product: ProductRow, profile: Profile, names: Names, file_names: Mapping[int, str] | None = None
    ) -> None:
        self._product, self._profile, self._names = product, profile, names
        self._file_names = file_names or {}
        self._fields = {fact_name(name): text for name, text in product.fields.items()}
        self._constants = {fact_name(name): text for name, text in profile.constants.items()}
        self._image = 0
        self._known = self._own_facts()
        self._known["default_title"] = read_template(_DEFAULT_TITLES[names.language]).fill(self, names)

    def __call__(self, name: str) -> str:
        """The text of a fact; empty when it is unknown."""
        key = fact_name(name)
        if key in IMAGE_FACTS:
            return self._image_fact(key)
        found = self._known.get(key)
        if found is None:
            found = self._fields.get(key) or self._constants.get(key, "")
        return found

    @property
    def constants(self) -> frozenset[str]:
        """Names of the facts that only the profile gives."""
        return frozenset(name for name in self._constants if not self._fields.get(name))

    def knows(self, name: str) -> bool:
        """Whether there is such a fact, also an empty one."""
        key = fact_name(name)
        return key in FACTS or key in self._known or key in self._fields or key in self._constants

    def of_image(self, number: int) -> ProductFacts:
        """The same with the facts of an image, by its number from 1."""
        other = object.__new__(ProductFacts)
        other.__dict__.update(self.__dict__)
        other._image = number - 1
        return other

    @property
    def images(self) -> int:
        """How many images have an address or a name in the file."""
        return len(self._product.photos) if self._product.photos and self.of_image(1)("image") else 0

    def _own_facts(self) -> dict[str, str]:
        product, names, known = self._product, self._names, taxonomy.load(paths.taxonomy_dir())
        facts = {name: names.name(name, value) for name, value in product.values.items()}
        facts |= {f"{name}_en": value for name, value in product.values.items()}
        for name, value in product.values.items():
            facts[f"{name}_label"] = names.name("attribute", LABELS.get(name, name.capitalize())) if value else ""
        category = product.values.get(CATEGORY, "")
        colour = names.meaning("colour", product.values.get("colour", ""))
        audience = names.meaning("audience", product.values.get("audience", ""))
        google = names.google_category(category)
        facts |= {
            "sku": product.sku,
            "group": names.name("group", known.place(names.meaning(CATEGORY, category)).group),
            "colour_family": names.name("colour_family", known.family(colour)),
            "gender": GENDERS.get(audience, ""),
            "age_group": AGE_GROUPS.get(audience, ""),
            "google_category": "" if google is None else str(google),
            "google_category_path": "" if google is None else google_paths().get(google, str(google)),
            "shop_category": names.shop_category(category),
            "image_count": str(len(product.photos)),
        }
        return facts

    def _image_fact(self, key: str) -> str:
        if self._image >= len(self._product.photos):
            return ""
        photo = self._product.photos[self._image]
        if key == "image_position":
            return str(self._image + 1)
        if key == "image_number":
            return str(self._image + 1) if self._image_fact("image") else ""
        name = self._file_names.get(photo.id, photo.path.name)
        if key == "image_file":
            return str(photo.path)
        if key == "image_name":
            return name
        if self._profile.image_url:
            return read_template(self._profile.image_url).fill(self, self._names, self.constants)
        return name if self._profile.platform in ("woocommerce", "plain") else ""


def fact_name(name: str) -> str:
    """How names of facts are compared: without case, with single spaces."""
    return " ".join(name.casefold().split())
