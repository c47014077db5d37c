"""Corrections that come back in a table, also with the columns of a shop: what would change, then one operation.

Where the table is an edited export, cells that are as they were exported change nothing, however old the table is; one
that was changed both in the table and in the catalogue is a conflict. Empty cells change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.shops.history import exported_texts
from fashionlens_gui.shops.names import Names, names_of
from fashionlens_gui.shops.product_row import AGE_GROUPS, GENDERS, ProductRow
from fashionlens_gui.shops.profile import Platform
from fashionlens_gui.shops.shop_columns import attribute_of, column_key
from fashionlens_gui.shops.shop_file import exploded, platform_of
from fashionlens_gui.shops.template import slug
from fashionlens_gui.table_file import TableFile, read_table
from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY

_SKU_COLUMNS = {"shopify": ("Variant SKU",), "woocommerce": ("SKU",), "google": ("id",), "plain": ("sku",)}
_CATEGORY_COLUMNS = {"shopify": "Type", "woocommerce": "Categories", "google": "product_type", "plain": "category"}
_GENDER_COLUMNS = {"shopify": ("Google Shopping / Gender", "Google Shopping / Age Group")}


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that the table sets.

    Attributes:
        row: In the table.
        product: SKU, or the file of a photo.
        attribute: Or ``category``.
        before: What the catalogue has.
        after: What the table says.
        photos: Ids of the photos that get it.
    """

    row: int
    product: str
    attribute: str
    before: str
    after: str
    photos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A text that is no value of an attribute, nor a name of one."""

    row: int
    product: str
    attribute: str
    text: str


@dataclass(slots=True)
class TableChanges:
    """What a table would change.

    Attributes:
        changes: To apply.
        unknown: Texts that mean no known value; they change nothing.
        conflicts: Changed in the table, and otherwise in the catalogue since the export, or set twice in the table;
            they change nothing.
        unmatched: Rows of products that the catalogue does not have, with what they call them.
        rows: How many rows were read.
    """

    changes: list[ValueChange] = field(default_factory=list)
    unknown: list[UnknownValue] = field(default_factory=list)
    conflicts: list[ValueChange] = field(default_factory=list)
    unmatched: list[tuple[int, str]] = field(default_factory=list)
    rows: int = 0


def changes_of(
    catalogue: Catalogue, file: Path, products: Sequence[ProductRow], *, take_new_values: bool = False
) -> TableChanges:
    """What a table would change.

    Args:
        catalogue: With the user's names and the history of exports.
        file: CSV or Excel.
        products: Of the catalogue.
        take_new_values: Take unknown texts as new values.

    Raises:
        DataError: It cannot be read, or has no column that says which product or no column of a value.
    """
    table = read_table(file)
    reader = _Reader(table, names_of(catalogue), catalogue.vocabulary())
    find = _finder(reader, products, file)
    exported = exported_texts(catalogue, table.columns)
    result = TableChanges(rows=len(table.rows))
    set_by: dict[tuple[str, str], ValueChange] = {}
    for number, cells in table.rows:
        row = dict(zip(reader.keys, cells, strict=True))
        key, found = find(row)
        if found is None:
            if key:
                result.unmatched.append((number, key))
            continue
        name, photos, values = found
        before_texts = exported.get(name)
        base = reader.values(dict(_by_key(reader, before_texts))) if before_texts else {}
        for attribute, (text, value) in reader.values(row).items():
            old = base.get(attribute)
            if old is not None and spelling_key(old[0]) == spelling_key(text):
                continue
            value = value or (printable(text) if take_new_values else "")
            current = values.get(attribute, "")
            if not value:
                result.unknown.append(UnknownValue(number, name, attribute, text))
                continue
            change = ValueChange(number, name, attribute, current, value, photos)
            first = set_by.setdefault((name, attribute), change)
            if first.after != value or (old is not None and old[1] and current not in (old[1], value)):
                result.conflicts.append(change)
            elif first is change and current != value:
                result.changes.append(change)
    doubtful = {(change.product, change.attribute) for change in result.conflicts}
    result.changes = [each for each in result.changes if (each.product, each.attribute) not in doubtful]
    return result


def apply(catalogue: Catalogue, found: TableChanges) -> Changes:
    """Set all values, one operation, which undo reverts."""
    values: dict[int, dict[str, str]] = {}
    for change in found.changes:
        for photo in change.photos:
            values.setdefault(photo, {})[change.attribute] = change.after
    return operations.correct_photos(catalogue, values) if values else Changes.none()


_Found = tuple[str, tuple[int, ...], dict[str, str]]
"""A product or a photo: its name, its photos, its values."""


class _Reader:
    """Reads the values of a table's rows.

    Args:
        table: That was read.
        names: Of values; those of all languages are understood.
        vocabulary: Values that people added or set, by attribute or ``category``.
    """

    def __init__(self, table: TableFile, names: Names, vocabulary: Mapping[str, Sequence[str]]) -> None:
        self.table, self._names = table, names
        self._added = {(name, spelling_key(value)): value for name, values in vocabulary.items() for value in values}
        self.platform: Platform = platform_of(table.columns)
        self.keys = tuple(column_key(self.platform, name) for name in table.columns)
        category = _CATEGORY_COLUMNS[self.platform]
        self._columns = {category: CATEGORY} if category in self.keys else {}
        for key in self.keys:
            attribute = attribute_of(key)
            if attribute and attribute not in self._columns.values():
                self._columns[key] = attribute
        gender, age = _GENDER_COLUMNS.get(self.platform, ("gender", "age_group"))
        has_both = gender in self.keys and age in self.keys and "audience" not in self._columns.values()
        self._gender = (gender, age) if has_both else None
        self._slots = [
            key.removesuffix(" name") for key in self.keys if key.startswith("Attribute ") and " name" in key
        ]
        self._shop_category = {
            spelling_key(text): value
            for (attribute, value, of), text in names.own.items()
            if attribute == CATEGORY and of == "shop"
        }
        if not self._columns and not self._gender and not self._slots:
            columns = ", ".join(table.columns)[:200]
            raise DataError("corrections_without_values", file=printable(str(table.file)), columns=columns)

    def values(self, row: dict[str, str]) -> dict[str, tuple[str, str]]:
        """Text and value, empty when unknown, by attribute; empty cells are left out."""
        return {name: (text, self._value(name, text)) for name, text in self._texts(row) if text}

    def _texts(self, row: dict[str, str]) -> Iterator[tuple[str, str]]:
        for key, attribute in self._columns.items():
            text = row.get(key, "")
            if key == "Categories":
                text = next(iter(exploded(text)), "")
            yield attribute, text
        for slot in self._slots:
            attribute = attribute_of(row.get(f"{slot} name", ""))
            if attribute:
                yield attribute, next(iter(exploded(row.get(f"{slot} value(s)", ""))), "")
        if self._gender:
            gender, age = (row.get(key, "").casefold() for key in self._gender)
            found = [name for name in GENDERS if (GENDERS[name], AGE_GROUPS[name]) == (gender, age)]
            yield "audience", found[0] if found else ""

    def _value(self, attribute: str, text: str) -> str:
        if attribute == CATEGORY:
            path = self._shop_category.get(spelling_key(text))
            text = text if path else text.split(">")[-1]
            return path or self._known(attribute, text)
        return self._known(attribute, text)

    def _known(self, attribute: str, text: str) -> str:
        return self._names.value_of(attribute, text) or self._added.get((attribute, spelling_key(text)), "")


def _by_key(reader: _Reader, texts: dict[str, str]) -> Iterable[tuple[str, str]]:
    return ((column_key(reader.platform, name), text) for name, text in texts.items())


def _finder(
    reader: _Reader, products: Sequence[ProductRow], file: Path
) -> Callable[[dict[str, str]], tuple[str, _Found | None]]:
    """Finds what a row is about: gives what the row calls it, and the product or photo."""
    sku_column = next((key for key in reader.keys if key in _SKU_COLUMNS[reader.platform]), None)
    if reader.platform == "plain":
        sku_column = next((key for key in reader.keys if spelling_key(key) in ("sku", "artikelnummer", "id")), None)
    file_column = next((key for key in reader.keys if spelling_key(key) in ("path", "file", "photo", "image")), None)
    by_sku = {product.sku.casefold(): product for product in products}
    by_slug = {slug(product.sku): product for product in products}
    by_file: dict[str, tuple[ProductRow, int]] = {}
    for product in products:
        for photo in product.photos:
            for name in (str(photo.path), photo.path.name):
                by_file[printable(name)] = product, photo.id

    def find(row: dict[str, str]) -> tuple[str, _Found | None]:
        sku = row.get(sku_column, "").removeprefix("'") if sku_column else ""
        product = by_sku.get(sku.casefold()) or (by_slug.get(row.get("Handle", "")) if not sku else None)
        if product is not None and (sku or row.get("Title") or "Title" not in row):
            return sku, _found(product)
        name = row.get(file_column, "") if file_column and not sku_column else ""
        of_file = by_file.get(name) or by_file.get(name.replace("\\", "/").rpartition("/")[2])
        if of_file is not None:
            return name, (name, (of_file[1],), dict(of_file[0].values))
        is_further_image = reader.platform == "shopify" and not sku and not row.get("Title")
        return ("" if is_further_image else sku or row.get("Handle", "") or name), None

    if not sku_column and not file_column and "Handle" not in reader.keys:
        raise DataError(
            "corrections_without_key", file=printable(str(file)), columns=", ".join(reader.table.columns)[:200]
        )
    return find


def _found(product: ProductRow) -> _Found:
    shown = tuple(photo.id for photo in product.photos if photo.id not in product.aside)
    return product.sku, shown or tuple(photo.id for photo in product.photos), dict(product.values)
