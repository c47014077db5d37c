"""Export profiles: data files that say which columns a file has, in which order, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from fashionlens_gui import paths
from fashionlens_gui.catalogue.own_names import LANGUAGES
from fashionlens_gui.shops.names import ENGLISH
from fashionlens_gui.shops.template import Template, is_fact_name, read_template
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import write_text
from trainer.errors import DataError, SaveError, os_reason

Platform = Literal["shopify", "woocommerce", "google", "plain"]
FileFormat = Literal["csv", "tsv", "xml", "xlsx"]
Mode = Literal["new", "update"]

SUFFIXES: Mapping[FileFormat, str] = {"csv": ".csv", "tsv": ".tsv", "xml": ".xml", "xlsx": ".xlsx"}
_Name = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=200)]
_LARGEST = 2**20  # bytes


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column.

    Attributes:
        name: In the header.
        value: A template; a constant is a template without facts.
        otherwise: A template for where ``value`` is empty.
        items: In place of ``value``: a template for each item of a list. Empty and repeated items are left out.
        of_images: In place of these: one item for each image, a template with the facts of images; ``from_image`` is
            the first.
        from_image: The number of the first image of ``of_images``, from 1.
        each_image: Whether rows of further images have the cell, too.
        update: ``key`` columns are in each update file, ``changes`` those that may have changed, ``never`` in none.
    """

    name: _Name
    value: str = ""
    otherwise: str = ""
    items: tuple[str, ...] = ()
    of_images: str = ""
    from_image: Annotated[int, msgspec.Meta(ge=1)] = 1
    each_image: bool = False
    update: Literal["key", "changes", "never"] = "changes"

    @property
    def templates(self) -> tuple[Template, ...]:
        """All its templates. Raises DataError (``template_invalid``)."""
        texts = (self.value, self.otherwise, *self.items, self.of_images)
        return tuple(read_template(text) for text in texts if text)


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An export profile.

    Attributes:
        name: What people call it; the history of exports goes by it.
        platform: Whose rules the file follows; ``plain`` for none.
        file: Its format.
        columns: In order.
        language: Of names of categories and values: ``en``, ``de``, ``fr`` or ``es``.
        image_url: A template for the address of an image, with the facts ``image_name``, ``image_position`` and those
            of the product. Empty: images are named by their files.
        image_name: A template for the names of copies of images, without suffix.
        constants: Facts that hold for all products, such as a currency; joined tables go before them.
        thumbnails: Whether an Excel file shows the main image.
        own_attributes: Whether attributes that people defined are added, see :func:`with_own_attributes`.
    """

    name: _Name
    platform: Platform
    file: FileFormat
    columns: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1, max_length=500)]
    language: str = ENGLISH
    image_url: str = ""
    image_name: str = "{sku|slug}-{image_position}"
    constants: dict[str, str] = {}
    thumbnails: bool = False
    own_attributes: bool = False

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.file]

    @property
    def images_have_rows(self) -> bool:
        """Whether further images of a product are in rows of their own."""
        return any(column.each_image for column in self.columns)


def with_own_attributes(profile: Profile, names: Sequence[str]) -> Profile:
    """The profile with the attributes that people defined, where it asks for them and has none of the name.

    WooCommerce gets them as further attributes, Shopify as tags, plain tables as columns; Google has no place for them.
    Names that no template can hold are left out.
    """
    there = {name for column in profile.columns for template in column.templates for name in template.facts}
    added = [name for name in names if is_fact_name(name) and name not in there]
    if not profile.own_attributes or not added:
        return profile
    columns = list(profile.columns)
    if profile.platform == "plain":
        columns += [Column(name, f"{{{name}}}") for name in added if name not in {each.name for each in columns}]
    elif profile.platform == "woocommerce":
        taken = [int(found[1]) for each in columns if (found := re.fullmatch(r"Attribute (\d+) name", each.name))]
        for number, name in enumerate(added, max(taken, default=0) + 1):
            columns += [
                Column(f"Attribute {number} name", f"{{{name}_label}}"),
                Column(f"Attribute {number} value(s)", items=(f"{{{name}}}",)),
                Column(f"Attribute {number} visible", f"{{{name}|then:1}}"),
                Column(f"Attribute {number} global", f"{{{name}|then:1}}"),
            ]
    elif profile.platform == "shopify":
        tags = tuple(f"{{{name}}}" for name in added)
        columns = [
            msgspec.structs.replace(each, items=each.items + tags) if each.name == "Tags" and each.items else each
            for each in columns
        ]
    return msgspec.structs.replace(profile, columns=tuple(columns))


SHIPPED = ("shopify", "woocommerce", "google", "google-xml", "csv", "xlsx")
"""Names by which the shipped profiles are found."""


def find_profile(name: str) -> Profile:
    """A profile by name or file: a file if the name ends in ``.json``, one of the user's own, a shipped one.

    Raises:
        DataError: There is none, or it is damaged: which part of it, and why.
    """
    if name.casefold().endswith(".json"):
        return read_profile(Path(name))
    own = {profile_name(file): file for file in own_profiles()}
    if name in own:
        return read_profile(own[name])
    if name in SHIPPED:
        return read_profile(paths.shops_dir() / "profiles" / f"{name}.json")
    raise DataError("profile_missing", name=printable(name), known=tuple(dict.fromkeys((*SHIPPED, *own))))


def own_profiles() -> list[Path]:
    """Files of the user's own profiles, by name."""
    return sorted(paths.profiles_dir().glob("*.json"))


def profile_name(file: Path) -> str:
    """The name by which :func:`find_profile` finds a file of the user's own."""
    return printable(file.stem)


def read_profile(file: Path) -> Profile:
    """Read and check a profile. Raises DataError: it cannot be read, is damaged, or has a wrong template."""
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError("profile_damaged", file=printable(str(file)), problem="it is too large")
        data = file.read_bytes()
    except OSError as error:
        reason = os_reason(error)
        raise DataError("file_unreadable", repr(error), file=printable(str(file)), reason=reason) from error
    return decode_profile(data, printable(str(file)))


def decode_profile(data: bytes | str, file: str) -> Profile:
    """The profile that JSON holds; ``file`` is what errors call it. Raises DataError as :func:`read_profile`."""
    try:
        profile = msgspec.json.decode(data, type=Profile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError("profile_damaged", repr(error), file=file, problem=str(error)) from error
    check_profile(profile, file)
    return profile


def check_profile(profile: Profile, file: str) -> None:
    """Raise DataError when a template is wrong, two columns have one name, or the language is unknown."""
    for text in (profile.image_url, profile.image_name):
        read_template(text)
    names = [column.name for column in profile.columns]
    for column in profile.columns:
        _ = column.templates
        if names.count(column.name) > 1:
            raise DataError("profile_damaged", file=file, problem=f"the column “{column.name}” is there twice")
    if profile.language not in (ENGLISH, *LANGUAGES):
        languages = ", ".join((ENGLISH, *LANGUAGES))
        problem = f"“{profile.language}” is none of the languages {languages}"
        raise DataError("profile_damaged", file=file, problem=problem)
    if profile.file == "xml" and profile.platform != "google":
        raise DataError("profile_damaged", file=file, problem="only the platform “google” has XML files")


def save_profile(profile: Profile, file: Path) -> None:
    """Write a profile as a file to share or to edit. Raises SaveError, and DataError as :func:`check_profile`."""
    check_profile(profile, printable(str(file)))
    write_text(file, msgspec.json.format(msgspec.json.encode(profile), indent=2).decode() + "\n")


def delete_profile(name: str) -> None:
    """Delete one of the user's own, by the name by which it is found. Raises SaveError."""
    file = paths.profiles_dir() / f"{name}.json"
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        reason = os_reason(error)
        raise SaveError("profile_not_deleted", repr(error), file=printable(str(file)), reason=reason) from error
