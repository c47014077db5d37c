"""Reads the products that a shop has exported itself: Shopify, WooCommerce, or a Google feed as text or XML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from fashionlens_gui.shops.profile import Platform
from fashionlens_gui.shops.shop_columns import column_key
from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError, os_reason

_LARGEST = 512 * 2**20  # bytes
_XML_TYPES = ("item", "entry")  # of RSS and Atom
_ATOM = "{http://www.w3.org/2005/Atom}"
_GOOGLE = "{http://base.google.com/ns/1.0}"
# What shops add to the names of uploaded files: Shopify an id or a size, WordPress a size or “scaled”.
_ADDED = re.compile(
    r"(_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[_-]\d+x\d*(@\dx)?|-scaled|_(small|medium|large|grande))+$"
)


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product of the shop's file.

    Attributes:
        sku: May be empty.
        title: What it is called.
        category: The shop's category, the last part of a path; empty where it has none.
        images: Keys of the names of its images, see :func:`image_key`.
        rows: Indices of its rows in the file; the first is the product's own.
    """

    sku: str
    title: str
    category: str
    images: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShopFile:
    """A file of a shop.

    Attributes:
        file: Where it is.
        platform: Whose it is.
        format: ``csv``, ``tsv`` or ``xml``.
        delimiter: Between cells.
        columns: Names as they are.
        keys: The names that profiles have for them.
        rows: Cells as they are, one for each column.
        products: What the rows say.
    """

    file: Path
    platform: Platform
    format: Literal["csv", "tsv", "xml"]
    delimiter: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    products: tuple[ShopProduct, ...]

    def cell(self, row: int, key: str) -> str:
        """A cell by the profile's name of its column; empty where there is no such column."""
        return self.rows[row][self.keys.index(key)] if key in self.keys else ""


def read_shop_file(file: Path) -> ShopFile:
    """Read a file that a shop has exported.

    Raises:
        DataError: It cannot be read, is not UTF-8, or is of none of the platforms.
    """
    name = printable(str(file))
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError("csv_too_large", file=name)
        data = file.read_bytes()
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=name, reason=os_reason(error)) from error
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        columns, rows = _xml(data, name)
        return _shop_file(file, "xml", "", columns, rows)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("shop_file_not_utf8", repr(error), file=name) from error
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=delimiter != "\t"))
    except csv.Error as error:
        raise DataError("csv_malformed", repr(error), file=name, line=text.count("\n"), problem=str(error)) from error
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if not lines:
        raise DataError("table_empty", file=name)
    columns = [cell.strip() for cell in lines[0]]
    rows = [(*line[: len(columns)], *("",) * (len(columns) - len(line))) for line in lines[1:]]
    return _shop_file(file, "tsv" if delimiter == "\t" else "csv", delimiter, columns, rows)


def image_key(name: str) -> str:
    """How names of images are compared: of an address or a file, without folders, suffix and what shops add."""
    path = unquote(urlsplit(name).path) if "://" in name else name
    stem = re.split(r"[/\\]", path)[-1].rpartition(".")[0] or path
    return re.sub(r"[\W_]+", "", _ADDED.sub("", stem.casefold()))


def _shop_file(
    file: Path,
    format: Literal["csv", "tsv", "xml"],
    delimiter: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
) -> ShopFile:
    platform = platform_of(columns)
    if platform == "plain":
        raise DataError("shop_file_unknown", file=printable(str(file)), columns=", ".join(columns)[:200])
    keys = tuple(column_key(platform, name) for name in columns)
    bare = ShopFile(file, platform, format, delimiter, tuple(columns), keys, tuple(rows), ())
    read = {"shopify": _of_shopify, "woocommerce": _of_woocommerce, "google": _of_google}[platform]
    return ShopFile(file, platform, format, delimiter, bare.columns, keys, bare.rows, tuple(read(bare)))


def platform_of(columns: Sequence[str]) -> Platform:
    """Whose file has such columns; ``plain`` for none of the known."""
    names = set(columns)
    if names & {"Handle", "URL handle"} and "Title" in names:
        return "shopify"
    google = {column_key("google", name) for name in columns}
    if "id" in google and google & {"image_link", "google_product_category", "link", "availability"}:
        return "google"
    shop = {column_key("woocommerce", name) for name in columns}
    if "SKU" in shop and shop & {"Categories", "Regular price", "Images", "Published", "Attribute 1 name"}:
        return "woocommerce"
    return "plain"


def _of_shopify(shop: ShopFile) -> list[ShopProduct]:
    rows_of: dict[str, list[int]] = {}
    for row in range(len(shop.rows)):
        rows_of.setdefault(shop.cell(row, "Handle"), []).append(row)
    found = []
    for rows in rows_of.values():
        first = rows[0]
        category = shop.cell(first, "Type") or shop.cell(first, "Product Category")
        skus = [sku for row in rows if (sku := shop.cell(row, "Variant SKU").removeprefix("'"))]
        images = (shop.cell(row, "Image Src") for row in rows)
        # Of several variants the first SKU stands for the product.
        found.append(_product(skus[0] if skus else "", shop.cell(first, "Title"), category, images, rows))
    return found


def _of_woocommerce(shop: ShopFile) -> list[ShopProduct]:
    found = []
    for row in range(len(shop.rows)):
        if shop.cell(row, "Type").split(",")[0].strip() == "variation":
            continue
        category = exploded(shop.cell(row, "Categories"))
        images = exploded(shop.cell(row, "Images"))
        found.append(
            _product(shop.cell(row, "SKU"), shop.cell(row, "Name"), category[0] if category else "", images, [row])
        )
    return found


def _of_google(shop: ShopFile) -> list[ShopProduct]:
    found = []
    for row in range(len(shop.rows)):
        category = shop.cell(row, "product_type") or shop.cell(row, "google_product_category")
        images = [shop.cell(row, "image_link"), *shop.cell(row, "additional_image_link").split(",")]
        found.append(_product(shop.cell(row, "id"), shop.cell(row, "title"), category, images, [row]))
    return found


def _product(sku: str, title: str, category: str, images: Iterable[str], rows: Sequence[int]) -> ShopProduct:
    keys = tuple(dict.fromkeys(image_key(name.strip()) for name in images if name.strip()))
    return ShopProduct(sku.strip(), title.strip(), category.split(">")[-1].strip(), keys, tuple(rows))


def exploded(cell: str) -> list[str]:
    """The items of a WooCommerce cell: separated by commas, a comma in an item behind a backslash."""
    items = (item.replace("\0", ",").strip() for item in cell.replace("\\,", "\0").split(","))
    return [item for item in items if item]


def _xml(data: bytes, name: str) -> tuple[list[str], list[tuple[str, ...]]]:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise DataError("xml_damaged", repr(error), file=name, problem=str(error)) from error
    items: list[dict[str, str]] = []
    for element in root.iter():
        if element.tag.removeprefix(_ATOM) in _XML_TYPES:
            cells: dict[str, str] = {}
            for each in element:
                key = each.tag.removeprefix(_GOOGLE).removeprefix(_ATOM)
                text = "".join(each.itertext()).strip()
                cells[key] = f"{cells[key]},{text}" if key in cells and text else text or cells.get(key, "")
            items.append(cells)
    columns = list(dict.fromkeys(key for item in items for key in item))
    if not columns:
        raise DataError("xml_damaged", file=name, problem="it has no products")
    return columns, [tuple(item.get(key, "") for key in columns) for item in items]
